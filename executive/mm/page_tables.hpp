// SPDX-License-Identifier: GPL-3.0-only
//
// What is mapped in one address space: the kernel's paging objects and, beside each page table, our own
// record of its 512 entries. An entry may hold a frame that is not mapped at the moment (its protection
// forbids all access).
#pragma once

#include <span>
#include <utility>

#include "base/list.hpp"
#include "base/ref.hpp"
#include "base/tree.hpp"
#include "base/vector.hpp"
#include "executive/ke/user_memory.hpp"
#include "executive/mm/pages.hpp"
#include "executive/mm/slots.hpp"

namespace mm {

struct PageEntry {
    uint32_t frame : 28;  // a FrameNumber has no more bits; kNoFrame: nothing here
    uint32_t owned : 1;   // a private page: mapped through its own capability, not a copy
    uint32_t mapped : 1;
    uint32_t writable : 1;
    uint32_t executable : 1;
    uint32_t slot : 28;  // SlotNumber of the copy
    uint32_t locked : 1;
    uint32_t written : 1;  // since a write watch was last reset
    uint32_t spare : 2;

    bool device() const { return frame == kDeviceFrame; }
    // RAM that can be accessed so without a fault.
    bool allows(ke::Access access) const {
        return mapped && (access != ke::Access::Write || writable) && !device();
    }
    // Stands for a page that is no RAM: that page itself holds the first chunk's structures.
    static constexpr FrameNumber kDeviceFrame = 1;
};
static_assert(sizeof(PageEntry) == 8);

struct PageRights {
    bool writable;
    bool executable;
};

struct Leaf : TreeLink<Leaf>, ListLink<Leaf> {
    uint64_t number;   // address >> 21
    PageNumber table;  // the kernel's page table
    FrameNumber records;
    PageEntry* entries;   // 512
    uint16_t used = 0;    // entries in use, 0 to 512
    uint16_t copies = 0;  // of those that have a slot which may be taken back, 0 to 512
    uint64_t used_bits[kChunkPages / 64] = {};
};
struct LeafKey {
    uint64_t operator()(const Leaf& leaf) const { return leaf.number; }
};

class PageTables {
public:
    static Result<Own<PageTables>> create();
    ~PageTables();

    CPtr vspace() const { return page_slot(root_, Slot::Object); }
    // The entry of an address, or null where no page table is.
    PageEntry* find(uint64_t address) {
        Leaf* leaf = leaf_at(address);
        return leaf ? &leaf->entries[index_of(address)] : nullptr;
    }
    // The same, but null too where the page table is none of those that were used last.
    PageEntry* find_recent(uint64_t address) {
        uint64_t number = address >> 21;
        size_t set = set_of(number);
        if (recent_.last[set] == number) [[likely]]
            return &recent_.last_leaf[set]->entries[index_of(address)];
        return recent_.before[set] == number ? &recent_.before_leaf[set]->entries[index_of(address)]
                                             : nullptr;
    }
    // The entries from that of an address on to the end of its page table; none where no page table is.
    std::span<PageEntry> entries_from(uint64_t address) {
        Leaf* leaf = leaf_at(address);
        return leaf ? std::span(leaf->entries, kChunkPages).subspan(index_of(address))
                    : std::span<PageEntry>();
    }
    Result<PageEntry*> make(uint64_t address);

    // Gives the entry a frame, whose reference it takes over; not mapped yet.
    // REQUIRES: the entry is of make() since the last clear().
    void set(PageEntry& entry, uint64_t address, FrameNumber frame, bool owned);
    // Maps an entry, for reading at least; unmaps first when rights shrink.
    Result<void> map(PageEntry& entry, uint64_t address, PageRights rights);
    // Maps those of neighbouring entries that hold a frame and are not mapped, all with these rights; where
    // that is not possible the rest stays unmapped. REQUIRES: at most kMostRunPages, of one page table.
    void map_run(std::span<PageEntry> entries, uint64_t address, PageRights rights);
    Result<void> map_device(PageEntry& entry, uint64_t address, CPtr frame, seL4_Word attributes);
    void unmap(PageEntry& entry);
    // Unmaps and lets the frame go, and the page table with its last entry but one: a table that has just
    // become empty is the likeliest to be used next.
    void clear(PageEntry& entry, uint64_t address) {
        PageEntry* entries[] = {&entry};
        clear_entries(*leaf_at(address), entries);
    }
    // The same of all in use from `from` on and below `end`, at most `pages`, which it counts down: how far
    // it came, `end` if that were all. Both page aligned.
    uint64_t clear(uint64_t from, uint64_t end, size_t& pages);
    // After a make() that nothing came of.
    void retire_if_empty(uint64_t address);
    // The first address >= `from` and < `end` with an entry in use, or `end`. Both page aligned.
    uint64_t next_used(uint64_t from, uint64_t end);
    // Clears entries and gives paging objects back, at most `count` of both together, which it counts down;
    // true when none is left.
    bool tear_down(size_t& count);
    // Pages that are committed for its tables from now on, or no longer. What it takes is of these as long as
    // there are any left.
    void promise(uint64_t pages) { settle(promised_ + pages, made_); }
    void withdraw(uint64_t pages) { settle(promised_ - pages, made_); }
    uint64_t pages_used() const { return pages_used_; }
    // REQUIRES: the entry is in use.
    void lock(PageEntry& entry, uint64_t address, bool locked);
    uint64_t pages_locked() const { return pages_locked_; }

private:
    PageTables() = default;
    static unsigned index_of(uint64_t address) { return (address >> 12) & 511; }
    Leaf* leaf_at(uint64_t address) {
        uint64_t number = address >> 21;
        size_t set = set_of(number);
        return recent_.last[set] == number ? recent_.last_leaf[set] : find_leaf(number);
    }
    // Images lie at addresses that are round in many digits.
    static size_t set_of(uint64_t number) { return (number ^ number >> 7) % kRecentSets; }
    void remember(Leaf& leaf) {
        size_t set = set_of(leaf.number);
        recent_.before[set] = std::exchange(recent_.last[set], leaf.number);
        recent_.before_leaf[set] = std::exchange(recent_.last_leaf[set], &leaf);
    }
    void forget(const Leaf& leaf) {
        size_t set = set_of(leaf.number);
        if (recent_.last[set] == leaf.number) recent_.last[set] = kNone;
        if (recent_.before[set] == leaf.number) recent_.before[set] = kNone;
    }
    Leaf* find_leaf(uint64_t number);
    Result<Leaf*> make_leaf(uint64_t address);
    Result<void> map_table(PageNumber table, uint64_t address);
    Result<void> add_upper(uint64_t address, seL4_Word bits_left);
    Result<void> copy_capability(PageEntry& entry, CPtr frame);
    static void count_copy(Leaf& leaf, int change);
    friend bool take_back_slots();
    void clear_entries(Leaf& leaf, std::span<PageEntry* const> entries);
    void let_go(Leaf& leaf, PageEntry& entry);
    static unsigned used_from(const Leaf& leaf, unsigned index);
    void use(uint64_t address);
    void retire(Leaf& leaf);
    void release_leaf(Leaf& leaf);
    void release_upper();
    void settle(uint64_t promised, uint64_t made);
    bool has_promised(uint64_t pages) const { return made_ + pages <= promised_; }

    PageNumber root_ = kNoFrame;
    Tree<Leaf, Leaf, LeafKey> leaves_;
    // A program goes to and fro between its data, its heap and the stacks of its threads.
    static constexpr size_t kRecentSets = 16;
    static constexpr uint64_t kNone = ~uint64_t{0};  // no page table's number
    // Of each set two.
    struct Recent {
        Recent() {
            for (size_t set = 0; set < kRecentSets; ++set)
                last[set] = before[set] = kNone;
        }
        uint64_t last[kRecentSets];
        uint64_t before[kRecentSets];
        Leaf* last_leaf[kRecentSets];
        Leaf* before_leaf[kRecentSets];
    };
    Recent recent_;
    Leaf* spare_ = nullptr;        // the one that was emptied last
    PageNumber upper_ = kNoFrame;  // directories and pointer tables, the last made first, each with the next
    uint64_t promised_ = 0;        // pages
    uint64_t made_ = 0;            // of tables and records
    uint64_t pages_used_ = 0;
    uint64_t pages_locked_ = 0;
};

// Slots are fewer than the shared pages that processes can have mapped, and cost whoever has them nothing. So
// where they have run out a few are taken from pages that were mapped long ago, whoever's: the page stays
// in its entry, and the next access maps it again. Locked pages and those of devices keep theirs. False:
// there are none to be had.
bool take_back_slots();

}  // namespace mm
