// SPDX-License-Identifier: GPL-3.0-only
//
// Where something new goes, and placeholders: regions that keep addresses for what replaces them, cut and put
// together at any page.
#include <algorithm>

#include "base/bits.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;
// Placeholders looked at or put together in one slice.
constexpr unsigned kPlaceholdersPerSlice = 24;
// Gaps that are tried for an aligned place before only one larger by the alignment will do.
constexpr unsigned kGapsTried = 16;

// A place at a multiple of an alignment beyond the granularity.
Result<uint64_t> find_aligned(const Regions& regions, uint64_t size, const Bounds& bounds, bool top_down,
                              uint64_t floor) {
    uint64_t alignment = bounds.alignment;
    uint64_t highest = bounds.highest;
    if (alignment > highest) return fail(STATUS_NO_MEMORY);
    for (unsigned tried = 0; tried < kGapsTried; ++tried) {
        uint64_t start = TRY(regions.find_vacant(size, highest, top_down, floor));
        uint64_t place = top_down ? align_down(start, alignment) : align_up(start, alignment);
        bool inside = place >= floor && place <= highest && size - 1 <= highest - place;
        if (inside && (place == start || regions.vacant(place, size))) return place;
        // Neither this one nor anything between it and `start`.
        if (top_down) {
            if (place < floor + alignment) return fail(STATUS_NO_MEMORY);
            highest = place - alignment + size - 1;
        } else {
            if (!inside) return fail(STATUS_NO_MEMORY);
            floor = place + alignment;
        }
    }
    uint64_t slack = alignment - kGranularity;
    uint64_t start = TRY(regions.find_vacant(size + slack, highest, top_down, floor));
    return top_down ? align_down(start + slack, alignment) : align_up(start, alignment);
}

void become_placeholder(Region& region) {
    region.placeholder = true;
    region.watched = false;
    region.allocation_protection = PAGE_NOACCESS;
    region.cluster = 0;
}

}  // namespace

Result<uint64_t> AddressSpace::find_place(uint64_t size, const Bounds& bounds, bool top_down) {
    Regions& all = regions();
    auto search = [&](uint64_t floor) {
        if (bounds.alignment > kGranularity) return find_aligned(all, size, bounds, top_down, floor);
        return all.find_vacant(size, bounds.highest, top_down, floor);
    };
    uint64_t floor = std::max(bounds.lowest, ke::kLowestUserAddress);
    if (!top_down && lowest_ > floor)
        if (Result<uint64_t> found = search(lowest_)) return found;
    return search(floor);
}

// The placeholder of exactly this range, or null.
Region* AddressSpace::placeholder_at(uint64_t base, uint64_t size) {
    Region* region = region_at(base);
    bool there = region && region->placeholder && region->base == base && region->pages * kPageSize == size;
    return there ? region : nullptr;
}

Result<AddressSpace::Range> AddressSpace::allocate_within(uint64_t base, uint64_t size, uint32_t type,
                                                          uint32_t protection, const Bounds& bounds,
                                                          Progress& progress) {
    constexpr uint32_t kPlaceholders = MEM_RESERVE_PLACEHOLDER | MEM_REPLACE_PLACEHOLDER;
    uint32_t plain = type & ~kPlaceholders;
    if (type == plain && bounds.plain())
        return allocate(base, size, type, protection, bounds.highest, progress);
    if (type != plain && !(type & MEM_RESERVE)) return fail(STATUS_INVALID_PARAMETER);
    TRY(check_allocation(base, size, plain, protection));
    if (plain & (MEM_RESET | MEM_RESET_UNDO)) return fail(STATUS_INVALID_PARAMETER);
    progress.more = false;
    sweep_a_little();
    if (type & MEM_REPLACE_PLACEHOLDER) return replace(base, size, type, protection, progress);
    constexpr uint32_t kNotOfPlaceholders = MEM_COMMIT | MEM_WRITE_WATCH;
    bool keeps = type & MEM_RESERVE_PLACEHOLDER;
    if (keeps && (protection != PAGE_NOACCESS || (type & kNotOfPlaceholders)))
        return fail(STATUS_INVALID_PARAMETER);
    return reserve(base, size, type, protection, bounds);
}

// A placeholder's pages are one run: they are committed in one slice.
Result<AddressSpace::Range> AddressSpace::replace(uint64_t base, uint64_t size, uint32_t type,
                                                  uint32_t protection, Progress& progress) {
    bool both = type & MEM_RESERVE_PLACEHOLDER;
    if (base == 0 || !is_aligned(base, kPageSize) || !is_aligned(size, kPageSize) || both)
        return fail(STATUS_INVALID_PARAMETER);
    Region* region = placeholder_at(base, size);
    if (!region) return fail(STATUS_CONFLICTING_ADDRESSES);
    placed_ = {};
    region->placeholder = false;
    if (type & MEM_COMMIT) {
        if (Result<Range> committed = commit(base, size, protection, progress); !committed) {
            region->placeholder = true;
            return committed;
        }
    }
    region->allocation_protection = protection;
    region->watched = type & MEM_WRITE_WATCH;
    region->replaced = true;
    return Range{base, size};
}

Result<void> AddressSpace::replace_region(Region& placeholder, Own<Region> region) {
    TRY(enter(*region));
    counters_.virtual_size -= placeholder.pages * kPageSize;
    quota_.release(placeholder.charged);
    last_region_ = nullptr;
    regions().remove(placeholder);
    delete &placeholder;
    region->replaced = true;
    regions().insert(*region.leak());
    return {};
}

Result<AddressSpace::Range> AddressSpace::free_placeholder(uint64_t base, uint64_t size, uint32_t type,
                                                           Progress& progress) {
    bool merges = type == (MEM_RELEASE | MEM_COALESCE_PLACEHOLDERS);
    if (!merges && type != (MEM_RELEASE | MEM_PRESERVE_PLACEHOLDER)) return fail(STATUS_INVALID_PARAMETER_4);
    if (!valid_range(base, 1) || !is_aligned(base, kPageSize)) return fail(STATUS_INVALID_PARAMETER_2);
    if (!valid_range(base, size) || !is_aligned(size, kPageSize)) return fail(STATUS_INVALID_PARAMETER_3);
    progress.more = false;
    return merges ? coalesce(base, base + size, progress) : preserve(base, size, progress);
}

Result<AddressSpace::Range> AddressSpace::preserve(uint64_t base, uint64_t size, Progress& progress) {
    Region* region = region_within(base, size);
    if (!region || region->kind != Region::Kind::Private) return fail(STATUS_CONFLICTING_ADDRESSES);
    bool whole = region->base == base && region->pages * kPageSize == size;
    if (whole == region->placeholder) return fail(STATUS_CONFLICTING_ADDRESSES);
    if (region->placeholder) {
        TRY(isolate(*region, base, size));
        return Range{base, size};
    }
    if (!region->replaced) return fail(STATUS_CONFLICTING_ADDRESSES);
    Range range = TRY(decommit(*region, base, size, progress));
    if (progress.more) return range;
    // Somebody else may have committed a page again, in between.
    if (region->committed() != 0) return fail(STATUS_CONFLICTING_ADDRESSES);
    become_placeholder(*region);
    return range;
}

// All are looked at before the first two become one. Progress::detail: 1 when they have been.
Result<AddressSpace::Range> AddressSpace::coalesce(uint64_t base, uint64_t end, Progress& progress) {
    if (!within(progress.at, base, end)) progress = {.at = base};
    progress.more = true;
    Region* region = nullptr;
    auto next_at = [&](uint64_t address) {
        region = region_at(address);
        return region && region->placeholder && region->base == address && region->end() <= end;
    };
    for (unsigned step = 0; progress.detail == 0 && step < kPlaceholdersPerSlice; ++step) {
        if (!next_at(progress.at)) return fail(STATUS_CONFLICTING_ADDRESSES);
        if (region->base == base && region->end() == end) return fail(STATUS_CONFLICTING_ADDRESSES);
        progress.at = region->end();
        if (progress.at == end) {
            progress = {.more = true, .at = base, .detail = 1};
            return Range{base, end - base};
        }
    }
    if (progress.detail == 0) return Range{base, end - base};
    if (!next_at(base)) return fail(STATUS_CONFLICTING_ADDRESSES);
    Region* first = region;
    for (unsigned step = 0; first->end() < end && step < kPlaceholdersPerSlice; ++step) {
        if (!next_at(first->end())) return fail(STATUS_CONFLICTING_ADDRESSES);
        absorb(*first, *region);
    }
    progress.more = first->end() < end;
    return Range{base, end - base};
}

void AddressSpace::absorb(Region& placeholder, Region& next) {
    uint64_t pages = next.pages;
    quota_.release(next.charged);
    last_region_ = nullptr;
    regions().remove(next);
    delete &next;
    placeholder.pages += pages;
    regions().resized(placeholder);
}

// It is charged from now on, so that nothing can fail when the view is gone.
Result<void> AddressSpace::prepare_successor(Region& region) {
    if (!region.replaced) return fail(STATUS_CONFLICTING_ADDRESSES);
    Own<Region> successor = TRY(make_own<Region>(0u));
    successor->base = region.base;
    successor->pages = region.pages;
    become_placeholder(*successor);
    TRY(enter(*successor));
    region.successor = successor.leak();
    return {};
}

}  // namespace mm
