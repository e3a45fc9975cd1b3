// SPDX-License-Identifier: GPL-3.0-only
//
// The thread that calls into file systems (WDM_REQUEST_CALL): one of its own, so that it is there whatever
// the host's other threads are busy with, and the same for all, since what a file system acquires belongs to
// a thread. The Executive asks for one file at a time and lets it go before the next.
#pragma once

#include "wdm/pump/lease.hpp"

namespace pump {

// Makes the thread, once. False without memory.
bool prepare_calls();
// Hands it over: STATUS_PENDING, and the lease is the thread's, which ends it. Else how it ends:
// STATUS_SUCCESS when the driver wants no calls.
NTSTATUS hand_over_call(Lease& lease, const WDM_REQUEST& request);

}  // namespace pump
