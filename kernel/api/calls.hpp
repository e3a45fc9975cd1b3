// SPDX-License-Identifier: GPL-3.0-only
//
// Between the fast paths and the rest: the general way through Call and ReplyRecv, for when the fast one is
// not open. `slot` is where the CPtr leads, null where that is still to be found out.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel {

void call_slowly(Tcb& caller, Cte* slot);
void reply_recv_slowly(Tcb& caller, const Cte* slot);

// The fast way for a fault: sends it to a handler that waits and may run at once. False: nothing has been
// done.
bool deliver_fault(Tcb& tcb);

}  // namespace kernel
