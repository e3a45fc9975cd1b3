// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/socket.hpp"

#include "base/kept_blocks.hpp"
#include "executive/ex/event.hpp"
#include "executive/io/afd/bound.hpp"
#include "executive/io/afd/poll.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"

namespace io::afd {

void Stream::settle() {
    again_ = true;
    if (moving_ || PacedWork::linked()) return;
    Ref<Stream> keep(*this);
    if (slice()) return;
    keep_ = std::move(keep);
    ke::Pacer::instance().add(*this);
}

void Stream::settle_later() {
    again_ = true;
    if (moving_ || PacedWork::linked()) return;
    keep_ = Ref<Stream>(*this);
    ke::Pacer::instance().add(*this);
}

bool Stream::step() {
    bool moved = writer && writer->serve_send();
    return (reader && reader->serve_receive()) || moved;
}

bool Stream::slice() {
    Ref<Stream> keep = std::move(keep_);
    Ref<Stream> last(*this);
    ke::Slice slice;
    moving_ = true;
    do {
        again_ = step();
    } while (again_ && !slice.used_up());
    moving_ = false;
    if (again_) keep_ = std::move(keep);
    return !again_;
}

void Stream::abort() {
    Ref<Stream> keep(*this);
    reset = reader_gone = true;
    has_urgent = false;
    ring.consume(ring.available());
    if (Socket* socket = reader) socket->changed();
    if (Socket* socket = writer) socket->changed();
    settle_later();
}

Result<Buffers> Buffers::capture(ke::UserMemory& memory, uint64_t array, uint32_t count) {
    if (count > kMost) return fail(STATUS_INVALID_PARAMETER);
    Buffers result;
    result.count_ = count;
    if (count == 1) {
        TRY(memory.copy_in(&result.one_, array, sizeof result.one_));
        result.total_ = result.one_.length;
        return result;
    }
    TRY(result.more_.extend(count));
    TRY(memory.copy_in(result.more_.data(), array, count * sizeof(UserBuffer)));
    for (const UserBuffer& buffer : result.more_)
        result.total_ += buffer.length;
    return result;
}

Buffers Buffers::of(uint64_t address, size_t length) {
    Buffers result;
    result.count_ = 1;
    result.total_ = length;
    result.one_ = {static_cast<uint32_t>(length), 0, address};
    return result;
}

void Held::answer(const Outcome& outcome) {
    irp_->parameters.control.held = nullptr;
    irp_->complete(outcome.status, outcome.information);
}

Result<Waiting*> Waiting::create(What what, Irp& irp, Message message) {
    size_t bytes = sizeof(Waiting) + message.buffers.bytes();
    TRY(irp.client().quota().charge(bytes));
    auto* made = new (std::nothrow) Waiting(what, irp, std::move(message));
    if (!made) {
        irp.client().quota().release(bytes);
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    made->charged_ = bytes;
    return made;
}

Waiting::~Waiting() {
    if (charged_) irp().client().quota().release(charged_);
}

void Waiting::end(const Outcome& outcome) {
    ListLink<WaitingTag>::unlink();
    Ref<Irp> keep(irp());
    Socket* accepting = accept_file ? socket_of(*accept_file) : nullptr;
    if (accepting) accepting->accepting = false;
    answer(outcome);
    delete this;
}

Result<Own<Socket>> Socket::create(File& file, ke::Client& owner, const Kind& kind) {
    size_t bytes = sizeof(Socket) + (kind.type == kDatagram ? kMostDatagrams : 0);
    return make_own<Socket>(file, kind, TRY(ob::Charge::take(owner, bytes)));
}

Socket::Socket(File& of, const Kind& as, ob::Charge charge) : kind(as), file(of), charge_(std::move(charge)) {
    local = remote = Address::any(kind.family);
    options[kReceiveRoom] = options[kSendRoom] = Ring::kCapacity;
    options[kOnly6] = 1;
    options[kTimeToLive] = options[kHops6] = 128;
    options[kMulticastLive] = options[kMulticastLive6] = 1;
    options[kMulticastLoop] = options[kMulticastLoop6] = 1;
}

// What waits for it holds its file: there is nothing of that here any more.
Socket::~Socket() {
    leave();
}

uint32_t Socket::events() const {
    if (closed) return kEventClose;
    uint32_t result = 0;
    if (!stream()) {
        if (!const_cast<Socket*>(this)->datagrams.empty()) result |= kEventReceive;
        if (error) result |= kEventReceive;
        return result | kEventSend;
    }
    if (state == State::Listening) return backlog_length ? kEventAccept : 0;
    if (state == State::Failed) return kEventConnectFail;
    if (state != State::Connected) return 0;
    result |= kEventConnect;
    if (in->reset) return result | kEventAbort | kEventSend;
    if (in->ring.available()) result |= kEventReceive;
    if (in->has_urgent) result |= options[kUrgentInline] ? kEventReceive : kEventUrgent;
    if (in->ended) result |= kEventDisconnect;
    if (send_shut || out->reader_gone || out->ring.room()) result |= kEventSend;
    return result;
}

NTSTATUS Socket::status_of(unsigned bit) const {
    if (1u << bit == kEventConnectFail) return error;
    if (1u << bit == kEventAbort && in && in->reset) return STATUS_CONNECTION_RESET;
    return STATUS_SUCCESS;
}

// --- who wants to know

void Socket::tell_event() {
    uint32_t fresh = events() & mask_ & ~told_;
    if (!fresh) return;
    pending_ |= fresh;
    told_ |= fresh;
    if (event_) event_->set();
}

void Socket::changed() {
    if (mask_) tell_event();
    if (watches_.empty() && looking_.empty()) return;
    look_again_ = true;
    if (working_ || PacedWork::linked()) return;
    ke::Slice slice;
    working_ = true;
    bool left;
    do {
        left = look_at_one();
    } while (left && !slice.used_up());
    working_ = false;
    if (left) go_on();
}

void Socket::go_on() {
    if (!working_ && !PacedWork::linked()) ke::Pacer::instance().add(*this);
}

bool Socket::slice() {
    Ref<File> keep = std::move(keep_);
    ke::Slice slice;
    working_ = true;
    bool left;
    do {
        left = step();
    } while (left && !slice.used_up());
    working_ = false;
    if (left) keep_ = std::move(keep);
    return !left;
}

// One request, connection, datagram or watch. False: nothing is left.
bool Socket::step() {
    if (closed) return end_one();
    if (!backlog.empty() && !accepts.empty()) return join_accept(*this);
    if (serving_ && (serving_ = serve_receive())) return true;
    return look_at_one();
}

// Each who watches is looked at once; who is not told goes back behind the others.
bool Socket::look_at_one() {
    if (looking_.empty()) {
        if (!std::exchange(look_again_, false)) return false;
        looking_.take_all(watches_);
    }
    Watch* watch = looking_.pop_front();
    if (!watch) return look_again_;
    watches_.push_back(*watch);
    if (uint32_t found = events() & (watch->wanted | kEventClose)) watch->poll->found(*watch, found);
    return !looking_.empty() || look_again_;
}

bool Socket::end_one() {
    for (auto* list : {&receives, &sends, &accepts, &others})
        if (Waiting* waiting = list->front()) return waiting->end({STATUS_CANCELLED, 0}), true;
    if (Incoming* first = backlog.pop_front()) {
        --backlog_length;
        auto incoming = Ref<Incoming>::adopt(first);
        incoming->in->abort();
        incoming->out->abort();
        return true;
    }
    if (Datagram* datagram = datagrams.pop_front()) return delete datagram, true;
    Watch* watch = watches_.empty() ? looking_.front() : watches_.front();
    if (watch) watch->poll->found(*watch, kEventClose);
    return watch != nullptr;
}

void Socket::watch(Watch& watch) {
    watch.socket = this;
    watches_.push_back(watch);
    if (!watch.poll->exclusive()) return;
    Watch* before = std::exchange(exclusive_, &watch);
    if (before && before->poll != watch.poll) before->poll->end({STATUS_SUCCESS, sizeof(PollHeader)});
}

Ref<ex::Event> Socket::selected_event() const {
    return event_;
}

void Socket::select(Ref<ex::Event> event, uint32_t mask) {
    event_ = std::move(event);
    mask_ = mask;
    pending_ = told_ = 0;
    if (mask_) nonblocking = true;
    tell_event();
}

uint32_t Socket::take_events() {
    uint32_t result = std::exchange(pending_, 0) & mask_;
    tell_event();
    return result;
}

// --- what happens to it

void Socket::connected(Ref<Stream> from, Ref<Stream> to, const Address& other) {
    in = std::move(from);
    out = std::move(to);
    in->reader = out->writer = this;
    remote = other;
    state = State::Connected;
    connect_time = ke::interrupt_time();
    changed();
}

void Socket::offer(Ref<Incoming> incoming) {
    backlog.push_back(*incoming.leak());
    ++backlog_length;
    serve_accepts();
    if (!backlog.empty()) changed();
}

void Socket::deliver(Own<Datagram> datagram) {
    datagram_bytes += datagram->cost();
    datagrams.push_back(*datagram.leak());
    serve_datagrams();
    if (!datagrams.empty()) changed();
}

void Socket::serve_accepts() {
    if (join_accept(*this)) go_on();
}

void Socket::serve_datagrams() {
    serving_ = serve_receive();
    if (serving_) go_on();
}

void Socket::finish_sending() {
    if (!send_shut || !sends.empty() || !out || out->ended) return;
    out->ended = true;
    Ref<Stream> keep = out;
    if (Socket* other = keep->reader) other->changed();
    keep->settle_later();
}

void Socket::close() {
    if (closed) return;
    leave();
    if (!end_one()) return;
    keep_ = Ref<File>(file);
    go_on();
}

void Socket::leave() {
    if (closed) return;
    remove_bound(*this);
    bool lost = in && (in->ring.available() > 0 || (linger.on && linger.seconds == 0));
    closed = true;
    mask_ = 0;
    event_.reset();
    if (!in) return;
    Ref<Stream> from = std::move(in), to = std::move(out);
    from->reader = nullptr;
    to->writer = nullptr;
    from->reader_gone = true;
    if (lost || from->reset) return to->abort(), from->abort();
    to->ended = true;
    if (to->reader) to->reader->changed();
    if (from->writer) from->writer->changed();
    to->settle();
    from->settle();
}

}  // namespace io::afd
