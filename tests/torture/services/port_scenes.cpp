// SPDX-License-Identifier: GPL-3.0-only
//
// Both ends of ports are played by one thread: nothing is waited for.
#include "abi/nt/ntlpcapi.h"
#include "tests/torture/services/actor.hpp"

namespace torture {

namespace {

constexpr ULONG kMostClients = 60;  // of one scene
constexpr ULONG kMostKept = 16;     // requests that somebody is to answer
constexpr ULONG kLongest = 0xffef;
constexpr ULONG kRoom = 0x1000;  // of who receives
constexpr SECURITY_QUALITY_OF_SERVICE kQuality = {sizeof(SECURITY_QUALITY_OF_SERVICE), SecurityImpersonation,
                                                  TRUE, FALSE};

// All attributes of a message, as they lie.
struct Attributes {
    ALPC_MESSAGE_ATTRIBUTES head;
    ALPC_SECURITY_ATTR security;
    ALPC_DATA_VIEW_ATTR view;
    ALPC_CONTEXT_ATTR context;
    ALPC_HANDLE_ATTR handle;
    ALPC_TOKEN_ATTR token;
    ALPC_DIRECT_ATTR direct;
    ALPC_WORK_ON_BEHALF_ATTR work;
};
static_assert(sizeof(Attributes) == 0xa0);

// What one end has made in its port, and received by it.
struct End {
    ULONG64 port = 0;
    ULONG64 section = 0, view = 0, security = 0;
    PORT_MESSAGE kept[kMostKept] = {};
    ULONG kept_count = 0;
};

class Ports {
public:
    explicit Ports(Actor& actor) : actor_(actor) { event_ = give_event(); }
    ~Ports() { actor_.close(event_); }
    Ports(const Ports&) = delete;
    Ports& operator=(const Ports&) = delete;

    End& listener() { return listener_; }
    End& client(ULONG which) { return clients_[which]; }
    End& server(ULONG which) { return servers_[which]; }
    ULONG count() const { return count_; }

    void listen();
    void connect();
    void receive(End& end);
    void send(End& end);
    void answer(End& end, End& by);
    void make(End& end);
    void finish(End& end);
    void ask_about(End& end);
    End& any();

private:
    ULONG64 give_event() {
        return actor_.give("NtCreateEvent", EVENT_ALL_ACCESS, 0, NotificationEvent, FALSE);
    }
    ULONG64 now() { return actor_.place(LONGLONG{0}); }
    ULONG64 name() {
        name_.Length = name_.MaximumLength = sizeof units_;
        name_.Buffer = reinterpret_cast<WCHAR*>(actor_.place(units_));
        return actor_.place(name_);
    }
    ULONG64 attributes_of_port() {
        ALPC_PORT_ATTRIBUTES attributes = {};
        attributes.Flags = ALPC_PORFLG_ALLOW_DUP_OBJECT | ALPC_PORFLG_ALLOW_LPC_REQUESTS |
                           (actor_.chance(30) ? ALPC_PORFLG_WAITABLE_PORT : 0);
        attributes.SecurityQos = kQuality;
        attributes.SecurityQos.ContextTrackingMode = actor_.chance(60);
        attributes.MaxMessageLength = kLongest;
        attributes.DupObjectTypes = OB_ALL_OBJECT_TYPE_CODES;
        return actor_.place(attributes);
    }
    PORT_MESSAGE message(ULONG most) {
        PORT_MESSAGE header = {};
        const USHORT length = static_cast<USHORT>(actor_.world().below(most));
        header.u1.s1 = {length, static_cast<USHORT>(length + sizeof header)};
        return header;
    }
    ULONG64 put(const PORT_MESSAGE& header) {
        const ULONG64 where = actor_.world().room(header.u1.s1.TotalLength);
        actor_.world().put(where, &header, sizeof header);
        return where;
    }
    ULONG64 carried(End& end);
    ULONG64 list();
    void keep(End& end, ULONG64 buffer);

    static constexpr char kName[] = "\\BaseNamedObjects\\torture\\p";
    Actor& actor_;
    WCHAR units_[sizeof kName];
    UNICODE_STRING name_ = {};
    ULONG64 event_ = 0;
    End listener_;
    static inline End clients_[kMostClients], servers_[kMostClients];
    ULONG count_ = 0;
};

void Ports::listen() {
    for (ULONG i = 0; i < sizeof kName - 1; ++i)
        units_[i] = static_cast<WCHAR>(kName[i]);
    units_[sizeof kName - 1] = static_cast<WCHAR>('a' + actor_.world().below(8));
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = reinterpret_cast<UNICODE_STRING*>(name());
    attributes.Attributes =
        OBJ_CASE_INSENSITIVE | (actor_.chance(30) ? OBJ_OPENIF : 0) | (actor_.chance(10) ? OBJ_PERMANENT : 0);
    const ULONG64 named = actor_.place(attributes);
    listener_.port = actor_.chance(70) ? actor_.give("NtAlpcCreatePort", named, attributes_of_port())
                                       : actor_.give("NtCreatePort", named, 200, actor_.up_to(kLongest), 0);
}

// A client that does not wait, and the port of the server for it; the server may refuse, or not look.
void Ports::connect() {
    if (count_ == kMostClients) return;
    End& client = clients_[count_] = End();
    End& server = servers_[count_] = End();
    const ULONG64 said = put(message(100));
    client.port = actor_.give("NtAlpcConnectPort", name(), 0, attributes_of_port(), 0, 0, said, 0,
                              actor_.chance(20) ? carried(client) : 0, 0, now());
    if (!client.port) return;
    ++count_;
    if (actor_.chance(10)) return;
    const ULONG64 buffer = actor_.world().room(kRoom);
    actor_.call("NtAlpcSendWaitReceivePort", listener_.port, 0, 0, 0, buffer, actor_.place(ULONG64{kRoom}), 0,
                now());
    PORT_MESSAGE answer = message(100);
    answer.MessageId = static_cast<ULONG>(actor_.word_at(buffer + offsetof(PORT_MESSAGE, MessageId)));
    const ULONG64 list = actor_.chance(30) ? carried(client) : 0;
    server.port = actor_.give("NtAlpcAcceptConnectPort", listener_.port, 0, 0, attributes_of_port(),
                              actor_.world().random(), put(answer), list, actor_.chance(90));
    if (actor_.chance(80)) receive(client);
}

// The attributes of what an end sends: things of its own, or ports, of this very connection too.
ULONG64 Ports::carried(End& end) {
    Attributes list = {};
    list.head.AllocatedAttributes = ALPC_MESSAGE_ATTRIBUTE_ALL;
    list.security.ContextHandle = reinterpret_cast<ALPC_HANDLE>(end.security);
    list.view = {actor_.chance(20) ? ALPC_VIEWFLG_UNMAP_EXISTING : 0u,
                 reinterpret_cast<ALPC_HANDLE>(end.section), reinterpret_cast<PVOID>(end.view), 0};
    list.context.MessageContext = reinterpret_cast<PVOID>(actor_.world().below(4));
    const ULONG64 handles[] = {event_, any().port, end.port, listener_.port,
                               actor_.world().handle(Object::Any)};
    list.handle = {ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS,
                   reinterpret_cast<HANDLE>(actor_.world().any_of(handles)), 0, 0};
    if (end.security && actor_.chance(40)) list.head.ValidAttributes |= ALPC_MESSAGE_SECURITY_ATTRIBUTE;
    if (end.view && actor_.chance(60)) list.head.ValidAttributes |= ALPC_MESSAGE_VIEW_ATTRIBUTE;
    if (actor_.chance(60)) list.head.ValidAttributes |= ALPC_MESSAGE_HANDLE_ATTRIBUTE;
    if (actor_.chance(30)) list.head.ValidAttributes |= ALPC_MESSAGE_CONTEXT_ATTRIBUTE;
    return actor_.place(list);
}

ULONG64 Ports::list() {
    Attributes list = {};
    list.head.AllocatedAttributes = ALPC_MESSAGE_ATTRIBUTE_ALL;
    return actor_.place(list);
}

void Ports::keep(End& end, ULONG64 buffer) {
    PORT_MESSAGE& header = end.kept[end.kept_count % kMostKept];
    header = message(200);
    header.ClientId = {reinterpret_cast<HANDLE>(actor_.word_at(buffer + 8)),
                       reinterpret_cast<HANDLE>(actor_.word_at(buffer + 16))};
    header.MessageId = static_cast<ULONG>(actor_.word_at(buffer + offsetof(PORT_MESSAGE, MessageId)));
    ++end.kept_count;
}

void Ports::receive(End& end) {
    const ULONG64 buffer = actor_.world().room(kRoom), in = actor_.chance(60) ? list() : 0;
    const ULONG64 room = actor_.chance(90) ? kRoom : actor_.up_to(200);
    const NTSTATUS status =
        actor_.call("NtAlpcSendWaitReceivePort", end.port, 0, 0, 0, buffer, actor_.place(room), in, now());
    if (status != STATUS_SUCCESS) return;
    keep(end, buffer);
    const ULONG64 handle = in ? actor_.word_at(in + offsetof(Attributes, handle.Handle)) : 0;
    if (actor_.chance(90)) actor_.close(handle);
    const ULONG64 view = in ? actor_.word_at(in + offsetof(Attributes, view.ViewBase)) : 0;
    if (view && actor_.chance(50)) actor_.call("NtAlpcDeleteSectionView", end.port, 0, view);
}

void Ports::send(End& end) {
    const ULONG64 said = put(message(actor_.chance(95) ? 600 : kLongest - sizeof(PORT_MESSAGE) + 2));
    if (actor_.chance(10)) {
        actor_.call("NtRequestPort", end.port, said);
        return;
    }
    const ULONG flags = actor_.chance(50) ? ALPC_MSGFLG_RELEASE_MESSAGE : 0;
    actor_.call("NtAlpcSendWaitReceivePort", end.port, flags, said, actor_.chance(40) ? carried(end) : 0, 0,
                0, 0, 0);
}

PORT_MESSAGE& one_of(Actor& actor, End& end) {
    return end.kept[actor.world().below(kMostKept)];
}

void Ports::answer(End& end, End& by) {
    const ULONG64 said = put(one_of(actor_, end));
    if (actor_.chance(15)) {
        actor_.call("NtReplyPort", by.port, said);
        return;
    }
    const ULONG flags = actor_.chance(60) ? ALPC_MSGFLG_RELEASE_MESSAGE : 0;
    actor_.call("NtAlpcSendWaitReceivePort", by.port, flags, said, actor_.chance(20) ? carried(by) : 0, 0, 0,
                0, 0);
}

void Ports::ask_about(End& end) {
    const ULONG64 said = actor_.place(one_of(actor_, end));
    OBJECT_ATTRIBUTES none = {};
    none.Length = sizeof none;
    const ULONG64 handle = actor_.world().room(8), room = actor_.world().room(128);
    ALPC_CONTEXT_ATTR context = {};
    context.MessageId = one_of(actor_, end).MessageId;
    switch (actor_.world().below(7)) {
        case 0:
            actor_.call("NtAlpcImpersonateClientOfPort", end.port, said, 0);
            actor_.call("NtSetInformationThread", NtCurrentThread(), ThreadImpersonationToken,
                        actor_.place(ULONG64{0}), 8);
            return;
        case 1:
            return actor_.close(
                actor_.give("NtAlpcOpenSenderProcess", end.port, said, 0, SYNCHRONIZE, actor_.place(none)));
        case 2:
            return actor_.close(
                actor_.give("NtAlpcOpenSenderThread", end.port, said, 0, SYNCHRONIZE, actor_.place(none)));
        case 3:
            actor_.call("NtAlpcQueryInformationMessage", end.port, said, actor_.world().below(5), room, 20,
                        handle);
            return;
        case 4:
            actor_.call("NtAlpcQueryInformation", end.port, actor_.world().below(13), room, 128, handle);
            return;
        default:
            actor_.call("NtAlpcCancelMessage", end.port,
                        actor_.chance(50) ? ALPC_CANCELFLG_NO_CONTEXT_CHECK : actor_.world().below(2),
                        actor_.place(context));
    }
}

// Sections, views, contexts, reserves; some go again at once.
void Ports::make(End& end) {
    const ULONG64 size = actor_.world().room(8);
    const ULONG64 roll = actor_.world().below(5);
    if (roll == 0) {
        end.section = actor_.world().room(8);
        actor_.call("NtAlpcCreatePortSection", end.port, 0, 0, actor_.up_to(0x8000), end.section, size);
        end.section = actor_.word_at(end.section);
    } else if (roll == 1) {
        const ALPC_DATA_VIEW_ATTR view = {0, reinterpret_cast<ALPC_HANDLE>(end.section), nullptr, 0};
        const ULONG64 where = actor_.place(view);
        const NTSTATUS status = actor_.call("NtAlpcCreateSectionView", end.port, 0, where);
        if (NT_SUCCESS(status)) end.view = actor_.word_at(where + offsetof(ALPC_DATA_VIEW_ATTR, ViewBase));
    } else if (roll == 2) {
        const ALPC_SECURITY_ATTR security = {
            0, reinterpret_cast<PSECURITY_QUALITY_OF_SERVICE>(actor_.place(kQuality)), nullptr};
        const ULONG64 where = actor_.place(security);
        const NTSTATUS status = actor_.call("NtAlpcCreateSecurityContext", end.port, 0, where);
        if (NT_SUCCESS(status))
            end.security = actor_.word_at(where + offsetof(ALPC_SECURITY_ATTR, ContextHandle));
    } else if (roll == 3) {
        const ULONG64 reserve = actor_.give("NtAlpcCreateResourceReserve", end.port, 0, actor_.up_to(600));
        (void)reserve;
    } else if (actor_.chance(50)) {
        actor_.call("NtAlpcDeletePortSection", end.port, 0, end.section);
        actor_.call("NtAlpcDeleteSectionView", end.port, 0, end.view);
        actor_.call("NtAlpcRevokeSecurityContext", end.port, 0, end.security);
    }
}

End& Ports::any() {
    const ULONG64 roll = actor_.world().below(3);
    if (count_ == 0 || roll == 0) return listener_;
    const ULONG64 which = actor_.world().below(count_);
    return roll == 1 ? clients_[which] : servers_[which];
}

void Ports::finish(End& end) {
    if (actor_.chance(20)) actor_.call("NtAlpcDisconnectPort", end.port, 0);
    if (actor_.chance(90)) actor_.close(end.port);
}

// Some clients, and messages both ways in any order, some with ports in them; then all ends go, in any order.
void conversations(Actor& actor, ULONG most) {
    Ports ports(actor);
    ports.listen();
    const ULONG count = actor.up_to(8);
    for (ULONG i = 0; i < count; ++i)
        ports.connect();
    for (ULONG i = 0; i < most / 4; ++i) {
        End& end = ports.any();
        const ULONG64 roll = actor.world().below(100);
        if (roll < 35)
            ports.send(end);
        else if (roll < 65)
            ports.receive(end);
        else if (roll < 80)
            ports.answer(end, ports.any());
        else if (roll < 90)
            ports.make(end);
        else if (roll < 98)
            ports.ask_about(end);
        else if (roll < 99)
            ports.connect();
        else
            ports.finish(end);
    }
    const bool first = actor.chance(50);
    if (first) ports.finish(ports.listener());
    for (ULONG i = 0; i < ports.count(); ++i) {
        ports.finish(actor.chance(50) ? ports.client(i) : ports.server(i));
        ports.finish(actor.chance(50) ? ports.client(i) : ports.server(i));
    }
    if (!first) ports.finish(ports.listener());
}

// Many messages that nobody receives, or clients that nobody accepts.
void crowds(Actor& actor, ULONG most) {
    Ports ports(actor);
    ports.listen();
    ports.connect();
    const ULONG clients = actor.up_to(kMostClients);
    for (ULONG i = 0; i < clients && actor.chance(97); ++i)
        ports.connect();
    const ULONG count = actor.up_to(most);
    for (ULONG i = 0; i < count && ports.count(); ++i)
        ports.send(actor.chance(80) ? ports.client(0) : ports.server(0));
    for (ULONG i = 0; i < kMostKept; ++i)
        ports.receive(actor.chance(80) ? ports.listener() : ports.any());
    ports.finish(actor.chance(50) ? ports.listener() : ports.any());
    for (ULONG i = 0; i < ports.count(); ++i) {
        ports.finish(ports.client(i));
        ports.finish(ports.server(i));
    }
    ports.finish(ports.listener());
}

}  // namespace

void play_port_scene(Actor& actor, ULONG most) {
    actor.chance(70) ? conversations(actor, most) : crowds(actor, most);
}

}  // namespace torture
