// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of paging structures (PDPT, page directory, page table): Map and Unmap, the same at each level.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/api/vspace_arguments.hpp"

namespace kernel {

namespace {

using namespace vspace;

Word map_label(CapTag tag) {
    return tag == CapTag::page_table       ? seL4_Label_PageTable_Map
           : tag == CapTag::page_directory ? seL4_Label_PageDirectory_Map
                                           : seL4_Label_PDPT_Map;
}

Status map(const Invocation& call) {
    if (call.length < 2 || call.extra.count < 1) return Error::truncated();
    auto table = call.cap.as<TableCap>();
    if (table.asid != 0) return Error::invalid_capability(0);
    const Word bits = table_bits(call.cap.tag());
    const Word address = call.argument(0) & ~low_bits(bits);
    const Word attributes = call.argument(1);
    const TableCap space = TRY(vspace_argument(*call.extra.slots[0]));
    if (address > arch::kUserTop) return Error::invalid_argument(0);
    Word* root = TRY(live_root(space));
    const EntrySlot slot = find_entry(root, address, bits);
    if (!slot.entry) return Error::failed_lookup(false, LookupFailure::missing_capability(slot.bits_left));
    if (*slot.entry & kPresent) return Error::plain(seL4_DeleteFirst);

    call.begin();
    *slot.entry = table.address | kPresent | kWritable | kUser | (attributes & 1 ? kWriteThrough : 0) |
                  (attributes & 2 ? kCacheDisable : 0);
    table.asid = space.asid;
    table.page = address >> 12;
    call.slot.cap = table;
    return {};
}

Status unmap(const Invocation& call) {
    if (!is_final(call.slot)) return Error::plain(seL4_RevokeFirst);
    call.begin();
    auto table = call.cap.as<TableCap>();
    if (table.asid == 0) return {};
    unmap_table(call.cap);
    __builtin_memset(arch::from_physical(table.address), 0, arch::kPageSize);
    table.asid = 0;
    table.page = 0;
    call.slot.cap = table;
    return {};
}

}  // namespace

Status decode_table(const Invocation& call) {
    const Word label = map_label(call.cap.tag());
    if (call.label == label) return map(call);
    if (call.label == label + 1) return unmap(call);
    return Error::illegal_operation();
}

}  // namespace kernel
