// SPDX-License-Identifier: GPL-3.0-only
//
// Changing protections.
#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

Result<AddressSpace::Protected> AddressSpace::protect(uint64_t base, uint64_t size, uint32_t protection) {
    return to_the_end([&](Progress& progress) { return protect(base, size, protection, progress); });
}

// May [start, end) of this region have the protection? It is made what it means there.
Result<void> AddressSpace::check_protection(const Region& region, uint64_t start, uint64_t end,
                                            uint32_t& protection) {
    uint64_t first = start / kPageSize;
    uint64_t view = region.section_page - region.first_page();
    bool committed = region.partial
                         ? region.section->committed(first + view) &&
                               region.section->committed_end(first + view) >= end / kPageSize + view
                         : region.committed(first, end / kPageSize) == (end - start) / kPageSize;
    if (!committed) return fail(STATUS_NOT_COMMITTED);
    switch (region.kind) {
        case Region::Kind::Frames:
        case Region::Kind::Device:
            return fail(STATUS_ACCESS_DENIED);
        case Region::Kind::Private:
            if (copy_on_write(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
            return {};
        case Region::Kind::Image: {
            // A page of an image is never written in place: writing makes the process's own copy.
            uint32_t access = protection & 0xff;
            if (access == PAGE_READWRITE) protection += PAGE_WRITECOPY - PAGE_READWRITE;
            if (access == PAGE_EXECUTE_READWRITE)
                protection += PAGE_EXECUTE_WRITECOPY - PAGE_EXECUTE_READWRITE;
            return {};
        }
        case Region::Kind::Data:
            if (!compatible_protection(region.allocation_protection, protection))
                return fail(STATUS_SECTION_PROTECTION);
            return {};
    }
    return {};
}

Result<AddressSpace::Protected> AddressSpace::protect(uint64_t base, uint64_t size, uint32_t protection,
                                                      Progress& progress) {
    if (!valid_protection(protection)) return fail(STATUS_INVALID_PAGE_PROTECTION);
    if (!valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER_3);
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    Region* region = region_within(start, end - start);
    if (!region) return fail(STATUS_CONFLICTING_ADDRESSES);
    TRY(check_protection(*region, start, end, protection));
    if (!within(progress.at, start, end)) {
        if (memory_is_short()) return fail(STATUS_NO_MEMORY);
        progress.at = start;
        progress.detail = region->protection(start / kPageSize);
        if (log.tracing())
            log.trace("protect {p}-{p}, protection {x}, before {x}", start, end, protection, progress.detail);
    }
    TRY(reserve_change());
    uint64_t first = progress.at / kPageSize;
    uint64_t part = region->runs_end(first, end / kPageSize, kRunsPerSlice);
    progress.at = withdraw_rights(progress.at, part * kPageSize, protection);
    region->set(first, progress.at / kPageSize, protection);
    recount(*region);
    progress.more = progress.at < end;
    return Protected{{start, end - start}, static_cast<uint32_t>(progress.detail)};
}

// Pages mapped with more rights than they will have are unmapped; the next access maps them as they should
// be. Returns how far a slice comes.
uint64_t AddressSpace::withdraw_rights(uint64_t base, uint64_t end, uint32_t protection) {
    size_t pages = 0;
    for (uint64_t at = tables_->next_used(base, end); at < end;
         at = tables_->next_used(at + kPageSize, end)) {
        if (pages++ == kPagesPerSlice) return at;
        PageEntry& entry = *tables_->find(at);
        PageRights rights = rights_of(entry, protection);
        bool shrinks = (entry.writable && !rights.writable) || (entry.executable && !rights.executable);
        if (!can_read(protection) || shrinks) tables_->unmap(entry);
    }
    return end;
}

}  // namespace mm
