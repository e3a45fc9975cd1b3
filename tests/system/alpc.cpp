// SPDX-License-Identifier: GPL-3.0-only
// ALPC: connections, messages with and without an answer, what they carry, cancels, completion ports, ends.
#include "tests/system/ports.h"

TEST(lists_of_attributes_are_laid_out) {
    CHECK(AlpcGetHeaderSize(0) == 8 && AlpcGetHeaderSize(ALPC_MESSAGE_ATTRIBUTE_ALL) == 0xa0);
    SIZE_T needed = 0;
    UCHAR bytes[0xa0];
    auto* list = reinterpret_cast<PALPC_MESSAGE_ATTRIBUTES>(bytes);
    CHECK(AlpcInitializeMessageAttribute(ALPC_MESSAGE_CONTEXT_ATTRIBUTE, list, 0x27, &needed) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(needed == 0x28);
    CHECK(AlpcInitializeMessageAttribute(ALPC_MESSAGE_ATTRIBUTE_ALL, list, sizeof(bytes), &needed) ==
          STATUS_SUCCESS);
    CHECK(list->AllocatedAttributes == ALPC_MESSAGE_ATTRIBUTE_ALL && list->ValidAttributes == 0);
    CHECK(AlpcGetMessageAttribute(list, ALPC_MESSAGE_SECURITY_ATTRIBUTE) == bytes + 8);
    CHECK(AlpcGetMessageAttribute(list, ALPC_MESSAGE_VIEW_ATTRIBUTE) == bytes + 0x20);
    CHECK(AlpcGetMessageAttribute(list, ALPC_MESSAGE_HANDLE_ATTRIBUTE) == bytes + 0x60);
    CHECK(AlpcGetMessageAttribute(list, ALPC_MESSAGE_TOKEN_ATTRIBUTE) == bytes + 0x78);
    CHECK(!AlpcGetMessageAttribute(list, 0) && !AlpcGetMessageAttribute(list, ALPC_MESSAGE_ATTRIBUTE_ALL));
}

TEST(a_message_has_its_answer) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Worker server([&] {
        Message message;
        for (ULONG i = 0; i < 3; ++i) {
            CHECK(receive(pair.port, message) == STATUS_SUCCESS);
            CHECK(message.header.u2.s2.Type == (LPC_REQUEST | LPC_CONTINUATION_REQUIRED));
            message.put(message.value() + 1);
            CHECK(send(pair.server, message) == STATUS_SUCCESS);
            CHECK(send(pair.server, message) == STATUS_INVALID_MESSAGE);
        }
    });
    for (ULONG i = 0; i < 3; ++i) {
        Message question(i), answer;
        CHECK(ask(pair.client, question, answer) == STATUS_SUCCESS);
        CHECK(answer.value() == i + 1 && answer.type() == LPC_REPLY);
    }
}

TEST(arguments_are_checked) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message message(1);
    SIZE_T size = sizeof(message);
    CHECK(NtAlpcSendWaitReceivePort(pair.client, 0, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr) ==
          STATUS_INVALID_PARAMETER);
    CHECK(NtAlpcSendWaitReceivePort(pair.client, 0x10, &message.header, nullptr, nullptr, nullptr, nullptr,
                                    nullptr) == STATUS_INVALID_PARAMETER);
    CHECK(NtAlpcSendWaitReceivePort(pair.client, ALPC_MSGFLG_SYNC_REQUEST, &message.header, nullptr, nullptr,
                                    nullptr, nullptr, nullptr) == STATUS_LPC_RECEIVE_BUFFER_EXPECTED);
    CHECK(send(pair.port, message) == STATUS_INVALID_PORT_HANDLE);
    message.header.u1.s1.TotalLength = sizeof(Message) + 1;
    CHECK(send(pair.client, message) == STATUS_PORT_MESSAGE_TOO_LONG);
    message.header.u1.s1.TotalLength = 8;
    CHECK(send(pair.client, message) == STATUS_INVALID_PARAMETER);
    message = Message(1);
    CHECK(receive(pair.port, message, 0) == STATUS_TIMEOUT);
    CHECK(send(pair.client, message) == STATUS_SUCCESS);
    // What does not fit stays.
    Message got;
    size = sizeof(PORT_MESSAGE) + 2;
    LARGE_INTEGER now = after(0);
    CHECK(NtAlpcSendWaitReceivePort(pair.port, 0, nullptr, nullptr, &got.header, &size, nullptr, &now) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(size == sizeof(PORT_MESSAGE) + 4);
    CHECK(receive(pair.port, got, 0) == STATUS_SUCCESS && got.type() == LPC_DATAGRAM && got.value() == 1);
    ALPC_PORT_ATTRIBUTES odd = port_attributes();
    odd.MaxMessageLength = 1;
    Handle port;
    CHECK(NtAlpcCreatePort(port.out(), nullptr, &odd) == STATUS_INVALID_PARAMETER);
}

TEST(an_answer_may_come_later_and_be_answered) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message message(3), got;
    CHECK(send(pair.client, message, 0) == STATUS_SUCCESS);
    CHECK(receive(pair.port, got) == STATUS_SUCCESS);
    got.put(4);
    CHECK(send(pair.server, got, 0) == STATUS_SUCCESS);
    Message reply;
    CHECK(receive(pair.client, reply) == STATUS_SUCCESS && reply.value() == 4);
    CHECK(reply.header.u2.s2.Type == (LPC_REPLY | LPC_CONTINUATION_REQUIRED));
    reply.put(5);
    CHECK(send(pair.client, reply) == STATUS_SUCCESS);
    CHECK(receive(pair.port, got) == STATUS_SUCCESS && got.value() == 5 &&
          got.header.u2.s2.Type == LPC_REPLY);
}

TEST(a_message_carries_context_and_token) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message message(1), got;
    Attributes sent(ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    sent.get<ALPC_CONTEXT_ATTR>(ALPC_MESSAGE_CONTEXT_ATTRIBUTE).MessageContext = &message;
    sent.list()->ValidAttributes = ALPC_MESSAGE_CONTEXT_ATTRIBUTE;
    CHECK(send(pair.client, message, 0, &sent) == STATUS_SUCCESS);
    Attributes in(ALPC_MESSAGE_CONTEXT_ATTRIBUTE | ALPC_MESSAGE_TOKEN_ATTRIBUTE);
    CHECK(receive(pair.port, got, 0, &in) == STATUS_SUCCESS);
    CHECK(in.valid() == (ALPC_MESSAGE_CONTEXT_ATTRIBUTE | ALPC_MESSAGE_TOKEN_ATTRIBUTE));
    auto& context = in.get<ALPC_CONTEXT_ATTR>(ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    CHECK(context.PortContext == reinterpret_cast<PVOID>(0x77) && !context.MessageContext);
    CHECK(context.MessageId == got.header.MessageId);
    CHECK(in.get<ALPC_TOKEN_ATTR>(ALPC_MESSAGE_TOKEN_ATTRIBUTE).TokenId != 0);
    CHECK(send(pair.server, got) == STATUS_SUCCESS);
    Attributes back(ALPC_MESSAGE_CONTEXT_ATTRIBUTE);
    CHECK(receive(pair.client, got, 0, &back) == STATUS_SUCCESS);
    CHECK(back.get<ALPC_CONTEXT_ATTR>(ALPC_MESSAGE_CONTEXT_ATTRIBUTE).MessageContext == &message);
}

TEST(a_message_carries_a_handle) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Handle event;
    NtCreateEvent(event.out(), EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    Message message(1), got;
    Attributes sent(ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    auto& passed = sent.get<ALPC_HANDLE_ATTR>(ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    sent.list()->ValidAttributes = ALPC_MESSAGE_HANDLE_ATTRIBUTE;
    passed = {ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS, event, OB_SEMAPHORE_OBJECT_TYPE, 0};
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_OBJECT_TYPE_MISMATCH);
    passed = {ALPC_HANDLEFLG_INDIRECT, event, OB_EVENT_OBJECT_TYPE, 0};
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_INVALID_PARAMETER);
    passed = {0, reinterpret_cast<HANDLE>(0x7ff4), 0, 0};
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_INVALID_HANDLE);
    passed = {0, event, OB_EVENT_OBJECT_TYPE, EVENT_MODIFY_STATE};
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_SUCCESS);
    Attributes in(ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    CHECK(receive(pair.port, got, 0, &in) == STATUS_SUCCESS && in.valid() == ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    Handle arrived;
    *arrived.out() = in.get<ALPC_HANDLE_ATTR>(ALPC_MESSAGE_HANDLE_ATTRIBUTE).Handle;
    CHECK(NtSetEvent(arrived, nullptr) == STATUS_SUCCESS);
    LARGE_INTEGER now = after(0);
    CHECK(NtWaitForSingleObject(event, FALSE, &now) == STATUS_SUCCESS);
    CHECK(NtWaitForSingleObject(arrived, FALSE, &now) == STATUS_ACCESS_DENIED);
}

TEST(a_message_carries_a_view) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    ALPC_HANDLE section = nullptr;
    SIZE_T size = 0;
    CHECK(NtAlpcCreatePortSection(pair.client, 0, nullptr, 0, &section, &size) == STATUS_INVALID_PARAMETER);
    REQUIRE(NtAlpcCreatePortSection(pair.client, 0, nullptr, 0x3000, &section, &size) == STATUS_SUCCESS);
    CHECK(size == 0x3000);
    ALPC_DATA_VIEW_ATTR view = {0, section, nullptr, 0x4000};
    CHECK(NtAlpcCreateSectionView(pair.client, 0, &view) == STATUS_INVALID_VIEW_SIZE);
    view.ViewSize = 0x3000;
    REQUIRE(NtAlpcCreateSectionView(pair.client, 0, &view) == STATUS_SUCCESS);
    *static_cast<volatile ULONG*>(view.ViewBase) = 77;
    Message message(1), got;
    Attributes sent(ALPC_MESSAGE_VIEW_ATTRIBUTE), in(ALPC_MESSAGE_VIEW_ATTRIBUTE);
    sent.get<ALPC_DATA_VIEW_ATTR>(ALPC_MESSAGE_VIEW_ATTRIBUTE) = view;
    sent.list()->ValidAttributes = ALPC_MESSAGE_VIEW_ATTRIBUTE;
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_SUCCESS);
    REQUIRE(receive(pair.port, got, 0, &in) == STATUS_SUCCESS && in.valid() == ALPC_MESSAGE_VIEW_ATTRIBUTE);
    PVOID base = in.get<ALPC_DATA_VIEW_ATTR>(ALPC_MESSAGE_VIEW_ATTRIBUTE).ViewBase;
    CHECK(base != view.ViewBase && *static_cast<volatile ULONG*>(base) == 77);
    CHECK(NtAlpcDeleteSectionView(pair.server, 0, base) == STATUS_SUCCESS);
    CHECK(NtAlpcDeleteSectionView(pair.server, 0, base) == STATUS_NOT_MAPPED_VIEW);
    // What the receiver does not let go goes with its port for this client.
    Attributes kept(ALPC_MESSAGE_VIEW_ATTRIBUTE);
    CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_SUCCESS);
    CHECK(receive(pair.port, got, 0, &kept) == STATUS_SUCCESS);
    base = kept.get<ALPC_DATA_VIEW_ATTR>(ALPC_MESSAGE_VIEW_ATTRIBUTE).ViewBase;
    REQUIRE(base && *static_cast<volatile ULONG*>(base) == 77);
    pair.server.close();
    sleep(kSecond / 10);
    MEMORY_BASIC_INFORMATION memory = {};
    CHECK(NtQueryVirtualMemory(NtCurrentProcess(), base, MemoryBasicInformation, &memory, sizeof(memory),
                               nullptr) == STATUS_SUCCESS);
    CHECK(memory.State == MEM_FREE);
    CHECK(NtAlpcDeleteSectionView(pair.client, 0, view.ViewBase) == STATUS_SUCCESS);
    CHECK(NtAlpcDeletePortSection(pair.client, 0, section) == STATUS_SUCCESS);
    CHECK(NtAlpcDeletePortSection(pair.client, 0, section) == STATUS_INVALID_HANDLE);
}

TEST(a_client_is_impersonated) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    ALPC_SECURITY_ATTR security = {0, const_cast<PSECURITY_QUALITY_OF_SERVICE>(&kQuality), nullptr};
    CHECK(NtAlpcCreateSecurityContext(pair.client, 0, &security) == STATUS_SUCCESS && security.ContextHandle);
    Message message(1), got;
    Attributes sent(ALPC_MESSAGE_SECURITY_ATTRIBUTE);
    sent.get<ALPC_SECURITY_ATTR>(ALPC_MESSAGE_SECURITY_ATTRIBUTE) = security;
    sent.list()->ValidAttributes = ALPC_MESSAGE_SECURITY_ATTRIBUTE;
    Attributes* const both[] = {nullptr, &sent};
    for (Attributes* attributes : both) {
        CHECK(send(pair.client, message, 0, attributes) == STATUS_SUCCESS);
        CHECK(receive(pair.port, got, 0) == STATUS_SUCCESS);
        CHECK(NtAlpcImpersonateClientOfPort(pair.port, &got.header, nullptr) == STATUS_SUCCESS);
        HANDLE none = nullptr;
        NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof(none));
        Handle process, thread;
        OBJECT_ATTRIBUTES plain;
        InitializeObjectAttributes(&plain, nullptr, 0, nullptr, nullptr);
        CHECK(NtAlpcOpenSenderProcess(process.out(), pair.port, &got.header, 0, PROCESS_QUERY_INFORMATION,
                                      &plain) == STATUS_SUCCESS);
        CHECK(NtAlpcOpenSenderThread(thread.out(), pair.port, &got.header, 0, THREAD_QUERY_INFORMATION,
                                     &plain) == STATUS_SUCCESS);
        UCHAR sid[SECURITY_MAX_SID_SIZE];
        ULONG length = 0;
        CHECK(NtAlpcQueryInformationMessage(pair.port, &got.header, AlpcMessageSidInformation, sid,
                                            sizeof(sid), &length) == STATUS_SUCCESS);
        CHECK(length >= 12 && sid[0] == 1);
        CHECK(send(pair.port, got) == STATUS_SUCCESS);
        CHECK(NtAlpcImpersonateClientOfPort(pair.port, &got.header, nullptr) == STATUS_INVALID_MESSAGE);
        CHECK(receive(pair.client, got, 0) == STATUS_SUCCESS);
    }
    CHECK(NtAlpcRevokeSecurityContext(pair.client, 0, security.ContextHandle) == STATUS_SUCCESS);
    CHECK(NtAlpcDeleteSecurityContext(pair.client, 0, security.ContextHandle) == STATUS_SUCCESS);
    CHECK(send(pair.client, message, 0, &sent) == STATUS_INVALID_HANDLE);
}

TEST(messages_come_to_a_completion_port) {
    Handle completion;
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    NtCreateIoCompletion(completion.out(), IO_COMPLETION_ALL_ACCESS, nullptr, 0);
    ALPC_PORT_ASSOCIATE_COMPLETION_PORT associate = {&pair, completion};
    CHECK(NtAlpcSetInformation(pair.port, AlpcAssociateCompletionPortInformation, &associate, 8) ==
          STATUS_INFO_LENGTH_MISMATCH);
    REQUIRE(NtAlpcSetInformation(pair.port, AlpcAssociateCompletionPortInformation, &associate,
                                 sizeof(associate)) == STATUS_SUCCESS);
    Message message(9), got;
    CHECK(send(pair.client, message) == STATUS_SUCCESS);
    PVOID key = nullptr, context = nullptr;
    IO_STATUS_BLOCK io = {};
    LARGE_INTEGER now = after(0);
    CHECK(NtRemoveIoCompletion(completion, &key, &context, &io, &now) == STATUS_SUCCESS && key == &pair);
    CHECK(receive(pair.port, got, 0) == STATUS_SUCCESS && got.value() == 9);
}

TEST(a_message_is_cancelled) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message message(1), got;
    ALPC_CONTEXT_ATTR context = {};
    CHECK(NtAlpcCancelMessage(pair.client, 0, &context) == STATUS_INVALID_MESSAGE);
    // A wait that times out withdraws its message.
    Message answer;
    CHECK(ask(pair.client, message, answer, kSecond / 100) == STATUS_TIMEOUT);
    CHECK(receive(pair.port, got, 0) == STATUS_TIMEOUT);
    // Who has received one is told.
    Worker client([&] {
        Message question(2), reply;
        CHECK(ask(pair.client, question, reply, kSecond / 4) == STATUS_TIMEOUT);
    });
    CHECK(receive(pair.port, got) == STATUS_SUCCESS && got.value() == 2);
    Message told;
    CHECK(receive(pair.port, told) == STATUS_SUCCESS && told.type() == LPC_CANCELED);
    CHECK(told.header.MessageId == got.header.MessageId);
    CHECK(send(pair.port, got) == STATUS_INVALID_MESSAGE);
}

TEST(ends_are_told) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message message(1), got;
    {
        Worker client([&] {
            Message question(1), answer;
            CHECK(ask(pair.client, question, answer) == STATUS_PORT_DISCONNECTED);
        });
        CHECK(receive(pair.port, got) == STATUS_SUCCESS);
        CHECK(NtAlpcDisconnectPort(pair.server, 0) == STATUS_SUCCESS);
        CHECK(NtAlpcDisconnectPort(pair.server, 0) == STATUS_PORT_DISCONNECTED);
    }
    CHECK(send(pair.client, message) == STATUS_PORT_DISCONNECTED);
    CHECK(receive(pair.client, got) == STATUS_PORT_DISCONNECTED);
    CHECK(send(pair.port, got) == STATUS_INVALID_MESSAGE);
    pair.port.close();
    Pair second;
    REQUIRE(second.status == STATUS_SUCCESS);
    CHECK(send(second.client, message) == STATUS_SUCCESS);
    second.client.close();
    CHECK(receive(second.port, got) == STATUS_SUCCESS && got.type() == LPC_DATAGRAM);
    CHECK(receive(second.port, got) == STATUS_SUCCESS && got.type() == LPC_PORT_CLOSED);
}

TEST(a_connection_is_refused_or_given_up) {
    Handle port, client, server;
    REQUIRE(create_alpc(port) == STATUS_SUCCESS);
    CHECK(connect_alpc(client, ALPC_SYNC_CONNECTION, kSecond / 100) == STATUS_TIMEOUT);
    Message request;
    CHECK(receive(port, request, 0) == STATUS_TIMEOUT);
    Worker refuser([&] {
        Message asked;
        CHECK(receive(port, asked) == STATUS_SUCCESS && asked.type() == LPC_CONNECTION_REQUEST);
        CHECK(send(port, asked) == STATUS_LPC_INVALID_CONNECTION_USAGE);
        CHECK(accept(port, server, asked, nullptr, false) == STATUS_SUCCESS);
        CHECK(accept(port, server, asked) == STATUS_INVALID_MESSAGE);
    });
    CHECK(connect_alpc(client) == STATUS_PORT_CONNECTION_REFUSED);
}

TEST(a_thread_ends_in_its_wait) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    Message got;
    {
        Worker client([&] {
            Message question(1), answer;
            ask(pair.client, question, answer);
            CHECK(false);
        });
        Worker server([&] {
            receive(pair.client, got);
            CHECK(false);
        });
        sleep(kSecond / 20);
        NtTerminateThread(client.handle(), 0);
        NtTerminateThread(server.handle(), 0);
    }
    CHECK(receive(pair.port, got, 0) == STATUS_TIMEOUT);
}

// --- what becomes of ports that nobody has a handle to

namespace {

ULONG ports_there(HANDLE port) {
    struct {
        OBJECT_TYPE_INFORMATION type;
        WCHAR name[32];
    } said = {};
    CHECK(NtQueryObject(port, ObjectTypeInformation, &said, sizeof(said), nullptr) == STATUS_SUCCESS);
    return said.type.TotalNumberOfObjects;
}

// How many ports are still there that were made meanwhile.
class Ports {
public:
    Ports() {
        NtAlpcCreatePort(any_.out(), nullptr, nullptr);
        before_ = ports_there(any_);
    }
    ULONG left() {
        for (ULONG tries = 0; tries < 50 && ports_there(any_) != before_; ++tries)
            sleep(kSecond / 50);
        return ports_there(any_) - before_;
    }

private:
    Handle any_;
    ULONG before_ = 0;
};

Attributes carrying(HANDLE handle) {
    Attributes sent(ALPC_MESSAGE_HANDLE_ATTRIBUTE);
    sent.list()->ValidAttributes = ALPC_MESSAGE_HANDLE_ATTRIBUTE;
    sent.get<ALPC_HANDLE_ATTR>(ALPC_MESSAGE_HANDLE_ATTRIBUTE) = {ALPC_HANDLEFLG_DUPLICATE_SAME_ACCESS, handle,
                                                                 0, 0};
    return sent;
}

}  // namespace

TEST(messages_that_carry_their_own_ports_go) {
    Ports ports;
    for (ULONG which = 0; which < 3; ++which) {
        Pair pair;
        REQUIRE(pair.status == STATUS_SUCCESS);
        Message message(1);
        const HANDLE carried[] = {pair.client, pair.server, pair.port};
        Attributes sent = carrying(carried[which]);
        CHECK(send(pair.client, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_SUCCESS);
        CHECK(send(pair.client, message, 0, &sent) == STATUS_SUCCESS);
        CHECK(send(pair.server, message, ALPC_MSGFLG_RELEASE_MESSAGE, &sent) == STATUS_SUCCESS);
        CHECK(send(pair.server, message, 0, &sent) == STATUS_SUCCESS);
        // The clients' ends first, and last.
        if (which & 1) pair.client.close();
        pair.port.close();
        pair.server.close();
    }
    CHECK(ports.left() == 0);
}

TEST(answers_that_carry_their_own_ports_go) {
    Ports ports;
    {
        Handle port, client, server;
        REQUIRE(create_alpc(port) == STATUS_SUCCESS);
        REQUIRE(connect_alpc(client, 0) == STATUS_SUCCESS);
        Message request;
        CHECK(receive(port, request) == STATUS_SUCCESS);
        ALPC_PORT_ATTRIBUTES attributes = port_attributes();
        Attributes sent = carrying(client);
        CHECK(NtAlpcAcceptConnectPort(server.out(), port, 0, nullptr, &attributes, nullptr, &request.header,
                                      sent.list(), TRUE) == STATUS_SUCCESS);
    }
    CHECK(ports.left() == 0);
}

TEST(who_waits_at_a_port_is_told_when_it_is_closed) {
    Handle port;
    REQUIRE(create_alpc(port) == STATUS_SUCCESS);
    Worker server([&] {
        Message got;
        CHECK(receive(port, got) == STATUS_PORT_CLOSED);
    });
    sleep(kSecond / 20);
    port.close();
    CHECK(server.wait(kSecond));
}

TEST(a_server_goes_on_without_the_port_that_listened) {
    Pair pair;
    REQUIRE(pair.status == STATUS_SUCCESS);
    pair.port.close();
    Message message(1), got;
    CHECK(send(pair.client, message) == STATUS_SUCCESS);
    CHECK(receive(pair.server, got) == STATUS_SUCCESS && got.value() == 1);
}

// Ten thousand messages, and a thousand clients: nobody waits for their end.
TEST(many_go) {
    Ports ports;
    {
        Pair pair;
        REQUIRE(pair.status == STATUS_SUCCESS);
        Message message(1);
        for (ULONG i = 0; i < 10'000; ++i)
            CHECK(send(pair.client, message) == STATUS_SUCCESS);
        pair.client.close();
        pair.port.close();
    }
    CHECK(ports.left() == 0);
    {
        Handle port;
        Handle clients[1000];
        REQUIRE(create_alpc(port) == STATUS_SUCCESS);
        for (Handle& client : clients)
            CHECK(connect_alpc(client, 0) == STATUS_SUCCESS);
        port.close();
        Message got;
        CHECK(receive(clients[999], got) == STATUS_PORT_CONNECTION_REFUSED);
        for (Handle& client : clients)
            client.close();
    }
    CHECK(ports.left() == 0);
}

// Its name stays, and leads nobody to a server.
TEST(a_permanent_port_is_closed_with_its_last_handle) {
    Ports ports;
    Handle port, client;
    REQUIRE(create_alpc(port) == STATUS_SUCCESS);
    CHECK(NtMakePermanentObject(port) == STATUS_SUCCESS);
    port.close();
    CHECK(create_alpc(port) == STATUS_OBJECT_NAME_COLLISION);
    CHECK(connect_alpc(client) == STATUS_OBJECT_NAME_NOT_FOUND);
    Name name(kPort);
    name.attributes.Attributes |= OBJ_OPENIF;
    REQUIRE(NtAlpcCreatePort(port.out(), &name.attributes, nullptr) == STATUS_OBJECT_NAME_EXISTS);
    CHECK(connect_alpc(client) == STATUS_OBJECT_NAME_NOT_FOUND);
    Message message;
    CHECK(receive(port, message) == STATUS_PORT_CLOSED);
    ALPC_HANDLE section = nullptr;
    SIZE_T size = 0;
    CHECK(NtAlpcCreatePortSection(port, 0, nullptr, 0x1000, &section, &size) == STATUS_SUCCESS);
    CHECK(NtMakeTemporaryObject(port) == STATUS_SUCCESS);
    port.close();
    CHECK(ports.left() == 0);
    CHECK(create_alpc(port) == STATUS_SUCCESS);
}
