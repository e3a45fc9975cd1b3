// SPDX-License-Identifier: GPL-3.0-only
//
// Address spaces: ASIDs, the four levels of paging structures, and the frames mapped in them.
// Frames and tables remember where they are mapped as (asid, address); the ASID table leads from there to the
// PML4, so a capability that outlives its address space is harmless.
#pragma once
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

// Null when nobody has this ASID.
Word* find_root(Word asid);

// At boot: pool 0 exists from the start; its first ASID is never given out.
void install_pool(Word pool_index, AsidPool& pool);
// Gives `root` this ASID. REQUIRES: the pool is installed, the ASID free.
void assign_asid(Word* root, Word asid);

// Entries as the CPU wants them, for kernel/boot as well.
inline constexpr Word kPresent = 1, kWritable = 2, kUser = 4, kWriteThrough = 8, kCacheDisable = 16,
                      kLarge = 128, kPatSmall = 128, kPatLarge = 4096;
inline constexpr Word kAddressMask = 0x000f'ffff'ffff'f000;

// Physical address of the page tables that `tcb` runs on: its VSpace, or the kernel's own where that is gone.
inline Word root_for(const Tcb& tcb) {
    const auto cap = tcb.vspace.cap.as<TableCap>();
    if (tcb.vspace.cap.is(CapTag::pml4) && cap.asid != 0) [[likely]] {
        const Word* root = arch::from_physical<Word>(cap.address);
        if (root[kAsidEntry] == Word{cap.asid} << 1) [[likely]]
            return cap.address;
    }
    return 0;
}

}  // namespace kernel::vspace
