// SPDX-License-Identifier: GPL-3.0-only
//
// All regions of an address space by address, and the addresses between them. Each region knows the largest
// gap among those below it in the tree, so that a free place is found, from either end, in the time of a
// lookup however many regions there are. Addresses and sizes are in bytes, up to 2^47.
#pragma once

#include "executive/mm/region.hpp"

namespace mm {

struct GapSummary {
    bool operator()(Region& region, const Region* left, const Region* right) const;
};

class Regions {
public:
    constexpr Regions() = default;

    Region* first() const { return tree_.first(); }
    // Regions on their way out included.
    Region* find_at_or_before(uint64_t address) const { return tree_.find_at_or_before(address); }
    Region* find_at_or_after(uint64_t address) const { return tree_.find_at_or_after(address); }
    Region* next(Region& region) const { return tree_.next(region); }
    // REQUIRES: nothing else is there.
    void insert(Region& region) { tree_.insert(region); }
    void remove(Region& region) { tree_.remove(region); }
    void resized(Region& region) { tree_.refresh(region); }

    // Is nothing at all in this range? REQUIRES: size > 0, no overflow.
    bool vacant(uint64_t base, uint64_t size) const;
    // A place at a multiple of the allocation granularity with `size` bytes free, none of them below `lowest`
    // or above `highest`: the lowest or, top down, the highest there is. STATUS_NO_MEMORY. REQUIRES: `lowest`
    // is a multiple of the granularity, from ke::kLowestUserAddress on.
    Result<uint64_t> find_vacant(uint64_t size, uint64_t highest, bool top_down,
                                 uint64_t lowest = ke::kLowestUserAddress) const;

private:
    Result<uint64_t> lowest(uint64_t size, uint64_t highest) const;
    Result<uint64_t> highest(uint64_t size, uint64_t highest) const;
    Result<uint64_t> lowest_from(uint64_t floor, uint64_t size, uint64_t highest) const;
    uint64_t lowest_inside(Region& top, uint64_t size) const;
    uint64_t lowest_after(Region& region, uint64_t size) const;
    uint64_t highest_inside(Region& top, uint64_t size) const;
    uint64_t highest_before(Region& region, uint64_t size) const;

    Tree<Region, RegionTag, RegionKey, GapSummary> tree_;
};

}  // namespace mm
