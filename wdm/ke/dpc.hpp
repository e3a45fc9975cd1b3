// SPDX-License-Identifier: GPL-3.0-only
//
// The queue of deferred procedure calls of the host. Whoever leaves DISPATCH_LEVEL runs what is queued,
// holding the dispatch lock; see irql.hpp. A DPC object belongs to the driver and may be queued again from
// its own routine.
#pragma once

#include <atomic>

#include "abi/wdm/ketypes.h"

namespace ke {

inline constinit std::atomic<ULONG> queued_dpcs{0};  // how many; of dpc.cpp
inline bool dpcs_pending() {
    return queued_dpcs.load(std::memory_order_acquire) != 0;
}
void run_dpcs();  // caller is at DISPATCH_LEVEL
// False when it is queued already. Does not run it: see KeInsertQueueDpc.
bool queue_dpc(KDPC& dpc, PVOID argument1, PVOID argument2);

}  // namespace ke

extern "C" {
VOID KeInitializeDpc(PKDPC Dpc, PKDEFERRED_ROUTINE Routine, PVOID Context);
BOOLEAN KeInsertQueueDpc(PKDPC Dpc, PVOID Argument1, PVOID Argument2);
BOOLEAN KeRemoveQueueDpc(PKDPC Dpc);
}
