// SPDX-License-Identifier: GPL-3.0-only
#include "ranges.hpp"

namespace boot {

void RangeList::insert_at(std::size_t index, Range range) {
    for (std::size_t i = count_; i > index; --i)
        ranges_[i] = ranges_[i - 1];
    ranges_[index] = range;
    ++count_;
}

void RangeList::erase(std::size_t index) {
    --count_;
    for (std::size_t i = index; i < count_; ++i)
        ranges_[i] = ranges_[i + 1];
}

void RangeList::drop_smallest() {
    std::size_t smallest = 0;
    for (std::size_t i = 1; i < count_; ++i) {
        if (ranges_[i].size() < ranges_[smallest].size()) smallest = i;
    }
    erase(smallest);
}

void RangeList::add(Range range) {
    if (range.empty()) return;
    std::size_t at = 0;
    while (at < count_ && ranges_[at].end < range.begin)
        ++at;
    while (at < count_ && ranges_[at].begin <= range.end) {
        if (ranges_[at].begin < range.begin) range.begin = ranges_[at].begin;
        if (ranges_[at].end > range.end) range.end = ranges_[at].end;
        erase(at);
    }
    if (count_ == kCapacity) {
        drop_smallest();
        at = 0;
        while (at < count_ && ranges_[at].end < range.begin)
            ++at;
    }
    insert_at(at, range);
}

void RangeList::remove(Range range) {
    if (range.empty()) return;
    for (std::size_t i = 0; i < count_;) {
        Range& current = ranges_[i];
        if (current.end <= range.begin || current.begin >= range.end) {
            ++i;
            continue;
        }
        const Range above{range.end, current.end};
        current.end = range.begin;
        if (!above.empty()) {
            if (current.empty()) {
                current = above;
            } else if (count_ < kCapacity) {
                insert_at(i + 1, above);
            } else if (above.size() > current.size()) {
                current = above;
            }
            return;
        }
        if (current.empty()) {
            erase(i);
        } else {
            ++i;
        }
    }
}

void RangeList::keep_only(Range range) {
    remove({0, range.begin});
    remove({range.end, kNone});
}

void RangeList::align_inward(std::uint64_t page_size) {
    for (std::size_t i = 0; i < count_;) {
        Range& current = ranges_[i];
        current.begin = (current.begin + page_size - 1) & ~(page_size - 1);
        current.end &= ~(page_size - 1);
        if (current.empty()) {
            erase(i);
        } else {
            ++i;
        }
    }
}

std::uint64_t RangeList::take(std::uint64_t size, std::uint64_t alignment, std::uint64_t floor) {
    for (const Range& range : ranges()) {
        const std::uint64_t low = range.begin > floor ? range.begin : floor;
        const std::uint64_t begin = (low + alignment - 1) & ~(alignment - 1);
        if (begin < low || begin > range.end || range.end - begin < size) continue;
        remove({begin, begin + size});
        return begin;
    }
    return kNone;
}

}  // namespace boot
