// SPDX-License-Identifier: GPL-3.0-only
//
// NtGetWriteWatch's side of a space. The kernel keeps no dirty bits: a page of a watched region is mapped for
// reading only, until it is written to.
#include "base/bits.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

// Entries looked at in one slice.
constexpr unsigned kEntriesPerSlice = 128;

}  // namespace

Result<size_t> AddressSpace::written(uint64_t base, uint64_t size, bool reset, std::span<uint64_t> addresses,
                                     Progress& progress) {
    if (!valid_range(base, 1)) return fail(STATUS_INVALID_PARAMETER_2);
    if (!valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER_3);
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    Region* region = region_within(start, end - start);
    if (!region || region->kind != Region::Kind::Private || !region->watched)
        return fail(STATUS_INVALID_PARAMETER_1);
    if (!within(progress.at, start, end)) progress.at = start;
    size_t count = 0;
    unsigned looked_at = 0;
    uint64_t at = tables_->next_used(progress.at, end);
    for (; at < end && count < addresses.size() && looked_at++ < kEntriesPerSlice;
         at = tables_->next_used(at + kPageSize, end)) {
        PageEntry& entry = *tables_->find(at);
        if (!entry.written) continue;
        addresses[count++] = at;
        if (!reset) continue;
        entry.written = 0;
        tables_->unmap(entry);
    }
    progress.at = at;
    progress.more = at < end;
    return count;
}

}  // namespace mm
