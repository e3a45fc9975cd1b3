// SPDX-License-Identifier: GPL-3.0-only
//
// Requests that were taken from the ring and wait for a thread. A driver that blocks keeps the thread of each
// request that it blocks in; so each class of requests leaves some of the host's threads to those that are
// more urgent. Threads that have lost the lead inside a dispatch routine are engaged until they find nothing
// more to do.
//
// But for class_of() and crowded(), callers hold the lock of the leases.
#pragma once

#include "wdm/pump/lease.hpp"

namespace pump {

RequestClass class_of(const WDM_REQUEST& request);
// A thread is engaged: as long as none is, nothing has to wait.
bool crowded();
void count_engaged();

// True: it waits now, behind those of its class, or for those of its file when it ends that.
bool defer(Lease& lease, DEVICE_OBJECT& top);
void take_out(Lease& lease);
// What an engaged thread does next; null: nothing, and it is engaged no more.
Lease* next_deferred();

}  // namespace pump
