// SPDX-License-Identifier: GPL-3.0-only
//
// A process's address space: reserved and committed regions (VADs), the pages present, and the kernel's
// paging objects behind them. Pages come on the first touch. All pages and paging objects go back when it is
// destroyed. Protections are NT's PAGE_*; where the kernel cannot forbid execution (execute_disable.hpp),
// readable means executable. Addresses and sizes are in bytes, addresses up to 2^47.
//
// No call takes longer the more pages, runs or regions it is about: what may, is done in slices. A slice
// leaves each page either as it was or as it will be; a region that is being released is gone for everybody
// from the first slice on, though its addresses are free only after the last.
#pragma once

#include "abi/nt/ntmmapi.h"
#include "executive/ke/pacer.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ke/user_memory.hpp"
#include "executive/mm/section.hpp"
#include "executive/ob/charge.hpp"

namespace mm {

struct Region;
class Regions;
class PageTables;
struct KeptPages;
class EdgePages;
class FrameRun;
struct PageEntry;
struct PageRights;
struct RegionTag;

struct RegionKey {
    uint64_t operator()(const Region& region) const;
};

// How far a call has come that is made in slices. It begins with a default one; while `more` is set after a
// slice, the call is not done and is made again with the same arguments; a call whose arguments are others by
// then does what those say, from their beginning. A call that is never made again leaves nothing half done
// that somebody else could trip over.
struct Progress {
    bool more = false;
    uint64_t at = 0;      // an address, 0: not begun
    uint64_t detail = 0;  // the call's own
    bool begun() const { return at != 0; }
};

// Where a place may be: from `lowest` up to and including `highest`, at a multiple of `alignment`. Bytes.
struct Bounds {
    uint64_t lowest = 0;  // 0: from where the space's allocations begin, or, if nothing is free there, below
    uint64_t highest = ke::kHighestUserAddress;
    uint64_t alignment = MM_ALLOCATION_GRANULARITY;  // a power of two, at least that
    bool plain() const { return lowest == 0 && alignment == MM_ALLOCATION_GRANULARITY; }
};

// A view of pages that stay where they are while it exists, for transfers that outlast a call (MDLs).
class PinnedPages final : public RefCounted {
public:
    PinnedPages();
    ~PinnedPages() override;
    // Pages of nobody's, with a copy of these bytes at their beginning and zeros behind; whoever wants them
    // has charged them to somebody. STATUS_NO_MEMORY. REQUIRES: 1 to kFew pages.
    static Result<Ref<PinnedPages>> with(std::span<const uint8_t> bytes, ke::Access access);
    uint64_t offset() const { return offset_; }  // bytes, of the first byte in the first page
    size_t length() const { return length_; }    // bytes
    uint64_t pages() const { return (offset_ + length_ + kPageSize - 1) / kPageSize; }
    // Are all of them pinned?
    bool complete() const { return pinned_ == pages(); }
    ke::Access access() const { return access_; }
    // REQUIRES: page < pages(), complete.
    FrameNumber frame(uint64_t page) const { return page < kFew ? few_[page] : more(page); }
    // What its process may have pinned is the less by these pages, until it no longer wants them so: a window
    // of a driver host may show them a little longer.
    void set_charge(ob::PinCharge charge) { charge_ = std::move(charge); }
    void end_charge() { charge_ = ob::PinCharge(); }
    void copy_in(size_t at, std::span<const uint8_t> data);
    void copy_out(size_t at, std::span<uint8_t> data) const;

private:
    friend class AddressSpace;
    // These lie in it, so that a transfer of 64 KiB makes no store.
    static constexpr uint64_t kFew = 17;
    FrameNumber more(uint64_t page) const;
    // The places of the next, at least one. STATUS_NO_MEMORY. REQUIRES: not complete.
    Result<std::span<FrameNumber>> places();

    FrameNumber few_[kFew] = {};
    uint64_t address_ = 0;  // of the first page
    uint64_t offset_ = 0;
    size_t length_ = 0;
    uint64_t pinned_ = 0;  // pages
    ke::Access access_ = ke::Access::Read;
    Own<KeptPages> kept_;  // the others, numbered from 0
    ob::PinCharge charge_;
};

// Whom a space asks before it is promised pages: who has a limit for some of them together (a job).
class CommitGuard {
public:
    // STATUS_COMMITMENT_LIMIT.
    virtual Result<void> commit(uint64_t pages) = 0;
    virtual void uncommit(uint64_t pages) = 0;

protected:
    ~CommitGuard() = default;
};

class AddressSpace final : public ke::UserMemory {
public:
    // What lies above the tables of a small program, and the table that was emptied last: in every space.
    static constexpr uint64_t kFirstTables = 6;
    // With the root: for whoever makes one to charge.
    static constexpr uint64_t kFirstPages = kFirstTables + 1;
    static Result<Own<AddressSpace>> create(ke::Quota& quota);
    ~AddressSpace();
    // Places are looked for from this address up first. A multiple of the allocation granularity.
    void set_lowest(uint64_t address) { lowest_ = address; }

    // --- ke::UserMemory
    Result<uint8_t*> page(uint64_t address, ke::Access access) override;
    uint8_t* present(uint64_t address, ke::Access access) override;
    NTSTATUS touch(uint64_t address, ke::Access access) override;

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
    // Releases what is allocated or mapped at this base: a few pages at once, the rest by the pacer.
    void discard(uint64_t base);
    // The same in slices.
    Result<Range> allocate(uint64_t base, uint64_t size, uint32_t type, uint32_t protection, uint64_t highest,
                           Progress& progress);
    // The same with bounds, which go with base 0 only, and placeholders: MEM_RESERVE_PLACEHOLDER keeps
    // addresses, MEM_REPLACE_PLACEHOLDER takes exactly one that was kept, else STATUS_CONFLICTING_ADDRESSES.
    Result<Range> allocate_within(uint64_t base, uint64_t size, uint32_t type, uint32_t protection,
                                  const Bounds& bounds, Progress& progress);
    // With MEM_RELEASE, MEM_PRESERVE_PLACEHOLDER cuts a placeholder or makes one of what replaced it, and
    // MEM_COALESCE_PLACEHOLDERS makes one of two or more that fill the range.
    Result<Range> free(uint64_t base, uint64_t size, uint32_t type, Progress& progress);
    Result<Protected> protect(uint64_t base, uint64_t size, uint32_t protection, Progress& progress);
    Result<MEMORY_BASIC_INFORMATION> query(uint64_t address);
    // Of the whole allocation or view; 0 when nothing is there.
    uint64_t region_size(uint64_t address);
    // STATUS_INVALID_ADDRESS.
    Result<MEMORY_REGION_INFORMATION> region_information(uint64_t address);
    // The section mapped at this address, or null.
    Section* section_at(uint64_t address, uint64_t& view_base);
    // The first region at this address or behind it: `address` becomes its end, `image` its base if it is an
    // image's view, else 0. False: there is none.
    bool next_view(uint64_t& address, uint64_t& image);

    // --- sections
    struct View {
        uint64_t base;
        uint64_t size;
        bool relocated;  // an image that is not at the address its headers name: STATUS_IMAGE_NOT_AT_BASE
    };
    Result<View> map(Section& section, uint64_t base, uint64_t offset, uint64_t size, uint32_t type,
                     uint32_t protection);
    Result<View> map(Section& section, uint64_t base, uint64_t offset, uint64_t size, uint32_t type,
                     uint32_t protection, const Bounds& bounds, Progress& progress);
    Result<void> unmap(uint64_t address);
    // `preserve`: it took a placeholder's place and leaves one, else STATUS_CONFLICTING_ADDRESSES.
    Result<void> unmap(uint64_t address, Progress& progress, bool preserve = false);
    // What a flush of a view is about. STATUS_NOT_MAPPED_VIEW. Size 0: to the end of the view.
    struct Shown {
        Range range;
        Ref<ControlArea> area;
        uint64_t first, end;  // pages of the area
    };
    Result<Shown> shown(uint64_t base, uint64_t size);

    // --- locked pages: no page is ever taken away, so locking brings pages in and counts them.
    struct WorkingSet {
        uint64_t minimum, maximum;  // pages
    };
    WorkingSet working_set() const { return working_set_; }
    // STATUS_BAD_WORKING_SET_LIMIT; STATUS_INSUFFICIENT_RESOURCES when the machine has not that much.
    Result<void> set_working_set(WorkingSet limits);
    struct Locked {
        Range range;
        bool before;  // a page of it was locked already
    };
    // STATUS_WORKING_SET_QUOTA when more would be locked than the smallest working set holds.
    Result<Locked> lock(uint64_t base, uint64_t size, Progress& progress);
    // STATUS_NOT_LOCKED, and nothing is unlocked, unless all of it is locked.
    Result<Range> unlock(uint64_t base, uint64_t size, Progress& progress);

    // --- write watch, of what was reserved with MEM_WRITE_WATCH. STATUS_INVALID_PARAMETER_1: it is not such.
    // Pages written to since they were last reset, by ascending address, as many as there is room for; how
    // many.
    Result<size_t> written(uint64_t base, uint64_t size, bool reset, std::span<uint64_t> addresses,
                           Progress& progress);

    // --- faults
    // STATUS_SUCCESS: the access can be repeated. STATUS_ACCESS_VIOLATION, STATUS_GUARD_PAGE_VIOLATION,
    // STATUS_STACK_OVERFLOW, STATUS_IN_PAGE_ERROR: raise it, but if a ke::PageIn was left, here and by every
    // call that touches pages, the page has to come first.
    NTSTATUS fault(uint64_t address, ke::Access access);

    // --- for the Executive and drivers
    // Maps frames at an address that the space chooses; the space takes its own references.
    Result<uint64_t> map_frames(std::span<const FrameNumber> frames, uint32_t protection);
    Result<uint64_t> map_run(FrameRun& run, uint32_t protection);
    Result<uint64_t> map_device(uint64_t physical, uint64_t size, hal::Cache cache);
    // Maps one frame, read-only, at a fixed address (KUSER_SHARED_DATA).
    Result<void> map_shared_page(uint64_t address, FrameNumber frame);
    // Pinning goes in slices: none is pinned yet; the next few are; until complete().
    Result<Ref<PinnedPages>> begin_pinning(uint64_t address, size_t length, ke::Access access);
    Result<void> go_on_pinning(PinnedPages& pinned);
    // A window: shows them at an address that the space chooses, and nothing beside them: with what stands in
    // at their edges (edge_pages.hpp), which is charged to the space. Pages are mapped when the space touches
    // them; the Executive reaches them without. PAGE_READONLY or PAGE_READWRITE. REQUIRES: complete.
    Result<uint64_t> map_pinned(PinnedPages& pinned, const EdgePages& edges, uint32_t protection);
    // Nothing is shown there any more. A short window's place is kept for the next.
    void unmap_pinned(uint64_t base);
    // The frame at an address that is there or shown, or can be had. STATUS_ACCESS_VIOLATION.
    Result<FrameNumber> frame_at(uint64_t address);
    // What is to be known of a page's presence: zero for one that is not there (NT's
    // MEMORY_WORKING_SET_EX_BLOCK).
    uint64_t page_attributes(uint64_t address);
    // Pages that are there, from `at` on, as NT's MEMORY_WORKING_SET_BLOCKs: as many as there is room for,
    // and at most what fits a slice; `at` becomes where to go on, 0 at the end.
    size_t pages_present(uint64_t& at, std::span<uint64_t> blocks);
    // The frame behind a present page, or kNoFrame.
    FrameNumber present_frame(uint64_t address);

    // Null: nobody. It is asked about what comes, and told of what goes.
    void set_commit_guard(CommitGuard* guard) { commit_guard_ = guard; }

    CPtr vspace() const;
    struct Counters {
        uint64_t virtual_size, peak_virtual_size, committed, resident, peak_resident, faults;
    };
    Counters counters() const;

    // One slice of what is left of regions whose release was begun and not finished; true when nothing is.
    bool sweep();
    // Gives back at most `pages` pages; true when nothing is left and it can be destroyed.
    bool tear_down(size_t pages);

private:
    // What a call that has its own to do sweeps of others before, some four times in a turn.
    void sweep_a_little();
    // Gives back what is left of regions that nobody comes back to.
    class Sweeper final : public ke::PacedWork {
    public:
        explicit Sweeper(AddressSpace& space) : space_(space) {}
        bool slice() override { return space_.sweep(); }

    private:
        AddressSpace& space_;
    };

    explicit AddressSpace(ke::Quota& quota);
    uint8_t* present_afar(uint64_t address, ke::Access access);
    Region* region_at(uint64_t address);
    Region* region_within(uint64_t base, uint64_t size);
    Result<Range> reset(uint64_t base, uint64_t size, uint32_t type);
    static Result<void> check_allocation(uint64_t base, uint64_t size, uint32_t type, uint32_t protection);
    Result<Range> reserve(uint64_t base, uint64_t size, uint32_t type, uint32_t protection,
                          const Bounds& bounds);
    Result<uint64_t> find_place(uint64_t size, const Bounds& bounds = {}, bool top_down = false);
    Region* placeholder_at(uint64_t base, uint64_t size);
    Result<Range> replace(uint64_t base, uint64_t size, uint32_t type, uint32_t protection,
                          Progress& progress);
    Result<void> replace_region(Region& placeholder, Own<Region> region);
    Result<Range> free_placeholder(uint64_t base, uint64_t size, uint32_t type, Progress& progress);
    Result<Range> preserve(uint64_t base, uint64_t size, Progress& progress);
    Result<Range> coalesce(uint64_t base, uint64_t end, Progress& progress);
    void absorb(Region& placeholder, Region& next);
    Result<void> prepare_successor(Region& region);
    Result<Range> commit(uint64_t base, uint64_t size, uint32_t protection, Progress& progress);
    Result<Range> decommit(Region& region, uint64_t base, uint64_t size, Progress& progress);
    Result<Region*> isolate(Region& region, uint64_t base, uint64_t size);
    Result<Region*> cut(Region& region, uint64_t address);
    // The regions, for who looks for a place among them or changes them.
    Regions& regions();
    Result<Region*> add_region(Own<Region> region);
    Result<void> enter(Region& region);
    bool rests_for(uint64_t size, uint32_t type, const Bounds& bounds) const;
    bool put_to_rest(Region& region);
    Result<void> wake(uint32_t protection, uint32_t allocation_protection);
    void end_rest();
    Result<Region*> make_window(uint64_t pages);
    Result<Region*> take_window(uint64_t pages);
    static Result<FrameNumber> window_frame(const Region& window, uint64_t address, ke::Access access);
    // Before and after a change of a region's runs.
    Result<void> reserve_change();
    void recount(Region& region);
    // A frame for a page of this process alone, charged.
    Result<FrameNumber> take_page(Region& region);
    void remove_region(Region& region);
    void leave(Region& region);
    Result<Range> go_on_leaving(Progress& progress);
    bool vacate(Region& region, size_t pages);
    uint64_t withdraw_rights(uint64_t base, uint64_t end, uint32_t protection);
    Result<void> check_protection(const Region& region, uint64_t start, uint64_t end, uint32_t& protection);
    Result<void> charge_commit(uint64_t pages);
    void release_commit(uint64_t pages);
    // The same for page tables, which are charged, and count as nobody's commitment.
    Result<void> charge_tables(uint64_t pages);
    void release_tables(uint64_t pages);
    Result<Range> commit_view(Region& region, uint64_t start, uint64_t end, uint32_t protection,
                              Progress& progress);
    Result<void> check_view(const Section& section, uint64_t offset, uint64_t& size, uint32_t type,
                            uint32_t protection);
    Result<uint64_t> place_view(Section& section, uint64_t base, uint64_t size, uint32_t type,
                                const Bounds& bounds, int64_t& delta, Progress& progress);
    Result<void> show(Region& region, ControlArea& area);
    Result<void> set_image_runs(Region& region, Section& section);

    static bool allows(uint32_t protection, ke::Access access);
    static PageRights rights_of(const PageEntry& entry, uint32_t protection);
    enum class Guard : uint8_t { Spent, Kept };
    // All of it but the mapping, which with these rights lets the access be.
    NTSTATUS admit(uint64_t address, ke::Access access, Guard guard, PageEntry*& entry, PageRights& rights);
    NTSTATUS ensure(uint64_t address, ke::Access access, Guard guard, PageEntry*& entry);
    Result<uint8_t*> bring(uint64_t address, ke::Access access, Guard guard);
    Result<void> materialise(Region& region, uint64_t address, ke::Access access, PageEntry& entry);
    void bring_in_cluster(uint64_t address);
    void bring_in_window(Region& window, uint64_t page);
    void bring_in_image(Region& region, uint64_t page);
    void bring_in_private(Region& region, uint64_t page);
    Result<FrameNumber> view_frame(Region& region, uint64_t page, bool write);
    NTSTATUS watch(Region& region, uint64_t page, bool write, PageEntry& entry, PageRights& rights);
    static uint32_t protection_of(const Region& region, uint64_t page);
    Result<FrameNumber> private_frame(Region& region, uint64_t page);
    static bool copies_at_once(const Region& region, uint64_t page, ke::Access access);
    Result<void> copy_page(Region& region, PageEntry& entry, uint64_t address);

    ke::Quota& quota_;
    uint64_t lowest_ = ke::kLowestUserAddress;
    Own<Regions> regions_;
    Own<PageTables> tables_;
    Region* last_region_ = nullptr;
    // The place that was found last for an allocation, as long as nothing else has changed or looked for one:
    // the same search would find it again. A region that is released there rests, gone for everybody, for
    // whom allocates as much next, as programs do that need a buffer now and then. There is one at most.
    struct Place {
        uint64_t base = 0;
        uint64_t size = 0;
        uint64_t highest = 0;
        bool top_down = false;
    };
    Place placed_;
    Region* resting_ = nullptr;
    List<Region, Region> leaving_;
    List<Region, Region> idle_windows_;
    unsigned idle_count_ = 0;
    Sweeper sweeper_{*this};
    Counters counters_{};
    WorkingSet working_set_{50, 345};  // NT's own defaults
    CommitGuard* commit_guard_ = nullptr;
};

// Pages that faults have made present, in all address spaces since the system started.
uint64_t page_faults();

}  // namespace mm
