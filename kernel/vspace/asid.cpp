// SPDX-License-Identifier: GPL-3.0-only
#include "arch/switch.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel::vspace {

namespace {

AsidPool* pools[kAsidPools];

// REQUIRES: the entry is taken.
void forget(Word*& entry) {
    Word* root = entry;
    entry = nullptr;
    root[kAsidEntry] = 0;
    arch::forget_root(root_word(root));
}

}  // namespace

Word* find_root(Word asid) {
    const AsidPool* pool = pools[asid / kAsidsPerPool];
    return pool ? pool->roots[asid % kAsidsPerPool] : nullptr;
}

void install_pool(Word pool_index, AsidPool& pool) {
    pools[pool_index] = &pool;
}

AsidPool* find_pool(Word pool_index) {
    return pools[pool_index];
}

void assign_asid(Word* root, Word asid) {
    pools[asid / kAsidsPerPool]->roots[asid % kAsidsPerPool] = root;
    root[kAsidEntry] = asid_mark(asid);
    root[kRootWordEntry] = std::rotl(arch::make_root_word(arch::to_physical(root), asid), kRootWordTurn);
}

void release_asid(const TableCap& cap) {
    const Word asid = cap.asid;
    if (asid == 0 || find_root(asid) != arch::from_physical<Word>(cap.address)) return;
    forget(pools[asid / kAsidsPerPool]->roots[asid % kAsidsPerPool]);
}

void release_pool(const AsidPoolCap& cap) {
    const Word index = cap.base / kAsidsPerPool;
    AsidPool* pool = arch::from_physical<AsidPool>(cap.address);
    if (pools[index] != pool) return;
    for (Word*& root : pool->roots) {
        if (root) forget(root);
    }
    pools[index] = nullptr;
}

}  // namespace kernel::vspace
