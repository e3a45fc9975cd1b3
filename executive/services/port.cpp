// SPDX-License-Identifier: GPL-3.0-only
//
// Listening ports are made, connections ended.
#include "executive/ob/ob.hpp"
#include "executive/services/port_message.hpp"

using namespace base;
using lpc::Connection;
using lpc::Message;
using lpc::Port;

namespace {

Result<Ref<Port>> make_listener(ke::Call& call, const ALPC_PORT_ATTRIBUTES& attributes, bool lpc_mode) {
    return Port::create(Port::Kind::Listening, ps::current(call).process(), attributes, lpc_mode);
}

template <typename Args>
NTSTATUS create_lpc_port(ke::Call& call, const Args& args, ULONG flags) {
    constexpr ULONG kMost = Message::kLongest;
    if (args.MaxMessageLength > kMost) return STATUS_INVALID_PARAMETER_4;
    if (args.MaxConnectionInfoLength > kMost - sizeof(PORT_MESSAGE)) return STATUS_INVALID_PARAMETER_3;
    ALPC_PORT_ATTRIBUTES attributes = TRY(services::read_port_attributes(call, {}));
    attributes.Flags = flags | ALPC_PORFLG_ALLOW_IMPERSONATION;
    // Room for a request to connect, whatever the others may have.
    size_t longest = args.MaxMessageLength ? args.MaxMessageLength : PORT_MAXIMUM_MESSAGE_LENGTH;
    size_t request = args.MaxConnectionInfoLength + sizeof(PORT_MESSAGE);
    attributes.MaxMessageLength = longest > request ? longest : request;
    auto port = TRY(make_listener(call, attributes, true));
    port->longest_request = args.MaxConnectionInfoLength;
    return TRY(
        ob::create_handle(call, args.ObjectAttributes, std::move(port), PORT_ALL_ACCESS, args.PortHandle));
}

}  // namespace

NTSTATUS NtCreatePort(ke::Call& call, const NtCreatePortArgs& args) {
    return create_lpc_port(call, args, 0);
}

NTSTATUS NtCreateWaitablePort(ke::Call& call, const NtCreateWaitablePortArgs& args) {
    return create_lpc_port(call, args, ALPC_PORFLG_WAITABLE_PORT);
}

NTSTATUS NtAlpcCreatePort(ke::Call& call, const NtAlpcCreatePortArgs& args) {
    ALPC_PORT_ATTRIBUTES attributes = TRY(services::read_port_attributes(call, args.PortAttributes));
    auto port = TRY(make_listener(call, attributes, false));
    return TRY(
        ob::create_handle(call, args.ObjectAttributes, std::move(port), PORT_ALL_ACCESS, args.PortHandle));
}

NTSTATUS NtAlpcDisconnectPort(ke::Call& call, const NtAlpcDisconnectPortArgs& args) {
    if (args.Flags & ~1u) return STATUS_INVALID_PARAMETER;
    Port* port = TRY(ob::borrow<Port>(call, args.PortHandle, args.PortHandleAccess));
    if (port->kind() == Port::Kind::Listening) return STATUS_INVALID_PORT_HANDLE;
    Ref<Connection> connection = port->connection();
    if (connection->state() == Connection::State::Ended) return STATUS_PORT_DISCONNECTED;
    connection->end(STATUS_PORT_DISCONNECTED, port->kind() == Port::Kind::Server);
    return STATUS_SUCCESS;
}
