// SPDX-License-Identifier: GPL-3.0-only
//
// Taking things apart. Everything here that can take long stops at interrupts and returns Preempted: what has
// been done is done, and the same call made again goes on from there.
#pragma once
#include "kernel/api/result.hpp"
#include "kernel/object/tcb.hpp"

namespace kernel {

// An interrupt is waiting: unwind. To be asked between bounded steps of a long operation.
Status preemption_point();
// The same for short steps: looks when enough of them (arch::kWorkPerCheck) came together.
Status work_done(unsigned work);
// Looks if anything was done since the last look: before a step that is long by itself.
Status before_long_step();

// Empties the slot. The last capability of an object takes the object with it: a CNode or Tcb becomes a
// zombie first, whose slots are emptied one by one. `exposed`: the slot is one that users can name (the
// invocation), not one of a zombie being emptied.
Status delete_cap(Cte& slot, bool exposed);
// Deletes all capabilities derived from the one in the slot.
Status revoke(Cte& slot);

// The slot holds a zombie, or a CNode, PML4 or Tcb that would take long to delete.
bool is_long_running_delete(const Cte& slot);

// The queue from which this thread is taken may be under a preempted cancel_badged_sends().
void forget_cursor(const Tcb& tcb);

}  // namespace kernel
