// SPDX-License-Identifier: GPL-3.0-only
//
// Reserving, committing, freeing and protecting. The pages themselves are in address_space_pages.cpp.
#include "executive/mm/address_space.hpp"

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/region.hpp"

namespace mm {

namespace {

constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;
// One page in so many is not for programs to commit.
constexpr uint64_t kExecutiveShare = 8;

constinit uint64_t committed_by_all;

bool valid_range(uint64_t base, uint64_t size) {
    return size > 0 && base >= ke::kLowestUserAddress && base <= ke::kHighestUserAddress &&
           size - 1 <= ke::kHighestUserAddress - base;
}

}  // namespace

AddressSpace::AddressSpace(ke::Quota& quota) : quota_(quota) {}

Result<Own<AddressSpace>> AddressSpace::create(ke::Quota& quota) {
    Own<AddressSpace> space(new (std::nothrow) AddressSpace(quota));
    if (!space) return fail(STATUS_INSUFFICIENT_RESOURCES);
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
    Region* region = regions_.find_at_or_before(address);
    if (!region || !region->contains(address)) return nullptr;
    return last_region_ = region;
}

// The region that holds the whole range.
Region* AddressSpace::region_within(uint64_t base, uint64_t size) {
    Region* region = region_at(base);
    return region && size <= region->end() - base ? region : nullptr;
}

bool AddressSpace::vacant(uint64_t base, uint64_t size) {
    Region* before = regions_.find_at_or_before(base + size - 1);
    return !before || before->end() <= base;
}

Result<uint64_t> AddressSpace::find_vacant(uint64_t size, uint64_t highest, bool top_down) {
    if (size > highest) return fail(STATUS_NO_MEMORY);
    if (top_down) {
        uint64_t end = align_down(highest + 1, kGranularity);
        for (Region* region = regions_.last();; region = regions_.previous(*region)) {
            uint64_t floor = region ? align_up(region->end(), kGranularity) : ke::kLowestUserAddress;
            if (end >= size && align_down(end - size, kGranularity) >= floor)
                return align_down(end - size, kGranularity);
            if (!region) return fail(STATUS_NO_MEMORY);
            if (align_down(region->base, kGranularity) < end) end = align_down(region->base, kGranularity);
        }
    }
    uint64_t start = ke::kLowestUserAddress;
    for (Region* region = regions_.first();; region = regions_.next(*region)) {
        uint64_t ceiling = region ? region->base : highest + 1;
        if (ceiling > highest + 1) ceiling = highest + 1;
        if (start < ceiling && size <= ceiling - start) return start;
        if (!region) return fail(STATUS_NO_MEMORY);
        start = align_up(region->end(), kGranularity);
    }
}

Result<Region*> AddressSpace::add_region(Own<Region> region) {
    counters_.virtual_size += region->pages * kPageSize;
    if (counters_.virtual_size > counters_.peak_virtual_size)
        counters_.peak_virtual_size = counters_.virtual_size;
    regions_.insert(*region);
    return region.leak();
}

void AddressSpace::remove_region(Region& region) {
    if (last_region_ == &region) last_region_ = nullptr;
    counters_.virtual_size -= region.pages * kPageSize;
    regions_.remove(region);
    for (FrameNumber frame : region.frames)
        release_frame(frame);
    delete &region;
}

// Nothing is ever paged out: what all processes may commit together is RAM, less what the Executive needs to
// serve them.
Result<void> AddressSpace::charge_commit(uint64_t pages) {
    uint64_t total = memory_counts().total_pages;
    uint64_t limit = total - total / kExecutiveShare;
    if (pages > limit || committed_by_all > limit - pages || !quota_.charge(pages * kPageSize)) {
        log.info("{} pages cannot be committed: {} of {} are", pages, committed_by_all, limit);
        return fail(STATUS_COMMITMENT_LIMIT);
    }
    counters_.committed += pages;
    committed_by_all += pages;
    return {};
}

void AddressSpace::release_commit(uint64_t pages) {
    quota_.release(pages * kPageSize);
    counters_.committed -= pages;
    committed_by_all -= pages;
}

Result<AddressSpace::Range> AddressSpace::allocate(uint64_t base, uint64_t size, uint32_t type,
                                                   uint32_t protection, uint64_t highest) {
    constexpr uint32_t kKnown =
        MEM_COMMIT | MEM_RESERVE | MEM_TOP_DOWN | MEM_RESET | MEM_WRITE_WATCH | MEM_RESET_UNDO;
    if ((type & ~kKnown) || !(type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET | MEM_RESET_UNDO)))
        return fail(STATUS_INVALID_PARAMETER_5);
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (copy_on_write(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (size == 0 || size > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER_4);
    if (base && !valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER_2);
    if (type & (MEM_RESET | MEM_RESET_UNDO))
        return Range{align_down(base, kPageSize), align_up(size, kPageSize)};
    if ((type & MEM_RESERVE) || base == 0) return reserve(base, size, type, protection, highest);
    return commit(base, size, protection);
}

Result<AddressSpace::Range> AddressSpace::reserve(uint64_t base, uint64_t size, uint32_t type,
                                                  uint32_t protection, uint64_t highest) {
    uint64_t start = align_down(base, kGranularity);
    size = align_up(base - start + size, kPageSize);
    if (base == 0) start = TRY(find_vacant(size, highest, type & MEM_TOP_DOWN));
    if (!valid_range(start, size)) return fail(STATUS_INVALID_PARAMETER_2);
    if (!vacant(start, size)) return fail(STATUS_CONFLICTING_ADDRESSES);
    Own<Region> region = TRY(make_own<Region>());
    region->base = start;
    region->pages = size / kPageSize;
    region->allocation_protection = protection;
    bool committed = type & MEM_COMMIT;
    TRY(region->initialize(committed ? protection : 0));
    if (committed) TRY(charge_commit(region->pages));
    TRY(add_region(std::move(region)));
    if (log.tracing())
        log.trace("{} {p}-{p}, protection {x}", committed ? "allocate" : "reserve", start, start + size,
                  protection);
    return Range{start, size};
}

Result<AddressSpace::Range> AddressSpace::commit(uint64_t base, uint64_t size, uint32_t protection) {
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    Region* region = region_within(start, end - start);
    if (!region) return fail(STATUS_CONFLICTING_ADDRESSES);
    if (region->kind != Region::Kind::Private && region->kind != Region::Kind::Data)
        return fail(STATUS_ALREADY_COMMITTED);
    uint32_t first = region->page_of(start);
    uint32_t behind = static_cast<uint32_t>((end - region->base) / kPageSize);
    TRY(region->reserve_change());
    uint64_t fresh = behind - first - region->committed(first, behind);
    if (region->kind == Region::Kind::Private) TRY(charge_commit(fresh));
    if (log.tracing()) log.trace("commit {p}-{p}, protection {x}", start, end, protection);
    region->set(first, behind, protection);
    if (fresh != behind - first) withdraw_rights(start, end, protection);
    return Range{start, end - start};
}

Result<AddressSpace::Range> AddressSpace::free(uint64_t base, uint64_t size, uint32_t type) {
    if (type != MEM_RELEASE && type != MEM_DECOMMIT) return fail(STATUS_INVALID_PARAMETER_4);
    if (base > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER_2);
    if (size > ke::kHighestUserAddress - base) return fail(STATUS_INVALID_PARAMETER_3);
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
    return type == MEM_RELEASE ? release(*region, start, length) : decommit(*region, start, length);
}

Result<AddressSpace::Range> AddressSpace::decommit(Region& region, uint64_t base, uint64_t size) {
    uint32_t first = region.page_of(base);
    uint32_t end = first + static_cast<uint32_t>(size / kPageSize);
    TRY(region.reserve_change());
    release_commit(region.committed(first, end));
    clear_pages(base, base + size);
    region.set(first, end, 0);
    return Range{base, size};
}

// Cuts a region in two at `address` and returns the upper part.
Result<Region*> AddressSpace::cut(Region& region, uint64_t address) {
    uint32_t at = region.page_of(address);
    Own<Region> upper = TRY(make_own<Region>());
    upper->base = address;
    upper->pages = region.pages - at;
    upper->kind = region.kind;
    upper->allocation_protection = region.allocation_protection;
    TRY(upper->initialize(region.protection(at)));
    for (const Run& run : region.runs)
        if (run.first_page > at) TRY(upper->runs.push_back({run.first_page - at, run.protection}));
    while (region.runs.back().first_page >= at && region.runs.size() > 1)
        region.runs.pop_back();
    counters_.virtual_size -= upper->pages * kPageSize;
    region.pages = at;
    return add_region(std::move(upper));
}

Result<AddressSpace::Range> AddressSpace::release(Region& region, uint64_t base, uint64_t size) {
    Region* released = &region;
    if (base + size < region.end()) TRY(cut(region, base + size));
    if (base > region.base) released = TRY(cut(region, base));
    release_commit(released->committed(0, static_cast<uint32_t>(released->pages)));
    clear_pages(base, base + size);
    remove_region(*released);
    return Range{base, size};
}

void AddressSpace::clear_pages(uint64_t base, uint64_t end) {
    for (uint64_t at = tables_->next_used(base, end); at < end; at = tables_->next_used(at + kPageSize, end))
        tables_->clear(*tables_->find(at), at);
}

Result<AddressSpace::Protected> AddressSpace::protect(uint64_t base, uint64_t size, uint32_t protection) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (!valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER_3);
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    Region* region = region_within(start, end - start);
    if (!region) return fail(STATUS_CONFLICTING_ADDRESSES);
    uint32_t first = region->page_of(start);
    uint32_t behind = static_cast<uint32_t>((end - region->base) / kPageSize);
    if (region->committed(first, behind) != behind - first) return fail(STATUS_NOT_COMMITTED);
    if (region->kind == Region::Kind::Frames || region->kind == Region::Kind::Device)
        return fail(STATUS_ACCESS_DENIED);
    if (region->kind == Region::Kind::Private && copy_on_write(protection))
        return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (region->kind == Region::Kind::Image) {
        // A page of an image is never written in place: writing makes the process's own copy.
        uint32_t access = protection & 0xff;
        if (access == PAGE_READWRITE) protection += PAGE_WRITECOPY - PAGE_READWRITE;
        if (access == PAGE_EXECUTE_READWRITE) protection += PAGE_EXECUTE_WRITECOPY - PAGE_EXECUTE_READWRITE;
    }
    if (region->kind == Region::Kind::Data && !region->section->may_be_viewed(protection))
        return fail(STATUS_SECTION_PROTECTION);
    TRY(region->reserve_change());
    Protected result{{start, end - start}, region->protection(first)};
    if (log.tracing())
        log.trace("protect {p}-{p}, protection {x}, before {x}", start, end, protection,
                  result.old_protection);
    region->set(first, behind, protection);
    withdraw_rights(start, end, protection);
    return result;
}

// Pages mapped with more rights than they have now are unmapped; the next access maps them as they should be.
void AddressSpace::withdraw_rights(uint64_t base, uint64_t end, uint32_t protection) {
    for (uint64_t at = tables_->next_used(base, end); at < end;
         at = tables_->next_used(at + kPageSize, end)) {
        PageEntry& entry = *tables_->find(at);
        PageRights rights = rights_of(entry, protection);
        bool shrinks = (entry.writable && !rights.writable) || (entry.executable && !rights.executable);
        if (!can_read(protection) || shrinks) tables_->unmap(entry);
    }
}

Result<MEMORY_BASIC_INFORMATION> AddressSpace::query(uint64_t address) {
    if (address > ke::kHighestUserAddress) return fail(STATUS_INVALID_PARAMETER);
    MEMORY_BASIC_INFORMATION information{};
    uint64_t start = align_down(address, kPageSize);
    information.BaseAddress = reinterpret_cast<PVOID>(start);
    Region* region = region_at(start);
    if (!region) {
        Region* next = regions_.find_at_or_after(start);
        information.RegionSize = (next ? next->base : ke::kHighestUserAddress + 1) - start;
        information.State = MEM_FREE;
        information.Protect = PAGE_NOACCESS;
        return information;
    }
    uint32_t page = region->page_of(start);
    information.AllocationBase = reinterpret_cast<PVOID>(region->base);
    information.AllocationProtect = region->allocation_protection;
    information.RegionSize = (region->run_end(page) - page) * kPageSize;
    information.Protect = region->protection(page);
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

Section* AddressSpace::section_at(uint64_t address, uint64_t& view_base) {
    Region* region = region_at(address);
    if (!region) return nullptr;
    view_base = region->base;
    return region->section.get();
}

bool AddressSpace::tear_down(size_t pages) {
    for (; pages > 0; --pages) {
        uint64_t at = tables_ ? tables_->next_used(0, ke::kHighestUserAddress + 1) : 0;
        if (!tables_ || at > ke::kHighestUserAddress) break;
        tables_->clear(*tables_->find(at), at);
    }
    if (pages == 0) return false;
    if (tables_ && !tables_->release_tables(pages)) return false;
    while (Region* region = regions_.first()) {
        if (region->kind == Region::Kind::Private)
            release_commit(region->committed(0, static_cast<uint32_t>(region->pages)));
        remove_region(*region);
    }
    return true;
}

}  // namespace mm
