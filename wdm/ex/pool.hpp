// SPDX-License-Identifier: GPL-3.0-only
//
// Pool blocks below a page lie between a header and a tail that no driver writes to. Both are looked at when
// the block is freed, when its driver is unloaded, and whenever the host becomes idle after the pool was
// used: a block that is never freed is found too. The bug check (0xC1, as NT's special pool has it) names who
// allocated it.
#pragma once

#include "abi/nt/ntdef.h"

namespace ex {

// Looks at the blocks if any was allocated or freed since the last look, else every now and then. For whoever
// is about to wait for work; a bounded number of blocks each time, in turn.
void check_pool_at_idle();
// Looks at all.
void check_pool();

}  // namespace ex

extern "C" {
PVOID ExAllocatePoolWithTag(ULONG Type, SIZE_T Bytes, ULONG Tag);
VOID ExFreePool(PVOID Block);
}
