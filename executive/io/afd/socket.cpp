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

namespace {

constexpr size_t kWaitingCharge = sizeof(Waiting) + Buffers::kMost * sizeof(UserBuffer) / 8;

}  // namespace

Result<Waiting*> Waiting::create(What what, Irp& irp, Message message) {
    TRY(irp.client().quota().charge(kWaitingCharge));
    auto* made = new (std::nothrow) Waiting(what, irp, std::move(message));
    if (made) return made;
    irp.client().quota().release(kWaitingCharge);
    return fail(STATUS_INSUFFICIENT_RESOURCES);
}

Waiting::~Waiting() {
    irp().client().quota().release(kWaitingCharge);
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

Socket::~Socket() {
    close();
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
    if (looking_now_ || PacedWork::linked()) return;
    if (!slice()) ke::Pacer::instance().add(*this);
}

// Each who watches is looked at once; who is not told goes back behind the others.
bool Socket::slice() {
    ke::Slice slice;
    looking_now_ = true;
    bool left = false;
    do {
        if (looking_.empty()) {
            if (!std::exchange(look_again_, false)) break;
            looking_.take_all(watches_);
        }
        Watch* watch = looking_.pop_front();
        if (!watch) break;
        watches_.push_back(*watch);
        if (uint32_t found = events() & (watch->wanted | kEventClose)) watch->poll->found(*watch, found);
        left = !looking_.empty() || look_again_;
    } while (!slice.used_up());
    looking_now_ = false;
    return !left;
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
    if (!join_accept(*this)) changed();
}

void Socket::deliver(Own<Datagram> datagram) {
    datagram_bytes += datagram->bytes.size();
    datagrams.push_back(*datagram.leak());
    while (serve_receive()) {
        if (datagrams.empty()) return;
    }
    changed();
}

void Socket::finish_sending() {
    if (!send_shut || !sends.empty() || !out || out->ended) return;
    out->ended = true;
    Ref<Stream> keep = out;
    if (Socket* other = keep->reader) other->changed();
    keep->settle_later();
}

void Socket::drop_incoming() {
    while (Incoming* first = backlog.pop_front()) {
        --backlog_length;
        auto incoming = Ref<Incoming>::adopt(first);
        incoming->in->abort();
        incoming->out->abort();
    }
}

void Socket::close() {
    if (closed) return;
    remove_bound(*this);
    bool lost = in && (in->ring.available() > 0 || (linger.on && linger.seconds == 0));
    closed = true;
    for (auto* list : {&receives, &sends, &accepts, &others})
        while (Waiting* waiting = list->front())
            waiting->end({STATUS_CANCELLED, 0});
    drop_incoming();
    while (Datagram* datagram = datagrams.pop_front())
        delete datagram;
    changed();
    while (Watch* watch = watches_.empty() ? looking_.front() : watches_.front())
        watch->poll->found(*watch, kEventClose);
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
