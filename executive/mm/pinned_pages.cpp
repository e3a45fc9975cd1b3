// SPDX-License-Identifier: GPL-3.0-only
//
// Pinning pages of a space. Another is shown them in a window (windows.cpp).
#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/kept_pages.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

PinnedPages::PinnedPages() = default;

PinnedPages::~PinnedPages() {
    for (uint64_t page = 0; page < kFew && page < pinned_; ++page)
        release_frame(few_[page]);
    bury(std::move(kept_));
}

FrameNumber PinnedPages::more(uint64_t page) const {
    return kept_->store.find(page - kFew);
}

Result<std::span<FrameNumber>> PinnedPages::places() {
    if (pinned_ < kFew) return std::span(few_).subspan(pinned_);
    if (!kept_) kept_ = TRY(make_own<KeptPages>());
    return kept_->store.make_many(pinned_ - kFew);
}

Result<Ref<PinnedPages>> PinnedPages::with(std::span<const uint8_t> bytes, ke::Access access) {
    Ref<PinnedPages> made = TRY(make_ref<PinnedPages>());
    made->length_ = bytes.size();
    made->access_ = access;
    ASSERT(made->pages() >= 1 && made->pages() <= kFew);
    for (; !made->complete(); ++made->pinned_)
        made->few_[made->pinned_] = TRY(allocate_client_frame());
    made->copy_in(0, bytes);
    return made;
}

void PinnedPages::copy_in(size_t at, std::span<const uint8_t> data) {
    ASSERT(range_fits(at, data.size(), length_));
    for (size_t done = 0; done < data.size();) {
        uint64_t position = offset_ + at + done;
        size_t in_page = position % kPageSize;
        size_t part = kPageSize - in_page < data.size() - done ? kPageSize - in_page : data.size() - done;
        memcpy(alias(frame(position / kPageSize)) + in_page, data.data() + done, part);
        done += part;
    }
}

void PinnedPages::copy_out(size_t at, std::span<uint8_t> data) const {
    ASSERT(range_fits(at, data.size(), length_));
    for (size_t done = 0; done < data.size();) {
        uint64_t position = offset_ + at + done;
        size_t in_page = position % kPageSize;
        size_t part = kPageSize - in_page < data.size() - done ? kPageSize - in_page : data.size() - done;
        memcpy(data.data() + done, alias(frame(position / kPageSize)) + in_page, part);
        done += part;
    }
}

Result<Ref<PinnedPages>> AddressSpace::begin_pinning(uint64_t address, size_t length, ke::Access access) {
    if (length == 0 || address > ke::kHighestUserAddress || length > ke::kHighestUserAddress - address)
        return fail(STATUS_ACCESS_VIOLATION);
    Ref<PinnedPages> pinned = TRY(make_ref<PinnedPages>());
    pinned->address_ = align_down(address, kPageSize);
    pinned->offset_ = address - pinned->address_;
    pinned->length_ = length;
    pinned->access_ = access;
    return pinned;
}

// As many as are there one after the other, and have their places so, at once; else one that is brought in.
Result<void> AddressSpace::go_on_pinning(PinnedPages& pinned) {
    constexpr uint64_t kAtOnce = 256;
    ke::Slice slice;
    do {
        if (pinned.complete()) return {};
        uint64_t address = pinned.address_ + pinned.pinned_ * kPageSize;
        std::span<FrameNumber> places = TRY(pinned.places());
        std::span<PageEntry> entries = tables_->entries_from(address);
        size_t most = std::min({pinned.pages() - pinned.pinned_, places.size(), entries.size(), kAtOnce});
        size_t count = 0;
        for (; count < most && entries[count].allows(pinned.access_); ++count)
            add_frame(places[count] = entries[count].frame);
        pinned.pinned_ += count;
        if (count > 0) continue;
        TRY(page(address, pinned.access_));
        add_frame(places[0] = present_frame(address));
        ++pinned.pinned_;
    } while (!slice.over());
    return {};
}

}  // namespace mm
