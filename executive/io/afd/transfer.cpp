// SPDX-License-Identifier: GPL-3.0-only
//
// Receiving and sending. Nothing is taken out of a queue before it has reached the client's memory: an error
// of that, or a page that has to come first, changes nothing.
#include <string.h>

#include <algorithm>

#include "executive/io/afd/bound.hpp"
#include "executive/io/afd/transport.hpp"
#include "executive/ke/page_in.hpp"

namespace io::afd {

namespace {

// What is copied in one turn.
constexpr size_t kMostAtOnce = Ring::kCapacity;

template <typename T>
Result<void> put(ke::UserMemory& memory, uint64_t address, const T& value) {
    return memory.copy_out(address, &value, sizeof value);
}

// Writes what is told beside the data. `from` null: an empty address.
Result<void> write_beside(const Socket& socket, ke::UserMemory& memory, const Message& message,
                          const Address* from, uint32_t flags) {
    if (message.address_length && from) {
        int32_t room;
        TRY(memory.copy_in(&room, message.address_length, sizeof room));
        uint8_t bytes[kLongAddress];
        from->write(socket.kind.family, bytes);
        size_t length = Address::length(socket.kind.family);
        size_t fits = std::min(length, static_cast<size_t>(std::max(room, 0)));
        if (message.address) TRY(memory.copy_out(message.address, bytes, fits));
        TRY(put(memory, message.address_length, static_cast<int32_t>(length)));
    }
    if (message.flags_out) TRY(put(memory, message.flags_out, flags));
    if (message.control) TRY(put(memory, message.control, uint32_t{0}));
    return {};
}

Result<Outcome> receive_datagram(Socket& socket, ke::UserMemory& memory, Message& message) {
    Datagram* first = socket.datagrams.front();
    if (!first) {
        if (!socket.error) return kWaits;
        return Outcome{std::exchange(socket.error, STATUS_SUCCESS), 0};
    }
    std::span<const uint8_t> bytes = first->bytes.span();
    size_t length = std::min<uint64_t>(bytes.size(), message.buffers.total());
    bool cut = length < bytes.size();
    TRY(message.buffers.each(0, length, [&](uint64_t address, size_t at, size_t part) {
        return memory.copy_out(address, &bytes[at], part);
    }));
    TRY(write_beside(socket, memory, message, &first->from, cut ? kMessagePartial : 0));
    if (!(message.flags & kMessagePeek)) {
        socket.datagram_bytes -= first->cost();
        socket.datagrams.remove(*first);
        delete first;
    }
    return Outcome{cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, length};
}

Result<Outcome> receive_urgent(Socket& socket, ke::UserMemory& memory, Message& message) {
    Stream& in = *socket.in;
    if (socket.options[Socket::kUrgentInline]) return fail(STATUS_INVALID_PARAMETER);
    if (in.reset) return fail(STATUS_CONNECTION_RESET);
    if (!in.has_urgent) return in.ended ? Result<Outcome>(Outcome{}) : Result<Outcome>(kWaits);
    size_t length = std::min<uint64_t>(1, message.buffers.total());
    TRY(message.buffers.each(0, length, [&](uint64_t address, size_t, size_t) {
        return memory.copy_out(address, &in.urgent, 1);
    }));
    TRY(write_beside(socket, memory, message, nullptr, kMessageUrgent));
    if (!(message.flags & kMessagePeek)) in.has_urgent = length == 0;
    return Outcome{STATUS_SUCCESS, length};
}

// An urgent byte that is to be received in its place is next.
Result<Outcome> receive_in_place(Socket& socket, ke::UserMemory& memory, Message& message) {
    Stream& in = *socket.in;
    size_t length = message.buffers.total() > 0;
    TRY(message.buffers.each(0, length, [&](uint64_t address, size_t, size_t) {
        return memory.copy_out(address, &in.urgent, 1);
    }));
    TRY(write_beside(socket, memory, message, nullptr, 0));
    if (!(message.flags & kMessagePeek)) in.has_urgent = length == 0;
    return Outcome{STATUS_SUCCESS, length};
}

Result<Outcome> receive_stream(Socket& socket, ke::UserMemory& memory, Message& message) {
    Stream& in = *socket.in;
    if (message.flags & kMessageUrgent) return receive_urgent(socket, memory, message);
    if (in.reset) return fail(STATUS_CONNECTION_RESET);
    Ring& ring = in.ring;
    size_t available = std::min(ring.available(), kMostAtOnce);
    if (in.has_urgent) {
        size_t before = static_cast<size_t>(in.urgent_at - std::min(in.urgent_at, ring.consumed()));
        if (before == 0 && socket.options[Socket::kUrgentInline] && message.done == 0)
            return receive_in_place(socket, memory, message);
        if (before > 0) available = std::min(available, before);
    }
    if (available == 0 && !in.ended) return kWaits;
    bool all = (message.flags & kMessageWaitAll) && message.may_wait && !(message.flags & kMessagePeek);
    uint64_t wanted = message.buffers.total() - message.done;
    size_t length = std::min<uint64_t>(available, wanted);
    if (length > 0)
        TRY(message.buffers.each(message.done, length, [&](uint64_t address, size_t at, size_t part) {
            return ring.get(memory, address, at, part);
        }));
    bool complete = !all || length == wanted || (in.ended && length == ring.available());
    if (complete) TRY(write_beside(socket, memory, message, nullptr, 0));
    if (!(message.flags & kMessagePeek)) ring.consume(length);
    message.done += length;
    return complete ? Outcome{STATUS_SUCCESS, message.done} : kWaits;
}

// What the socket is says whether it can receive at all.
Result<void> check_receive(const Socket& socket) {
    if (socket.closed) return fail(STATUS_CANCELLED);
    if (!socket.stream()) {
        if (!socket.bound) return fail(STATUS_INVALID_PARAMETER);
        if (socket.receive_shut) return fail(STATUS_PIPE_DISCONNECTED);
        return {};
    }
    if (!socket.in) return fail(STATUS_INVALID_CONNECTION);
    if (socket.receive_shut) return fail(STATUS_PIPE_DISCONNECTED);
    return {};
}

Result<Outcome> try_receive(Socket& socket, ke::UserMemory& memory, Message& message) {
    TRY(check_receive(socket));
    if (!socket.stream()) return receive_datagram(socket, memory, message);
    return receive_stream(socket, memory, message);
}

// After a receive: the other side's sends go on, and what is left is told again.
void received(Socket& socket, const Message& message) {
    socket.enable(message.flags & kMessageUrgent ? kEventUrgent : kEventReceive);
    if (!socket.stream() || !socket.in) return;
    Stream& in = *socket.in;
    if (!in.writer) return;
    if (!in.writer->sends.empty()) return in.settle();
    in.writer->changed();
}

Result<Message> read_message(const Socket& socket, const Ask& ask) {
    Message message;
    if (ask.code == kReceiveMessage) {
        auto given = TRY(ask.read<ReceiveParameters>());
        message.buffers = TRY(Buffers::capture(ask.memory(), given.buffers, given.count));
        if (given.flags) TRY(ask.memory().copy_in(&message.flags, given.flags, sizeof message.flags));
        message.may_wait = given.force_async || !socket.nonblocking;
        message.address = given.address;
        message.address_length = given.address_length;
        message.flags_out = given.flags;
        message.force = given.force_async != 0;
        message.control = given.control;
        if (!given.force_async) message.timeout = socket.options[Socket::kReceiveTime];
        return message;
    }
    NativeReceive given{};
    size_t length = ask.code == kReceiveDatagram ? sizeof given : kNativeReceiveLength;
    if (ask.in_length < length) return fail(STATUS_INVALID_PARAMETER);
    TRY(ask.memory().copy_in(&given, ask.in, length));
    bool normal = given.flags & kReceiveNormal, urgent = given.flags & kReceiveUrgent;
    if (normal == urgent) return fail(STATUS_INVALID_PARAMETER);
    message.buffers = TRY(Buffers::capture(ask.memory(), given.buffers, given.count));
    message.flags = (urgent ? kMessageUrgent : 0) | (given.flags & kReceivePeek ? kMessagePeek : 0) |
                    (given.flags & kReceiveAll ? kMessageWaitAll : 0);
    message.may_wait = (given.afd_flags & kAfdOverlapped) || !socket.nonblocking;
    message.address = given.address;
    message.address_length = given.address_length;
    return message;
}

// The memory that will be written once data is there is there already.
Result<void> probe(const Message& message, ke::UserMemory& memory) {
    size_t length = std::min<uint64_t>(message.buffers.total(), kMostAtOnce);
    return message.buffers.each(0, length, [&](uint64_t address, size_t, size_t part) {
        return memory.probe(address, part, ke::Access::Write);
    });
}

Result<Outcome> wait(List<Waiting, WaitingTag>& list, Waiting::What what, const Ask& ask, Message message) {
    uint32_t timeout = message.timeout;
    Waiting* waiting = TRY(Waiting::create(what, *ask.irp, std::move(message)));
    list.push_back(*waiting);
    if (timeout) waiting->schedule(ke::interrupt_time() + uint64_t{timeout} * ke::kTicksPerMillisecond);
    return kWaits;
}

// --- sending

Result<Outcome> put_urgent(Socket& socket, ke::UserMemory& memory, Message& message) {
    // The last byte is the urgent one.
    Stream& out = *socket.out;
    uint64_t total = message.buffers.total();
    if (total == 0) return Outcome{};
    auto before = static_cast<size_t>(total - 1);
    if (total - 1 > out.ring.room()) return kWaits;
    TRY(out.ring.prepare(before));
    uint8_t last = 0;
    TRY(message.buffers.each(0, before, [&](uint64_t address, size_t at, size_t part) {
        return out.ring.put(memory, address, at, part);
    }));
    TRY(message.buffers.each(
        before, 1, [&](uint64_t address, size_t, size_t) { return memory.copy_in(&last, address, 1); }));
    out.ring.publish(before);
    out.urgent = last;
    out.has_urgent = true;
    out.urgent_at = out.ring.produced();
    return Outcome{STATUS_SUCCESS, total};
}

// As many bytes as there is room for. `partly`: fewer than all are an answer too.
Result<Outcome> put_stream(Socket& socket, ke::UserMemory& memory, Message& message, bool partly) {
    Stream& out = *socket.out;
    if (socket.in->reset || out.reset) return fail(STATUS_CONNECTION_RESET);
    uint64_t left = message.buffers.total() - message.done;
    if (out.reader_gone) {
        // Nobody takes it any more: the other side says so when it comes there.
        socket.in->abort();
        return Outcome{STATUS_SUCCESS, message.buffers.total()};
    }
    if (message.flags & kMessageUrgent) return put_urgent(socket, memory, message);
    size_t length = std::min<uint64_t>(left, out.ring.room());
    if (length < left && !partly && !message.queued) return kWaits;
    TRY(out.ring.prepare(length));
    TRY(message.buffers.each(message.done, length, [&](uint64_t address, size_t at, size_t part) {
        return out.ring.put(memory, address, at, part);
    }));
    out.ring.publish(length);
    message.done += length;
    if (message.done == message.buffers.total() || (partly && length > 0))
        return Outcome{STATUS_SUCCESS, message.done};
    return kWaits;
}

// What the other side is told of what was put.
void sent(Socket& socket) {
    Stream& out = *socket.out;
    Socket* reader = out.reader;
    if (!reader) return;
    if (!reader->receives.empty()) out.settle();
    if (Socket* still = out.reader) {
        still->enable(0);
        still->changed();
    }
}

Result<Message> read_send(const Socket& socket, const Ask& ask) {
    auto given = TRY(ask.read<SendParameters>());
    Message message;
    message.buffers = TRY(Buffers::capture(ask.memory(), given.buffers, given.count));
    message.flags = given.flags;
    message.may_wait = given.force_async || !socket.nonblocking;
    message.force = given.force_async != 0;
    if (!given.force_async) message.timeout = socket.options[Socket::kSendTime];
    if (given.address && !socket.stream()) {
        uint8_t bytes[kLongAddress] = {};
        size_t length = std::min<size_t>(given.address_length, sizeof bytes);
        TRY(ask.memory().copy_in(bytes, given.address, length));
        message.to = TRY(Address::parse(socket.kind.family, {bytes, length}));
        message.has_to = true;
    }
    return message;
}

Result<Outcome> send_datagram(Socket& socket, const Ask& ask, const Message& message) {
    if (socket.send_shut) return fail(STATUS_PIPE_DISCONNECTED);
    if (!message.has_to && socket.state != Socket::State::Connected) return fail(STATUS_INVALID_CONNECTION);
    const Address& to = message.has_to ? message.to : socket.remote;
    uint64_t total = message.buffers.total();
    if (total > Socket::kLongestDatagram) return fail(STATUS_INVALID_BUFFER_SIZE);
    if (to.port == 0 || to.is_any()) return fail(STATUS_INVALID_ADDRESS_COMPONENT);
    Transport* transport = Transport::to(to);
    if (!transport) return fail(STATUS_NETWORK_UNREACHABLE);
    Vector<uint8_t> bytes;
    TRY(bytes.extend(static_cast<size_t>(total)));
    TRY(message.buffers.each(0, static_cast<size_t>(total), [&](uint64_t address, size_t at, size_t part) {
        return ask.memory().copy_in(&bytes[at], address, part);
    }));
    if (!socket.bound) TRY(bind_to_any(socket, Address::any(socket.kind.family)));
    auto delivered = transport->send(socket, to, std::move(bytes));
    if (!delivered && delivered.error() != STATUS_PORT_UNREACHABLE) return delivered.failure();
    // Told by a later receive, as ICMP does.
    if (!delivered) {
        socket.error = STATUS_PORT_UNREACHABLE;
        socket.serve_datagrams();
        socket.changed();
    }
    return Outcome{STATUS_SUCCESS, total};
}

Result<Outcome> receive_message(Socket& socket, const Ask& ask, Message message) {
    TRY(check_receive(socket));
    if (socket.receives.empty()) {
        bool no_request = !ask.irp && (message.flags & kMessageWaitAll);
        if (no_request) return kWaits;
        Outcome outcome = TRY(try_receive(socket, ask.memory(), message));
        if (outcome.status != STATUS_PENDING) {
            received(socket, message);
            return outcome;
        }
        if (message.done) received(socket, message);
    }
    if (!message.may_wait) {
        socket.enable(kEventReceive);
        return fail(STATUS_DEVICE_NOT_READY);
    }
    if (!ask.irp) return kWaits;
    TRY(probe(message, ask.memory()));
    // WSARecv: an overlapped one that pends tells its flags with its end; these are its caller's local by
    // then.
    if (message.force) message.flags_out = 0;
    return wait(socket.receives, Waiting::What::Receive, ask, std::move(message));
}

Result<Outcome> send_message(Socket& socket, const Ask& ask, Message message) {
    if (!socket.stream()) return send_datagram(socket, ask, message);
    if (!socket.out) return fail(STATUS_INVALID_CONNECTION);
    if (socket.send_shut) return fail(STATUS_PIPE_DISCONNECTED);
    bool partly = !message.may_wait;
    message.queued = ask.irp != nullptr;
    if (socket.sends.empty()) {
        Ref<Stream> out = socket.out;
        Outcome outcome = TRY(put_stream(socket, ask.memory(), message, partly));
        if (message.done || outcome.status != STATUS_PENDING) sent(socket);
        if (outcome.status != STATUS_PENDING) return outcome;
    }
    if (partly) {
        socket.enable(kEventSend);
        return fail(STATUS_DEVICE_NOT_READY);
    }
    if (!ask.irp) return kWaits;
    return wait(socket.sends, Waiting::What::Send, ask, std::move(message));
}

}  // namespace

Result<Outcome> receive(Socket& socket, const Ask& ask) {
    return receive_message(socket, ask, TRY(read_message(socket, ask)));
}

Result<Outcome> send(Socket& socket, const Ask& ask) {
    return send_message(socket, ask, TRY(read_send(socket, ask)));
}

Result<Outcome> read(Socket& socket, const Ask& ask) {
    Message message;
    message.buffers = Buffers::of(ask.out, ask.out_length);
    message.may_wait = true;
    return receive_message(socket, ask, std::move(message));
}

Result<Outcome> write(Socket& socket, const Ask& ask) {
    Message message;
    message.buffers = Buffers::of(ask.in, ask.in_length);
    message.may_wait = message.force = true;
    return send_message(socket, ask, std::move(message));
}

bool Socket::serve_receive() {
    Waiting* waiting = receives.front();
    if (!waiting) return false;
    Irp& irp = waiting->irp();
    if (!irp.reachable()) return waiting->end({STATUS_CANCELLED, 0}), true;
    uint64_t before = waiting->message.done;
    auto result = try_receive(*this, irp.client().memory(), waiting->message);
    if (result && result->status == STATUS_PENDING) {
        if (waiting->message.done == before) return false;
        if (in && in->writer) in->writer->changed();
        return true;
    }
    if (!result) (void)ke::PageIn::take(result.error());
    if (waiting->what == Waiting::What::AcceptedInto && result)
        result = write_accept_names(*this, *waiting, *result);
    Message message = std::move(waiting->message);
    Ref<File> keep = file_reference();
    waiting->end(result ? *result : Outcome{result.error(), 0});
    enable(message.flags & kMessageUrgent ? kEventUrgent : kEventReceive);
    if (in && in->writer) in->writer->changed();
    return true;
}

bool Socket::serve_send() {
    Waiting* waiting = sends.front();
    if (!waiting || !out) return false;
    Irp& irp = waiting->irp();
    if (!irp.reachable()) return waiting->end({STATUS_CANCELLED, 0}), true;
    if (!out->ring.room() && !out->reader_gone && !in->reset) return false;
    uint64_t before = waiting->message.done;
    auto result = put_stream(*this, irp.client().memory(), waiting->message, false);
    Ref<File> keep = file_reference();
    if (!result) (void)ke::PageIn::take(result.error());
    bool moved = waiting->message.done != before;
    if (!result || result->status != STATUS_PENDING) {
        waiting->end(result ? *result : Outcome{result.error(), 0});
        finish_sending();
        moved = true;
    }
    if (moved && out && out->reader) out->reader->changed();
    return moved;
}

}  // namespace io::afd
