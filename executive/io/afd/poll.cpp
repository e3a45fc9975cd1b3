// SPDX-License-Identifier: GPL-3.0-only
#include "executive/io/afd/poll.hpp"

#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/handle.hpp"

namespace io::afd {

Watch::~Watch() {
    leave();
}

void Watch::leave() {
    ListLink<WatchTag>::unlink();
    if (socket && socket->exclusive_ == this) socket->exclusive_ = nullptr;
    socket = nullptr;
}

Poll::~Poll() {
    delete[] watches_;
    if (charged_) irp().client().quota().release(charged_);
}

Result<Outcome> Poll::start(const Ask& ask) {
    auto header = TRY(ask.read<PollHeader>());
    if (header.count > kMost) return fail(STATUS_INSUFFICIENT_RESOURCES);
    size_t length = header.count * sizeof(PollEntry);
    if (header.count == 0 || ask.in_length < sizeof header + length ||
        ask.out_length < sizeof header + length)
        return fail(STATUS_INVALID_PARAMETER);
    size_t charge = sizeof(Poll) + header.count * (sizeof(PollEntry) + sizeof(Watch));
    TRY(ask.client.quota().charge(charge));
    auto* poll = new (std::nothrow) Poll(*ask.irp, header);
    if (!poll) {
        ask.client.quota().release(charge);
        return fail(STATUS_INSUFFICIENT_RESOURCES);
    }
    poll->charged_ = charge;
    Own<Poll> owned(poll);
    auto ready = [&]() -> Result<void> {
        TRY(poll->entries_.extend(header.count));
        TRY(ask.memory().copy_in(poll->entries_.data(), ask.in + sizeof header, length));
        poll->watches_ = new (std::nothrow) Watch[header.count];
        if (!poll->watches_) return fail(STATUS_INSUFFICIENT_RESOURCES);
        return {};
    }();
    if (!ready) {
        ask.irp->parameters.control.held = nullptr;
        return ready.failure();
    }
    (void)owned.leak();
    if (!poll->slice()) ke::Pacer::instance().add(*poll);
    return kWaits;
}

bool Poll::slice() {
    ke::Slice slice;
    if (!irp().reachable()) return end({STATUS_CANCELLED, 0}), true;
    while (armed_ < header_.count) {
        PollEntry& entry = entries_[armed_];
        Watch& watch = watches_[armed_];
        ob::HandleEntry* handle = irp().client().handles().find(reinterpret_cast<HANDLE>(entry.handle));
        File* file = handle ? ob::as<File>(*handle->object) : nullptr;
        Socket* socket = file ? socket_of(*file) : nullptr;
        if (!socket) return end({STATUS_INVALID_HANDLE, 0}), true;
        ++armed_;
        watch.poll = this;
        watch.wanted = entry.events;
        socket->watch(watch);
        if (uint32_t now = socket->events() & (entry.events | kEventClose)) {
            watch.found |= now;
            any_ = true;
        }
        if (slice.used_up() && armed_ < header_.count) return false;
    }
    if (any_ || header_.timeout == 0) return finish(), true;
    if (header_.timeout != INT64_MAX) schedule(ke::Deadline::from_timeout(header_.timeout).due());
    return true;
}

void Poll::found(Watch& watch, uint32_t events) {
    watch.found |= events;
    any_ = true;
    if (events & kEventClose) watch.leave();
    if (armed_ == header_.count) finish();
}

Outcome Poll::result() {
    uint32_t count = 0;
    for (uint32_t i = 0; i < armed_; ++i) {
        Watch& watch = watches_[i];
        if (!watch.found) continue;
        NTSTATUS status = STATUS_SUCCESS;
        if (watch.socket && (watch.found & kEventConnectFail)) status = watch.socket->error;
        entries_[count++] = {entries_[i].handle, watch.found, status};
    }
    header_.count = count;
    size_t length = count * sizeof(PollEntry);
    std::span<const uint8_t> head(reinterpret_cast<const uint8_t*>(&header_), sizeof header_);
    std::span<const uint8_t> rest(reinterpret_cast<const uint8_t*>(entries_.data()), length);
    auto written = irp().write_output(0, head);
    if (written) written = irp().write_output(sizeof header_, rest);
    if (!written) {
        (void)ke::PageIn::take(written.error());
        return {written.error(), 0};
    }
    return {count ? STATUS_SUCCESS : STATUS_TIMEOUT, sizeof header_ + length};
}

void Poll::finish() {
    end(result());
}

void Poll::end(const Outcome& outcome) {
    PacedWork::unlink();
    Ref<Irp> keep(irp());
    // A later poll that is exclusive has taken its place: nothing is found.
    if (outcome.status == STATUS_SUCCESS && outcome.information == sizeof header_) {
        header_.count = 0;
        (void)irp().write_output(0, {reinterpret_cast<const uint8_t*>(&header_), sizeof header_});
    }
    answer(outcome);
    delete this;
}

Result<Outcome> poll(const Ask& ask) {
    return Poll::start(ask);
}

}  // namespace io::afd
