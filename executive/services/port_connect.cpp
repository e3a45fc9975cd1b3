// SPDX-License-Identifier: GPL-3.0-only
//
// Ports are connected and accepted.
#include "executive/ex/timeout.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services/impersonation.hpp"
#include "executive/services/port_message.hpp"
#include "executive/services/token_arguments.hpp"

using namespace base;
using lpc::Connection;
using lpc::Message;
using lpc::Port;

namespace {

constexpr ULONG kConnectFlags = ALPC_SYNC_CONNECTION | ALPC_USER_WAIT_MODE | ALPC_WAIT_IS_ALERTABLE | 0xffff;

// The listening port of this name, whose owner the caller may connect to.
Result<Ref<Port>> find_listener(ke::Call& call, const ke::Call::Attributes& attributes, const Sid* required) {
    ob::Found found = TRY(ob::lookup(call, attributes));
    Port* port = ob::as<Port>(*found.object);
    if (!port) return fail(STATUS_OBJECT_TYPE_MISMATCH);
    TRY(ob::check_access(call, *port, PORT_CONNECT));
    if (port->kind() != Port::Kind::Listening) return fail(STATUS_INVALID_PORT_HANDLE);
    if (port->closed()) return fail(STATUS_OBJECT_NAME_NOT_FOUND);
    if (required) {
        // One that is not closed has an owner.
        const Ref<se::Token>& token = port->owner()->primary_token();
        if (!token || !(token->user() == *required)) return fail(STATUS_SERVER_SID_MISMATCH);
    }
    return Ref<Port>(port);
}

Result<Ref<se::Token>> token_of(ps::Thread& thread) {
    const Ref<se::Token>& worn = thread.impersonation_token();
    const Ref<se::Token>& token = worn ? worn : thread.process().primary_token();
    if (!token) return fail(STATUS_PROCESS_IS_TERMINATING);
    return Ref<se::Token>(token);
}

// A connection that is asked for: its client's port, and the request with `data` bytes.
struct Asked {
    Ref<Port> port;
    Ref<Connection> connection;
    lpc::Held request;
};

Result<Asked> ask(ke::Call& call, Port& listener, const ALPC_PORT_ATTRIBUTES& attributes, bool lpc_mode,
                  size_t data) {
    ps::Thread& thread = ps::current(call);
    Asked asked;
    asked.port = TRY(Port::create(Port::Kind::Client, thread.process(), attributes, lpc_mode));
    asked.connection = TRY(make_ref<Connection>(listener, *asked.port));
    asked.port->set_connection(asked.connection);
    if (attributes.SecurityQos.ContextTrackingMode == 0)
        asked.connection->client_token =
            TRY(services::as_seen(*TRY(token_of(thread)), attributes.SecurityQos.ImpersonationLevel));
    lpc::Held farewell(TRY(Message::create(thread, sizeof(LARGE_INTEGER))));
    uint64_t created = thread.create_time();
    __builtin_memcpy(farewell->data(), &created, sizeof created);
    farewell->header.u1.s1 = {sizeof created, sizeof(PORT_MESSAGE) + sizeof created};
    farewell->header.u2.s2 = {LPC_PORT_CLOSED, 0};
    farewell->sender.reset();
    asked.connection->set_farewell(std::move(farewell));
    asked.request = lpc::Held(TRY(Message::create(thread, data)));
    USHORT type = LPC_CONNECTION_REQUEST | (listener.lpc_mode() ? 0 : LPC_CONTINUATION_REQUIRED);
    asked.request->header.u2.s2 = {type, 0};
    return asked;
}

// From here on it ends with Port::close().
void send(Asked& asked) {
    Connection& connection = *asked.connection;
    asked.request->connection = asked.connection;
    connection.add(*asked.request);
    connection.listener().add(connection);
    connection.listener().put(*asked.request.leak());
}

// Ends a port, and its connection, whose maker does not come to his end. What the server said is for nobody,
// and may carry what keeps the connection.
class Unless {
public:
    explicit Unless(Ref<Port> port) : port_(std::move(port)) {}
    ~Unless() {
        if (!port_) return;
        port_->connection()->answer = lpc::Held();
        port_->close();
    }
    Unless(const Unless&) = delete;
    Unless& operator=(const Unless&) = delete;
    void keep() { port_.reset(); }

private:
    Ref<Port> port_;
};

// --- views of LPC's connections

struct Viewed {
    PORT_VIEW view = {};
    Ref<mm::Section> section;
    uint64_t base = 0;
};

Result<uint64_t> map(mm::Section& section, ps::Process& process, uint64_t offset, uint64_t size) {
    mm::AddressSpace& space = *TRY(process.live_space());
    return TRY(space.map(section, 0, offset, size, 0, PAGE_READWRITE)).base;
}

// What a caller shows the other end, mapped into the caller.
Result<Viewed> map_own(ke::Call& call, ke::UserInOut<PORT_VIEW> in, Connection& connection) {
    Viewed viewed;
    if (in.null()) return viewed;
    viewed.view = TRY(call.read(in));
    if (viewed.view.Length != sizeof(PORT_VIEW)) return fail(STATUS_INVALID_PARAMETER);
    viewed.section =
        TRY(ob::resolve<mm::Section>(call, viewed.view.SectionHandle, SECTION_MAP_READ | SECTION_MAP_WRITE));
    if (viewed.section->image()) return fail(STATUS_INVALID_PARAMETER);
    uint64_t offset = viewed.view.SectionOffset;
    if (viewed.view.ViewSize == 0 && offset < viewed.section->size())
        viewed.view.ViewSize = viewed.section->size() - offset;
    ps::Process& process = ps::current(call).process();
    TRY(connection.views.push_back({}));
    viewed.base = TRY(map(*viewed.section, process, offset, viewed.view.ViewSize));
    connection.views.back() = {Ref<ps::Process>(process), viewed.section, viewed.base};
    return viewed;
}

Result<uint64_t> map_at(Connection& connection, const Viewed& viewed, ps::Process& process) {
    TRY(connection.views.push_back({}));
    uint64_t base = TRY(map(*viewed.section, process, viewed.view.SectionOffset, viewed.view.ViewSize));
    connection.views.back() = {Ref<ps::Process>(process), viewed.section, base};
    return base;
}

Result<void> check_remote(ke::Call& call, ke::UserInOut<REMOTE_PORT_VIEW> view) {
    if (view.null()) return {};
    if (TRY(call.read(view)).Length != sizeof(REMOTE_PORT_VIEW)) return fail(STATUS_INVALID_PARAMETER);
    return call.probe(view.out());
}

struct Outcome {
    ke::UserInOut<PORT_VIEW> own;
    ke::UserInOut<REMOTE_PORT_VIEW> remote;
    ke::UserOut<ULONG> longest;
    uint64_t information;
    ke::UserInOut<ULONG> information_length;
    size_t room;
};

// What the server said, and where the views are.
Result<void> write_outcome(ke::Call& call, Connection& connection, const Outcome& out, const Viewed& own) {
    if (!out.own.null()) {
        PORT_VIEW view = own.view;
        view.ViewBase = reinterpret_cast<PVOID>(own.base);
        view.ViewRemoteBase = reinterpret_cast<PVOID>(connection.client_view_at_server);
        TRY(call.write(out.own, view));
    }
    if (!out.remote.null()) TRY(call.write(out.remote, connection.server_view));
    TRY(call.write(out.longest, static_cast<ULONG>(connection.listener().longest())));
    if (!out.information || out.information_length.null()) return {};
    size_t length = connection.answer ? connection.answer->length() : 0;
    if (length > out.room) length = out.room;
    if (length) TRY(call.memory().copy_out(out.information, connection.answer->data(), length));
    return call.write(out.information_length, static_cast<ULONG>(length));
}

ke::Task<NTSTATUS> connect_lpc(ke::Call& call, ke::UserOut<HANDLE> handle, ke::UserIn<UNICODE_STRING> name,
                               ke::UserIn<SECURITY_QUALITY_OF_SERVICE> quality, Outcome out,
                               uint64_t required) {
    CO_TRY(call.probe(handle));
    ke::Call::Attributes attributes;
    attributes.given = true;
    attributes.flags = OBJ_CASE_INSENSITIVE;
    attributes.name = CO_TRY(call.capture_string(name));
    if (quality.null()) co_return STATUS_ACCESS_VIOLATION;
    ALPC_PORT_ATTRIBUTES port_attributes = CO_TRY(services::read_port_attributes(call, {}));
    port_attributes.Flags = ALPC_PORFLG_ALLOW_IMPERSONATION;
    port_attributes.SecurityQos = CO_TRY(call.read(quality));
    if (static_cast<ULONG>(port_attributes.SecurityQos.ImpersonationLevel) > SecurityDelegation)
        co_return STATUS_BAD_IMPERSONATION_LEVEL;
    CO_TRY(check_remote(call, out.remote));
    size_t length = 0;
    if (!out.information_length.null()) length = CO_TRY(call.read(out.information_length));
    out.room = out.information ? length : 0;
    Sid server;
    if (required) server = CO_TRY(services::read_sid(call, required));
    Ref<Port> listener = CO_TRY(find_listener(call, attributes, required ? &server : nullptr));
    size_t most =
        listener->lpc_mode() ? listener->longest_request : listener->longest() - sizeof(PORT_MESSAGE);
    if (out.room > most) out.room = most;
    port_attributes.MaxMessageLength = listener->longest();
    Asked asked = CO_TRY(ask(call, *listener, port_attributes, true, out.room));
    if (out.room) CO_TRY(call.memory().copy_in(asked.request->data(), out.information, out.room));
    asked.request->header.u1.s1 = {static_cast<USHORT>(out.room),
                                   static_cast<USHORT>(out.room + sizeof(PORT_MESSAGE))};
    Ref<Connection> connection = asked.connection;
    Unless unless(asked.port);
    Viewed own = CO_TRY(map_own(call, out.own, *connection));
    connection->client_view = own.view;
    connection->client_section = own.section;
    asked.request->header.ClientViewSize = own.view.ViewSize;
    send(asked);
    NTSTATUS status = co_await ke::wait(call.thread(), connection->settled(), false, ke::Deadline::never());
    if (status != STATUS_SUCCESS) co_return status;
    if (connection->state() != Connection::State::Open) {
        Outcome refused = out;
        refused.own = {};
        refused.remote = {};
        refused.longest = {};
        (void)write_outcome(call, *connection, refused, own);
        co_return connection->refusal();
    }
    CO_TRY(write_outcome(call, *connection, out, own));
    connection->answer = lpc::Held();
    CO_TRY(ob::give_handle(call, handle, asked.port, PORT_ALL_ACCESS, 0));
    unless.keep();
    co_return STATUS_SUCCESS;
}

// The request, received by a port of the caller's process, that a client waits for.
Result<Message*> find_request(ke::Call& call, uint32_t id, Port* listener) {
    Message* message = Message::find(id);
    bool ours = message && message->pending_at && message->type() == LPC_CONNECTION_REQUEST &&
                message->connection && message->connection->state() == Connection::State::Asked;
    if (!ours)
        return fail(listener && !listener->lpc_mode() ? STATUS_INVALID_MESSAGE
                                                      : STATUS_REPLY_MESSAGE_MISMATCH);
    bool by = listener ? message->pending_at == listener
                       : message->pending_at->owner() == &ps::current(call).process();
    if (!by) return fail(STATUS_REPLY_MESSAGE_MISMATCH);
    return message;
}

// The request becomes the answer, with what the server says to its client.
Result<void> make_answer(ke::Call& call, const services::GivenMessage& given, Message& request) {
    size_t length = given.header.u1.s1.DataLength;
    if (!given.data_there) TRY(call.memory().probe(given.data, length, ke::Access::Read));
    TRY(request.reserve(call.client(), length));
    TRY(services::read_data(call, given, request));
    // What the client sent with it is no answer.
    request.extras.reset();
    return {};
}

// Nobody can be asked about it any more.
lpc::Held take_answer(Message& request, const services::GivenMessage& given) {
    request.ListLink<lpc::PlaceTag>::unlink();
    request.ListLink<lpc::ConnectionTag>::unlink();
    request.pending_at = nullptr;
    request.connection.reset();
    request.header.u1 = given.header.u1;
    request.header.u2.s2 = {LPC_CONNECTION_REPLY, 0};
    request.from_server = true;
    return lpc::Held(&request);
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtConnectPort(ke::Call& call, NtConnectPortArgs args) {
    Outcome out{args.ClientView,
                args.ServerView,
                args.MaxMessageLength,
                reinterpret_cast<uint64_t>(args.ConnectionInformation),
                args.ConnectionInformationLength,
                0};
    return connect_lpc(call, args.PortHandle, args.PortName, args.SecurityQos, out, 0);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtSecureConnectPort(ke::Call& call, NtSecureConnectPortArgs args) {
    Outcome out{args.ClientView,
                args.ServerView,
                args.MaxMessageLength,
                reinterpret_cast<uint64_t>(args.ConnectionInformation),
                args.ConnectionInformationLength,
                0};
    return connect_lpc(call, args.PortHandle, args.PortName, args.SecurityQos, out,
                       reinterpret_cast<uint64_t>(args.RequiredServerSid));
}

NTSTATUS NtAcceptConnectPort(ke::Call& call, const NtAcceptConnectPortArgs& args) {
    auto given = TRY(services::read_message(call, args.ConnectionRequest.address(), Message::kLongest));
    Message* request = TRY(find_request(call, given.header.MessageId, nullptr));
    Ref<Connection> connection = request->connection;
    if (!args.AcceptConnection) {
        TRY(make_answer(call, given, *request));
        connection->answer = take_answer(*request, given);
        connection->end(STATUS_PORT_CONNECTION_REFUSED);
        return STATUS_SUCCESS;
    }
    TRY(call.probe(args.PortHandle));
    TRY(check_remote(call, args.ClientView));
    Port& listener = connection->listener();
    ALPC_PORT_ATTRIBUTES attributes = listener.attributes();
    Ref<Port> port = TRY(Port::create(Port::Kind::Server, ps::current(call).process(), attributes, true));
    TRY(make_answer(call, given, *request));
    // What has been mapped goes with the connection, whatever else fails.
    port->set_connection(connection);
    Unless unless(port);
    Viewed own = TRY(map_own(call, args.ServerView, *connection));
    uint64_t at_client = own.section ? TRY(map_at(*connection, own, *connection->client_process)) : 0;
    connection->server_view = {sizeof(REMOTE_PORT_VIEW), own.view.ViewSize,
                               reinterpret_cast<PVOID>(at_client)};
    Viewed theirs{connection->client_view, connection->client_section, 0};
    if (theirs.section)
        connection->client_view_at_server = TRY(map_at(*connection, theirs, ps::current(call).process()));
    if (!args.ServerView.null()) {
        PORT_VIEW view = own.view;
        view.ViewBase = reinterpret_cast<PVOID>(own.base);
        view.ViewRemoteBase = reinterpret_cast<PVOID>(at_client);
        TRY(call.write(args.ServerView, view));
    }
    if (!args.ClientView.null())
        TRY(call.write(args.ClientView,
                       REMOTE_PORT_VIEW{sizeof(REMOTE_PORT_VIEW), theirs.view.ViewSize,
                                        reinterpret_cast<PVOID>(connection->client_view_at_server)}));
    connection->answer = take_answer(*request, given);
    port->context = connection->server_context = reinterpret_cast<uint64_t>(args.PortContext);
    connection->accept(*port);
    TRY(ob::give_handle(call, args.PortHandle, port, PORT_ALL_ACCESS, 0));
    unless.keep();
    return STATUS_SUCCESS;
}

NTSTATUS NtCompleteConnectPort(ke::Call& call, const NtCompleteConnectPortArgs& args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    if (port->kind() != Port::Kind::Server) return STATUS_INVALID_PORT_HANDLE;
    if (port->connection()->state() != Connection::State::Accepted) return STATUS_INVALID_PARAMETER;
    port->connection()->open();
    return STATUS_SUCCESS;
}

// --- ALPC's

namespace {

struct AlpcConnect {
    ke::UserOut<HANDLE> handle;
    ke::Call::Attributes name;
    ke::UserIn<OBJECT_ATTRIBUTES> own;
    ke::UserIn<ALPC_PORT_ATTRIBUTES> attributes;
    ULONG flags;
    uint64_t required;
    uint64_t message, length, sent, received;
    ke::UserIn<LARGE_INTEGER> timeout;
};

ke::Task<NTSTATUS> connect_alpc(ke::Call& call, AlpcConnect args) {
    if (args.flags & ~kConnectFlags) co_return STATUS_INVALID_PARAMETER;
    bool waits = args.flags & ALPC_SYNC_CONNECTION;
    bool alertable = args.flags & ALPC_WAIT_IS_ALERTABLE;
    CO_TRY(call.probe(args.handle));
    ke::Deadline deadline = CO_TRY(ex::read_timeout(call, args.timeout));
    auto own = CO_TRY(call.capture_attributes(args.own));
    ALPC_PORT_ATTRIBUTES attributes = CO_TRY(services::read_port_attributes(call, args.attributes));
    Sid server;
    if (args.required) server = CO_TRY(services::read_sid(call, args.required));
    Ref<Port> listener = CO_TRY(find_listener(call, args.name, args.required ? &server : nullptr));
    if (listener->lpc_mode() && !(attributes.Flags & ALPC_PORFLG_ALLOW_LPC_REQUESTS))
        co_return STATUS_LPC_REQUESTS_NOT_ALLOWED;
    services::GivenMessage given;
    given.header.u1.s1 = {0, sizeof(PORT_MESSAGE)};
    if (args.message) given = CO_TRY(services::read_message(call, args.message, listener->longest()));
    Asked asked = CO_TRY(ask(call, *listener, attributes, false, given.header.u1.s1.DataLength));
    CO_TRY(services::read_data(call, given, *asked.request));
    asked.request->header.u1 = given.header.u1;
    if (args.sent) CO_TRY(services::read_attributes(call, args.sent, *asked.port, *asked.request));
    lpc::Place place;
    if (args.message && waits)
        place = CO_TRY(services::read_place(call, *asked.port, args.message, args.length, args.received));
    Ref<Connection> connection = asked.connection;
    Unless unless(asked.port);
    connection->async = !waits;
    send(asked);
    if (waits) {
        NTSTATUS status = co_await ke::wait(call.thread(), connection->settled(), alertable, deadline);
        if (status != STATUS_SUCCESS) co_return status;
        if (place.buffer && connection->answer) {
            NTSTATUS told = lpc::deliver(ps::current(call), place, *connection->answer);
            if (!NT_SUCCESS(told)) co_return told;
        }
        if (connection->state() != Connection::State::Open) co_return connection->refusal();
        connection->answer = lpc::Held();
    }
    CO_TRY(ob::give_handle(call, args.handle, asked.port, PORT_ALL_ACCESS, own.flags));
    unless.keep();
    co_return STATUS_SUCCESS;
}

}  // namespace

ke::Task<NTSTATUS> NtAlpcConnectPort(ke::Call& call, NtAlpcConnectPortArgs args) {
    ke::Call::Attributes name;
    name.given = true;
    name.flags = OBJ_CASE_INSENSITIVE;
    name.name = CO_TRY(call.capture_string(args.PortName));
    co_return co_await connect_alpc(
        call, {args.PortHandle, std::move(name), args.ObjectAttributes, args.PortAttributes, args.Flags,
               reinterpret_cast<uint64_t>(args.RequiredServerSid), args.ConnectionMessage.address(),
               args.BufferLength.address(), args.OutMessageAttributes.address(),
               args.InMessageAttributes.address(), args.Timeout});
}

// What the server has to be is a descriptor that its owner's SID stands in.
ke::Task<NTSTATUS> NtAlpcConnectPortEx(ke::Call& call, NtAlpcConnectPortExArgs args) {
    if (args.ConnectionPortObjectAttributes.null()) co_return STATUS_ACCESS_VIOLATION;
    ke::Call::Attributes name = CO_TRY(call.capture_attributes(args.ConnectionPortObjectAttributes));
    uint64_t required = 0;
    if (args.ServerSecurityRequirements) {
        auto head = CO_TRY(call.read(
            ke::UserIn<SECURITY_DESCRIPTOR>(reinterpret_cast<uint64_t>(args.ServerSecurityRequirements))));
        if (head.Control & SE_SELF_RELATIVE) {
            auto relative = CO_TRY(call.read(ke::UserIn<SECURITY_DESCRIPTOR_RELATIVE>(
                reinterpret_cast<uint64_t>(args.ServerSecurityRequirements))));
            if (relative.Owner)
                required = reinterpret_cast<uint64_t>(args.ServerSecurityRequirements) + relative.Owner;
        } else {
            required = reinterpret_cast<uint64_t>(head.Owner);
        }
    }
    co_return co_await connect_alpc(
        call, {args.PortHandle, std::move(name), args.ClientPortObjectAttributes, args.PortAttributes,
               args.Flags, required, args.ConnectionMessage.address(), args.BufferLength.address(),
               args.OutMessageAttributes.address(), args.InMessageAttributes.address(), args.Timeout});
}

NTSTATUS NtAlpcAcceptConnectPort(ke::Call& call, const NtAlpcAcceptConnectPortArgs& args) {
    if (args.Flags & ~0xffffu) return STATUS_INVALID_PARAMETER;
    Port* listener = TRY(ob::borrow<Port>(call, args.ConnectionPortHandle, args.ConnectionPortHandleAccess));
    if (listener->kind() != Port::Kind::Listening) return STATUS_INVALID_PORT_HANDLE;
    auto given = TRY(services::read_message(call, args.ConnectionRequest.address(), Message::kLongest));
    Message* request = TRY(find_request(call, given.header.MessageId, listener));
    Ref<Connection> connection = request->connection;
    ALPC_PORT_ATTRIBUTES attributes = args.PortAttributes.null()
                                          ? listener->attributes()
                                          : TRY(services::read_port_attributes(call, args.PortAttributes));
    auto own = TRY(call.capture_attributes(args.ObjectAttributes));
    TRY(call.probe(args.PortHandle));
    TRY(make_answer(call, given, *request));
    if (!args.AcceptConnection) {
        connection->answer = take_answer(*request, given);
        connection->end(STATUS_PORT_CONNECTION_REFUSED);
        return STATUS_SUCCESS;
    }
    Ref<Port> port = TRY(Port::create(Port::Kind::Server, ps::current(call).process(), attributes, false));
    uint64_t sent = args.ConnectionMessageAttributes.address();
    port->set_connection(connection);
    if (sent) TRY(services::read_attributes(call, sent, *port, *request));
    Unless unless(port);
    TRY(ob::give_handle(call, args.PortHandle, port, PORT_ALL_ACCESS, own.flags));
    unless.keep();
    lpc::Held answer = take_answer(*request, given);
    port->context = connection->server_context = reinterpret_cast<uint64_t>(args.PortContext);
    connection->accept(*port);
    connection->open();
    if (!connection->async) {
        connection->answer = std::move(answer);
    } else if (Port* client = connection->client()) {
        client->put(*answer.leak());
    }
    return STATUS_SUCCESS;
}
