// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/bound.hpp"

namespace io::afd {

namespace {

// Protocol, port and a number of its own.
constexpr unsigned kNumberBits = 32;
struct KeyOf {
    uint64_t operator()(const Socket& socket) const { return socket.bound_key; }
};
constinit Tree<Socket, BoundTag, KeyOf> sockets;
constinit uint32_t last_number = 0;
constinit uint16_t last_ephemeral = 0xffff;

uint64_t key_of(uint32_t protocol, uint16_t port) {
    return (uint64_t{protocol} << 16 | port) << kNumberBits;
}

// Calls `look` for the sockets of a port until it says true.
template <typename Look>
Socket* each(uint32_t protocol, uint16_t port, Look look) {
    uint64_t key = key_of(protocol, port);
    for (Socket* socket = sockets.find_at_or_after(key); socket; socket = sockets.next(*socket)) {
        if (socket->bound_key >> kNumberBits != key >> kNumberBits) return nullptr;
        if (look(*socket)) return socket;
    }
    return nullptr;
}

bool meets_both(const Socket& socket, const Address& address) {
    return socket.kind.family == kInternet6 && address.is_any() && !address.is_mapped() &&
           !socket.options[Socket::kOnly6];
}

// Could one packet be for either?
bool overlap(const Socket& a, const Address& here, const Socket& b, const Address& there) {
    if (here.is_mapped() != there.is_mapped()) return meets_both(a, here) || meets_both(b, there);
    return here.is_any() || there.is_any() || here.same_host(there);
}

// What of two sockets that want the same port the second is told, by the table of
// "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE".
NTSTATUS conflict(const Socket& first, const Socket& second, const Address& wanted) {
    if (!overlap(first, first.local, second, wanted)) return STATUS_SUCCESS;
    bool same = first.local.same_host(wanted);
    if (first.options[Socket::kExclusive])
        return second.options[Socket::kReuse] ? STATUS_ACCESS_DENIED : STATUS_SHARING_VIOLATION;
    if (second.options[Socket::kReuse]) return STATUS_SUCCESS;
    return same || second.options[Socket::kExclusive] ? STATUS_SHARING_VIOLATION : STATUS_SUCCESS;
}

NTSTATUS judge(const Socket& socket, const Address& address) {
    NTSTATUS verdict = STATUS_SUCCESS;
    unsigned count = 0;
    each(socket.kind.protocol, address.port, [&](Socket& other) {
        if (++count >= kMostOfAPort) verdict = STATUS_TOO_MANY_ADDRESSES;
        if (verdict == STATUS_SUCCESS) verdict = conflict(other, socket, address);
        return verdict != STATUS_SUCCESS;
    });
    return verdict;
}

bool in_use(uint32_t protocol, uint16_t port) {
    return each(protocol, port, [](Socket&) { return true; }) != nullptr;
}

Result<uint16_t> free_port(uint32_t protocol) {
    constexpr unsigned kTries = 512;
    for (unsigned tries = 0; tries < kTries; ++tries) {
        last_ephemeral = last_ephemeral == 0xffff ? kFirstEphemeral : last_ephemeral + 1;
        if (!in_use(protocol, last_ephemeral)) return last_ephemeral;
    }
    return fail(STATUS_TOO_MANY_ADDRESSES);
}

}  // namespace

Result<void> add_bound(Socket& socket, const Address& address) {
    Address wanted = address;
    if (wanted.port == 0) {
        wanted.port = TRY(free_port(socket.kind.protocol));
    } else if (NTSTATUS verdict = judge(socket, wanted); verdict != STATUS_SUCCESS) {
        return fail(verdict);
    }
    socket.local = wanted;
    socket.bound = true;
    do {
        socket.bound_key = key_of(socket.kind.protocol, wanted.port) | ++last_number;
    } while (!sockets.insert_new(socket));
    return {};
}

void remove_bound(Socket& socket) {
    if (!socket.bound_key) return;
    sockets.remove(socket);
    socket.bound_key = 0;
}

Socket* find_bound(uint32_t protocol, const Address& to, const Address& from) {
    Socket* any = nullptr;
    Socket* exact = each(protocol, to.port, [&](Socket& socket) {
        bool listens = socket.stream() ? socket.state == Socket::State::Listening
                                       : socket.state != Socket::State::Connected || socket.remote == from;
        if (!listens) return false;
        if (socket.local.same_host(to)) return true;
        bool same_family = socket.local.is_mapped() == to.is_mapped();
        if (!any && socket.local.is_any() && (same_family || meets_both(socket, socket.local))) any = &socket;
        return false;
    });
    return exact ? exact : any;
}

}  // namespace io::afd
