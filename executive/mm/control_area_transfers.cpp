// SPDX-License-Identifier: GPL-3.0-only
//
// A control area's pages on their way from the backing and to it.
#include <algorithm>

#include "base/bits.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/spawn.hpp"
#include "executive/mm/control_area.hpp"

namespace mm {

namespace {

// co_await it and the turn is over; the task goes on when the pacer gets to it.
class NextTurn final : public ke::PacedWork {
public:
    NextTurn() { ke::Pacer::instance().add(*this); }
    bool slice() override {
        over_.signal();
        return true;
    }
    Event::Waiter operator co_await() { return over_.operator co_await(); }

private:
    Event over_;
};

}  // namespace

Result<Ref<Transfer>> ControlArea::fetch(uint64_t page, unsigned most) {
    if (Transfer* transfer = transfer_of(page)) return Ref<Transfer>(*transfer);
    Ref<Transfer> transfer = TRY(make_ref<Transfer>());
    transfer->first_ = page;
    uint64_t end =
        std::min(page + std::clamp(most, 1u, Backing::kMostPages), align_up(valid_, kPageSize) / kPageSize);
    for (; page < end && !pages_->store.find(page); ++page) {
        auto place = pages_->store.make(page);
        auto frame = place ? allocate_client_frame() : place.failure();
        if (!frame) {
            if (transfer->count_ > 0) break;
            return frame.failure();
        }
        transfer->frames_[transfer->count_++] = *frame;
        **place = *frame | kFetching;
    }
    if (transfer->count_ == 0) {  // it has come or gone meanwhile
        transfer->done_.signal();
        return transfer;
    }
    transfers_.insert(*transfer);
    auto job = ke::Job::start([&] [[clang::coro_wrapper]] { return run_fetch(transfer); });
    if (!transfer->begun_) end_fetch(*transfer, STATUS_INSUFFICIENT_RESOURCES);
    return transfer;
}

NTSTATUS ControlArea::absent(uint64_t page) {
    constexpr unsigned kTogether = 8;
    Result<Ref<Transfer>> transfer = fetch(page, kTogether);
    ke::PageIn::leave_nothing();
    if (!transfer) return transfer.error();
    ke::PageIn::leave(*transfer, (*transfer)->done());
    return STATUS_IN_PAGE_ERROR;
}

Result<void> ControlArea::resize_or_wait(uint64_t size) {
    if (TRY(resize(size))) return {};
    Transfer* transfer = in_flight(size / kPageSize);
    ke::PageIn::leave(Ref<Transfer>(*transfer), transfer->done(), ke::PageIn::Until::Over);
    return fail(STATUS_IN_PAGE_ERROR);
}

Task<NTSTATUS> ControlArea::run_fetch(Ref<Transfer> transfer) {
    Ref<ControlArea> keep(*this);
    transfer->begun_ = true;
    NTSTATUS status =
        co_await backing_->fetch(transfer->first_, std::span(transfer->frames_, transfer->count_));
    end_fetch(*transfer, status);
    co_return STATUS_SUCCESS;
}

void ControlArea::end_fetch(Transfer& transfer, NTSTATUS status) {
    for (unsigned i = 0; i < transfer.count_; ++i) {
        FrameNumber& entry = *MUST(pages_->store.make(transfer.first_ + i));
        entry &= ~kFetching;
        if (NT_SUCCESS(status)) continue;
        release_frame(entry);
        entry = kNoFrame;
    }
    transfers_.remove(transfer);
    transfer.done_.signal(status);
}

// The first page from `from` on that is dirty or being written, or where a slice ends before it is found.
uint64_t ControlArea::find_dirty(uint64_t from, uint64_t end) const {
    ke::Slice slice;
    for (uint64_t page = pages_->store.next(from, end); page < end; page = pages_->store.next(page + 1, end))
        if (slice.over() || (pages_->store.find(page) & (kDirty | kWriting))) return page;
    return end;
}

// What is dirty from `page` on, which is. Data is valid up to some byte and no holes are in it: if the page
// lies behind, what is between goes first, as the zeros it is. One that is under way already, or a new one.
Result<Ref<Transfer>> ControlArea::collect_dirty(uint64_t page, uint64_t end) {
    uint64_t valid = valid_ / kPageSize;
    uint64_t wanted = page;
    page = std::min(page, valid);
    if (Transfer* transfer = transfer_of(page)) return Ref<Transfer>(*transfer);
    Ref<Transfer> transfer = TRY(make_ref<Transfer>());
    transfer->first_ = page;
    transfer->zeros_ = page >= valid ? TRY(allocate_client_frame()) : kNoFrame;
    for (; page < end && transfer->count_ < Backing::kMostPages && !transfer_of(page); ++page) {
        FrameNumber entry = pages_->store.find(page);
        if (!(entry & kDirty) && (page < valid || page > wanted)) break;
        if (entry) *TRY(pages_->store.make(page)) = (entry & kFrameBits) | kWriting;
        transfer->frames_[transfer->count_++] = entry ? entry & kFrameBits : transfer->zeros_;
    }
    transfers_.insert(*transfer);
    return transfer;
}

Task<NTSTATUS> ControlArea::write_out(Ref<Transfer> transfer) {
    Ref<ControlArea> keep(*this);
    transfer->begun_ = true;
    for (AreaViews::Place place;;) {
        if (revoke_writing(place, *transfer)) break;
        co_await NextTurn();
    }
    uint64_t valid = std::max(valid_, std::min(size_, transfer->end() * kPageSize));
    NTSTATUS status =
        co_await backing_->write(transfer->first_, std::span(transfer->frames_, transfer->count_), valid);
    if (NT_SUCCESS(status)) valid_ = std::max(valid_, std::min(size_, valid));
    end_write(*transfer, status);
    co_return status;
}

bool ControlArea::revoke_writing(AreaViews::Place& place, const Transfer& transfer) {
    ke::Slice slice;
    return views_.revoke(place, transfer.first_, transfer.end(), AreaViews::Revoke::Writing, slice);
}

void ControlArea::end_write(Transfer& transfer, NTSTATUS status) {
    for (uint64_t page = transfer.first_; page < transfer.end(); ++page) {
        FrameNumber entry = pages_->store.find(page);
        if (!(entry & kWriting)) continue;
        *MUST(pages_->store.make(page)) = (entry & ~kWriting) | (NT_SUCCESS(status) ? 0 : kDirty);
    }
    if (transfer.zeros_) release_frame(transfer.zeros_);
    transfers_.remove(transfer);
    transfer.done_.signal(status);
}

// Is this a page with valid data that is not here?
bool ControlArea::needs_fetch(uint64_t page) const {
    FrameNumber entry = pages_->store.find(page);
    return entry ? (entry & kFetching) != 0 : page * kPageSize < valid_;
}

Task<NTSTATUS> ControlArea::clean(uint64_t first, uint64_t end) {
    if (!tracks_writes_) co_return STATUS_SUCCESS;
    Ref<ControlArea> keep(*this);
    NTSTATUS result = STATUS_SUCCESS;
    for (;;) {
        // The file may have become smaller meanwhile.
        end = std::min(end, align_up(size_, kPageSize) / kPageSize);
        first = find_dirty(first, end);
        if (first >= end) break;
        if (!(pages_->store.find(first) & (kDirty | kWriting))) {
            co_await NextTurn();
            continue;
        }
        if (uint64_t partial = valid_ / kPageSize; first > partial && needs_fetch(partial)) {
            Result<Ref<Transfer>> fetched = fetch(partial, 1);
            if (!fetched) co_return fetched.error();
            Ref<Transfer> transfer = std::move(*fetched);
            if (NTSTATUS status = co_await transfer->done(); !NT_SUCCESS(status)) co_return status;
            continue;
        }
        Result<Ref<Transfer>> found = collect_dirty(first, end);
        if (!found) co_return found.error();
        Ref<Transfer> transfer = std::move(*found);
        if (transfer->begun_) {
            co_await transfer->done();
            continue;
        }
        Task<NTSTATUS> writing = write_out(transfer);
        bool starts = !writing.done();
        NTSTATUS status = co_await std::move(writing);
        if (!starts) end_write(*transfer, status);
        if (NT_SUCCESS(result)) result = status;
        if (first < transfer->end()) {
            first = transfer->end();
        } else if (!NT_SUCCESS(status)) {
            break;
        }
    }
    co_return result;
}

}  // namespace mm
