// SPDX-License-Identifier: GPL-3.0-only
//
// Windows: where a driver host is shown pinned buffers of its clients. Most are short and many a driver never
// looks into its: so a few short ones keep their place in the space when what they show has gone, and nothing
// is mapped before it is touched.
#include <algorithm>

#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

// Pages of a window that may be kept, for 64 KiB anywhere; how many are.
constexpr uint64_t kShortWindow = 17;
constexpr unsigned kMostIdle = 4;

}  // namespace

Result<Region*> AddressSpace::make_window(uint64_t pages) {
    sweep();
    pages = std::max(pages, kShortWindow);
    Own<Region> region = TRY(make_own<Region>(uint32_t{PAGE_READONLY}));
    region->base = TRY(find_place(pages * kPageSize));
    region->pages = pages;
    region->kind = Region::Kind::Frames;
    return add_region(std::move(region));
}

Result<Region*> AddressSpace::take_window(uint64_t pages) {
    if (pages > kShortWindow || idle_count_ == 0) return make_window(pages);
    --idle_count_;
    Region* window = idle_windows_.pop_front();
    window->idle = false;
    return window;
}

Result<uint64_t> AddressSpace::map_pinned(PinnedPages& pinned, const EdgePages& edges, uint32_t protection) {
    ASSERT(pinned.complete());
    TRY(charge_commit(edges.count()));
    Result<Region*> taken = take_window(pinned.pages());
    if (!taken) {
        release_commit(edges.count());
        return taken.failure();
    }
    Region& window = **taken;
    window.make_uniform(protection);
    window.allocation_protection = protection;
    window.pinned = Ref<PinnedPages>(pinned);
    window.edges = edges;
    return window.base;
}

void AddressSpace::unmap_pinned(uint64_t base) {
    Region* window = region_at(base);
    if (!window || window->base != base || !window->pinned) return;
    if (window->pages > kShortWindow || idle_count_ == kMostIdle || window->touched > kPagesAtOnce)
        return discard(base);
    if (window->touched > 0) {
        size_t pages = kShortWindow;
        tables_->clear(base, window->end(), pages);
        window->touched = 0;
    }
    release_commit(window->edges.count());
    window->edges.drop();
    window->pinned.reset();
    window->idle = true;
    idle_windows_.push_front(*window);
    ++idle_count_;
}

Result<FrameNumber> AddressSpace::window_frame(const Region& window, uint64_t address, ke::Access access) {
    uint64_t page = (address - window.base) / kPageSize;
    if (page >= window.shown_pages() || !allows(window.protection(address / kPageSize), access))
        return fail(STATUS_ACCESS_VIOLATION);
    return window.shown_frame(page);
}

Result<FrameNumber> AddressSpace::frame_at(uint64_t address) {
    if (Region* region = region_at(address); region && region->pinned)
        return window_frame(*region, address, ke::Access::Read);
    TRY(page(address, ke::Access::Read));
    FrameNumber frame = present_frame(address);
    if (frame == kNoFrame) return fail(STATUS_ACCESS_VIOLATION);
    return frame;
}

}  // namespace mm
