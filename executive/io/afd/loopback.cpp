// SPDX-License-Identifier: GPL-3.0-only
//
// Sockets of one machine: a connection is two streams, of which each is written by one socket and read by the
// other. There are no packets.
#include "executive/io/afd/bound.hpp"
#include "executive/io/afd/transport.hpp"

namespace io::afd {

namespace {

class Loopback final : public Transport {
public:
    bool has(const Address& address) const override { return address.is_any() || address.is_loopback(); }
    Address source_for(const Address& to) const override { return Address::loopback(to.is_mapped()); }
    Result<void> connect(Socket& socket, ke::Client& client, const Address& to) override;
    Result<void> send(Socket& socket, const Address& to, Vector<uint8_t> bytes) override;
};

constinit Loopback loopback;

// Charged to who connects, all of it.
Result<Ref<Stream>> make_stream(ke::Client& client) {
    Ref<Stream> stream = TRY(make_ref<Stream>());
    stream->charge = TRY(ob::Charge::take(client, sizeof(Stream) + Ring::kCapacity));
    return stream;
}

Address source_of(const Socket& socket, const Address& to) {
    Address from = socket.local;
    if (from.is_any()) {
        uint16_t port = from.port;
        from = loopback.source_for(to);
        from.port = port;
    }
    return from;
}

Result<void> Loopback::connect(Socket& socket, ke::Client& client, const Address& to) {
    Address from = source_of(socket, to);
    Socket* listener = find_bound(socket.kind.protocol, to, from);
    if (!listener) return fail(STATUS_CONNECTION_REFUSED);
    Ref<Stream> there = TRY(make_stream(client));
    Ref<Stream> back = TRY(make_stream(client));
    Ref<Incoming> incoming = TRY(make_ref<Incoming>(there, back, to, from));
    if (!listener->has_room()) return fail(STATUS_CONNECTION_REFUSED);
    socket.local = from;
    socket.connected(back, there, to);
    listener->offer(std::move(incoming));
    return {};
}

Result<void> Loopback::send(Socket& socket, const Address& to, Vector<uint8_t> bytes) {
    Address from = source_of(socket, to);
    Socket* receiver = find_bound(socket.kind.protocol, to, from);
    if (!receiver) return fail(STATUS_PORT_UNREACHABLE);
    if (receiver->datagram_bytes + Datagram::cost_of(bytes.size()) > Socket::kMostDatagrams) return {};
    auto datagram = TRY(make_own<Datagram>());
    datagram->from = from;
    datagram->bytes = std::move(bytes);
    receiver->deliver(std::move(datagram));
    return {};
}

}  // namespace

Transport* Transport::to(const Address& address) {
    return loopback.has(address) ? &loopback : nullptr;
}

}  // namespace io::afd
