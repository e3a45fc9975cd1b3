// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/device.hpp"

#include <string.h>

namespace io::afd {

namespace {

// An error of Windows Sockets as a status: what RtlNtStatusToDosError makes the error of again.
constexpr NTSTATUS status_of(uint32_t error) {
    return static_cast<NTSTATUS>(0xc0010000 | error);
}
constexpr uint32_t kProtocolNotSupported = 10043, kTypeNotSupported = 10044, kFamilyNotSupported = 10047;

Result<void> choose(Kind& kind) {
    if (kind.family != kInternet && kind.family != kInternet6) return fail(status_of(kFamilyNotSupported));
    if (kind.type != kStream && kind.type != kDatagram) return fail(status_of(kTypeNotSupported));
    uint32_t protocol = kind.type == kStream ? kTcp : kUdp;
    if (kind.protocol != 0 && kind.protocol != protocol) return fail(status_of(kProtocolNotSupported));
    kind.protocol = protocol;
    return {};
}

Result<Outcome> create(const Ask& ask) {
    if (ask.file.context || ask.in_length != sizeof(CreateParameters)) return fail(STATUS_INVALID_PARAMETER);
    auto given = TRY(ask.read<CreateParameters>());
    TRY(choose(given.kind));
    ask.file.context = TRY(Socket::create(ask.file, ask.client, given.kind));
    if (ask.file.synchronous()) ask.file.make_synchronous();
    return Outcome{};
}

Result<Outcome> set_nonblocking(Socket& socket, const Ask& ask) {
    if (ask.in_length < sizeof(uint32_t)) return fail(STATUS_BUFFER_TOO_SMALL);
    bool on = TRY(ask.read<uint32_t>()) != 0;
    if (!on && socket.selected()) return fail(STATUS_INVALID_PARAMETER);
    socket.nonblocking = on;
    return Outcome{};
}

uint32_t readable(Socket& socket) {
    if (!socket.stream()) {
        Datagram* first = socket.datagrams.front();
        return first ? static_cast<uint32_t>(first->bytes.size()) : 0;
    }
    return socket.in ? static_cast<uint32_t>(socket.in->ring.available()) : 0;
}

// True where no urgent byte is still to come.
uint32_t at_mark(const Socket& socket) {
    if (!socket.in || !socket.in->has_urgent) return 1;
    return socket.in->ring.consumed() >= socket.in->urgent_at && socket.options[Socket::kUrgentInline] == 0;
}

// INTERFACE_INFO: of the loopback interface, the only one.
Result<Outcome> interfaces(const Ask& ask) {
    struct {
        uint32_t flags = 0x15;  // up, loopback, multicast
        uint8_t address[24] = {};
        uint8_t broadcast[24] = {};
        uint8_t mask[24] = {};
    } information;
    static_assert(sizeof information == 76);
    constexpr uint8_t kAddress[] = {kInternet, 0, 0, 0, 127, 0, 0, 1};
    constexpr uint8_t kBroadcast[] = {kInternet, 0, 0, 0, 255, 255, 255, 255};
    constexpr uint8_t kMask[] = {kInternet, 0, 0, 0, 255, 0, 0, 0};
    memcpy(information.address, kAddress, sizeof kAddress);
    memcpy(information.broadcast, kBroadcast, sizeof kBroadcast);
    memcpy(information.mask, kMask, sizeof kMask);
    return give(ask, information);
}

// onoff, idle time and interval in ms. There is nothing to keep alive on one machine.
Result<Outcome> keep_alive(Socket& socket, const Ask& ask) {
    struct Values {
        uint32_t on, idle, interval;
    };
    socket.options[Socket::kKeepAlive] = TRY(ask.read<Values>()).on != 0;
    return Outcome{};
}

// It ends when an address comes or goes: not here, so that it waits until it is cancelled.
Result<Outcome> await_change(Socket& socket, const Ask& ask) {
    bool may_wait = TRY(ask.read<uint32_t>()) != 0 || !socket.nonblocking;
    if (!may_wait) return fail(STATUS_DEVICE_NOT_READY);
    socket.others.push_back(*TRY(Waiting::create(Waiting::What::Never, *ask.irp)));
    return kWaits;
}

Result<Outcome> peer_name(Socket& socket, const Ask& ask) {
    if (socket.state != Socket::State::Connected) return fail(STATUS_INVALID_CONNECTION);
    return write_name(socket, ask, socket.remote);
}

Result<Outcome> own_name(Socket& socket, const Ask& ask) {
    if (!socket.bound) return fail(STATUS_INVALID_PARAMETER);
    return write_name(socket, ask, socket.local);
}

Result<Outcome> serve(Socket& socket, const Ask& ask) {
    // A request that came in with the last handle: nobody would end it.
    if (socket.closed) return fail(STATUS_CANCELLED);
    switch (ask.code) {
        case kReceiveMessage:
        case kReceive:
        case kReceiveDatagram:
            return receive(socket, ask);
        case kSendMessage:
            return send(socket, ask);
        case kBind:
            return bind(socket, ask);
        case kListen:
            return listen(socket, ask);
        case kConnect:
            return connect(socket, ask);
        case kAccept:
            return accept(socket, ask);
        case kAcceptInto:
            return accept_into(socket, ask);
        case kShutdown:
            return shut_down(socket, ask);
        case kGetName:
            return own_name(socket, ask);
        case kGetPeerName:
            return peer_name(socket, ask);
        case kEventSelect:
            return event_select(socket, ask);
        case kGetEvents:
            return get_events(socket, ask);
        case kSetNonBlocking:
            return set_nonblocking(socket, ask);
        case kReadable:
            return give(ask, readable(socket));
        case kAtMark:
            return give(ask, at_mark(socket));
        case kInterfaces:
            return interfaces(ask);
        case kKeepAliveValues:
            return keep_alive(socket, ask);
        case kAddressListChange:
            return await_change(socket, ask);
        case kGetInfo:
            return give(ask, socket.kind);
        default:
            if (ask.code >= kFirstOption && ask.code <= kLastOption && (ask.code & 3) == 0)
                return option(socket, ask);
            return fail(STATUS_NOT_SUPPORTED);
    }
}

Result<Outcome> control(const Ask& ask) {
    if (ask.code == kCreate) return create(ask);
    if (ask.code == kPoll) return poll(ask);
    Socket* socket = socket_of(ask.file);
    if (!socket) return fail(STATUS_INVALID_PARAMETER);
    return serve(*socket, ask);
}

Ask ask_of(Irp& irp, uint32_t code) {
    // Of what else its parameters say, a read's or write's place and key, a socket has nothing.
    irp.parameters.control = {code, nullptr};
    return {*irp.file(),        irp.client(),      code, irp.input.address, irp.input.length,
            irp.output.address, irp.output.length, &irp};
}

void answer(Irp& irp, Result<Outcome> outcome) {
    if (!outcome) return irp.complete(outcome.error());
    if (outcome->status != STATUS_PENDING) irp.complete(outcome->status, outcome->information);
}

void start_control(Irp& irp) {
    Ask ask = ask_of(irp, irp.parameters.control.code);
    // ws2_32 answers some requests itself, and has their end told in this way.
    if (ask.code == kCompleteAsync) {
        auto status = ask.read<NTSTATUS>();
        return irp.complete(status ? *status : status.error());
    }
    answer(irp, control(ask));
}

void start_transfer(Irp& irp) {
    Socket* socket = socket_of(*irp.file());
    if (!socket) return irp.complete(STATUS_INVALID_PARAMETER);
    if (socket->closed) return irp.complete(STATUS_CANCELLED);
    Ask ask = ask_of(irp, 0);
    answer(irp, irp.major == Major::Read ? read(*socket, ask) : write(*socket, ask));
}

bool may_be_held(const Irp& irp) {
    return irp.is_control() || irp.major == Major::Read || irp.major == Major::Write;
}

}  // namespace

Socket* socket_of(File& file) {
    if (file.device().device_type() != FILE_DEVICE_NETWORK) return nullptr;
    return static_cast<Socket*>(file.context.get());
}

void AfdDevice::start(Irp& irp) {
    Ref<Irp> keep(irp);
    if (irp.major != Major::Create && !irp.from_client()) return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    switch (irp.major) {
        // Whatever stands behind the device's name: pollers give their files names.
        case Major::Create:
            return irp.complete(STATUS_SUCCESS, FILE_OPENED);
        case Major::DeviceControl:
            return start_control(irp);
        case Major::Read:
        case Major::Write:
            return start_transfer(irp);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

void AfdDevice::cancel(Irp& irp) {
    if (!may_be_held(irp)) return;
    auto* held = static_cast<Held*>(irp.parameters.control.held);
    if (held) held->end({STATUS_CANCELLED, 0});
}

void AfdDevice::cleanup(File& file) {
    if (Socket* socket = socket_of(file)) socket->close();
}

}  // namespace io::afd
