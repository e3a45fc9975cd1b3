// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/page_tables.hpp"

#include <algorithm>
#include <bit>

#include "executive/ke/claim.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/chunks.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/objects.hpp"
#include "executive/mm/page_runs.hpp"

namespace mm {

namespace {

constexpr uint64_t kFirstTables = AddressSpace::kFirstTables;
// Deleting the capability of a mapped page costs some 1,500 instructions.
constexpr unsigned kSlotsAtOnce = 8;

// Of all spaces, those with a slot that may be taken back, the one that slots are taken from next first.
[[clang::no_destroy]] constinit List<Leaf, Leaf> leaves_with_copies;

bool may_be_taken_back(const PageEntry& entry) {
    return !entry.owned && entry.slot != kNoSlot && !entry.locked && !entry.device();
}

void give_up_slot(PageEntry& entry) {
    seL4_CNode_Delete(ke::cspace_root(), slot_pointer(entry.slot), ke::kDepth);
    give_slot(entry.slot);
    entry.slot = kNoSlot;
}

}  // namespace

void PageTables::settle(uint64_t promised, uint64_t made) {
    uint64_t before = std::min(promised_, made_);
    promised_ = promised;
    made_ = made;
    promises_kept(static_cast<int64_t>(std::min(promised_, made_) - before));
}

Result<Own<PageTables>> PageTables::create() {
    Own<PageTables> tables(new (std::nothrow) PageTables);
    if (!tables) return fail(STATUS_INSUFFICIENT_RESOURCES);
    TRY(commit_pages(kFirstTables));
    tables->promise(kFirstTables);
    tables->root_ = TRY(take_vspace());
    return tables;
}

PageTables::~PageTables() {
    for (size_t count = SIZE_MAX; !tear_down(count);) {
    }
    if (promised_) {
        ASSERT(promised_ == kFirstTables);
        withdraw(kFirstTables);
        uncommit_pages(kFirstTables);
    }
    if (root_) give_vspace(root_);
}

[[gnu::noinline]] Leaf* PageTables::find_leaf(uint64_t number) {
    if (recent_.before[set_of(number)] == number) return recent_.before_leaf[set_of(number)];
    Leaf* leaf = leaves_.find(number);
    if (leaf) remember(*leaf);
    return leaf;
}

Result<PageEntry*> PageTables::make(uint64_t address) {
    Leaf* leaf = leaf_at(address);
    if (!leaf) leaf = TRY(make_leaf(address));
    return &leaf->entries[index_of(address)];
}

Result<void> PageTables::add_upper(uint64_t address, seL4_Word bits_left) {
    bool pointer = bits_left == 39;
    if (!has_promised(1) && memory_is_short()) return fail(STATUS_NO_MEMORY);
    PageNumber page = TRY(take_page(pointer ? PageKind::Pointer : PageKind::Directory));
    CPtr object = page_slot(page, Slot::Object);
    seL4_Error error =
        pointer ? seL4_X86_PDPT_Map(object, vspace(), address, seL4_X86_Default_VMAttributes)
                : seL4_X86_PageDirectory_Map(object, vspace(), address, seL4_X86_Default_VMAttributes);
    if (error) {
        give_page(page);
        return fail(ke::from_kernel(error));
    }
    page_info(page).next_free = upper_;
    upper_ = page;
    settle(promised_, made_ + 1);
    return {};
}

Result<void> PageTables::map_table(PageNumber table, uint64_t address) {
    for (int missing = 0; missing <= 2; ++missing) {
        seL4_Error error = seL4_X86_PageTable_Map(page_slot(table, Slot::Object), vspace(), address,
                                                  seL4_X86_Default_VMAttributes);
        if (!error) return {};
        if (error != seL4_FailedLookup) return fail(ke::from_kernel(error));
        TRY(add_upper(address, seL4_GetMR(2)));
    }
    return fail(STATUS_UNSUCCESSFUL);
}

Result<Leaf*> PageTables::make_leaf(uint64_t address) {
    bool promised = has_promised(2);
    ke::ActingForNobody acting(promised);
    Own<Leaf> leaf = TRY(make_own<Leaf>());
    leaf->number = address >> 21;
    leaf->records = TRY(allocate_client_frame());
    leaf->entries = reinterpret_cast<PageEntry*>(alias(leaf->records));
    Result<PageNumber> table = take_page(PageKind::PageTable);
    Result<void> mapped = table ? map_table(*table, address) : table.failure();
    if (!mapped) {
        if (table) give_page(*table);
        release_frame(leaf->records);
        return mapped.failure();
    }
    leaf->table = *table;
    settle(promised_, made_ + 2);
    leaves_.insert(*leaf);
    remember(*leaf);
    return leaf.leak();
}

void PageTables::set(PageEntry& entry, uint64_t address, FrameNumber frame, bool owned) {
    ASSERT(entry.frame == kNoFrame);
    entry = {};
    entry.frame = frame;
    entry.owned = owned;
    use(address);
}

void PageTables::use(uint64_t address) {
    Leaf& leaf = *leaf_at(address);
    unsigned index = index_of(address);
    leaf.used_bits[index / 64] |= uint64_t{1} << index % 64;
    ++leaf.used;
    ++pages_used_;
}

void PageTables::count_copy(Leaf& leaf, int change) {
    if (leaf.copies == 0) leaves_with_copies.push_back(leaf);
    leaf.copies = static_cast<uint16_t>(leaf.copies + change);
    if (leaf.copies == 0) leaves_with_copies.remove(leaf);
}

void PageTables::lock(PageEntry& entry, uint64_t address, bool locked) {
    if (entry.locked == locked) return;
    bool counted = may_be_taken_back(entry);
    pages_locked_ += locked - entry.locked;
    entry.locked = locked;
    if (int change = may_be_taken_back(entry) - counted) count_copy(*leaf_at(address), change);
}

// They go on at the leaf behind it: no page that was just mapped goes for the next one's sake.
bool take_back_slots() {
    Leaf* leaf = leaves_with_copies.pop_front();
    if (!leaf) return false;
    leaves_with_copies.push_back(*leaf);
    unsigned left = kSlotsAtOnce;
    for (unsigned index = 0; left > 0 && leaf->copies > 0; ++index) {
        index = PageTables::used_from(*leaf, index);
        PageEntry& entry = leaf->entries[index];
        if (!may_be_taken_back(entry)) continue;
        give_up_slot(entry);
        entry.mapped = entry.writable = entry.executable = 0;
        PageTables::count_copy(*leaf, -1);
        --left;
    }
    return true;
}

Result<void> PageTables::copy_capability(PageEntry& entry, CPtr frame) {
    SlotNumber slot = TRY(take_slot());
    seL4_Error error = seL4_CNode_Copy(ke::cspace_root(), slot_pointer(slot), ke::kDepth, ke::cspace_root(),
                                       frame, ke::kDepth, seL4_AllRights);
    if (error) {
        give_slot(slot);
        return fail(ke::from_kernel(error));
    }
    entry.slot = slot;
    return {};
}

Result<void> PageTables::map(PageEntry& entry, uint64_t address, PageRights rights) {
    bool shrinks = (entry.writable && !rights.writable) || (entry.executable && !rights.executable);
    if (shrinks) unmap(entry);
    if (entry.mapped && entry.writable == rights.writable && entry.executable == rights.executable) return {};
    MappedPage page = {entry.owned ? frame_capability(entry.frame) : slot_pointer(entry.slot), 0};
    SlotNumber copy = kNoSlot;
    if (!entry.owned && entry.slot == kNoSlot) {
        copy = TRY(take_slot());
        page = {frame_capability(entry.frame), slot_pointer(copy)};
    }
    if (map_pages(vspace(), address, rights.writable ? seL4_ReadWrite : seL4_CanRead,
                  rights.executable ? seL4_X86_Default_VMAttributes : data_attributes(), {&page, 1}) == 0) {
        if (copy != kNoSlot) give_slot(copy);
        return fail(STATUS_UNSUCCESSFUL);
    }
    entry.mapped = 1;
    entry.writable = rights.writable;
    entry.executable = rights.executable;
    if (copy == kNoSlot) return {};
    entry.slot = copy;
    if (may_be_taken_back(entry)) count_copy(*leaf_at(address), 1);
    return {};
}

// Slots come first: one that is taken may be taken back from another of these entries.
void PageTables::map_run(std::span<PageEntry> entries, uint64_t address, PageRights rights) {
    SlotNumber slots[kMostRunPages];
    size_t taken = 0, used = 0, count = 0;
    for (const PageEntry& entry : entries) {
        if (entry.frame == kNoFrame || entry.mapped || entry.owned || entry.slot != kNoSlot) continue;
        Result<SlotNumber> slot = take_slot();
        if (!slot) break;
        slots[taken++] = *slot;
    }
    MappedPage pages[kMostRunPages] = {};
    for (; count < entries.size(); ++count) {
        const PageEntry& entry = entries[count];
        if (entry.frame == kNoFrame || entry.mapped) continue;
        bool copies = !entry.owned && entry.slot == kNoSlot;
        if (copies && used == taken) break;
        pages[count] = {entry.owned || copies ? frame_capability(entry.frame) : slot_pointer(entry.slot),
                        copies ? slot_pointer(slots[used++]) : 0};
    }
    size_t done =
        map_pages(vspace(), address, rights.writable ? seL4_ReadWrite : seL4_CanRead,
                  rights.executable ? seL4_X86_Default_VMAttributes : data_attributes(), {pages, count});
    used = 0;
    for (size_t i = 0; i < done; ++i) {
        if (!pages[i].frame) continue;
        PageEntry& entry = entries[i];
        entry.mapped = 1;
        entry.writable = rights.writable;
        entry.executable = rights.executable;
        if (!pages[i].copy) continue;
        entry.slot = slots[used++];
        if (may_be_taken_back(entry)) count_copy(*leaf_at(address), 1);
    }
    while (used < taken)
        give_slot(slots[used++]);
}

Result<void> PageTables::map_device(PageEntry& entry, uint64_t address, CPtr frame, seL4_Word attributes) {
    TRY(copy_capability(entry, frame));
    seL4_Error error = seL4_X86_Page_Map(slot_pointer(entry.slot), vspace(), address, seL4_ReadWrite,
                                         data_attributes(attributes));
    if (error) {
        give_up_slot(entry);
        return fail(ke::from_kernel(error));
    }
    entry.frame = PageEntry::kDeviceFrame;
    entry.mapped = entry.writable = 1;
    use(address);
    return {};
}

void PageTables::unmap(PageEntry& entry) {
    if (!entry.mapped) return;
    seL4_X86_Page_Unmap(entry.owned ? frame_capability(entry.frame) : slot_pointer(entry.slot));
    entry.mapped = entry.writable = entry.executable = 0;
}

// A frame may be somebody else's as soon as it is let go: the kernel comes first.
void PageTables::clear_entries(Leaf& leaf, std::span<PageEntry* const> entries) {
    UnmappedPage pages[kMostRunPages];
    size_t count = 0;
    for (const PageEntry* entry : entries) {
        if (entry->owned && entry->mapped) pages[count++] = {frame_capability(entry->frame), false};
        if (!entry->owned && entry->slot != kNoSlot) pages[count++] = {slot_pointer(entry->slot), true};
    }
    unmap_pages(vspace(), {pages, count});
    for (PageEntry* entry : entries)
        let_go(leaf, *entry);
}

// REQUIRES: the kernel knows nothing of it any more.
void PageTables::let_go(Leaf& leaf, PageEntry& entry) {
    if (entry.frame == kNoFrame) return;
    if (may_be_taken_back(entry)) count_copy(leaf, -1);
    if (!entry.owned && entry.slot != kNoSlot) give_slot(entry.slot);
    if (!entry.device()) entry.owned ? release_promised_frame(entry.frame) : release_frame(entry.frame);
    pages_locked_ -= entry.locked;
    entry = {};
    auto index = static_cast<unsigned>(&entry - leaf.entries);
    leaf.used_bits[index / 64] &= ~(uint64_t{1} << index % 64);
    --pages_used_;
    if (--leaf.used == 0) retire(leaf);
}

void PageTables::retire(Leaf& leaf) {
    if (spare_ == &leaf) return;
    if (spare_ && spare_->used == 0) release_leaf(*spare_);
    spare_ = &leaf;
}

void PageTables::retire_if_empty(uint64_t address) {
    Leaf* leaf = leaf_at(address);
    if (leaf && leaf->used == 0) retire(*leaf);
}

// The first entry in use from this one on, or kChunkPages.
inline unsigned PageTables::used_from(const Leaf& leaf, unsigned index) {
    if (index >= kChunkPages) return kChunkPages;
    uint64_t bits = leaf.used_bits[index / 64] >> index % 64;
    if (bits) return index + static_cast<unsigned>(std::countr_zero(bits));
    for (index /= 64; ++index < kChunkPages / 64;)
        if (leaf.used_bits[index])
            return index * 64 + static_cast<unsigned>(std::countr_zero(leaf.used_bits[index]));
    return kChunkPages;
}

uint64_t PageTables::next_used(uint64_t from, uint64_t end) {
    for (Leaf* leaf = leaves_.find_at_or_after(from >> 21); leaf; leaf = leaves_.next(*leaf)) {
        uint64_t start = leaf->number << 21;
        if (start >= end) break;
        if (leaf->used == 0) continue;
        unsigned index = used_from(*leaf, from > start ? index_of(from) : 0);
        if (index == kChunkPages) continue;
        uint64_t found = start + index * kPageSize;
        return found < end ? found : end;
    }
    return end;
}

uint64_t PageTables::clear(uint64_t from, uint64_t end, size_t& pages) {
    for (Leaf* leaf = leaves_.find_at_or_after(from >> 21); leaf; leaf = leaves_.next(*leaf)) {
        uint64_t start = leaf->number << 21;
        if (start >= end) break;
        unsigned behind = end - start < kChunkPages * kPageSize ? index_of(end) : kChunkPages;
        for (unsigned index = from > start ? index_of(from) : 0;;) {
            PageEntry* entries[kMostRunPages];
            size_t count = 0;
            for (; (index = used_from(*leaf, index)) < behind && count < kMostRunPages && pages > 0; --pages)
                entries[count++] = &leaf->entries[index++];
            if (count > 0) clear_entries(*leaf, {entries, count});
            if (index >= behind) break;
            if (pages == 0) return start + index * kPageSize;
        }
    }
    return end;
}

void PageTables::release_leaf(Leaf& leaf) {
    ASSERT(leaf.used == 0);
    leaves_.remove(leaf);
    forget(leaf);
    if (spare_ == &leaf) spare_ = nullptr;
    seL4_X86_PageTable_Unmap(page_slot(leaf.table, Slot::Object));
    give_page(leaf.table);
    release_frame(leaf.records);
    settle(promised_, made_ - 2);
    delete &leaf;
}

void PageTables::release_upper() {
    PageNumber page = upper_;
    upper_ = page_info(page).next_free;
    CPtr object = page_slot(page, Slot::Object);
    if (kind_of(page_info(page)) == PageKind::Pointer) {
        seL4_X86_PDPT_Unmap(object);
    } else {
        seL4_X86_PageDirectory_Unmap(object);
    }
    give_page(page);
    settle(promised_, made_ - 1);
}

bool PageTables::tear_down(size_t& count) {
    while (count > 0 && !leaves_.empty()) {
        Leaf& leaf = *leaves_.first();
        uint64_t start = leaf.number << 21;
        if (leaf.used > 0) {
            clear(start, start + kChunkPages * kPageSize, count);
        } else {
            release_leaf(leaf);
            --count;
        }
    }
    // Made top down, so the last made has nothing below it any more.
    for (; count > 0 && upper_; --count)
        release_upper();
    return leaves_.empty() && !upper_;
}

}  // namespace mm
