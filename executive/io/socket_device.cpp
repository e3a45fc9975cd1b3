// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/socket_device.hpp"

namespace io {

namespace {

constexpr uint32_t code(uint32_t number) {
    return CTL_CODE(FILE_DEVICE_NETWORK, number, METHOD_BUFFERED, FILE_ANY_ACCESS);
}
constexpr uint32_t kCreate = code(200);
constexpr uint32_t kSetNonBlocking = code(209);
constexpr uint32_t kGetInfo = code(218);

// Of Windows Sockets.
constexpr uint32_t kInternet = 2, kInternet6 = 23;
constexpr uint32_t kStream = 1, kDatagram = 2;
constexpr uint32_t kTcp = 6, kUdp = 17;

struct Kind {
    uint32_t family;
    uint32_t type;
    uint32_t protocol;
};
struct CreateParameters {
    Kind kind;
    uint32_t flags;  // for programs
};
static_assert(sizeof(CreateParameters) == 16);

struct Socket final : FileContext {
    explicit Socket(const Kind& of) : kind(of) {}
    Kind kind;
};

Result<void> choose(Kind& kind) {
    if (kind.family != kInternet && kind.family != kInternet6) return fail(STATUS_INVALID_PARAMETER);
    if (kind.type != kStream && kind.type != kDatagram) return fail(STATUS_NOT_SUPPORTED);
    uint32_t protocol = kind.type == kStream ? kTcp : kUdp;
    if (kind.protocol != 0 && kind.protocol != protocol) return fail(STATUS_NOT_SUPPORTED);
    kind.protocol = protocol;
    return {};
}

template <typename T>
std::span<uint8_t> bytes(T& value) {
    return {reinterpret_cast<uint8_t*>(&value), sizeof value};
}

Result<void> create_socket(Irp& irp) {
    CreateParameters given;
    if (irp.file()->context || irp.input.length != sizeof given) return fail(STATUS_INVALID_PARAMETER);
    TRY(irp.read_input(0, bytes(given)));
    TRY(choose(given.kind));
    irp.file()->context = TRY(make_own<Socket>(given.kind));
    return {};
}

}  // namespace

void SocketDevice::control(Irp& irp) {
    uint32_t wanted = irp.parameters.control.code;
    if (wanted == kCreate) return irp.complete(to_status(create_socket(irp)));
    auto* socket = static_cast<Socket*>(irp.file()->context.get());
    if (!socket) return irp.complete(STATUS_INVALID_PARAMETER);
    if (wanted == kGetInfo) {
        if (irp.output.length < sizeof(Kind)) return irp.complete(STATUS_BUFFER_TOO_SMALL);
        Result<void> written = irp.write_output(0, bytes(socket->kind));
        return irp.complete(to_status(written), written ? sizeof(Kind) : 0);
    }
    // Nothing here waits.
    if (wanted == kSetNonBlocking)
        return irp.complete(irp.input.length < sizeof(uint32_t) ? STATUS_BUFFER_TOO_SMALL : STATUS_SUCCESS);
    irp.complete(STATUS_NOT_SUPPORTED);
}

void SocketDevice::start(Irp& irp) {
    switch (irp.major) {
        // Whatever stands behind the device's name: pollers give their files names.
        case Major::Create:
            return irp.complete(STATUS_SUCCESS, FILE_OPENED);
        case Major::DeviceControl:
            return control(irp);
        default:
            return irp.complete(STATUS_INVALID_DEVICE_REQUEST);
    }
}

}  // namespace io
