// SPDX-License-Identifier: GPL-3.0-only
//
// Address spaces: ASIDs, the four levels of paging structures, and the frames mapped in them.
// Frames and tables remember where they are mapped as (asid, address); the ASID table leads from there to the
// PML4, so a capability that outlives its address space is harmless.
#pragma once
#include <bit>

#include "arch/switch.hpp"
#include "kernel/object/tcb.hpp"

namespace kernel::vspace {

inline constexpr Word kAsidPools = 8;
inline constexpr Word kAsidsPerPool = 512;

// One page: the PML4s of 512 ASIDs.
struct AsidPool {
    Word* roots[kAsidsPerPool];
};
static_assert(sizeof(AsidPool) == 4096);

// A PML4 carries its ASID in an entry that is never present: the upper half but for the last is empty.
inline constexpr Word kAsidEntry = 510;
// Another one holds its root word, turned so that bit 0 is one that is never set.
inline constexpr Word kRootWordEntry = 509;
inline constexpr int kRootWordTurn = 4;

// Null when nobody has this ASID.
Word* find_root(Word asid);

// REQUIRES: the pool index is free.
void install_pool(Word pool_index, AsidPool& pool);
// Null when nothing is installed there.
AsidPool* find_pool(Word pool_index);
// Gives `root` this ASID. REQUIRES: the pool is installed, the ASID free and not 0.
void assign_asid(Word* root, Word asid);

// The address spaces behind a PML4 or pool capability that vanishes: their threads run on nothing from now
// on.
void release_asid(const TableCap& cap);
void release_pool(const AsidPoolCap& cap);

// Where one level of the paging structures has its entry for an address, or how many bits were left when one
// was missing.
struct EntrySlot {
    Word* entry = nullptr;
    Word bits_left = 0;
};
// `bits`: 39 for the entry of a PDPT, 30 of a page directory or 1 GiB page, 21 of a page table or 2 MiB page,
// 12 of a page.
EntrySlot find_entry(Word* root, Word address, Word bits);

// A table or frame goes where it is mapped, if it still is there.
void unmap_table(const Cap& cap);
void unmap_frame(const FrameCap& cap);
// The CPU forgets what it knows about this page of this address space.
void forget_page(const Word* root, Word address, FrameSize size);

// Entries as the CPU wants them, for kernel/boot as well.
inline constexpr Word kPresent = 1, kWritable = 2, kUser = 4, kWriteThrough = 8, kCacheDisable = 16,
                      kLarge = 128, kPatSmall = 128, kPatLarge = 4096;
inline constexpr Word kAddressMask = 0x000f'ffff'ffff'f000;

// What the tag of a table capability says about its place: the bits of address that its entry is found with.
inline Word table_bits(CapTag tag) {
    return tag == CapTag::page_table ? 21 : tag == CapTag::page_directory ? 30 : 39;
}

// What a PML4 with this ASID carries in kAsidEntry; no zeroed one looks as if it had ASID 0.
inline Word asid_mark(Word asid) {
    return (asid + kAsidPools * kAsidsPerPool) << 1;
}

// The PML4 that `tcb` runs on, null where its VSpace is gone.
inline Word* root_for(const Tcb& tcb) {
    const Cap& cap = tcb.vspace.cap;
    if (reinterpret_cast<const std::uint8_t*>(&cap)[kTagByte] != tag_byte(CapTag::pml4)) [[unlikely]]
        return nullptr;
    Word* root = arch::from_physical<Word>(cap.as<TableCap>().address);
    if (root[kAsidEntry] != asid_mark(cap.as<TableCap>().asid)) [[unlikely]]
        return nullptr;
    return root;
}

// What arch::load_root() and its kin call this VSpace. REQUIRES: it has an ASID.
inline Word root_word(const Word* root) {
    return std::rotr(root[kRootWordEntry], kRootWordTurn);
}

// Makes the CPU use these page tables; null: the kernel's own.
inline void load(const Word* root) {
    arch::load_root(root ? root_word(root) : arch::kernel_root());
}

}  // namespace kernel::vspace
