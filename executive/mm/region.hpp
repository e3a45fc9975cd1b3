// SPDX-License-Identifier: GPL-3.0-only
//
// A region (VAD): one allocation or one view, from its base to its end, with the protection of each of its
// pages. Pages of equal protection next to each other are one run. As long as all are equal there are no runs
// to keep; else they are a tree, so that what one step costs does not depend on how many there are.
//
// Page numbers are addresses / 4096, 0 to 2^35 - 1, in 64 bits everywhere; so are counts of pages.
#pragma once

#include "base/list.hpp"
#include "executive/mm/edge_pages.hpp"
#include "executive/mm/neighbours.hpp"

namespace mm {

struct Run : TreeLink<Run> {
    uint64_t first = 0;       // page number
    uint64_t pages = 0;       // 1 to 2^35
    uint64_t committed = 0;   // pages, in this run and those below it in the tree
    uint64_t count = 0;       // of runs, likewise
    uint32_t protection = 0;  // PAGE_*; 0: reserved, not committed
    uint64_t end() const { return first + pages; }
};
struct RunKey {
    uint64_t operator()(const Run& run) const { return run.first; }
};
struct RunSummary {
    bool operator()(Run& run, const Run* left, const Run* right) const;
};

struct Region : TreeLink<RegionTag>, ListLink<Region> {
    enum class Kind : uint8_t { Private, Data, Image, Frames, Device };

    uint64_t base = 0;   // bytes
    uint64_t pages = 0;  // 1 to 2^35
    Kind kind = Kind::Private;
    // Its release has begun: to every service it is gone, but its addresses are not free yet.
    bool leaving = false;
    bool commitment_released = false;
    bool partial = false;  // Data: a page is there only when its section has committed it
    // A page is mapped for writing only when it is written to: somebody wants to know of it.
    bool watched = false;
    uint8_t cluster = 0;  // Private: pages that the last fault was given beside its own, 0 to 15
    // Private: addresses kept for what replaces it, whose boundaries are pages.
    bool placeholder = false;
    bool replaced = false;                  // it took a placeholder's place, and can become one again
    bool idle = false;                      // Frames: a window that shows nothing at the moment
    uint8_t touched = 0;                    // of a window: pages that have been mapped, 255 for more
    hal::Cache cache = hal::Cache::Normal;  // Device
    uint32_t allocation_protection = 0;
    EdgePages edges;       // of pinned
    Ref<Section> section;  // Data, Image
    union {
        uint64_t section_page = 0;  // Data, Image: of the section, at base
        uint64_t next_fault;        // Private: the page where one that touches page after page lacks one next
    };
    Own<AreaView> view;          // Data: its place among the views of the section's control area
    Ref<ImagePages> image;       // Image: its pages at this base
    Vector<FrameNumber> frames;  // Frames: references held, or
    Ref<PinnedPages> pinned;     // or
    Ref<FrameRun> run;
    // Of a view that leaves: the placeholder that is there when it is gone, charged. Owned, until
    // remove_region() makes it one of the space's.
    Region* successor = nullptr;
    union {
        uint64_t physical = 0;  // bytes; Device
        // Image, Data: pages that are committed for copies (copied_pages()) and that no copy has been made
        // with.
        uint64_t copies_left;
    };
    uint64_t more_copies = 0;  // pages; Image, Data: of which nothing was committed
    uint64_t charged = 0;      // bytes() as they count in its process's quota
    // Of the regions below it in the tree and its own: see regions.hpp. Bytes.
    uint64_t lowest_base = 0;
    uint64_t highest_end = 0;
    uint64_t largest_gap = 0;

    explicit Region(uint32_t protection) : uniform_(protection) {}
    // Pages that its process may have copies of: those that are copied on writing. The same as long as it
    // lives.
    uint64_t copied_pages() const;
    // Pages of page tables and of what is kept beside them that are committed for it when so many of its
    // pages are: what they can need, wherever in it they are. None for a view that shows what is committed by
    // and by.
    uint64_t table_pages(uint64_t committed_pages) const;
    uint64_t table_pages() const { return table_pages(kind == Kind::Private ? committed() : pages); }
    // A frame for a page of its process alone: of those that are committed, where there are any left.
    Result<FrameNumber> take_page();
    // What its process has it for beside what is committed: itself, its runs, the pages of an image that are
    // not the file's, also when others have the same ones, and copies beyond those that were committed.
    uint64_t bytes() const;
    // What one change of its runs can add to that.
    static constexpr uint64_t kMostAddedBytes = 3 * sizeof(Run);
    ~Region();

    uint64_t end() const { return base + pages * kPageSize; }
    uint64_t first_page() const { return base / kPageSize; }
    uint64_t end_page() const { return first_page() + pages; }
    bool contains(uint64_t address) const { return address >= base && address < end(); }

    uint32_t protection(uint64_t page) const {
        return runs_.empty() ? uniform_ : runs_.find_at_or_before(page)->protection;
    }
    // Behind the last page from `page` on that has its protection.
    uint64_t run_end(uint64_t page) const {
        return runs_.empty() ? end_page() : runs_.find_at_or_before(page)->end();
    }
    // Pages that are shown from its base on, and the frame of one of them. REQUIRES: Frames.
    uint64_t shown_pages() const;
    FrameNumber shown_frame(uint64_t page) const;
    // All of its pages have this protection. REQUIRES: a short window.
    void make_uniform(uint32_t protection);
    // Pages that it is charged for, as long as its commitment is not released.
    uint64_t commitment() const;
    // Pages in [first, end) that are committed.
    uint64_t committed(uint64_t first, uint64_t end) const;
    uint64_t committed() const;
    // The end of the part of [first, end) that spans at most `count` runs: what one set() may change at once.
    uint64_t runs_end(uint64_t first, uint64_t end, unsigned count) const;
    // Puts a run behind those that are there, which end at `first`; the last of all ends where the region
    // does. REQUIRES: reserve_change(); a region that is being made.
    void append(uint64_t first, uint64_t pages, uint32_t protection);
    // Makes room for what one set() adds, which then cannot fail.
    static Result<void> reserve_change();
    // REQUIRES: reserve_change() since the last set().
    void set(uint64_t first, uint64_t end, uint32_t protection);
    // Cuts it at `page`: the upper part's runs and pages go to `upper`, made with any protection.
    // REQUIRES: reserve_change(); the tree of regions is told of the new size.
    void cut(uint64_t page, Region& upper);
    // Forgets at most `count` runs; true when none is left. What its pages are is undefined after that.
    bool drop_runs(size_t count);

private:
    uint64_t committed_below(uint64_t page) const;
    void begin_run(uint64_t page);
    void merge(Run& run);
    void settle();

    uint32_t uniform_;  // without runs: of all pages
    Tree<Run, Run, RunKey, RunSummary> runs_;
};

inline uint64_t RegionKey::operator()(const Region& region) const {
    return region.base;
}

inline bool can_read(uint32_t protection) {
    return (protection & 0xff) > PAGE_NOACCESS && !(protection & PAGE_GUARD);
}
inline bool can_write(uint32_t protection) {
    constexpr uint32_t kWritable =
        PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & kWritable) != 0 && !(protection & PAGE_GUARD);
}
inline bool can_execute(uint32_t protection) {
    constexpr uint32_t kExecutable =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return (protection & kExecutable) != 0 && !(protection & PAGE_GUARD);
}
inline bool copy_on_write(uint32_t protection) {
    return (protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) != 0;
}
// May pages of a section or a view with the protection `limit` have this one? Copying on write needs no right
// to write.
bool compatible_protection(uint32_t limit, uint32_t protection);
// One PAGE_* access bit and modifiers that go with it.
bool valid_protection(uint32_t protection);

}  // namespace mm
