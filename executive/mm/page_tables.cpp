// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/page_tables.hpp"

#include "executive/mm/chunks.hpp"
#include "executive/mm/execute_disable.hpp"
#include "executive/mm/objects.hpp"

namespace mm {

Result<Own<PageTables>> PageTables::create() {
    Own<PageTables> tables(new (std::nothrow) PageTables);
    if (!tables) return fail(STATUS_INSUFFICIENT_RESOURCES);
    tables->root_ = TRY(take_vspace());
    return tables;
}

PageTables::~PageTables() {
    while (!release_tables(1000)) {
    }
    if (root_) give_vspace(root_);
}

Result<PageEntry*> PageTables::make(uint64_t address) {
    Leaf* leaf = leaf_at(address);
    if (!leaf) leaf = TRY(make_leaf(address));
    return &leaf->entries[index_of(address)];
}

Result<void> PageTables::add_upper(uint64_t address, seL4_Word bits_left) {
    bool pointer = bits_left == 39;
    TRY(upper_.reserve(upper_.size() + 1));
    PageNumber page = TRY(take_page(pointer ? PageKind::Pointer : PageKind::Directory));
    CPtr object = page_slot(page, Slot::Object);
    seL4_Error error =
        pointer ? seL4_X86_PDPT_Map(object, vspace(), address, seL4_X86_Default_VMAttributes)
                : seL4_X86_PageDirectory_Map(object, vspace(), address, seL4_X86_Default_VMAttributes);
    if (error) {
        give_page(page);
        return fail(ke::from_kernel(error));
    }
    return upper_.push_back(page);
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
    Own<Leaf> leaf = TRY(make_own<Leaf>());
    leaf->number = address >> 21;
    leaf->records = TRY(allocate_frame());
    leaf->entries = reinterpret_cast<PageEntry*>(alias(leaf->records));
    Result<PageNumber> table = take_page(PageKind::PageTable);
    Result<void> mapped = table ? map_table(*table, address) : table.failure();
    if (!mapped) {
        if (table) give_page(*table);
        release_frame(leaf->records);
        return mapped.failure();
    }
    leaf->table = *table;
    leaves_.insert(*leaf);
    last_ = leaf.leak();
    return last_;
}

void PageTables::set(PageEntry& entry, uint64_t address, FrameNumber frame, bool owned) {
    ASSERT(entry.frame == kNoFrame);
    entry = {.frame = frame, .owned = owned, .mapped = 0, .writable = 0, .executable = 0, .slot = kNoSlot};
    ++leaf_at(address)->used;
    ++pages_used_;
}

Result<void> PageTables::copy_capability(PageEntry& entry, CPtr frame) {
    if (entry.slot != kNoSlot) return {};
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
    CPtr frame = frame_capability(entry.frame);
    if (!entry.owned) TRY(copy_capability(entry, frame));
    seL4_Error error =
        seL4_X86_Page_Map(entry.owned ? frame : slot_pointer(entry.slot), vspace(), address,
                          rights.writable ? seL4_ReadWrite : seL4_CanRead,
                          rights.executable ? seL4_X86_Default_VMAttributes : data_attributes());
    if (error) return fail(ke::from_kernel(error));
    entry.mapped = 1;
    entry.writable = rights.writable;
    entry.executable = rights.executable;
    return {};
}

Result<void> PageTables::map_device(PageEntry& entry, uint64_t address, CPtr frame, seL4_Word attributes) {
    TRY(copy_capability(entry, frame));
    seL4_Error error = seL4_X86_Page_Map(slot_pointer(entry.slot), vspace(), address, seL4_ReadWrite,
                                         data_attributes(attributes));
    if (error) {
        seL4_CNode_Delete(ke::cspace_root(), slot_pointer(entry.slot), ke::kDepth);
        give_slot(entry.slot);
        entry.slot = kNoSlot;
        return fail(ke::from_kernel(error));
    }
    entry.frame = PageEntry::kDeviceFrame;
    entry.mapped = entry.writable = 1;
    ++leaf_at(address)->used;
    ++pages_used_;
    return {};
}

void PageTables::unmap(PageEntry& entry) {
    if (!entry.mapped) return;
    seL4_X86_Page_Unmap(entry.owned ? frame_capability(entry.frame) : slot_pointer(entry.slot));
    entry.mapped = entry.writable = entry.executable = 0;
}

void PageTables::clear(PageEntry& entry, uint64_t address) {
    if (entry.frame == kNoFrame) return;
    if (entry.owned) {
        unmap(entry);
    } else if (entry.slot != kNoSlot) {
        seL4_CNode_Delete(ke::cspace_root(), slot_pointer(entry.slot), ke::kDepth);
        give_slot(entry.slot);
    }
    if (!entry.device()) release_frame(entry.frame);
    entry = {};
    --leaf_at(address)->used;
    --pages_used_;
}

uint64_t PageTables::next_used(uint64_t from, uint64_t end) {
    constexpr uint64_t kLeafEntries = kPageSize / sizeof(PageEntry);
    for (Leaf* leaf = leaves_.find_at_or_after(from >> 21); leaf; leaf = leaves_.next(*leaf)) {
        uint64_t start = leaf->number << 21;
        if (start >= end) break;
        if (leaf->used == 0) continue;
        uint64_t behind = (end - start) / kPageSize;
        if (behind > kLeafEntries) behind = kLeafEntries;
        for (uint64_t index = from > start ? index_of(from) : 0; index < behind; ++index)
            if (leaf->entries[index].frame != kNoFrame) return start + index * kPageSize;
    }
    return end;
}

bool PageTables::release_tables(size_t count) {
    for (; count > 0 && !leaves_.empty(); --count) {
        Own<Leaf> leaf(leaves_.first());
        ASSERT(leaf->used == 0);
        leaves_.remove(*leaf);
        last_ = nullptr;
        seL4_X86_PageTable_Unmap(page_slot(leaf->table, Slot::Object));
        give_page(leaf->table);
        release_frame(leaf->records);
    }
    // Made top down, so the last made has nothing below it any more.
    for (; count > 0 && !upper_.empty(); --count) {
        PageNumber page = upper_.back();
        upper_.pop_back();
        CPtr object = page_slot(page, Slot::Object);
        if (kind_of(page_info(page)) == PageKind::Pointer) {
            seL4_X86_PDPT_Unmap(object);
        } else {
            seL4_X86_PageDirectory_Unmap(object);
        }
        give_page(page);
    }
    return leaves_.empty() && upper_.empty();
}

}  // namespace mm
