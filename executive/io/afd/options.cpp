// SPDX-License-Identifier: GPL-3.0-only
//
// Options of sockets. Most are a word that is kept: a transport asks for what it can do something with.
#include <algorithm>

#include "executive/ex/event.hpp"
#include "executive/io/afd/bound.hpp"
#include "executive/ke/clock.hpp"
#include "executive/ob/handle.hpp"

namespace io::afd {

namespace {

struct Place {
    uint16_t get, set;  // requests; 0: none
    Socket::Option option;
};
constexpr Place kPlaces[] = {
    {220, 221, Socket::kBroadcast},
    {223, 224, Socket::kKeepAlive},
    {227, 228, Socket::kUrgentInline},
    {230, 229, Socket::kReceiveRoom},
    {232, 231, Socket::kReceiveTime},
    {233, 234, Socket::kReuse},
    {236, 235, Socket::kSendRoom},
    {237, 238, Socket::kSendTime},
    {242, 243, Socket::kDontFragment},
    {246, 247, Socket::kHeaderIncluded},
    {248, 249, Socket::kMulticastInterface},
    {250, 251, Socket::kMulticastLoop},
    {252, 253, Socket::kMulticastLive},
    {256, 257, Socket::kPacketInformation},
    {258, 259, Socket::kTypeOfService},
    {260, 261, Socket::kTimeToLive},
    {263, 264, Socket::kUnicastInterface},
    {266, 267, Socket::kDontFragment6},
    {269, 270, Socket::kMulticastLive6},
    {271, 272, Socket::kMulticastInterface6},
    {273, 274, Socket::kMulticastLoop6},
    {275, 276, Socket::kHops6},
    {277, 278, Socket::kUnicastInterface6},
    {279, 280, Socket::kOnly6},
    {284, 285, Socket::kNoDelay},
    {286, 287, Socket::kReceiveHops6},
    {288, 289, Socket::kPacketInformation6},
    {290, 291, Socket::kReceiveType6},
    {293, 294, Socket::kReceiveLive},
    {295, 296, Socket::kReceiveType},
    {297, 298, Socket::kExclusive},
};

constexpr uint16_t kGetListening = 219, kGetError = 222, kGetLinger = 225, kSetLinger = 226,
                   kGetConnectTime = 292;

// As much of it as there is room for: ws2_32 asks for one byte of some.
Result<Outcome> give_word(const Ask& ask, uint32_t value) {
    size_t length = std::min(ask.out_length, sizeof value);
    if (length == 0) return fail(STATUS_BUFFER_TOO_SMALL);
    TRY(ask.memory().copy_out(ask.out, &value, length));
    return Outcome{STATUS_SUCCESS, length};
}

// SO_REUSEADDR and SO_EXCLUSIVEADDRUSE exclude each other, and the latter is of a socket that is not bound.
Result<void> check(const Socket& socket, Socket::Option option, uint32_t value) {
    if (!value) return {};
    bool refused = (option == Socket::kReuse && socket.options[Socket::kExclusive]) ||
                   (option == Socket::kExclusive && (socket.options[Socket::kReuse] || socket.bound)) ||
                   (option == Socket::kOnly6 && socket.bound);
    if (refused) return fail(STATUS_INVALID_PARAMETER);
    return {};
}

Result<Outcome> set(Socket& socket, const Ask& ask, Socket::Option option) {
    if (ask.in_length == 0) return fail(STATUS_INVALID_PARAMETER);
    uint32_t value = 0;
    TRY(ask.memory().copy_in(&value, ask.in, std::min(ask.in_length, sizeof value)));
    TRY(check(socket, option, value));
    socket.options[option] = value;
    return Outcome{};
}

uint32_t connected_for(const Socket& socket) {
    if (socket.state != Socket::State::Connected) return UINT32_MAX;
    constexpr uint64_t kSecond = 1000 * ke::kTicksPerMillisecond;
    return static_cast<uint32_t>((ke::interrupt_time() - socket.connect_time) / kSecond);
}

}  // namespace

uint32_t sockets_error(NTSTATUS status) {
    switch (status) {
        case STATUS_SUCCESS:
            return 0;
        case STATUS_CONNECTION_REFUSED:
            return 10061;
        case STATUS_CONNECTION_RESET:
        case STATUS_PORT_UNREACHABLE:
            return 10054;
        default:
            return 10022;
    }
}

Result<Outcome> option(Socket& socket, const Ask& ask) {
    auto number = static_cast<uint16_t>(ask.code >> 2 & 0xfff);
    for (const Place& place : kPlaces) {
        if (place.get == number) return give_word(ask, socket.options[place.option]);
        if (place.set == number) return set(socket, ask, place.option);
    }
    switch (number) {
        case kGetListening:
            return give_word(ask, socket.state == Socket::State::Listening);
        case kGetError: {
            Outcome outcome = TRY(give(ask, sockets_error(socket.error)));
            socket.error = STATUS_SUCCESS;
            return outcome;
        }
        case kGetLinger:
            return give(ask, socket.linger);
        case kSetLinger:
            socket.linger = TRY(ask.read<Linger>());
            return Outcome{};
        case kGetConnectTime:
            return give(ask, connected_for(socket));
        default:
            return fail(STATUS_NOT_SUPPORTED);
    }
}

Result<Outcome> event_select(Socket& socket, const Ask& ask) {
    auto given = TRY(ask.read<EventSelect>());
    Ref<ex::Event> event;
    if (given.event) {
        ob::HandleEntry* entry = ask.client.handles().find(reinterpret_cast<HANDLE>(given.event));
        if (!entry) return fail(STATUS_INVALID_HANDLE);
        auto* found = ob::as<ex::Event>(*entry->object);
        if (!found) return fail(STATUS_OBJECT_TYPE_MISMATCH);
        if (!(entry->access & EVENT_MODIFY_STATE)) return fail(STATUS_ACCESS_DENIED);
        event = Ref<ex::Event>(found);
    }
    socket.select(std::move(event), given.mask);
    return Outcome{};
}

Result<Outcome> get_events(Socket& socket, const Ask& ask) {
    if (ask.out_length < sizeof(Events)) return fail(STATUS_INVALID_PARAMETER);
    TRY(ask.memory().probe(ask.out, sizeof(Events), ke::Access::Write));
    Events events{};
    events.flags = socket.take_events();
    for (unsigned bit = 0; bit < kEventBits; ++bit)
        if (events.flags >> bit & 1) events.status[bit] = socket.status_of(bit);
    return give(ask, events);
}

}  // namespace io::afd
