// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/page_store.hpp"

#include <string.h>

#include <utility>

#include "base/bits.hpp"

namespace mm {

PageStore::~PageStore() {
    while (!drop(1000)) {
    }
}

FrameNumber PageStore::find_deep(uint64_t page) const {
    if (!root_ || page >= capacity()) return kNoFrame;
    FrameNumber node = root_;
    for (unsigned level = levels_; node && level-- > 0;)
        node = entries(node)[page >> (kBits * level) & (kEntries - 1)];
    return node;
}

uint64_t PageStore::node_pages(uint64_t pages) {
    uint64_t nodes = 0;
    do {
        pages = (pages + kEntries - 1) / kEntries;
        nodes += pages;
    } while (pages > 1);
    return nodes;
}

Result<FrameNumber> PageStore::make_node() const {
    return promised_ ? allocate_promised_frame() : allocate_client_frame();
}

// One more level: what is there becomes the new root's first entry.
Result<void> PageStore::grow() {
    if (levels_ == kMostLevels) return fail(STATUS_SECTION_TOO_BIG);
    FrameNumber node = TRY(make_node());
    entries(node)[0] = root_;
    root_ = node;
    ++levels_;
    return {};
}

Result<FrameNumber*> PageStore::make(uint64_t page) {
    while (!root_ || page >= capacity())
        TRY(grow());
    FrameNumber* place = &root_;
    for (unsigned level = levels_;;) {
        place = &entries(*place)[page >> (kBits * --level) & (kEntries - 1)];
        if (level == 0) return place;
        if (*place == kNoFrame) *place = TRY(make_node());
    }
}

uint64_t PageStore::next(uint64_t from, uint64_t end) const {
    if (!root_) return end;
    FrameNumber node = root_;
    for (unsigned level = levels_; level-- > 0 && from < end;) {
        if (from >= capacity()) return end;
        uint64_t span = uint64_t{1} << (kBits * level);
        uint64_t index = from / span % kEntries;
        uint64_t first = index;
        while (index < kEntries && entries(node)[index] == kNoFrame)
            ++index;
        if (index != first) from = (from / span - first + index) * span;
        if (index == kEntries) break;
        node = entries(node)[index];
    }
    return from < end ? from : end;
}

// The nodes on the way to `page` hold entries of both sides: each gets a twin for the upper ones, and all
// twins are made before anything moves.
Result<void> PageStore::split(uint64_t page, PageStore& upper) {
    ASSERT(upper.empty());
    if (!root_ || page >= capacity()) return {};
    upper.levels_ = levels_;
    if (page == 0) {
        upper.root_ = std::exchange(root_, kNoFrame);
        levels_ = 0;
        return {};
    }
    FrameNumber twins[kMostLevels] = {};
    for (unsigned level = 0; level < levels_; ++level) {
        Result<FrameNumber> twin = allocate_frame();
        if (!twin) {
            while (level-- > 0)
                release_frame(twins[level]);
            return twin.failure();
        }
        twins[level] = *twin;
    }
    FrameNumber* lower_place = &root_;
    FrameNumber* upper_place = &upper.root_;
    for (unsigned level = levels_; level-- > 0;) {
        if (*lower_place == kNoFrame) {
            release_frame(twins[level]);
            continue;
        }
        uint64_t index = page >> (kBits * level) & (kEntries - 1);
        uint64_t first = level == 0 ? index : index + 1;
        FrameNumber* lower = entries(*lower_place);
        FrameNumber* twin = entries(twins[level]);
        memcpy(twin + first, lower + first, (kEntries - first) * sizeof(FrameNumber));
        memset(lower + first, 0, (kEntries - first) * sizeof(FrameNumber));
        *upper_place = twins[level];
        lower_place = &lower[index];
        upper_place = &twin[index];
    }
    return {};
}

namespace {

// The first entry in use, or `end`. Nodes are mostly empty: a glance is at sixteen.
FrameNumber* first_used(FrameNumber* at, FrameNumber* end) {
    constexpr size_t kGlance = 16;
    const auto nothing = [](const FrameNumber* entries) {
        FrameNumber all = 0;
        for (size_t i = 0; i < kGlance; ++i)
            all |= entries[i];
        return all == kNoFrame;
    };
    for (;; ++at) {
        while (static_cast<size_t>(end - at) >= kGlance && nothing(at))
            at += kGlance;
        if (at == end || *at != kNoFrame) return at;
    }
}

}  // namespace

// The least page first; a node goes when nothing is below it.
bool PageStore::drop(size_t count) {
    while (root_) {
        FrameNumber* place = &root_;
        unsigned level = levels_;
        FrameNumber* first = nullptr;
        for (; level > lowest_; place = first, --level) {
            FrameNumber* end = entries(*place) + kEntries;
            first = first_used(entries(*place), end);
            if (first == end) break;
        }
        if (count-- == 0) return false;
        release_promised_frame(*place & kFrameBits);
        *place = kNoFrame;
        if (level > 0 || lowest_ > 0) continue;
        // The rest of a node of pages, without looking for it again.
        auto* end = reinterpret_cast<FrameNumber*>(align_down(reinterpret_cast<uint64_t>(place), kPageSize) +
                                                   kPageSize);
        for (; count > 0 && (place = first_used(place + 1, end)) != end; --count) {
            release_promised_frame(*place & kFrameBits);
            *place = kNoFrame;
        }
    }
    levels_ = 0;
    return true;
}

}  // namespace mm
