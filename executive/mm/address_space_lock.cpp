// SPDX-License-Identifier: GPL-3.0-only
//
// NtLockVirtualMemory's side of a space.
#include "base/bits.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/slice.hpp"

namespace mm {

namespace {

// Pages of the smallest working set that are not for locking.
constexpr uint64_t kFluidPages = 8;
// Entries looked at or marked in one slice.
constexpr uint64_t kEntriesPerSlice = 128;

// What Progress::detail of a lock says.
constexpr uint64_t kWasLocked = 1;
constexpr uint64_t kPresent = 2;  // all pages have been brought in: they are being marked

}  // namespace

Result<void> AddressSpace::set_working_set(WorkingSet limits) {
    if (limits.minimum == 0 || limits.minimum > limits.maximum) return fail(STATUS_BAD_WORKING_SET_LIMIT);
    if (limits.minimum > memory_counts().total_pages / 2) return fail(STATUS_INSUFFICIENT_RESOURCES);
    working_set_ = limits;
    return {};
}

// First every page is brought in, which may fail; then all are marked, which cannot.
Result<AddressSpace::Locked> AddressSpace::lock(uint64_t base, uint64_t size, Progress& progress) {
    if (!valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER);
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    if (!within(progress.at, start, end)) progress = {.at = start};
    progress.more = true;
    if (!(progress.detail & kPresent)) {
        uint64_t pages = (end - start) / kPageSize;
        uint64_t begin = progress.at;
        uint64_t room = working_set_.minimum > kFluidPages ? working_set_.minimum - kFluidPages : 0;
        if (pages > room || tables_->pages_locked() > room - pages) return fail(STATUS_WORKING_SET_QUOTA);
        for (ke::Slice slice; progress.at < end && !(progress.at > begin && slice.over());
             progress.at += kPageSize) {
            PageEntry* entry = nullptr;
            if (NTSTATUS status = ensure(progress.at, ke::Access::Read, Guard::Spent, entry))
                return fail(status);
        }
        if (progress.at == end) progress = {.more = true, .at = start, .detail = kPresent};
        return Locked{{start, end - start}, false};
    }
    for (uint64_t count = kEntriesPerSlice; count > 0 && progress.at < end;
         --count, progress.at += kPageSize) {
        PageEntry* entry = tables_->find(progress.at);
        if (!entry || entry->frame == kNoFrame) return fail(STATUS_ACCESS_VIOLATION);
        if (entry->locked) progress.detail |= kWasLocked;
        tables_->lock(*entry, progress.at, true);
    }
    progress.more = progress.at < end;
    return Locked{{start, end - start}, (progress.detail & kWasLocked) != 0};
}

Result<AddressSpace::Range> AddressSpace::unlock(uint64_t base, uint64_t size, Progress& progress) {
    if (!valid_range(base, size)) return fail(STATUS_INVALID_PARAMETER);
    uint64_t start = align_down(base, kPageSize);
    uint64_t end = align_up(base + size, kPageSize);
    if ((end - start) / kPageSize > tables_->pages_locked() && progress.detail == 0)
        return fail(STATUS_NOT_LOCKED);
    if (!within(progress.at, start, end)) progress = {.at = start};
    bool unlocking = progress.detail != 0;
    for (uint64_t count = kEntriesPerSlice; count > 0 && progress.at < end;
         --count, progress.at += kPageSize) {
        PageEntry* entry = tables_->find(progress.at);
        bool locked = entry && entry->locked;
        if (!locked && !unlocking) return fail(STATUS_NOT_LOCKED);
        if (locked && unlocking) tables_->lock(*entry, progress.at, false);
    }
    progress.more = progress.at < end || !unlocking;
    if (progress.at == end && !unlocking) progress = {.more = true, .at = start, .detail = 1};
    return Range{start, end - start};
}

}  // namespace mm
