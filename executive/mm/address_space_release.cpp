// SPDX-License-Identifier: GPL-3.0-only
//
// Giving back: decommitting, releasing, unmapping, and the end of a space.
#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

Result<AddressSpace::Range> AddressSpace::free(uint64_t base, uint64_t size, uint32_t type) {
    return to_the_end([&](Progress& progress) { return free(base, size, type, progress); });
}

Result<AddressSpace::Range> AddressSpace::free(uint64_t base, uint64_t size, uint32_t type,
                                               Progress& progress) {
    if (type != MEM_RELEASE && type != MEM_DECOMMIT) return free_placeholder(base, size, type, progress);
    if (base > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER_2);
    if (size > ke::kHighestUserAddress - base) return fail(STATUS_INVALID_PARAMETER_3);
    if (type == MEM_RELEASE && progress.begun()) return go_on_leaving(progress);
    progress.more = false;
    if (!progress.begun()) sweep_a_little();
    uint64_t start = align_down(base, kPageSize);
    uint64_t length = align_up(base + size, kPageSize) - start;
    Region* region = region_at(start);
    if (!region) return fail(STATUS_MEMORY_NOT_ALLOCATED);
    if (region->kind != Region::Kind::Private) return fail(STATUS_UNABLE_TO_DELETE_SECTION);
    if (size == 0) {
        if (start != region->base) return fail(STATUS_FREE_VM_NOT_AT_BASE);
        length = region->pages * kPageSize;
    }
    if (length > region->end() - start) return fail(STATUS_UNABLE_TO_FREE_VM);
    if (log.tracing())
        log.trace("{} {p}-{p}", type == MEM_RELEASE ? "release" : "decommit", start, start + length);
    if (type == MEM_DECOMMIT) return decommit(*region, start, length, progress);
    region = TRY(isolate(*region, start, length));
    leave(*region);
    progress = {.more = !vacate(*region, kPagesPerSlice), .at = start, .detail = length};
    return Range{start, length};
}

void AddressSpace::discard(uint64_t base) {
    Region* region = region_at(base);
    if (!region || region->base != base) return;
    leave(*region);
    if (!vacate(*region, kPagesAtOnce) && !sweeper_.linked()) ke::Pacer::instance().add_idle(sweeper_);
}

// A slice takes a part's pages and its commitment: in between, each page is either committed or not.
Result<AddressSpace::Range> AddressSpace::decommit(Region& region, uint64_t base, uint64_t size,
                                                   Progress& progress) {
    if (!within(progress.at, base, base + size)) progress.at = base;
    TRY(Region::reserve_change());
    uint64_t end = base + size;
    uint64_t first = progress.at / kPageSize;
    uint64_t part = region.runs_end(first, end / kPageSize, kRunsPerSlice);
    size_t pages = kPagesPerSlice;
    progress.at = tables_->clear(progress.at, part * kPageSize, pages);
    uint64_t tables = region.table_pages();
    release_commit(region.committed(first, progress.at / kPageSize));
    region.set(first, progress.at / kPageSize, 0);
    recount(region);
    release_tables(tables - region.table_pages());
    progress.more = progress.at < end;
    return Range{base, size};
}

// Cuts a region in two at `address` and returns the upper part.
Result<Region*> AddressSpace::cut(Region& region, uint64_t address) {
    Own<Region> upper = TRY(make_own<Region>(0u));
    TRY(reserve_change());
    // What the parts' tables can come to together beyond the whole's: one more of each level, and a record.
    constexpr uint64_t kMostTables = 2 + 1 + 1;
    uint64_t tables = region.table_pages();
    constexpr uint64_t kMostBytes = sizeof(Region) + Region::kMostAddedBytes;
    TRY(quota_.has_room(kMostTables * kPageSize + kMostBytes));
    TRY(charge_tables(kMostTables));
    upper->kind = region.kind;
    upper->allocation_protection = region.allocation_protection;
    upper->watched = region.watched;
    upper->placeholder = region.placeholder;
    region.cut(address / kPageSize, *upper);
    regions().resized(region);
    regions().insert(*upper);
    recount(region);
    recount(*upper);
    release_tables(tables + kMostTables - region.table_pages() - upper->table_pages());
    return upper.leak();
}

// Makes a part of a region a region of its own.
Result<Region*> AddressSpace::isolate(Region& region, uint64_t base, uint64_t size) {
    if (base + size < region.end()) TRY(cut(region, base + size));
    return base > region.base ? cut(region, base) : Result<Region*>(&region);
}

// The region is gone for every other call from now on.
void AddressSpace::leave(Region& region) {
    region.leaving = true;
    last_region_ = nullptr;
    if (region.idle) {
        idle_windows_.remove(region);
        --idle_count_;
        region.idle = false;
    }
    leaving_.push_back(region);
    counters_.virtual_size -= region.pages * kPageSize;
}

// Progress: the leaving region's base and size. A sweep may have finished it meanwhile; another one that is
// leaving there by now can do with the help.
Result<AddressSpace::Range> AddressSpace::go_on_leaving(Progress& progress) {
    Region* region = regions_->find_at_or_before(progress.at);
    bool there = region && region->base == progress.at && region->leaving && region != resting_;
    progress.more = there && !vacate(*region, kPagesPerSlice);
    return Range{progress.at, progress.detail};
}

// A slice of a leaving region's end; true when it is gone.
bool AddressSpace::vacate(Region& region, size_t pages) {
    if (tables_->clear(region.base, region.end(), pages) < region.end()) return false;
    if (!region.commitment_released) {
        release_commit(region.commitment());
        release_tables(region.table_pages());
        region.commitment_released = true;
    }
    for (; pages > 0 && !region.frames.empty(); --pages) {
        release_frame(region.frames.back());
        region.frames.pop_back();
    }
    if (!region.frames.empty() || !region.drop_runs(pages)) return false;
    remove_region(region);
    return true;
}

void AddressSpace::remove_region(Region& region) {
    quota_.release(region.charged);
    Region* successor = region.successor;
    if (!successor && put_to_rest(region)) return;
    regions().remove(region);
    delete &region;
    if (successor) regions().insert(*successor);
}

bool AddressSpace::sweep() {
    Region* region = leaving_.front();
    return !region || (vacate(*region, kPagesPerSlice) && leaving_.empty());
}

void AddressSpace::sweep_a_little() {
    if (Region* region = leaving_.front()) vacate(*region, kPagesPerSlice / 4);
}

Result<void> AddressSpace::unmap(uint64_t address) {
    return to_the_end([&](Progress& progress) { return unmap(address, progress); });
}

// What was written stays in the control area.
Result<void> AddressSpace::unmap(uint64_t address, Progress& progress, bool preserve) {
    if (progress.begun()) {
        TRY(go_on_leaving(progress));
        return {};
    }
    Region* region = region_at(address);
    if (!region || region->kind == Region::Kind::Private) return fail(STATUS_NOT_MAPPED_VIEW);
    if (log.tracing()) [[unlikely]]
        log.trace("unmap {p}-{p}", region->base, region->end());
    if (preserve) TRY(prepare_successor(*region));
    leave(*region);
    progress = {.at = region->base, .detail = region->pages * kPageSize};
    progress.more = !vacate(*region, kPagesPerSlice);
    return {};
}

bool AddressSpace::tear_down(size_t pages) {
    if (!tables_ || !regions_) return true;
    (void)regions();  // nothing rests any more
    if (!tables_->tear_down(pages)) return false;
    for (; pages > 0; --pages) {
        Region* region = regions_->first();
        if (!region) return true;
        if (!region->leaving) leave(*region);
        (void)vacate(*region, 1);
    }
    return !regions_->first();
}

}  // namespace mm
