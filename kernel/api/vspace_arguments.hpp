// SPDX-License-Identifier: GPL-3.0-only
//
// The checks that every mapping invocation makes of its VSpace argument.
#pragma once
#include "kernel/api/invocation.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

// The argument is a PML4 with an ASID.
inline Result<TableCap> vspace_argument(const Cte& slot) {
    const auto space = slot.cap.as<TableCap>();
    if (!slot.cap.is(CapTag::pml4) || space.asid == 0) return Error::invalid_capability(1);
    return space;
}

// Its ASID still is its own.
inline Result<Word*> live_root(const TableCap& space) {
    Word* root = vspace::find_root(space.asid);
    if (!root) return Error::failed_lookup(false, LookupFailure::invalid_root());
    if (root != arch::from_physical<Word>(space.address)) return Error::invalid_capability(1);
    return root;
}

}  // namespace kernel
