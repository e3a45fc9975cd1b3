// SPDX-License-Identifier: GPL-3.0-only
//
// The requests of \Device\Afd and their layouts, as programs send them: AFD's own that pollers and libuv use,
// and those of libwine's ws2_32.dll, which stand beside them in a range of their own. All numbers are those
// programs'; lengths are in bytes.
#pragma once

#include "executive/io/file.hpp"

namespace io::afd {

// --- AFD's own
constexpr uint32_t native(uint32_t number, uint32_t method) {
    return 0x12000 | number << 2 | method;
}
inline constexpr uint32_t kBind = native(0, METHOD_NEITHER);
inline constexpr uint32_t kListen = native(2, METHOD_NEITHER);
inline constexpr uint32_t kReceive = native(5, METHOD_NEITHER);
inline constexpr uint32_t kReceiveDatagram = native(6, METHOD_NEITHER);
inline constexpr uint32_t kPoll = native(9, METHOD_BUFFERED);
inline constexpr uint32_t kGetName = native(11, METHOD_NEITHER);
inline constexpr uint32_t kEventSelect = native(33, METHOD_NEITHER);
inline constexpr uint32_t kGetEvents = native(34, METHOD_NEITHER);

// --- of ws2_32.dll
constexpr uint32_t wine(uint32_t number) {
    return CTL_CODE(FILE_DEVICE_NETWORK, number, METHOD_BUFFERED, FILE_ANY_ACCESS);
}
inline constexpr uint32_t kCreate = wine(200);
inline constexpr uint32_t kAccept = wine(201);
inline constexpr uint32_t kAcceptInto = wine(202);
inline constexpr uint32_t kConnect = wine(203);
inline constexpr uint32_t kShutdown = wine(204);
inline constexpr uint32_t kReceiveMessage = wine(205);
inline constexpr uint32_t kSendMessage = wine(206);
inline constexpr uint32_t kAddressListChange = wine(208);
inline constexpr uint32_t kSetNonBlocking = wine(209);
inline constexpr uint32_t kCompleteAsync = wine(210);
inline constexpr uint32_t kReadable = wine(211);
inline constexpr uint32_t kAtMark = wine(212);
inline constexpr uint32_t kInterfaces = wine(213);
inline constexpr uint32_t kKeepAliveValues = wine(214);
inline constexpr uint32_t kGetPeerName = wine(216);
inline constexpr uint32_t kDefer = wine(217);
inline constexpr uint32_t kGetInfo = wine(218);
inline constexpr uint32_t kFirstOption = wine(219);
inline constexpr uint32_t kLastOption = wine(298);

// --- events: bits of polls, of event selects, and places in the latters' statuses
inline constexpr uint32_t kEventReceive = 1;
inline constexpr uint32_t kEventUrgent = 2;
inline constexpr uint32_t kEventSend = 4;
inline constexpr uint32_t kEventDisconnect = 8;
inline constexpr uint32_t kEventAbort = 0x10;
inline constexpr uint32_t kEventClose = 0x20;
inline constexpr uint32_t kEventConnect = 0x40;
inline constexpr uint32_t kEventAccept = 0x80;
inline constexpr uint32_t kEventConnectFail = 0x100;

// --- of Windows Sockets
inline constexpr uint32_t kInternet = 2, kInternet6 = 23;
inline constexpr uint32_t kStream = 1, kDatagram = 2;
inline constexpr uint32_t kTcp = 6, kUdp = 17;
inline constexpr uint32_t kMessageUrgent = 1, kMessagePeek = 2, kMessageWaitAll = 8;
inline constexpr uint32_t kMessagePartial = 0x8000;

struct Kind {
    uint32_t family;
    uint32_t type;
    uint32_t protocol;
};
struct CreateParameters {
    Kind kind;
    uint32_t flags;
};
static_assert(sizeof(CreateParameters) == 16);

struct ListenParameters {
    uint32_t first;
    int32_t backlog;
    uint32_t last;
};

struct ConnectParameters {
    uint32_t address_length;
    uint32_t synchronous;
};

struct AcceptIntoParameters {
    uint32_t handle;
    uint32_t receive_length;
    uint32_t local_length;
};

struct ReceiveParameters {
    uint64_t control;
    uint64_t address;
    uint64_t address_length;
    uint64_t flags;
    uint32_t force_async;
    uint32_t count;
    uint64_t buffers;
};
static_assert(sizeof(ReceiveParameters) == 48);

struct SendParameters {
    uint64_t address;
    uint32_t address_length;
    uint32_t flags;
    uint32_t force_async;
    uint32_t count;
    uint64_t buffers;
};
static_assert(sizeof(SendParameters) == 32);

// RECEIVE; RECEIVE_DATAGRAM has two addresses more.
struct NativeReceive {
    uint64_t buffers;
    uint32_t count;
    uint32_t afd_flags;
    uint32_t flags;
    uint32_t pad;
    uint64_t address;
    uint64_t address_length;
};
inline constexpr size_t kNativeReceiveLength = 24;
static_assert(sizeof(NativeReceive) == 40);
inline constexpr uint32_t kAfdOverlapped = 2;
inline constexpr uint32_t kReceiveNormal = 0x20, kReceiveUrgent = 0x40, kReceivePeek = 0x80;
inline constexpr uint32_t kReceiveAll = 0x4000;

// A WSABUF.
struct UserBuffer {
    uint32_t length;
    uint32_t pad;
    uint64_t address;
};
static_assert(sizeof(UserBuffer) == 16);

struct PollHeader {
    int64_t timeout;
    uint32_t count;
    uint8_t exclusive;
    uint8_t pad[3];
};
struct PollEntry {
    uint64_t handle;
    uint32_t events;
    NTSTATUS status;
};
static_assert(sizeof(PollHeader) == 16 && sizeof(PollEntry) == 16);

struct EventSelect {
    uint64_t event;
    uint32_t mask;
    uint32_t pad;
};

inline constexpr unsigned kEventBits = 13;
struct Events {
    uint32_t flags;
    NTSTATUS status[kEventBits];
};
static_assert(sizeof(Events) == 56);

struct Linger {
    uint16_t on;
    uint16_t seconds;
};

}  // namespace io::afd
