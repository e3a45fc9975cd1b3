// SPDX-License-Identifier: GPL-3.0-only
//
// The queue of deferred procedure calls of the host. Whoever leaves DISPATCH_LEVEL runs what is queued,
// holding the dispatch lock; see irql.hpp. A DPC object belongs to the driver and may be queued again from
// its own routine.
#pragma once

#include "abi/wdm/ketypes.h"

namespace ke {

bool dpcs_pending();
void run_dpcs();  // caller is at DISPATCH_LEVEL
// False when it is queued already. Does not run it: see KeInsertQueueDpc.
bool queue_dpc(KDPC& dpc, PVOID argument1, PVOID argument2);

}  // namespace ke

extern "C" {
VOID KeInitializeDpc(PKDPC Dpc, PKDEFERRED_ROUTINE Routine, PVOID Context);
BOOLEAN KeInsertQueueDpc(PKDPC Dpc, PVOID Argument1, PVOID Argument2);
BOOLEAN KeRemoveQueueDpc(PKDPC Dpc);
}
