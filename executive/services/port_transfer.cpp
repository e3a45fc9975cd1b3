// SPDX-License-Identifier: GPL-3.0-only
//
// Sending and receiving by ports. Only what waits is a coroutine: the lpc::Receive that a call ends with.
#include "executive/ex/timeout.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/ob.hpp"
#include "executive/services/port_message.hpp"

using namespace base;
using lpc::Message;
using lpc::Port;

namespace {

constexpr ULONG kReply = ALPC_MSGFLG_REPLY_MESSAGE;
constexpr ULONG kRelease = ALPC_MSGFLG_RELEASE_MESSAGE;
constexpr ULONG kSync = ALPC_MSGFLG_SYNC_REQUEST;
constexpr ULONG kKnownFlags = kReply | ALPC_MSGFLG_LPC_MODE | kRelease | kSync |
                              ALPC_MSGFLG_TRACK_PORT_REFERENCES | ALPC_MSGFLG_WAIT_USER_MODE |
                              ALPC_MSGFLG_WAIT_ALERTABLE;

// LPC's requests carry no type of their own, and data entries that lie in the message.
Result<void> check_request(const services::GivenMessage& given) {
    const PORT_MESSAGE& header = given.header;
    if (header.u2.s2.Type & ~(LPC_KERNELMODE_MESSAGE | LPC_NO_IMPERSONATE))
        return fail(STATUS_INVALID_PARAMETER);
    size_t offset = header.u2.s2.DataInfoOffset;
    size_t total = sizeof(PORT_MESSAGE) + header.u1.s1.DataLength;
    if (offset == 0) return {};
    if (offset < sizeof(PORT_MESSAGE) || offset > total || total - offset < sizeof(PORT_DATA_INFORMATION))
        return fail(STATUS_INVALID_PARAMETER);
    return {};
}

// Who has received a request takes its entries at its word.
Result<void> check_entries(Message& message) {
    size_t offset = message.header.u2.s2.DataInfoOffset;
    if (offset == 0) return {};
    ULONG count;
    __builtin_memcpy(&count, message.data() + offset - sizeof(PORT_MESSAGE), sizeof count);
    size_t room =
        sizeof(PORT_MESSAGE) + message.length() - offset - offsetof(PORT_DATA_INFORMATION, DataEntries);
    if (count > room / sizeof(PORT_DATA_ENTRY)) return fail(STATUS_INVALID_PARAMETER);
    return {};
}

void connect_to(Message& message, Port& port) {
    message.connection = port.connection();
    message.from_server = port.kind() == Port::Kind::Server;
    message.connection->add(message);
}

// What the answer to `message` says, read from the caller; nothing has happened if it cannot be.
Result<void> read_answer(ke::Call& call, const services::GivenMessage& given, Message& message) {
    size_t length = given.header.u1.s1.DataLength;
    if (!given.data_there) TRY(call.memory().probe(given.data, length, ke::Access::Read));
    TRY(message.reserve(call.client(), length));
    return services::read_data(call, given, message);
}

// The message goes back to where it came from. `more`: that end may answer in turn.
void send_back(Port& port, Message& message, const services::GivenMessage& given, bool more) {
    message.header.u1 = given.header.u1;
    bool goes_on = more && !message.awaiting && !port.lpc_mode();
    message.header.u2.s2 = {static_cast<USHORT>(LPC_REPLY | (goes_on ? LPC_CONTINUATION_REQUIRED : 0)), 0};
    message.pending_at = nullptr;
    message.ListLink<lpc::PlaceTag>::unlink();
    message.from_server = !message.from_server;
    if (lpc::Receive* receive = message.awaiting) return receive->take(message);
    Port* other = message.from_server ? message.connection->client() : &message.connection->listener();
    if (!other) return message.discard();
    other->put(message);
}

// LPC's answers: to a thread that waits for this very message.
Result<void> reply(ke::Call& call, Port& port, uint64_t address) {
    services::GivenMessage given = TRY(services::read_message(call, address, port.longest()));
    Message* message = port.pending(given.header.MessageId);
    if (!message || !message->awaiting || !message->connection) return fail(STATUS_REPLY_MESSAGE_MISMATCH);
    const CLIENT_ID& client = message->header.ClientId;
    if (client.UniqueProcess != given.header.ClientId.UniqueProcess ||
        client.UniqueThread != given.header.ClientId.UniqueThread)
        return fail(STATUS_REPLY_MESSAGE_MISMATCH);
    TRY(read_answer(call, given, *message));
    send_back(port, *message, given, false);
    return {};
}

// May what comes to this port be waited for?
Result<void> may_receive(Port& port) {
    const Ref<lpc::Connection>& connection = port.connection();
    if (port.source().unattended()) [[unlikely]]
        return fail(STATUS_PORT_CLOSED);
    if (!connection || connection->state() != lpc::Connection::State::Ended) return {};
    if (port.kind() == Port::Kind::Client) return fail(connection->refusal());
    return fail(STATUS_PORT_DISCONNECTED);
}

using How = lpc::Receive::How;

// Why the thread must not wait.
std::optional<NTSTATUS> refusal(ps::Thread& thread, const How& how) {
    auto refused = thread.refuse_wait(how.alertable);
    if (refused == STATUS_USER_APC) thread.deliver_apc();
    return refused;
}

// The next message, or the wait for it.
[[clang::coro_wrapper]] ke::Task<NTSTATUS> receive(ke::Call& call, Port& port, const lpc::Place& place,
                                                   const How& how) {
    Port& source = port.source();
    ps::Thread& thread = ps::current(call);
    if (Message* message = source.front()) {
        NTSTATUS status = lpc::deliver(thread, place, *message);
        if (status == STATUS_SUCCESS) source.received(*message);
        return status;
    }
    if (auto open = may_receive(port); !open) return open.error();
    if (auto refused = refusal(thread, how)) return *refused;
    if (how.deadline.is_now()) return STATUS_TIMEOUT;
    return lpc::Receive::wait(thread, source, place, nullptr, how, [] {});
}

// Sends a request and waits for its answer. Owns the message.
[[clang::coro_wrapper]] ke::Task<NTSTATUS> request(ke::Call& call, Port& port, Port& target,
                                                   lpc::Held message, const lpc::Place& place,
                                                   const How& how) {
    ps::Thread& thread = ps::current(call);
    if (auto refused = refusal(thread, how)) return *refused;
    Message* asked = &*message;
    return lpc::Receive::wait(thread, port, place, asked, how,
                              [&port, &target, held = std::move(message)]() mutable {
                                  connect_to(*held, port);
                                  target.put(*held.leak());
                              });
}

}  // namespace

// --- LPC

NTSTATUS NtRequestPort(ke::Call& call, const NtRequestPortArgs& args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    auto given = TRY(services::read_message(call, args.RequestMessage.address(), port->longest()));
    TRY(check_request(given));
    lpc::Held message = TRY(services::capture_message(call, given));
    TRY(check_entries(*message));
    Port* target = TRY(port->target());
    message->header.u2.s2.Type = LPC_DATAGRAM;
    connect_to(*message, *port);
    target->put(*message.leak());
    return STATUS_SUCCESS;
}

namespace {

// The owner of a port asks a question about a request that it has received: who waits for the answer gets the
// question in its place.
[[clang::coro_wrapper]] ke::Task<NTSTATUS> ask_back(ke::Call& call, Port& port,
                                                    const services::GivenMessage& given,
                                                    const NtRequestWaitReplyPortArgs& args) {
    Message* about = port.pending(given.header.MessageId);
    if (!about || !about->awaiting || !about->connection) return STATUS_REPLY_MESSAGE_MISMATCH;
    lpc::Place place = TRY(services::read_place(call, port, args.ReplyMessage.address(), 0, 0));
    lpc::Held question = TRY(services::capture_message(call, given));
    question->header.u2.s2 = {LPC_REQUEST, 0};
    question->question_about = about->header.MessageId;
    ps::Thread& thread = ps::current(call);
    if (auto refused = refusal(thread, {})) return *refused;
    Message* asked = &*question;
    return lpc::Receive::wait(thread, port, place, asked, {}, [about, held = std::move(question)]() mutable {
        held->connection = about->connection;
        held->from_server = !about->from_server;
        held->connection->add(*held);
        about->awaiting->take(*held.leak());
    });
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtRequestWaitReplyPort(ke::Call& call,
                                                                  NtRequestWaitReplyPortArgs args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    auto given = TRY(services::read_message(call, args.RequestMessage.address(), port->longest()));
    if ((given.header.u2.s2.Type & 0xfff) == LPC_REQUEST) return ask_back(call, *port, given, args);
    TRY(check_request(given));
    lpc::Place place = TRY(services::read_place(call, *port, args.ReplyMessage.address(), 0, 0));
    lpc::Held message = TRY(services::capture_message(call, given));
    TRY(check_entries(*message));
    Port* target = TRY(port->target());
    message->header.u2.s2.Type = LPC_REQUEST;
    return request(call, *port, *target, std::move(message), place, {});
}

NTSTATUS NtReplyPort(ke::Call& call, const NtReplyPortArgs& args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    return to_status(reply(call, *port, args.ReplyMessage.address()));
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtReplyWaitReplyPort(ke::Call& call,
                                                                NtReplyWaitReplyPortArgs args) {
    // The answer to a question about a request of the caller's, which goes on waiting for the answer to that.
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    auto given = TRY(services::read_message(call, args.ReplyMessage.address(), port->longest()));
    Message* question = port->pending(given.header.MessageId);
    if (!question || !question->awaiting || !question->connection) return STATUS_REPLY_MESSAGE_MISMATCH;
    ps::Thread& thread = ps::current(call);
    Message* about = Message::find(question->question_about);
    bool own = about && about->pending() && !about->awaiting && about->connection == question->connection &&
               about->sender.get() == &thread;
    if (!own) return STATUS_REPLY_MESSAGE_MISMATCH;
    lpc::Place place = TRY(services::read_place(call, *port, args.ReplyMessage.address(), 0, 0));
    TRY(read_answer(call, given, *question));
    if (auto refused = refusal(thread, {})) return *refused;
    return lpc::Receive::wait(thread, *port, place, about, {},
                              [=] { send_back(*port, *question, given, false); });
}

namespace {

[[clang::coro_wrapper]] ke::Task<NTSTATUS> reply_receive(ke::Call& call, HANDLE handle,
                                                         ke::UserOut<PVOID> context, uint64_t answer,
                                                         uint64_t buffer, ke::Deadline deadline) {
    Port* port = TRY(ob::borrow<Port>(call, handle, 0));
    lpc::Place place = TRY(services::read_place(call, *port, buffer, 0, 0));
    TRY(call.probe(context));
    place.context = context;
    // What comes next is not asked for once more when an answer has been given.
    if (Message* next = port->source().front())
        TRY(call.memory().probe(buffer, next->total(), ke::Access::Write));
    if (answer) TRY(reply(call, *port, answer));
    return receive(call, *port, place, {.deadline = deadline});
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtReplyWaitReceivePort(ke::Call& call,
                                                                  NtReplyWaitReceivePortArgs args) {
    return reply_receive(call, args.PortHandle, args.PortContext, args.ReplyMessage.address(),
                         args.ReceiveMessage.address(), ke::Deadline::never());
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtReplyWaitReceivePortEx(ke::Call& call,
                                                                    NtReplyWaitReceivePortExArgs args) {
    ke::Deadline deadline = TRY(ex::read_timeout(call, args.Timeout));
    return reply_receive(call, args.PortHandle, args.PortContext, args.ReplyMessage.address(),
                         args.ReceiveMessage.address(), deadline);
}

namespace {

// Takes what is no request to connect off the queue. False: more may be left.
bool pass_over(Port& port) {
    ke::Slice slice;
    while (Message* message = port.front()) {
        if (message->type() == LPC_CONNECTION_REQUEST) return true;
        if (slice.over()) return false;
        port.received(*message);
    }
    return true;
}

}  // namespace

// Messages that are no requests to connect are passed over, and lost, as on NT: those that are there already
// in slices, for there may be many.
ke::Task<NTSTATUS> NtListenPort(ke::Call& call, NtListenPortArgs args) {
    auto port = CO_TRY(ob::resolve<Port>(call, args.PortHandle, args.PortHandleAccess));
    if (port->kind() != Port::Kind::Listening) co_return STATUS_INVALID_PORT_HANDLE;
    for (;;) {
        NTSTATUS status =
            co_await ke::in_slices(call.thread(), [&]() -> Result<bool> { return pass_over(*port); });
        if (status != STATUS_SUCCESS) co_return status;
        lpc::Place place = CO_TRY(services::read_place(call, *port, args.ConnectionRequest.address(), 0, 0));
        status = co_await receive(call, *port, place, {});
        if (status != STATUS_SUCCESS) co_return status;
        PORT_MESSAGE header = CO_TRY(call.read(ke::UserIn<PORT_MESSAGE>(args.ConnectionRequest.address())));
        if ((header.u2.s2.Type & 0xfff) == LPC_CONNECTION_REQUEST) co_return STATUS_SUCCESS;
    }
}

// --- ALPC

namespace {

// A message by this port that is an answer: its number says to what.
Result<void> alpc_answer(ke::Call& call, Port& port, const services::GivenMessage& given, ULONG flags,
                         uint64_t attributes) {
    Message* message = port.pending(given.header.MessageId);
    if (!message) return fail(port.lpc_mode() ? STATUS_REPLY_MESSAGE_MISMATCH : STATUS_INVALID_MESSAGE);
    if (message->type() == LPC_CONNECTION_REQUEST) return fail(STATUS_LPC_INVALID_CONNECTION_USAGE);
    if (message->canceled || !message->connection) {
        message->discard();
        return fail(STATUS_REQUEST_CANCELED);
    }
    TRY(read_answer(call, given, *message));
    if (message->extras) message->extras.reset();
    if (attributes) TRY(services::read_attributes(call, attributes, port, *message));
    send_back(port, *message, given, !(flags & kRelease));
    return {};
}

USHORT type_of(ULONG flags, const Port& target) {
    if (flags & kSync) return target.lpc_mode() ? LPC_REQUEST : LPC_REQUEST | LPC_CONTINUATION_REQUIRED;
    if (flags & kRelease || target.lpc_mode()) return LPC_DATAGRAM;
    return LPC_REQUEST | LPC_CONTINUATION_REQUIRED;
}

// A new message by this port, captured.
Result<lpc::Held> alpc_message(ke::Call& call, Port& port, const services::GivenMessage& given, ULONG flags,
                               uint64_t attributes, const Port& target) {
    lpc::Held message = TRY(services::capture_message(call, given));
    message->header.u2.s2 = {type_of(flags, target), 0};
    if (attributes) TRY(services::read_attributes(call, attributes, port, *message));
    return message;
}

}  // namespace

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtAlpcSendWaitReceivePort(ke::Call& call,
                                                                     NtAlpcSendWaitReceivePortArgs args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    ULONG flags = args.Flags;
    bool sends = !args.SendMessage.null();
    bool receives = !args.ReceiveMessage.null();
    if (flags & ~kKnownFlags || (!sends && !receives)) return STATUS_INVALID_PARAMETER;
    if (flags & kSync && !sends) return STATUS_INVALID_PARAMETER;
    if (flags & kSync && !receives) return STATUS_LPC_RECEIVE_BUFFER_EXPECTED;
    How how{.deadline = TRY(ex::read_timeout(call, args.Timeout)),
            .alertable = (flags & ALPC_MSGFLG_WAIT_ALERTABLE) != 0};
    lpc::Place place;
    if (receives)
        place =
            TRY(services::read_place(call, *port, args.ReceiveMessage.address(), args.BufferLength.address(),
                                     args.ReceiveMessageAttributes.address()));
    if (sends) {
        uint64_t attributes = args.SendMessageAttributes.address();
        auto given = TRY(services::read_message(call, args.SendMessage.address(), port->longest()));
        if (given.header.MessageId) {
            if (flags & kSync) return STATUS_INVALID_PARAMETER;
            TRY(alpc_answer(call, *port, given, flags, attributes));
            if (attributes) services::release_sent(call, attributes, *port);
        } else {
            if (flags & kReply) return STATUS_REPLY_MESSAGE_MISMATCH;
            Port* target = TRY(port->target());
            lpc::Held message = TRY(alpc_message(call, *port, given, flags, attributes, *target));
            if (flags & kSync) {
                if (attributes) services::release_sent(call, attributes, *port);
                return request(call, *port, *target, std::move(message), place, how);
            }
            connect_to(*message, *port);
            target->put(*message.leak());
            if (attributes) services::release_sent(call, attributes, *port);
        }
        if (!receives) return STATUS_SUCCESS;
    }
    return receive(call, *port, place, how);
}

// Of what the port's owner has received, by the number in the context; or of what it has sent.
NTSTATUS NtAlpcCancelMessage(ke::Call& call, const NtAlpcCancelMessageArgs& args) {
    constexpr ULONG kKnown =
        ALPC_CANCELFLG_TRY_CANCEL | ALPC_CANCELFLG_NO_CONTEXT_CHECK | ALPC_CANCELFLGP_FLUSH;
    if (args.Flags & ~kKnown) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    ALPC_CONTEXT_ATTR context = TRY(call.read(args.MessageContext));
    Message* message = Message::find(context.MessageId);
    if (!message || !message->connection || message->type() == LPC_CONNECTION_REQUEST)
        return STATUS_INVALID_MESSAGE;
    bool has_it = message->pending_at == &port->source();
    bool from_client = port->kind() == Port::Kind::Client && message->connection == port->connection();
    bool from_server = port->kind() == Port::Kind::Server && message->connection == port->connection();
    bool sent_it = message->from_server ? from_server : from_client;
    if (!has_it && !sent_it) return STATUS_INVALID_MESSAGE;
    uint64_t expected = message->message_context[port->kind() != Port::Kind::Client];
    if (!(args.Flags & ALPC_CANCELFLG_NO_CONTEXT_CHECK) &&
        expected != reinterpret_cast<uint64_t>(context.MessageContext))
        return STATUS_CONTEXT_MISMATCH;
    // Only what nobody has received yet.
    if (args.Flags & ALPC_CANCELFLG_TRY_CANCEL && message->pending()) return STATUS_UNSUCCESSFUL;
    if (has_it) {
        if (lpc::Receive* receive = std::exchange(message->awaiting, nullptr))
            receive->end_unanswered(STATUS_REQUEST_CANCELED);
        message->discard();
        return STATUS_SUCCESS;
    }
    if (lpc::Receive* receive = message->awaiting)
        receive->end(STATUS_REQUEST_CANCELED);
    else
        port->give_up(*message);
    return STATUS_SUCCESS;
}
