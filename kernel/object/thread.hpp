// SPDX-License-Identifier: GPL-3.0-only
//
// Stopping and starting threads.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel {

// Every thread that runs has a master reply capability, the parent of those that its calls hand out.
void ensure_master_reply(Tcb& tcb);

// Whatever it waits for is cancelled; it does not run until resumed.
void suspend(Tcb& tcb);
// A stopped thread continues at its restart address; one blocked in a system call makes it again.
void resume(Tcb& tcb);

}  // namespace kernel
