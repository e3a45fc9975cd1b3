// SPDX-License-Identifier: GPL-3.0-only
//
// Reserving and committing, and what a space says of itself. The pages themselves are in
// address_space_pages.cpp.
#include "executive/mm/address_space.hpp"

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;

}  // namespace

AddressSpace::AddressSpace(ke::Quota& quota) : quota_(quota) {}

Result<Own<AddressSpace>> AddressSpace::create(ke::Quota& quota) {
    Own<AddressSpace> space(new (std::nothrow) AddressSpace(quota));
    if (!space) return fail(STATUS_INSUFFICIENT_RESOURCES);
    space->regions_ = TRY(make_own<Regions>());
    space->tables_ = TRY(PageTables::create());
    return space;
}

AddressSpace::~AddressSpace() {
    while (!tear_down(1000)) {
    }
}

CPtr AddressSpace::vspace() const {
    return tables_->vspace();
}

Region* AddressSpace::region_at(uint64_t address) {
    if (last_region_ && last_region_->contains(address)) return last_region_;
    Region* region = regions_->find_at_or_before(address);
    if (!region || !region->contains(address) || region->leaving) return nullptr;
    return last_region_ = region;
}

// The region that holds the whole range.
Region* AddressSpace::region_within(uint64_t base, uint64_t size) {
    Region* region = region_at(base);
    return region && size <= region->end() - base ? region : nullptr;
}

Result<void> AddressSpace::charge_tables(uint64_t pages) {
    if (pages == 0) return {};
    TRY(commit_pages(pages));
    if (Result<void> charged = quota_.charge(pages * kPageSize); !charged) {
        uncommit_pages(pages);
        return charged;
    }
    tables_->promise(pages);
    return {};
}

void AddressSpace::release_tables(uint64_t pages) {
    if (pages == 0) return;
    tables_->withdraw(pages);
    quota_.release(pages * kPageSize);
    uncommit_pages(pages);
}

Regions& AddressSpace::regions() {
    placed_ = {};
    if (resting_) [[unlikely]]
        end_rest();
    return *regions_;
}

// Its process pays for it from now on.
Result<void> AddressSpace::enter(Region& region) {
    uint64_t tables = region.table_pages();
    TRY(charge_tables(tables));
    uint64_t bytes = region.bytes();
    if (Result<void> charged = quota_.charge(bytes); !charged) {
        release_tables(tables);
        return charged;
    }
    region.charged = bytes;
    counters_.virtual_size += region.pages * kPageSize;
    if (counters_.virtual_size > counters_.peak_virtual_size)
        counters_.peak_virtual_size = counters_.virtual_size;
    return {};
}

Result<Region*> AddressSpace::add_region(Own<Region> region) {
    TRY(enter(*region));
    regions().insert(*region);
    return region.leak();
}

bool AddressSpace::rests_for(uint64_t size, uint32_t type, const Bounds& bounds) const {
    return resting_ && size == placed_.size && bounds.highest == placed_.highest && bounds.plain() &&
           static_cast<bool>(type & MEM_TOP_DOWN) == placed_.top_down &&
           !(type & (MEM_WRITE_WATCH | MEM_RESERVE_PLACEHOLDER));
}

// REQUIRES: nothing is left of it but itself. False: nothing was done.
bool AddressSpace::put_to_rest(Region& region) {
    if (region.base != placed_.base || region.pages * kPageSize != placed_.size || region.watched)
        return false;
    leaving_.remove(region);
    resting_ = &region;
    return true;
}

// REQUIRES: rests_for() what is asked.
Result<void> AddressSpace::wake(uint32_t protection, uint32_t allocation_protection) {
    Region& region = *resting_;
    region.make_uniform(protection);
    TRY(enter(region));
    region.allocation_protection = allocation_protection;
    region.leaving = region.commitment_released = false;
    region.cluster = 0;
    region.next_fault = 0;
    resting_ = nullptr;
    return {};
}

void AddressSpace::end_rest() {
    Region* region = std::exchange(resting_, nullptr);
    regions_->remove(*region);
    delete region;
}

Result<void> AddressSpace::reserve_change() {
    TRY(quota_.has_room(Region::kMostAddedBytes));
    return Region::reserve_change();
}

void AddressSpace::recount(Region& region) {
    uint64_t before = std::exchange(region.charged, region.bytes());
    if (region.charged > before) {
        quota_.charge_anyway(region.charged - before);
    } else {
        quota_.release(before - region.charged);
    }
}

Result<void> AddressSpace::charge_commit(uint64_t pages) {
    if (pages == 0) return {};
    TRY(commit_pages(pages));
    if (!quota_.charge(pages * kPageSize)) {
        uncommit_pages(pages);
        return fail(STATUS_COMMITMENT_LIMIT);
    }
    if (commit_guard_) [[unlikely]] {
        if (Result<void> allowed = commit_guard_->commit(pages); !allowed) {
            quota_.release(pages * kPageSize);
            uncommit_pages(pages);
            return allowed;
        }
    }
    counters_.committed += pages;
    return {};
}

void AddressSpace::release_commit(uint64_t pages) {
    quota_.release(pages * kPageSize);
    counters_.committed -= pages;
    uncommit_pages(pages);
    if (commit_guard_) [[unlikely]]
        commit_guard_->uncommit(pages);
}

Result<AddressSpace::Range> AddressSpace::allocate(uint64_t base, uint64_t size, uint32_t type,
                                                   uint32_t protection, uint64_t highest) {
    return to_the_end(
        [&](Progress& progress) { return allocate(base, size, type, protection, highest, progress); });
}

Result<void> AddressSpace::check_allocation(uint64_t base, uint64_t size, uint32_t type,
                                            uint32_t protection) {
    constexpr uint32_t kKnown =
        MEM_COMMIT | MEM_RESERVE | MEM_TOP_DOWN | MEM_RESET | MEM_WRITE_WATCH | MEM_RESET_UNDO;
    if ((type & ~kKnown) || !(type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO)))
        return fail(STATUS_INVALID_PARAMETER_5);
    if ((type & MEM_WRITE_WATCH) && !(type & MEM_RESERVE)) return fail(STATUS_INVALID_PARAMETER_5);
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (copy_on_write(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (size == 0 || size > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER_4);
    if (base && !valid_range(base, 1)) return fail(STATUS_INVALID_PARAMETER_2);
    if (base && !valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER_4);
    return {};
}

Result<AddressSpace::Range> AddressSpace::allocate(uint64_t base, uint64_t size, uint32_t type,
                                                   uint32_t protection, uint64_t highest,
                                                   Progress& progress) {
    TRY(check_allocation(base, size, type, protection));
    if (type & (MEM_RESET | MEM_RESET_UNDO)) return reset(base, size, type);
    progress.more = false;
    if (!progress.begun()) sweep_a_little();
    if ((type & MEM_RESERVE) || base == 0) return reserve(base, size, type, protection, {.highest = highest});
    return commit(base, size, protection, progress);
}

// What the pages hold may be thrown away: nothing ever is, so that it can always be had back. A file's pages
// are the file's.
Result<AddressSpace::Range> AddressSpace::reset(uint64_t base, uint64_t size, uint32_t type) {
    if (type != MEM_RESET && type != MEM_RESET_UNDO) return fail(STATUS_INVALID_PARAMETER_5);
    uint64_t start = align_down(base, kPageSize);
    uint64_t length = align_up(base + size, kPageSize) - start;
    Region* region = base ? region_within(start, length) : nullptr;
    if (!region || region->placeholder) return fail(STATUS_CONFLICTING_ADDRESSES);
    bool pages = region->kind == Region::Kind::Data && !region->section->has_file();
    if (region->kind != Region::Kind::Private && !pages) return fail(STATUS_CONFLICTING_ADDRESSES);
    return Range{start, length};
}

Result<AddressSpace::Range> AddressSpace::reserve(uint64_t base, uint64_t size, uint32_t type,
                                                  uint32_t protection, const Bounds& bounds) {
    uint64_t start = align_down(base, kGranularity);
    size = align_up(base - start + size, kPageSize);
    bool rests = base == 0 && rests_for(size, type, bounds);
    if (rests) {
        start = placed_.base;
    } else if (base == 0) {
        start = TRY(find_place(size, bounds, type & MEM_TOP_DOWN));
    } else if (!valid_range(start, size)) {
        return fail(STATUS_INVALID_PARAMETER_2);
    } else if (!regions().vacant(start, size)) {
        return fail(STATUS_CONFLICTING_ADDRESSES);
    }
    bool committed = type & MEM_COMMIT;
    if (!committed && memory_is_short()) return fail(STATUS_NO_MEMORY);
    uint64_t promised = committed ? size / kPageSize : 0;
    TRY(charge_commit(promised));
    auto add = [&]() -> Result<void> {
        if (rests) return wake(committed ? protection : 0, protection);
        Own<Region> region = TRY(make_own<Region>(committed ? protection : 0));
        region->base = start;
        region->pages = size / kPageSize;
        region->allocation_protection = protection;
        region->watched = type & MEM_WRITE_WATCH;
        region->placeholder = type & MEM_RESERVE_PLACEHOLDER;
        TRY(add_region(std::move(region)));
        if (base == 0 && bounds.plain() && !(type & MEM_RESERVE_PLACEHOLDER))
            placed_ = {start, size, bounds.highest, static_cast<bool>(type & MEM_TOP_DOWN)};
        return {};
    };
    if (Result<void> added = add(); !added) {
        release_commit(promised);
        return fail(added.error() == STATUS_INSUFFICIENT_RESOURCES ? STATUS_NO_MEMORY : added.error());
    }
    if (log.tracing())
        log.trace("{} {p}-{p}, protection {x}", committed ? "allocate" : "reserve", start, start + size,
                  protection);
    return Range{start, size};
}

// A slice commits a part whole. Whether there is enough for all of it is known before the first.
Result<AddressSpace::Range> AddressSpace::commit(uint64_t base, uint64_t size, uint32_t protection,
                                                 Progress& progress) {
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    Region* region = region_within(start, end - start);
    if (!region || region->placeholder) return fail(STATUS_CONFLICTING_ADDRESSES);
    if (region->kind == Region::Kind::Data) return commit_view(*region, start, end, protection, progress);
    if (region->kind != Region::Kind::Private) return fail(STATUS_ALREADY_COMMITTED);
    if (!within(progress.at, start, end)) {
        if (log.tracing()) log.trace("commit {p}-{p}, protection {x}", start, end, protection);
        if (memory_is_short()) return fail(STATUS_COMMITMENT_LIMIT);
        uint64_t fresh = (end - start) / kPageSize - region->committed(start / kPageSize, end / kPageSize);
        TRY(charge_commit(fresh));
        release_commit(fresh);
        progress.at = start;
    }
    TRY(reserve_change());
    uint64_t first = progress.at / kPageSize;
    uint64_t part = region->runs_end(first, end / kPageSize, kRunsPerSlice);
    if (region->committed(first, part))
        part = withdraw_rights(progress.at, part * kPageSize, protection) / kPageSize;
    uint64_t before = region->committed();
    uint64_t fresh = part - first - region->committed(first, part);
    uint64_t tables = region->table_pages(before + fresh) - region->table_pages(before);
    TRY(quota_.has_room((tables + fresh) * kPageSize + Region::kMostAddedBytes));
    TRY(charge_tables(tables));
    if (Result<void> charged = charge_commit(fresh); !charged) {
        release_tables(tables);
        return charged.failure();
    }
    region->set(first, part, protection);
    recount(*region);
    progress.at = part * kPageSize;
    progress.more = progress.at < end;
    return Range{start, end - start};
}

Result<MEMORY_BASIC_INFORMATION> AddressSpace::query(uint64_t address) {
    if (address > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER);
    MEMORY_BASIC_INFORMATION information{};
    uint64_t start = align_down(address, kPageSize);
    information.BaseAddress = reinterpret_cast<PVOID>(start);
    Region* region = region_at(start);
    if (!region) {
        Region* next = regions().find_at_or_after(start);
        information.RegionSize = (next ? next->base : ke::kHighestUserAddress + 1) - start;
        information.State = MEM_FREE;
        information.Protect = PAGE_NOACCESS;
        return information;
    }
    uint64_t page = start / kPageSize;
    information.AllocationBase = reinterpret_cast<PVOID>(region->base);
    information.AllocationProtect = region->allocation_protection;
    uint64_t end = region->run_end(page);
    if (region->partial) {
        uint64_t shown = page - region->first_page() + region->section_page;
        uint64_t run = region->section->committed_end(shown) - shown;
        if (run < end - page) end = page + run;
    }
    information.RegionSize = (end - page) * kPageSize;
    information.Protect = protection_of(*region, page);
    information.State = information.Protect ? MEM_COMMIT : MEM_RESERVE;
    information.Type = region->kind == Region::Kind::Private ? MEM_PRIVATE
                       : region->kind == Region::Kind::Image ? MEM_IMAGE
                                                             : MEM_MAPPED;
    return information;
}

uint64_t AddressSpace::region_size(uint64_t address) {
    Region* region = region_at(address);
    return region ? region->pages * kPageSize : 0;
}

Result<MEMORY_REGION_INFORMATION> AddressSpace::region_information(uint64_t address) {
    // The bits of RegionType.
    constexpr ULONG kPrivate = 1, kMappedDataFile = 2, kMappedImage = 4, kMappedPageFile = 8;
    constexpr ULONG kMappedPhysical = 0x10, kPlaceholder = 0x100;
    Region* region = region_at(address);
    if (!region) return fail(STATUS_INVALID_ADDRESS);
    MEMORY_REGION_INFORMATION information{};
    information.AllocationBase = reinterpret_cast<PVOID>(region->base);
    information.AllocationProtect = region->allocation_protection;
    information.RegionSize = region->pages * kPageSize;
    information.CommitSize = region->commitment() * kPageSize;
    switch (region->kind) {
        case Region::Kind::Private:
            information.RegionType = kPrivate | (region->placeholder ? kPlaceholder : 0);
            break;
        case Region::Kind::Data:
            information.RegionType = region->section->has_file() ? kMappedDataFile : kMappedPageFile;
            break;
        case Region::Kind::Image:
            information.RegionType = kMappedImage;
            break;
        default:
            information.RegionType = kMappedPhysical;
            break;
    }
    return information;
}

Section* AddressSpace::section_at(uint64_t address, uint64_t& view_base) {
    Region* region = region_at(address);
    if (!region) return nullptr;
    view_base = region->base;
    return region->section.get();
}

bool AddressSpace::next_view(uint64_t& address, uint64_t& image) {
    Region* region = regions_->find_at_or_after(address);
    if (!region) return false;
    bool shown = region->kind == Region::Kind::Image && !region->leaving;
    image = shown ? region->base : 0;
    address = region->end();
    return true;
}

}  // namespace mm
