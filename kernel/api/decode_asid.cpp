// SPDX-License-Identifier: GPL-3.0-only
//
// ASIDControl.MakePool and ASIDPool.Assign.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/object/untyped.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

using namespace vspace;

Status decode_asid_control(const Invocation& call) {
    if (call.label != seL4_Label_ASIDControl_MakePool) return Error::illegal_operation();
    if (call.length < 2 || call.extra.count < 2) return Error::truncated();
    Word index = 0;
    while (index < kAsidPools && find_pool(index))
        index++;
    if (index == kAsidPools) return Error::plain(seL4_DeleteFirst);
    Cte& source = *call.extra.slots[0];
    const auto untyped = source.cap.as<UntypedCap>();
    if (!source.cap.is(CapTag::untyped) || untyped.size_bits != seL4_ASIDPoolBits || untyped.device)
        return Error::invalid_capability(1);
    if (has_children(source)) return Error::plain(seL4_RevokeFirst);
    Cte* target = TRY(lookup_empty_target(call.extra.slots[1]->cap, call.argument(0), call.argument(1)));

    call.begin();
    mark_full(source);
    auto* pool = arch::from_physical<AsidPool>(untyped.address);
    __builtin_memset(pool, 0, sizeof(AsidPool));
    insert_derived_cap(AsidPoolCap{.base = index * kAsidsPerPool, .address = untyped.address}, source,
                       *target);
    install_pool(index, *pool);
    return {};
}

Status decode_asid_pool(const Invocation& call) {
    if (call.label != seL4_Label_ASIDPool_Assign) return Error::illegal_operation();
    if (call.extra.count < 1) return Error::truncated();
    Cte& space_slot = *call.extra.slots[0];
    auto space = space_slot.cap.as<TableCap>();
    if (!space_slot.cap.is(CapTag::pml4) || space.asid != 0) return Error::invalid_capability(1);
    const auto cap = call.cap.as<AsidPoolCap>();
    const AsidPool* pool = find_pool(cap.base / kAsidsPerPool);
    if (!pool) return Error::failed_lookup(false, LookupFailure::invalid_root());
    if (pool != arch::from_physical<AsidPool>(cap.address)) return Error::invalid_capability(0);
    // ASID 0 stands for none.
    Word index = cap.base == 0 ? 1 : 0;
    while (index < kAsidsPerPool && pool->roots[index])
        index++;
    if (index == kAsidsPerPool) return Error::plain(seL4_DeleteFirst);

    call.begin();
    space.asid = cap.base + index;
    space_slot.cap = space;
    assign_asid(arch::from_physical<Word>(space.address), space.asid);
    return {};
}

}  // namespace kernel
