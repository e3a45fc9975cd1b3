// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/regions.hpp"

#include <algorithm>

#include "base/bits.hpp"

namespace mm {

namespace {

constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;

// What can be given out between two addresses.
uint64_t gap(uint64_t end, uint64_t base) {
    uint64_t start = align_up(end, kGranularity);
    return start < base ? base - start : 0;
}

uint64_t at_top(uint64_t end, uint64_t size) {
    return align_down(end - size, kGranularity);
}

}  // namespace

bool GapSummary::operator()(Region& region, const Region* left, const Region* right) const {
    uint64_t lowest = region.base;
    uint64_t highest = region.end();
    uint64_t largest = 0;
    if (left) {
        lowest = left->lowest_base;
        largest = std::max(left->largest_gap, gap(left->highest_end, region.base));
    }
    if (right) {
        largest = std::max({largest, right->largest_gap, gap(highest, right->lowest_base)});
        highest = right->highest_end;
    }
    bool same =
        lowest == region.lowest_base && highest == region.highest_end && largest == region.largest_gap;
    region.lowest_base = lowest;
    region.highest_end = highest;
    region.largest_gap = largest;
    return !same;
}

bool Regions::vacant(uint64_t base, uint64_t size) const {
    Region* before = tree_.find_at_or_before(base + size - 1);
    return !before || before->end() <= base;
}

Result<uint64_t> Regions::find_vacant(uint64_t size, uint64_t limit, bool top_down, uint64_t floor) const {
    if (limit < floor || size > limit + 1 - floor) return fail(STATUS_NO_MEMORY);
    if (!top_down)
        return floor == ke::kLowestUserAddress ? lowest(size, limit) : lowest_from(floor, size, limit);
    uint64_t start = TRY(highest(size, limit));
    if (start < floor) return fail(STATUS_NO_MEMORY);
    return start;
}

Result<uint64_t> Regions::lowest(uint64_t size, uint64_t limit) const {
    Region* top = tree_.root();
    uint64_t start = ke::kLowestUserAddress;
    if (top && gap(start, top->lowest_base) < size)
        start =
            top->largest_gap >= size ? lowest_inside(*top, size) : align_up(top->highest_end, kGranularity);
    if (start > limit || size > limit + 1 - start) return fail(STATUS_NO_MEMORY);
    return start;
}

Result<uint64_t> Regions::lowest_from(uint64_t floor, uint64_t size, uint64_t limit) const {
    Region* before = tree_.find_at_or_before(floor);
    uint64_t start = before ? std::max(floor, align_up(before->end(), kGranularity)) : floor;
    Region* next = before ? tree_.next(*before) : tree_.first();
    if (next && (next->base < start || next->base - start < size)) start = lowest_after(*next, size);
    if (start > limit || size > limit + 1 - start) return fail(STATUS_NO_MEMORY);
    return start;
}

// The lowest place that begins at or after this region's end.
uint64_t Regions::lowest_after(Region& region, uint64_t size) const {
    for (Region* at = &region;;) {
        if (Region* right = tree_.child(*at, 1)) {
            if (gap(at->end(), right->lowest_base) >= size) return align_up(at->end(), kGranularity);
            if (right->largest_gap >= size) return lowest_inside(*right, size);
        }
        Region* parent = tree_.parent(*at);
        for (; parent && tree_.child(*parent, 1) == at; parent = tree_.parent(*at))
            at = parent;
        uint64_t end = at->highest_end;
        if (!parent || gap(end, parent->base) >= size) return align_up(end, kGranularity);
        at = parent;
    }
}

// REQUIRES: one of the gaps below `top` is large enough.
uint64_t Regions::lowest_inside(Region& top, uint64_t size) const {
    for (Region* region = &top;;) {
        Region* left = tree_.child(*region, 0);
        Region* right = tree_.child(*region, 1);
        if (left && left->largest_gap >= size) {
            region = left;
        } else if (left && gap(left->highest_end, region->base) >= size) {
            return align_up(left->highest_end, kGranularity);
        } else if (gap(region->end(), right->lowest_base) >= size) {
            return align_up(region->end(), kGranularity);
        } else {
            region = right;
        }
    }
}

Result<uint64_t> Regions::highest(uint64_t size, uint64_t limit) const {
    Region* below = tree_.find_at_or_before(limit);
    uint64_t floor = below ? align_up(below->end(), kGranularity) : ke::kLowestUserAddress;
    if (floor <= limit && size <= limit + 1 - floor) return at_top(limit + 1, size);
    uint64_t start = below ? highest_before(*below, size) : 0;
    if (start == 0) return fail(STATUS_NO_MEMORY);
    return start;
}

// The highest place that ends at or before this region's base; 0 for none.
uint64_t Regions::highest_before(Region& region, uint64_t size) const {
    for (Region* at = &region;;) {
        if (Region* left = tree_.child(*at, 0)) {
            if (gap(left->highest_end, at->base) >= size) return at_top(at->base, size);
            if (left->largest_gap >= size) return highest_inside(*left, size);
        }
        Region* parent = tree_.parent(*at);
        for (; parent && tree_.child(*parent, 0) == at; parent = tree_.parent(*at))
            at = parent;
        uint64_t base = at->lowest_base;
        if (!parent) return gap(ke::kLowestUserAddress, base) >= size ? at_top(base, size) : 0;
        if (gap(parent->end(), base) >= size) return at_top(base, size);
        at = parent;
    }
}

// REQUIRES: one of the gaps below `top` is large enough.
uint64_t Regions::highest_inside(Region& top, uint64_t size) const {
    for (Region* region = &top;;) {
        Region* left = tree_.child(*region, 0);
        Region* right = tree_.child(*region, 1);
        if (right && right->largest_gap >= size) {
            region = right;
        } else if (right && gap(region->end(), right->lowest_base) >= size) {
            return at_top(right->lowest_base, size);
        } else if (gap(left->highest_end, region->base) >= size) {
            return at_top(region->base, size);
        } else {
            region = left;
        }
    }
}

}  // namespace mm
