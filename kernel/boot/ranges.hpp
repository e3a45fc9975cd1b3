// SPDX-License-Identifier: GPL-3.0-only
// A sorted list of disjoint address ranges in fixed storage: memory as the boot loader describes it, and what
// is left of it as the kernel takes parts away.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

namespace boot {

struct Range {
    std::uint64_t begin;
    std::uint64_t end;  // exclusive

    std::uint64_t size() const { return end - begin; }
    bool empty() const { return begin >= end; }
};

class RangeList {
public:
    static constexpr std::size_t kCapacity = 160;

    std::span<const Range> ranges() const { return {ranges_, count_}; }

    // Adds a range, merging it with those it touches. When the list is full the smallest range is dropped:
    // memory is lost, nothing else.
    void add(Range range);
    // Takes a range away, splitting what straddles it.
    void remove(Range range);
    // Cuts everything outside `range`.
    void keep_only(Range range);
    // Shrinks every range to whole pages.
    void align_inward(std::uint64_t page_size);

    // Takes `size` bytes, aligned to a power of two, from the lowest place at or above `floor` that has them.
    // Returns ~0 when there is none.
    std::uint64_t take(std::uint64_t size, std::uint64_t alignment, std::uint64_t floor = 0);

    static constexpr std::uint64_t kNone = ~std::uint64_t{0};

private:
    void insert_at(std::size_t index, Range range);
    void erase(std::size_t index);
    void drop_smallest();

    Range ranges_[kCapacity];
    std::size_t count_ = 0;
};

}  // namespace boot
