// SPDX-License-Identifier: GPL-3.0-only
//
// What ports and received messages say of themselves and of who sent them.
#include "executive/ex/io_completion.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services/copy_between.hpp"
#include "executive/services/impersonation.hpp"
#include "executive/services/port_message.hpp"

using namespace base;
using lpc::Connection;
using lpc::Message;
using lpc::Port;

namespace {

// Each message is a packet of its completion port.
class PortListener final : public Port::Listener {
public:
    PortListener(Ref<ex::IoCompletion> port, uint64_t key) : port_(std::move(port)), key_(key) {}
    void tell() override {
        ex::IoPacket packet;
        packet.key = key_;
        (void)port_->post(packet);
    }

private:
    Ref<ex::IoCompletion> port_;
    uint64_t key_;
};

template <typename T>
NTSTATUS give(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> length, const T& value) {
    if (out.length < sizeof value) {
        TRY(call.write(length, ULONG{sizeof value}));
        return STATUS_INFO_LENGTH_MISMATCH;
    }
    TRY(call.copy_out(out, &value, sizeof value));
    return to_status(call.write(length, ULONG{sizeof value}));
}

NTSTATUS give_sid(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> length, const Sid& sid) {
    auto bytes = sid.bytes();
    if (out.length < bytes.size()) {
        TRY(call.write(length, static_cast<ULONG>(bytes.size())));
        return STATUS_BUFFER_TOO_SMALL;
    }
    TRY(call.copy_out(out, bytes.data(), bytes.size()));
    return to_status(call.write(length, static_cast<ULONG>(bytes.size())));
}

template <typename T>
Result<T> read_exact(ke::Call& call, ke::UserInBuffer in) {
    if (in.length != sizeof(T)) return fail(STATUS_INFO_LENGTH_MISMATCH);
    T value;
    TRY(call.copy_in(&value, in));
    return value;
}

// Whom the sender of a message acts as, as the quality that it connected with lets the receiver see.
Result<Ref<se::Token>> token_of(Port& port, Message& message) {
    if (message.extras && message.extras->security_handle) {
        if (!message.extras->security) return fail(STATUS_ACCESS_DENIED);
        return Ref<se::Token>(message.extras->security);
    }
    Connection* connection = message.connection.get();
    if (!connection || !message.sender || message.header.u2.s2.Type & LPC_NO_IMPERSONATE)
        return fail(STATUS_CANNOT_IMPERSONATE);
    if (message.from_server) return fail(STATUS_CANNOT_IMPERSONATE);
    if (connection->client_token) return Ref<se::Token>(connection->client_token);
    Port* client = connection->client();
    if (!client || port.kind() == Port::Kind::Client) return fail(STATUS_PORT_DISCONNECTED);
    SECURITY_IMPERSONATION_LEVEL level = client->attributes().SecurityQos.ImpersonationLevel;
    const Ref<se::Token>& worn = message.sender->impersonation_token();
    if (worn && worn->content().level < level) level = worn->content().level;
    const Ref<se::Token>& token = worn ? worn : message.sender->process().primary_token();
    if (!token) return fail(STATUS_CANNOT_IMPERSONATE);
    return services::as_seen(*token, level);
}

NTSTATUS impersonate(ke::Call& call, HANDLE handle, ke::UserIn<PORT_MESSAGE> address) {
    Port* port = TRY(ob::borrow<Port>(call, handle, 0));
    Message* message = TRY(services::find_received(call, *port, address));
    return to_status(services::impersonate(ps::current(call), TRY(token_of(*port, *message))));
}

// The thread whose message the owner of the port has received.
Result<Ref<ps::Thread>> sender_of(ke::Call& call, HANDLE handle, ke::UserIn<PORT_MESSAGE> address) {
    Port* port = TRY(ob::borrow<Port>(call, handle, 0));
    Message* message = TRY(services::find_received(call, *port, address));
    if (!message->sender) return fail(STATUS_INVALID_MESSAGE);
    return message->sender;
}

// Where the entry of a request says that its data lies, in the sender's memory.
struct Entry {
    Ref<ps::Process> process;
    PORT_DATA_ENTRY entry;
};

Result<Entry> entry_of(ke::Call& call, HANDLE handle, ke::UserIn<PORT_MESSAGE> address, ULONG index) {
    Port* port = TRY(ob::borrow<Port>(call, handle, 0));
    Message* message = TRY(services::find_received(call, *port, address));
    size_t offset = message->header.u2.s2.DataInfoOffset;
    if (offset == 0 || !message->sender || message->type() == LPC_CONNECTION_REQUEST)
        return fail(STATUS_INVALID_PARAMETER);
    const uint8_t* information = message->data() + offset - sizeof(PORT_MESSAGE);
    ULONG count;
    __builtin_memcpy(&count, information, sizeof count);
    if (index >= count) return fail(STATUS_INVALID_PARAMETER);
    Entry entry{Ref<ps::Process>(message->sender->process()), {}};
    __builtin_memcpy(
        &entry.entry,
        information + offsetof(PORT_DATA_INFORMATION, DataEntries) + index * sizeof(PORT_DATA_ENTRY),
        sizeof entry.entry);
    return entry;
}

}  // namespace

NTSTATUS NtImpersonateClientOfPort(ke::Call& call, const NtImpersonateClientOfPortArgs& args) {
    return impersonate(call, args.PortHandle, args.Message);
}

// The flags say at least which level is wanted (bits 2 and up) and whether it must be; others are anonymous.
NTSTATUS NtAlpcImpersonateClientOfPort(ke::Call& call, const NtAlpcImpersonateClientOfPortArgs& args) {
    constexpr uint64_t kKnown = 0x1f;
    if (reinterpret_cast<uint64_t>(args.Flags) & ~kKnown) return STATUS_INVALID_PARAMETER;
    return impersonate(call, args.PortHandle, args.Message);
}

// No process lives in a container of its own.
NTSTATUS NtAlpcImpersonateClientContainerOfPort(ke::Call& call,
                                                const NtAlpcImpersonateClientContainerOfPortArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    TRY(services::find_received(call, *port, args.Message));
    return STATUS_CANNOT_IMPERSONATE;
}

NTSTATUS NtAlpcOpenSenderProcess(ke::Call& call, const NtAlpcOpenSenderProcessArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    Ref<ps::Thread> sender = TRY(sender_of(call, args.PortHandle, args.PortMessage));
    ps::Process& process = sender->process();
    ACCESS_MASK granted = TRY(ps::access_for(call, process, args.DesiredAccess));
    return to_status(
        ob::give_handle(call, args.ProcessHandle, Ref<ob::Object>(process), granted, attributes.flags));
}

NTSTATUS NtAlpcOpenSenderThread(ke::Call& call, const NtAlpcOpenSenderThreadArgs& args) {
    if (args.Flags) return STATUS_INVALID_PARAMETER;
    auto attributes = TRY(call.capture_attributes(args.ObjectAttributes));
    Ref<ps::Thread> sender = TRY(sender_of(call, args.PortHandle, args.PortMessage));
    ACCESS_MASK granted = TRY(ps::access_for(call, *sender, args.DesiredAccess));
    return to_status(
        ob::give_handle(call, args.ThreadHandle, Ref<ob::Object>(*sender), granted, attributes.flags));
}

NTSTATUS NtReadRequestData(ke::Call& call, const NtReadRequestDataArgs& args) {
    Entry entry = TRY(entry_of(call, args.PortHandle, args.Message, args.DataEntryIndex));
    if (args.Buffer.length > entry.entry.Size) return STATUS_INVALID_PARAMETER;
    mm::AddressSpace& space = *TRY(entry.process->live_space());
    uint64_t copied = 0;
    NTSTATUS status =
        services::copy_between(call,
                               {space, reinterpret_cast<uint64_t>(entry.entry.Base),
                                entry.process.get() != &ps::current(call).process()},
                               {call.memory(), args.Buffer.address}, args.Buffer.length, copied);
    if (status == STATUS_RETRY || ke::PageIn::left(status)) return status;
    TRY(call.write(args.NumberOfBytesRead, copied));
    return status;
}

NTSTATUS NtWriteRequestData(ke::Call& call, const NtWriteRequestDataArgs& args) {
    Entry entry = TRY(entry_of(call, args.PortHandle, args.Message, args.DataEntryIndex));
    if (args.Buffer.length > entry.entry.Size) return STATUS_INVALID_PARAMETER;
    mm::AddressSpace& space = *TRY(entry.process->live_space());
    uint64_t copied = 0;
    NTSTATUS status = services::copy_between(call, {call.memory(), args.Buffer.address},
                                             {space, reinterpret_cast<uint64_t>(entry.entry.Base),
                                              entry.process.get() != &ps::current(call).process()},
                                             args.Buffer.length, copied);
    if (status == STATUS_RETRY || ke::PageIn::left(status)) return status;
    TRY(call.write(args.NumberOfBytesWritten, copied));
    return status;
}

// NT says nothing of a port by this service.
NTSTATUS NtQueryInformationPort(ke::Call& call, const NtQueryInformationPortArgs& args) {
    if (args.PortHandle) TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    if (static_cast<ULONG>(args.PortInformationClass) != PortBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    return to_status(call.write(args.ReturnLength, ULONG{0}));
}

namespace {

// Tells the server of a port when its thread ends.
class DeathNotice final : public ke::ThreadBound {
public:
    DeathNotice(Ref<Port> port, lpc::Held message) : port_(std::move(port)), message_(std::move(message)) {}
    void thread_ended(ke::Thread&) override {
        auto target = port_->target();
        if (target) {
            message_->connection = port_->connection();
            port_->connection()->add(*message_);
            (*target)->put(*message_.leak());
        }
        delete this;
    }

private:
    Ref<Port> port_;
    lpc::Held message_;
};

}  // namespace

NTSTATUS NtRegisterThreadTerminatePort(ke::Call& call, const NtRegisterThreadTerminatePortArgs& args) {
    Ref<Port> port = TRY(ob::resolve<Port>(call, args.Port, 0));
    if (call.thread().terminating()) return STATUS_THREAD_IS_TERMINATING;
    ps::Thread& thread = ps::current(call);
    lpc::Held message(TRY(Message::create(thread, sizeof(LARGE_INTEGER))));
    uint64_t created = thread.create_time();
    __builtin_memcpy(message->data(), &created, sizeof created);
    message->header.u1.s1 = {sizeof created, sizeof(LPC_CLIENT_DIED_MSG)};
    message->header.u2.s2 = {LPC_CLIENT_DIED, 0};
    // Nobody can act as one who is gone, and the notice must not keep its thread.
    message->sender.reset();
    auto notice = TRY(make_own<DeathNotice>(std::move(port), std::move(message)));
    thread.bind(*notice.leak());
    return STATUS_SUCCESS;
}

NTSTATUS NtAlpcQueryInformation(ke::Call& call, const NtAlpcQueryInformationArgs& args) {
    ke::UserOutBuffer out = args.PortInformation.out();
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    Connection* connection = port->connection().get();
    switch (args.PortInformationClass) {
        case AlpcBasicInformation:
            return give(call, out, args.ReturnLength,
                        ALPC_BASIC_INFORMATION{port->attributes().Flags, port->sequence,
                                               reinterpret_cast<PVOID>(port->context)});
        case AlpcConnectedSIDInformation: {
            // Is the other end this user's?
            if (!connection) return STATUS_INVALID_PORT_HANDLE;
            const ps::Process* other = port->kind() == Port::Kind::Client ? connection->listener().owner()
                                                                          : connection->client_process.get();
            if (!other || !other->primary_token()) return STATUS_PORT_DISCONNECTED;
            return give_sid(call, out, args.ReturnLength, other->primary_token()->user());
        }
        case AlpcServerSessionInformation: {
            if (port->kind() != Port::Kind::Client || !connection) return STATUS_INVALID_PORT_HANDLE;
            const ps::Process* server = connection->listener().owner();
            if (!server) return STATUS_PORT_DISCONNECTED;
            const Ref<se::Token>& token = server->primary_token();
            return give(call, out, args.ReturnLength,
                        ALPC_SERVER_SESSION_INFORMATION{token ? token->content().session : 0, server->id()});
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtAlpcSetInformation(ke::Call& call, const NtAlpcSetInformationArgs& args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    switch (args.PortInformationClass) {
        case AlpcPortInformation: {
            if (args.PortInformation.length != sizeof(ALPC_PORT_ATTRIBUTES))
                return STATUS_INFO_LENGTH_MISMATCH;
            port->set_attributes(TRY(services::read_port_attributes(
                call, ke::UserIn<ALPC_PORT_ATTRIBUTES>(args.PortInformation.address))));
            return STATUS_SUCCESS;
        }
        case AlpcAssociateCompletionPortInformation: {
            auto given = TRY(read_exact<ALPC_PORT_ASSOCIATE_COMPLETION_PORT>(call, args.PortInformation));
            auto completion =
                TRY(ob::resolve<ex::IoCompletion>(call, given.CompletionPort, IO_COMPLETION_MODIFY_STATE));
            port->set_listener(TRY(make_own<PortListener>(std::move(completion),
                                                          reinterpret_cast<uint64_t>(given.CompletionKey))));
            return STATUS_SUCCESS;
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtAlpcQueryInformationMessage(ke::Call& call, const NtAlpcQueryInformationMessageArgs& args) {
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    Message* message = TRY(services::find_received(call, *port, args.PortMessage));
    switch (args.MessageInformationClass) {
        case AlpcMessageSidInformation: {
            Ref<se::Token> token = TRY(token_of(*port, *message));
            return give_sid(call, args.MessageInformation, args.ReturnLength, token->user());
        }
        case AlpcMessageTokenModifiedIdInformation: {
            if (!message->sender) return STATUS_INVALID_MESSAGE;
            const Ref<se::Token>& worn = message->sender->impersonation_token();
            const Ref<se::Token>& token = worn ? worn : message->sender->process().primary_token();
            if (!token) return STATUS_INVALID_MESSAGE;
            return give(call, args.MessageInformation, args.ReturnLength, token->modified_id());
        }
        case AlpcMessageDirectStatusInformation:
            return message->canceled ? STATUS_REQUEST_CANCELED : STATUS_PENDING;
        case AlpcMessageHandleInformation: {
            auto given = TRY(read_exact<ALPC_MESSAGE_HANDLE_INFORMATION>(
                call, {args.MessageInformation.address, args.MessageInformation.length}));
            if (!message->extras || !message->extras->object || given.Index != 0)
                return STATUS_NO_MORE_ENTRIES;
            lpc::Extras& extras = *message->extras;
            HANDLE handle = TRY(call.handles().insert(extras.object, extras.access, 0));
            given.Handle = HandleToULong(handle);
            given.ObjectType = extras.object_type;
            given.GrantedAccess = extras.access;
            NTSTATUS status = give(call, args.MessageInformation, args.ReturnLength, given);
            if (status != STATUS_SUCCESS) call.handles().undo_insert(handle);
            return status;
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
