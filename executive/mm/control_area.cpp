// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/control_area.hpp"

#include <string.h>

#include <algorithm>

#include "base/bits.hpp"

namespace mm {

namespace {

uint64_t pages_of(uint64_t bytes) {
    return align_up(bytes, kPageSize) / kPageSize;
}

}  // namespace

Result<Ref<ControlArea>> ControlArea::create(Own<Backing> backing, uint64_t size) {
    Own<KeptPages> pages = TRY(make_own<KeptPages>());
    return make_ref<ControlArea>(std::move(backing), size, std::move(pages));
}

ControlArea::ControlArea(Own<Backing> backing, uint64_t size, Own<KeptPages> pages)
    : backing_(std::move(backing)),
      pages_(std::move(pages)),
      size_(size),
      valid_(size),
      tracks_writes_(backing_ && !backing_->in_memory()),
      shows_resident_(static_cast<bool>(backing_)) {}

ControlArea::~ControlArea() {
    ASSERT(views_.empty() && transfers_.empty() && sections_ == 0);
    bury(std::move(pages_));
    if (backing_) MUST(backing_->resize(0));
}

// The page is not there, not quite, or not known to be dirty.
Result<FrameNumber> ControlArea::first_use(uint64_t page, FrameNumber entry, Use use) {
    if (!entry) return make(page, use);
    if (entry & kFetching) return kNoFrame;
    ASSERT(use == Use::Write);
    *TRY(pages_->store.make(page)) |= kDirty;
    return entry & kFrameBits;
}

// A page that has no frame yet.
Result<FrameNumber> ControlArea::make(uint64_t page, Use use) {
    FrameNumber resident = backing_ ? backing_->resident(page) : kNoFrame;
    if (resident != kNoFrame && use == Use::Read && shows_resident_) return resident;
    bool valid = tracks_writes_ && page * kPageSize < valid_;
    if (valid && resident == kNoFrame) return kNoFrame;
    FrameNumber& place = *TRY(pages_->store.make(page));
    // A file in memory has its room already, and a section without a file is committed.
    bool promised = !backing_ || backing_->in_memory();
    FrameNumber frame = TRY(promised ? allocate_promised_frame() : allocate_client_frame());
    if (resident != kNoFrame) memcpy(alias(frame), alias(resident), kPageSize);
    place = frame | (use == Use::Write && tracks_writes_ ? kDirty : 0);
    return frame;
}

bool ControlArea::read(uint64_t offset, std::span<uint8_t> into) const {
    for (size_t done = 0; done < into.size();) {
        uint64_t at = offset + done;
        size_t in_page = at % kPageSize;
        size_t part = std::min<uint64_t>(kPageSize - in_page, into.size() - done);
        FrameNumber frame = look(at / kPageSize);
        if (frame != kNoFrame) {
            memcpy(into.data() + done, alias(frame) + in_page, part);
        } else if (tracks_writes_ && at < valid_) {
            missed_ = at / kPageSize;
            return false;
        } else {
            memset(into.data() + done, 0, part);
        }
        done += part;
    }
    return true;
}

Result<bool> ControlArea::hide_resident() {
    if (shows_resident_ && backing_) TRY(backing_->begin_writing());
    shows_resident_ = false;
    ke::Slice slice;
    hidden_ = views_.revoke(hiding_, 0, UINT64_MAX, AreaViews::Revoke::Resident, slice);
    return hidden_;
}

// The one that this page is in, or null.
Transfer* ControlArea::transfer_of(uint64_t page) const {
    Transfer* transfer = transfers_.find_at_or_before(page);
    return transfer && page < transfer->end() ? transfer : nullptr;
}

Transfer* ControlArea::in_flight(uint64_t page) const {
    Transfer* transfer = transfer_of(page);
    return transfer ? transfer : transfers_.find_at_or_after(page);
}

// The size drops first, so that no transfer behind it starts any more; those under way have to end.
Result<bool> ControlArea::resize(uint64_t size) {
    if (size > kLargestFile) return fail(STATUS_DISK_FULL);
    if (size <= size_) {
        if (in_flight(size / kPageSize)) {
            size_ = size;
            return false;
        }
        TRY(cut(size));
    } else if (tail_written_) {
        TRY(clear_tail(size_));
        tail_written_ = writers_ > 0;
    }
    if (backing_) TRY(backing_->resize(size));
    // A file in memory is valid as far as it goes.
    if (!tracks_writes_ || size < valid_) valid_ = size;
    size_ = size;
    return true;
}

// Bytes behind the end of the last page must read as zeros when the file grows.
Result<void> ControlArea::clear_tail(uint64_t size) {
    size_t tail = size % kPageSize;
    if (tail == 0) return {};
    FrameNumber frame = look(size / kPageSize);
    if (frame & kBootFrame) {
        TRY(backing_->begin_writing());
        frame = TRY(make(size / kPageSize, Use::Write));
    }
    if (frame != kNoFrame) memset(alias(frame) + tail, 0, kPageSize - tail);
    return {};
}

Result<void> ControlArea::cut(uint64_t size) {
    TRY(clear_tail(size));
    if (pages_->store.next(pages_of(size), UINT64_MAX) == UINT64_MAX) return {};
    Own<KeptPages> above = TRY(make_own<KeptPages>());
    TRY(pages_->store.split(pages_of(size), above->store));
    bury(std::move(above));
    return {};
}

void ControlArea::add_section(bool image, bool writes) {
    ++sections_;
    images_ += image;
    if (writes) add_writer();
    tail_written_ |= writes;
}

void ControlArea::remove_section(bool image, bool writes) {
    --sections_;
    images_ -= image;
    writers_ -= writes;
}

// Mapped pages have a second reference.
uint64_t ControlArea::trim(uint64_t first, uint64_t end) {
    if (!tracks_writes_) return end;
    ke::Slice slice;
    for (first = pages_->store.next(first, end); first < end; first = pages_->store.next(first + 1, end)) {
        if (slice.over()) return first;
        FrameNumber entry = pages_->store.find(first);
        if (!entry || (entry & ~kFrameBits) || frame_references(entry) > 1) continue;
        release_frame(entry);
        *MUST(pages_->store.make(first)) = kNoFrame;
    }
    return end;
}

}  // namespace mm
