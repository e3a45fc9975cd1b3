// SPDX-License-Identifier: GPL-3.0-only
//
// Pages: faults, copy-on-write, the Executive's view of a process's memory.
#include <string.h>

#include <algorithm>

#include "base/bits.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/device_memory.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/image.hpp"
#include "executive/mm/page_runs.hpp"
#include "executive/mm/page_tables.hpp"
#include "executive/mm/regions.hpp"

namespace mm {

namespace {

constinit uint64_t faults_of_all;

}  // namespace

uint64_t page_faults() {
    return faults_of_all;
}

// A copy that nothing was committed for counts in the quota.
Result<FrameNumber> AddressSpace::take_page(Region& region) {
    if (region.kind == Region::Kind::Private) return region.take_page();
    TRY(quota_.has_room(kPageSize));
    FrameNumber frame = TRY(region.take_page());
    recount(region);
    return frame;
}

// A page that belongs to this process alone: zeros, or an image's that is copied before it is written to.
Result<FrameNumber> AddressSpace::private_frame(Region& region, uint64_t page) {
    if (region.kind == Region::Kind::Private) return region.take_page();
    uint64_t left = region.copies_left, more = region.more_copies;
    FrameNumber frame = TRY(take_page(region));
    Result<void> filled = region.image->fill(static_cast<uint32_t>(page), {alias(frame), kPageSize});
    if (filled) return frame;
    release_frame(frame);
    region.copies_left = left;
    region.more_copies = more;
    recount(region);
    return filled.failure();
}

// The frame of a view's page, if it is there.
Result<FrameNumber> AddressSpace::view_frame(Region& region, uint64_t page, bool write) {
    ControlArea& area = region.section->area();
    page += region.section_page;
    FrameNumber frame = TRY(area.page(page, write ? ControlArea::Use::Write : ControlArea::Use::Read));
    if (frame != kNoFrame) return frame;
    return fail(area.absent(page));
}

// Is the first thing to be had of an image's page a copy? There is nothing to share of one that is written to
// or that the file does not show as it is.
bool AddressSpace::copies_at_once(const Region& region, uint64_t page, ke::Access access) {
    if (!copy_on_write(region.protection(region.first_page() + page))) return false;
    const Image& image = *region.section->image();
    return access == ke::Access::Write ||
           image.unchanging(static_cast<uint32_t>(page), region.image->delta()) == kNoFrame;
}

Result<void> AddressSpace::materialise(Region& region, uint64_t address, ke::Access access,
                                       PageEntry& entry) {
    uint64_t page = (address - region.base) / kPageSize;
    FrameNumber frame = kNoFrame;
    bool owned = false;
    switch (region.kind) {
        case Region::Kind::Private:
            frame = TRY(private_frame(region, page));
            owned = true;
            break;
        case Region::Kind::Image:
            owned = copies_at_once(region, page, access);
            frame = owned ? TRY(private_frame(region, page))
                          : TRY(region.image->frame(static_cast<uint32_t>(page)));
            break;
        case Region::Kind::Data:
            frame = TRY(view_frame(
                region, page,
                access == ke::Access::Write && !copy_on_write(region.protection(address / kPageSize))));
            break;
        case Region::Kind::Frames:
            if (page >= region.shown_pages()) return fail(STATUS_ACCESS_VIOLATION);
            frame = region.shown_frame(page);
            if (region.touched < UINT8_MAX) ++region.touched;
            break;
        case Region::Kind::Device: {
            ke::Slice slice;
            CPtr device = TRY(device_page(region.physical + page * kPageSize, &slice));
            return tables_->map_device(entry, address, device, cache_attributes(region.cache));
        }
    }
    if (!owned) add_frame(frame);
    tables_->set(entry, address, frame, owned);
    return {};
}

Result<void> AddressSpace::copy_page(Region& region, PageEntry& entry, uint64_t address) {
    FrameNumber copy = TRY(take_page(region));
    memcpy(alias(copy), alias(entry.frame), kPageSize);
    bool locked = entry.locked;
    tables_->clear(entry, address);
    tables_->set(entry, address, copy, true);
    tables_->lock(entry, address, locked);
    return {};
}

// Where execution cannot be forbidden, fetching an instruction is reading.
bool AddressSpace::allows(uint32_t protection, ke::Access access) {
    switch (access) {
        case ke::Access::Write:
            return can_write(protection);
        case ke::Access::Execute:
            return execute_disable() ? can_execute(protection) : can_read(protection);
        default:
            return can_read(protection);
    }
}

PageRights AddressSpace::rights_of(const PageEntry& entry, uint32_t protection) {
    return {.writable = can_write(protection) && (entry.owned || !copy_on_write(protection)),
            .executable = allows(protection, ke::Access::Execute)};
}

// Of a page as its region and, in a view of a section that is committed by and by, the section have it.
uint32_t AddressSpace::protection_of(const Region& region, uint64_t page) {
    if (region.partial && !region.section->committed(page - region.first_page() + region.section_page))
        return 0;
    return region.protection(page);
}

// The first write to a page since somebody asked to be told of it. Until then it is mapped for reading only.
NTSTATUS AddressSpace::watch(Region& region, uint64_t page, bool write, PageEntry& entry,
                             PageRights& rights) {
    if (!write) {
        rights.writable = rights.writable && (entry.writable || entry.written);
        return STATUS_SUCCESS;
    }
    if (region.kind == Region::Kind::Private) {
        entry.written = 1;
    } else if (!entry.owned) {
        Result<FrameNumber> frame = view_frame(region, page - region.first_page(), true);
        if (!frame) return frame.error();
    }
    return STATUS_SUCCESS;
}

// What whoever touches a page is told, for whom none could be made: it may come with the next turn
// (later.hpp).
static NTSTATUS why_no_page(NTSTATUS error) {
    return error == STATUS_IN_PAGE_ERROR ? error : STATUS_NO_MEMORY;
}

NTSTATUS AddressSpace::admit(uint64_t address, ke::Access access, Guard guard, PageEntry*& entry,
                             PageRights& rights) {
    address = align_down(address, kPageSize);
    Region* region = region_at(address);
    if (!region) return STATUS_ACCESS_VIOLATION;
    uint64_t page = address / kPageSize;
    uint32_t protection = protection_of(*region, page);
    if (protection & PAGE_GUARD) {
        if (guard == Guard::Kept) return STATUS_ACCESS_VIOLATION;
        if (!reserve_change()) return STATUS_NO_MEMORY;
        region->set(page, page + 1, protection & ~PAGE_GUARD);
        recount(*region);
        return STATUS_GUARD_PAGE_VIOLATION;
    }
    if (!allows(protection, access)) return STATUS_ACCESS_VIOLATION;
    Result<PageEntry*> made = tables_->make(address);
    if (!made) return why_no_page(made.error());
    entry = *made;
    if (entry->frame == kNoFrame) {
        if (Result<void> result = materialise(*region, address, access, *entry); !result) {
            tables_->retire_if_empty(address);
            return result.error();
        }
        ++counters_.faults;
        ++faults_of_all;
    }
    if (entry->device()) return STATUS_SUCCESS;
    if (access == ke::Access::Write && copy_on_write(protection) && !entry->owned) {
        if (Result<void> copied = copy_page(*region, *entry, address); !copied)
            return why_no_page(copied.error());
    }
    rights = rights_of(*entry, protection);
    if (region->watched) [[unlikely]]
        return watch(*region, page, access == ke::Access::Write, *entry, rights);
    return STATUS_SUCCESS;
}

NTSTATUS AddressSpace::ensure(uint64_t address, ke::Access access, Guard guard, PageEntry*& entry) {
    PageRights rights{};
    if (NTSTATUS status = admit(address, access, guard, entry, rights)) return status;
    if (entry->device()) return STATUS_SUCCESS;
    return to_status(tables_->map(*entry, align_down(address, kPageSize), rights));
}

AddressSpace::Counters AddressSpace::counters() const {
    Counters counters = counters_;
    counters.resident = tables_->pages_used();
    if (counters.peak_resident < counters.resident) counters.peak_resident = counters.resident;
    return counters;
}

// Whoever touches a window mostly goes on to its end: eight pages at a time.
void AddressSpace::bring_in_window(Region& window, uint64_t page) {
    constexpr uint64_t kMost = 7;
    uint32_t protection = window.protection(page);
    uint64_t shown_end = window.first_page() + window.shown_pages();
    uint64_t end = std::min({window.run_end(page), shown_end, page + 1 + kMost});
    std::span<PageEntry> entries = tables_->entries_from(page * kPageSize);
    size_t i = 1;
    for (; i < entries.size() && page + i < end && entries[i].frame == kNoFrame; ++i)
        if (!materialise(window, (page + i) * kPageSize, ke::Access::Read, entries[i])) break;
    if (i > 1) tables_->map_run(entries.first(i), page * kPageSize, rights_of(entries[0], protection));
}

// Where pages are cheap to map together, an image's that others have at this base already come with those
// around them: a program that needs one mostly needs some more. What is copied on writing comes to be read.
void AddressSpace::bring_in_image(Region& region, uint64_t page) {
    constexpr uint64_t kAround = 16;
    static_assert(kAround <= kMostRunPages);
    if (!page_runs() || tables_->find(page * kPageSize)->owned) return;
    uint32_t protection = region.protection(page);
    uint64_t lowest = std::max(align_down(page, kAround), region.first_page()), first = page;
    uint64_t end = std::min(region.run_end(page), align_down(page, kAround) + kAround);
    while (first > lowest && region.protection(first - 1) == protection)
        --first;
    std::span<PageEntry> entries = tables_->entries_from(first * kPageSize).first(end - first);
    uint64_t begin = page - first, behind = begin + 1;  // of those to be mapped
    for (uint64_t i = 0; i < entries.size(); ++i) {
        auto number = static_cast<uint32_t>(first + i - region.first_page());
        FrameNumber frame = entries[i].frame == kNoFrame ? region.image->kept(number) : kNoFrame;
        if (frame == kNoFrame ||
            (copy_on_write(protection) && copies_at_once(region, number, ke::Access::Read)))
            continue;
        add_frame(frame);
        tables_->set(entries[i], (first + i) * kPageSize, frame, false);
        begin = std::min(begin, i);
        behind = std::max(behind, i + 1);
    }
    tables_->map_run(entries.subspan(begin, behind - begin), (first + begin) * kPageSize,
                     rights_of(PageEntry{}, protection));
}

// A program that touches page after page of its own memory gets four pages with its second fault, then
// sixteen, as long as it goes on so: a fault costs more than a page. All are promised to it
// already, and where memory is nearly used up they become few. They are zeros and lie in the same table as
// the first.
void AddressSpace::bring_in_private(Region& region, uint64_t page) {
    constexpr int kMost = 15;
    static_assert(kMost < kMostRunPages);
    constexpr uint64_t kShare = 64;  // of the free pages
    bool goes_on = page == region.next_fault;
    region.cluster = static_cast<uint8_t>(goes_on ? std::min(4 * region.cluster + 3, kMost) : 0);
    uint32_t protection = region.protection(page);
    uint64_t end = std::min(region.run_end(page), page + 1 + region.cluster);
    end = std::min(end, page + 1 + free_page_count() / kShare);
    std::span<PageEntry> entries = tables_->entries_from(page * kPageSize);
    ke::Slice slice(2 * ke::slice_ticks);
    size_t i = 1;
    for (; i < entries.size() && page + i < end && entries[i].frame == kNoFrame && !slice.used_up(); ++i) {
        Result<FrameNumber> frame = region.take_page();
        if (!frame) break;
        tables_->set(entries[i], (page + i) * kPageSize, *frame, true);
    }
    if (i > 1) tables_->map_run(entries.first(i), page * kPageSize, rights_of(entries[0], protection));
    region.next_fault = page + i;
}

// What comes with a page that has just been brought in, and is mapped together with it where that is of use.
void AddressSpace::bring_in_cluster(uint64_t address) {
    Region& region = *region_at(address);
    uint64_t page = address / kPageSize;
    if (region.pinned) return bring_in_window(region, page);
    if (region.kind == Region::Kind::Image) return bring_in_image(region, page);
    if (region.kind == Region::Kind::Private && !region.watched) bring_in_private(region, page);
}

NTSTATUS AddressSpace::fault(uint64_t address, ke::Access access) {
    PageEntry* entry = nullptr;
    PageRights rights{};
    uint64_t faults = counters_.faults;
    NTSTATUS status = admit(address, access, Guard::Spent, entry, rights);
    if (status == STATUS_SUCCESS && !entry->device()) {
        if (counters_.faults != faults) bring_in_cluster(address);
        status = to_status(tables_->map(*entry, align_down(address, kPageSize), rights));
    }
    if (log.tracing())
        log.trace("fault at {p}, {}: {s}", address,
                  access == ke::Access::Execute ? "execute"
                  : access == ke::Access::Write ? "write"
                                                : "read",
                  status);
    if (tables_->pages_used() > counters_.peak_resident) counters_.peak_resident = tables_->pages_used();
    return status;
}

// The byte's alias if its page is there with these rights, else null.
static inline uint8_t* alias_of(const PageEntry& entry, uint64_t address, ke::Access access) {
    if (!entry.allows(access)) [[unlikely]]
        return nullptr;
    return alias(entry.frame) + (address & (kPageSize - 1));
}

// Addresses beyond the highest have no entries.
uint8_t* AddressSpace::present(uint64_t address, ke::Access access) {
    PageEntry* entry = tables_->find_recent(address);
    return entry ? alias_of(*entry, address, access) : present_afar(address, access);
}

[[gnu::noinline]] uint8_t* AddressSpace::present_afar(uint64_t address, ke::Access access) {
    PageEntry* entry = tables_->find(address);
    return entry ? alias_of(*entry, address, access) : nullptr;
}

Result<uint8_t*> AddressSpace::bring(uint64_t address, ke::Access access, Guard guard) {
    if (address > ke::kHighestUserAddress) return fail(STATUS_ACCESS_VIOLATION);
    PageEntry* entry = nullptr;
    if (NTSTATUS status = ensure(address, access, guard, entry)) return fail(status);
    // Device memory has no alias: services do not work on it.
    if (entry->device()) return fail(STATUS_ACCESS_VIOLATION);
    return alias(entry->frame) + (address & (kPageSize - 1));
}

Result<uint8_t*> AddressSpace::page(uint64_t address, ke::Access access) {
    if (uint8_t* there = present(address, access)) [[likely]]
        return there;
    if (Region* region = region_at(address); region && region->pinned)
        return alias(TRY(window_frame(*region, address, access))) + address % kPageSize;
    // For others a guard page is no page.
    Guard guard = ke::served_memory() == this ? Guard::Spent : Guard::Kept;
    Result<uint8_t*> brought = bring(address, access, guard);
    if (!brought && brought.error() == STATUS_GUARD_PAGE_VIOLATION) guard_ = address;
    return brought;
}

NTSTATUS AddressSpace::touch(uint64_t address, ke::Access access) {
    if (present(address, access)) return STATUS_SUCCESS;
    Result<uint8_t*> brought = bring(address, access, Guard::Kept);
    return brought ? STATUS_PAGE_FAULT_TRANSITION : brought.error();
}

FrameNumber AddressSpace::present_frame(uint64_t address) {
    PageEntry* entry = tables_->find(address);
    return entry && !entry->device() ? entry->frame : kNoFrame;
}

}  // namespace mm
