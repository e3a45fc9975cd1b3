// SPDX-License-Identifier: GPL-3.0-only
//
// How sockets come to their names and connections.
#include <algorithm>

#include "executive/ex/event.hpp"
#include "executive/io/afd/bound.hpp"
#include "executive/io/afd/transport.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ob/handle.hpp"

namespace io::afd {

namespace {

constexpr uint32_t kMostBacklog = 200;
constexpr ACCESS_MASK kSocketAccess = FILE_GENERIC_READ | FILE_GENERIC_WRITE;

Result<Address> read_address(const Socket& socket, const Ask& ask, size_t at, size_t length) {
    uint8_t bytes[kLongAddress] = {};
    if (at > ask.in_length) return fail(STATUS_INVALID_PARAMETER);
    length = std::min({length, sizeof bytes, ask.in_length - at});
    TRY(ask.memory().copy_in(bytes, ask.in + at, length));
    return Address::parse(socket.kind.family, {bytes, length});
}

// What an accepted socket has of its listener.
void inherit(Socket& socket, const Socket& listener) {
    socket.nonblocking = listener.nonblocking;
    socket.linger = listener.linger;
    __builtin_memcpy(socket.options, listener.options, sizeof socket.options);
}

void take_over(Socket& socket, Incoming& incoming) {
    socket.local = incoming.local;
    socket.bound = true;
    socket.connected(std::move(incoming.in), std::move(incoming.out), incoming.remote);
}

Ref<Incoming> first_of(Socket& listener) {
    Incoming* first = listener.backlog.pop_front();
    if (first) --listener.backlog_length;
    return Ref<Incoming>::adopt(first);
}

void put_back(Socket& listener, Ref<Incoming> incoming) {
    listener.backlog.push_front(*incoming.leak());
    ++listener.backlog_length;
}

// A file for the first connection in the queue, and a handle to it.
Result<HANDLE> open_accepted(Socket& listener, ke::Client& client) {
    OpenOptions options = listener.file.options();
    options.access = kSocketAccess;
    Ref<File> file = TRY(make_ref<File>(Ref<Device>(listener.file.device()), String{}, options));
    Own<Socket> made = TRY(Socket::create(*file, client, listener.kind));
    Socket& socket = *made;
    file->context = std::move(made);
    if (file->synchronous()) file->make_synchronous();
    file->set_opened();
    HANDLE handle = TRY(client.handles().insert(file, kSocketAccess, OBJ_INHERIT));
    Ref<Incoming> incoming = first_of(listener);
    inherit(socket, listener);
    uint32_t selected = listener.selected();
    take_over(socket, *incoming);
    if (selected) socket.select(listener.selected_event(), selected);
    return handle;
}

// An int and a sockaddr, as much of it as there is room for.
Result<void> write_part(const Socket& socket, ke::UserMemory& memory, uint64_t at, size_t room,
                        const Address& address) {
    constexpr size_t kHead = sizeof(int32_t);
    if (room < kHead) return {};
    uint8_t bytes[kLongAddress];
    address.write(socket.kind.family, bytes);
    auto length = static_cast<int32_t>(Address::length(socket.kind.family));
    TRY(memory.copy_out(at, &length, sizeof length));
    return memory.copy_out(at + kHead, bytes, std::min<size_t>(room - kHead, static_cast<size_t>(length)));
}

// A connection becomes the socket of an AcceptEx, which ends now or with its first data.
void join_into(Socket& listener, Waiting& waiting) {
    Socket* socket = socket_of(*waiting.accept_file);
    Ref<Incoming> incoming = first_of(listener);
    if (!socket || socket->closed || socket->state != Socket::State::Fresh) {
        put_back(listener, std::move(incoming));
        return waiting.end({STATUS_INVALID_PARAMETER, 0});
    }
    inherit(*socket, listener);
    static_cast<ListLink<WaitingTag>&>(waiting).unlink();
    waiting.what = Waiting::What::AcceptedInto;
    Ref<File> keep = std::move(waiting.accept_file);
    size_t wanted = waiting.accept.receive_length;
    if (wanted) {
        waiting.message.buffers = Buffers::of(waiting.irp().output.address, wanted);
        waiting.message.may_wait = true;
        socket->receives.push_back(waiting);
        take_over(*socket, *incoming);
        Ref<Stream> in = socket->in;
        return in->settle();
    }
    take_over(*socket, *incoming);
    auto named = write_accept_names(*socket, waiting, {});
    if (!named) (void)ke::PageIn::take(named.error());
    waiting.end(named ? *named : Outcome{named.error(), 0});
}

void join_plain(Socket& listener, Waiting& waiting) {
    Irp& irp = waiting.irp();
    auto handle = open_accepted(listener, irp.client());
    if (!handle) return waiting.end({handle.error(), 0});
    auto value = static_cast<uint32_t>(reinterpret_cast<uint64_t>(*handle));
    auto written = irp.write_output(0, {reinterpret_cast<const uint8_t*>(&value), sizeof value});
    if (!written) (void)ke::PageIn::take(written.error());
    waiting.end({written ? STATUS_SUCCESS : written.error(), sizeof value});
}

Result<Outcome> connect_datagram(Socket& socket, const Address& to) {
    if (to.is_any() && to.port == 0) {
        socket.state = Socket::State::Fresh;
        return Outcome{};
    }
    if (!Transport::to(to) || to.is_any()) return fail(STATUS_NETWORK_UNREACHABLE);
    if (!socket.bound) TRY(bind_to_any(socket, Transport::to(to)->source_for(to)));
    socket.remote = to;
    socket.state = Socket::State::Connected;
    return Outcome{};
}

// What ConnectEx sends at once: as much of it as the ring takes, for it is empty.
Result<uint64_t> send_first(Socket& socket, const Ask& ask, size_t at) {
    if (at >= ask.in_length) return uint64_t{0};
    size_t length = std::min(ask.in_length - at, socket.out->ring.room());
    TRY(socket.out->ring.prepare(length));
    TRY(socket.out->ring.put(ask.memory(), ask.in + at, 0, length));
    socket.out->ring.publish(length);
    Ref<Stream> out = socket.out;
    if (out->reader) out->reader->changed();
    out->settle();
    return uint64_t{length};
}

}  // namespace

bool join_accept(Socket& listener) {
    Waiting* waiting = listener.accepts.front();
    if (!waiting || listener.backlog.empty()) return false;
    if (!waiting->irp().reachable()) return waiting->end({STATUS_CANCELLED, 0}), true;
    if (waiting->what == Waiting::What::AcceptInto) return join_into(listener, *waiting), true;
    return join_plain(listener, *waiting), true;
}

Result<Outcome> write_accept_names(const Socket& socket, const Waiting& waiting, const Outcome& outcome) {
    Irp& irp = waiting.irp();
    ke::UserMemory& memory = irp.client().memory();
    uint64_t at = irp.output.address + waiting.accept.receive_length;
    size_t room = irp.output.length - waiting.accept.receive_length;
    TRY(write_part(socket, memory, at, waiting.accept.local_length, socket.local));
    at += waiting.accept.local_length;
    TRY(write_part(socket, memory, at, room - waiting.accept.local_length, socket.remote));
    return outcome;
}

Result<Outcome> write_name(const Socket& socket, const Ask& ask, const Address& address) {
    uint8_t bytes[kLongAddress];
    size_t length = Address::length(socket.kind.family);
    if (ask.out_length < length) return fail(STATUS_BUFFER_TOO_SMALL);
    address.write(socket.kind.family, bytes);
    TRY(ask.memory().copy_out(ask.out, bytes, length));
    return Outcome{STATUS_SUCCESS, length};
}

Result<void> bind_to_any(Socket& socket, const Address& address) {
    Address wanted = address;
    wanted.port = 0;
    return add_bound(socket, wanted);
}

Result<Outcome> bind(Socket& socket, const Ask& ask) {
    constexpr size_t kAddressAt = sizeof(uint32_t);
    if (ask.in_length < kAddressAt) return fail(STATUS_INVALID_PARAMETER);
    Address wanted = TRY(read_address(socket, ask, kAddressAt, SIZE_MAX));
    if (socket.bound) return fail(STATUS_ADDRESS_ALREADY_ASSOCIATED);
    if (ask.out_length < Address::length(socket.kind.family)) return fail(STATUS_INVALID_PARAMETER);
    if (!Transport::to(wanted)) return fail(STATUS_INVALID_ADDRESS_COMPONENT);
    TRY(ask.memory().probe(ask.out, Address::length(socket.kind.family), ke::Access::Write));
    TRY(add_bound(socket, wanted));
    return write_name(socket, ask, socket.local);
}

Result<Outcome> listen(Socket& socket, const Ask& ask) {
    auto given = TRY(ask.read<ListenParameters>());
    if (!socket.bound) return fail(STATUS_INVALID_PARAMETER);
    if (!socket.stream()) return fail(STATUS_NOT_SUPPORTED);
    if (socket.state == Socket::State::Connected) return fail(STATUS_CONNECTION_ACTIVE);
    int32_t backlog = std::clamp(given.backlog, 1, static_cast<int32_t>(kMostBacklog));
    socket.most_backlog = static_cast<uint32_t>(backlog);
    socket.state = Socket::State::Listening;
    return Outcome{};
}

Result<Outcome> connect(Socket& socket, const Ask& ask) {
    auto given = TRY(ask.read<ConnectParameters>());
    size_t data_at = sizeof given + given.address_length;
    if (given.address_length > ask.in_length || data_at > ask.in_length)
        return fail(STATUS_INVALID_PARAMETER);
    Address to = TRY(read_address(socket, ask, sizeof given, given.address_length));
    if (socket.state == Socket::State::Listening) return fail(STATUS_INVALID_PARAMETER);
    if (!socket.stream()) return connect_datagram(socket, to);
    if (socket.state == Socket::State::Connected) return fail(STATUS_CONNECTION_ACTIVE);
    if (!given.synchronous && !socket.bound) return fail(STATUS_INVALID_PARAMETER);
    if (to.is_any() || to.port == 0) return fail(STATUS_INVALID_ADDRESS_COMPONENT);
    bool families = to.is_mapped() && socket.kind.family == kInternet6;
    Transport* transport = Transport::to(to);
    if (!transport || (families && socket.options[Socket::kOnly6])) return fail(STATUS_NETWORK_UNREACHABLE);
    if (!socket.bound) TRY(bind_to_any(socket, transport->source_for(to)));
    bool told_later = socket.nonblocking && given.synchronous;
    auto done = transport->connect(socket, ask.client, to);
    if (!done && done.error() != STATUS_CONNECTION_REFUSED) return done.failure();
    if (!done) {
        socket.error = done.error();
        if (!told_later) return done.failure();
        socket.state = Socket::State::Failed;
        socket.changed();
    }
    if (told_later) return fail(STATUS_DEVICE_NOT_READY);
    return Outcome{STATUS_SUCCESS, TRY(send_first(socket, ask, data_at))};
}

Result<Outcome> accept(Socket& socket, const Ask& ask) {
    if (ask.out_length < sizeof(uint32_t)) return fail(STATUS_BUFFER_TOO_SMALL);
    if (!socket.stream()) return fail(STATUS_NOT_SUPPORTED);
    if (socket.state != Socket::State::Listening) return fail(STATUS_INVALID_PARAMETER);
    TRY(ask.memory().probe(ask.out, sizeof(uint32_t), ke::Access::Write));
    if (!socket.accepts.empty() || socket.backlog.empty()) {
        socket.enable(kEventAccept);
        if (socket.nonblocking) return fail(STATUS_DEVICE_NOT_READY);
        socket.accepts.push_back(*TRY(Waiting::create(Waiting::What::Accept, *ask.irp)));
        return kWaits;
    }
    HANDLE handle = TRY(open_accepted(socket, ask.client));
    auto value = static_cast<uint32_t>(reinterpret_cast<uint64_t>(handle));
    TRY(ask.memory().copy_out(ask.out, &value, sizeof value));
    socket.enable(kEventAccept);
    return Outcome{STATUS_SUCCESS, sizeof value};
}

Result<Outcome> accept_into(Socket& socket, const Ask& ask) {
    auto given = TRY(ask.read<AcceptIntoParameters>());
    uint64_t least = uint64_t{given.receive_length} + given.local_length;
    if (least > ask.out_length) return fail(STATUS_INVALID_PARAMETER);
    if (socket.state != Socket::State::Listening) return fail(STATUS_INVALID_PARAMETER);
    ob::HandleEntry* entry = ask.client.handles().find(reinterpret_cast<HANDLE>(uint64_t{given.handle}));
    File* file = entry ? ob::as<File>(*entry->object) : nullptr;
    Socket* target = file ? socket_of(*file) : nullptr;
    if (!target) return fail(STATUS_INVALID_HANDLE);
    if (target->kind.type != socket.kind.type || target->kind.family != socket.kind.family ||
        target->state != Socket::State::Fresh || target->bound)
        return fail(STATUS_INVALID_PARAMETER);
    if (target->accepting) return fail(STATUS_INVALID_PARAMETER);
    TRY(ask.memory().probe(ask.out, ask.out_length, ke::Access::Write));
    Waiting* waiting = TRY(Waiting::create(Waiting::What::AcceptInto, *ask.irp));
    waiting->accept = given;
    waiting->accept_file = Ref<File>(file);
    target->accepting = true;
    socket.accepts.push_back(*waiting);
    socket.serve_accepts();
    return kWaits;
}

Result<Outcome> shut_down(Socket& socket, const Ask& ask) {
    auto how = TRY(ask.read<uint32_t>());
    if (how > 2) return fail(STATUS_INVALID_PARAMETER);
    if (socket.stream() && socket.state != Socket::State::Connected) return fail(STATUS_INVALID_CONNECTION);
    if (how != 1) {
        socket.receive_shut = true;
        if (Ref<Stream> in = socket.in)
            in->settle();
        else
            socket.serve_datagrams();
    }
    if (how != 0) {
        socket.send_shut = true;
        socket.finish_sending();
    }
    if (how == 2) socket.select({}, 0);
    return Outcome{};
}

}  // namespace io::afd
