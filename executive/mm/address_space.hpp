// SPDX-License-Identifier: GPL-3.0-only
//
// A process's address space: reserved and committed regions (VADs), the pages present, and the kernel's
// paging objects behind them. Pages come on the first touch. All pages and paging objects go back when it is
// destroyed; a big one is torn down in slices. Protections are NT's PAGE_*; where the
// kernel cannot forbid execution (execute_disable.hpp), readable means executable.
#pragma once

#include "abi/nt/ntmmapi.h"
#include "base/tree.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ke/user_memory.hpp"
#include "executive/mm/section.hpp"

namespace mm {

struct Region;
class PageTables;
struct PageEntry;
struct PageRights;
struct RegionTag;

struct RegionKey {
    uint64_t operator()(const Region& region) const;
};

// A view of pages that stay where they are while it exists, for transfers that outlast a call (MDLs).
class PinnedPages {
public:
    ~PinnedPages();
    uint64_t offset() const { return offset_; }  // of the first byte in the first page
    size_t length() const { return length_; }
    std::span<const FrameNumber> frames() const { return frames_.span(); }
    void copy_in(size_t at, std::span<const uint8_t> data);
    void copy_out(size_t at, std::span<uint8_t> data) const;

private:
    friend class AddressSpace;
    uint64_t offset_ = 0;
    size_t length_ = 0;
    Vector<FrameNumber> frames_;
};

class AddressSpace final : public ke::UserMemory {
public:
    static Result<Own<AddressSpace>> create(ke::Quota& quota);
    ~AddressSpace();

    // --- ke::UserMemory
    Result<uint8_t*> page(uint64_t address, ke::Access access) override;

    // --- NtAllocateVirtualMemory and its kin; addresses and sizes are checked here.
    struct Range {
        uint64_t base;
        uint64_t size;
    };
    // base 0: anywhere (below `highest`, top down if asked).
    Result<Range> allocate(uint64_t base, uint64_t size, uint32_t type, uint32_t protection,
                           uint64_t highest = ke::kHighestUserAddress);
    Result<Range> free(uint64_t base, uint64_t size, uint32_t type);
    struct Protected {
        Range range;
        uint32_t old_protection;
    };
    Result<Protected> protect(uint64_t base, uint64_t size, uint32_t protection);
    Result<MEMORY_BASIC_INFORMATION> query(uint64_t address);
    // Of the whole allocation or view; 0 when nothing is there.
    uint64_t region_size(uint64_t address);
    // The section mapped at this address, or null.
    Section* section_at(uint64_t address, uint64_t& view_base);

    // --- sections
    struct View {
        uint64_t base;
        uint64_t size;
        bool relocated;  // an image that is not at the address its headers name: STATUS_IMAGE_NOT_AT_BASE
    };
    Result<View> map(Section& section, uint64_t base, uint64_t offset, uint64_t size, uint32_t type,
                     uint32_t protection);
    Result<void> unmap(uint64_t address);
    // Writes a file view's pages back. STATUS_NOT_MAPPED_VIEW. Size 0: to the end of the view.
    Result<Range> flush(uint64_t base, uint64_t size);

    // --- faults
    // STATUS_SUCCESS: the access can be repeated. STATUS_ACCESS_VIOLATION, STATUS_GUARD_PAGE_VIOLATION,
    // STATUS_STACK_OVERFLOW, STATUS_IN_PAGE_ERROR: raise it.
    NTSTATUS fault(uint64_t address, ke::Access access);

    // --- for the Executive and drivers
    // Maps frames at an address that the space chooses; the space takes its own references.
    Result<uint64_t> map_frames(std::span<const FrameNumber> frames, uint32_t protection);
    Result<uint64_t> map_device(uint64_t physical, uint64_t size, hal::Cache cache);
    // Maps one frame, read-only, at a fixed address (KUSER_SHARED_DATA).
    Result<void> map_shared_page(uint64_t address, FrameNumber frame);
    Result<Own<PinnedPages>> pin(uint64_t address, size_t length, ke::Access access);
    // The frame behind a present page, or kNoFrame.
    FrameNumber present_frame(uint64_t address);

    CPtr vspace() const;
    struct Counters {
        uint64_t virtual_size, peak_virtual_size, committed, resident, peak_resident, faults;
    };
    Counters counters() const;

    // Gives back at most `pages` pages; true when nothing is left and it can be destroyed.
    bool tear_down(size_t pages);

private:
    explicit AddressSpace(ke::Quota& quota);
    Region* region_at(uint64_t address);
    Region* region_within(uint64_t base, uint64_t size);
    bool vacant(uint64_t base, uint64_t size);
    Result<uint64_t> find_vacant(uint64_t size, uint64_t highest, bool top_down);
    Result<Range> reserve(uint64_t base, uint64_t size, uint32_t type, uint32_t protection, uint64_t highest);
    Result<Range> commit(uint64_t base, uint64_t size, uint32_t protection);
    Result<Range> release(Region& region, uint64_t base, uint64_t size);
    Result<Range> decommit(Region& region, uint64_t base, uint64_t size);
    Result<Region*> cut(Region& region, uint64_t address);
    Result<Region*> add_region(Own<Region> region);
    void remove_region(Region& region);
    void clear_pages(uint64_t base, uint64_t end);
    void withdraw_rights(uint64_t base, uint64_t end, uint32_t protection);
    Result<void> charge_commit(uint64_t pages);
    void release_commit(uint64_t pages);
    Result<uint64_t> place_view(Section& section, uint64_t base, uint64_t size, uint32_t type,
                                int64_t& delta);
    Result<void> set_image_runs(Region& region, Section& section);

    static bool allows(uint32_t protection, ke::Access access);
    static PageRights rights_of(const PageEntry& entry, uint32_t protection);
    NTSTATUS ensure(uint64_t address, ke::Access access, PageEntry*& entry);
    Result<void> materialise(Region& region, uint32_t page, uint64_t address, PageEntry& entry);
    Result<FrameNumber> private_frame(Region& region, uint32_t page);
    Result<void> copy_page(PageEntry& entry, uint64_t address);

    ke::Quota& quota_;
    Tree<Region, RegionTag, RegionKey> regions_;
    Own<PageTables> tables_;
    Region* last_region_ = nullptr;
    Counters counters_{};
};

}  // namespace mm
