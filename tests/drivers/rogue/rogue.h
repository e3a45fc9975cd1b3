// SPDX-License-Identifier: GPL-3.0-only
//
// What rogue.sys is asked to do, as IOCTL codes (METHOD_BUFFERED). It names its device after its service key,
// so that several services can be made from the one file.
#pragma once

#define ROGUE_CODE(function) (0x222000u | ((function) << 2))

#define ROGUE_ADD_ONE ROGUE_CODE(1)  // does as it should: the ULONG comes back one higher
#define ROGUE_FAULT ROGUE_CODE(2)    // reads through a null pointer
#define ROGUE_HANG ROGUE_CODE(3)     // never returns
#define ROGUE_COMPLETE_TWICE ROGUE_CODE(4)
#define ROGUE_WILD_WRITE ROGUE_CODE(5)  // writes over its host's program and heap
#define ROGUE_SPOIL_RING ROGUE_CODE(6)  // overwrites the request ring around the request
#define ROGUE_WAIT_AT_DISPATCH ROGUE_CODE(7)
#define ROGUE_CALL_MISSING ROGUE_CODE(8)  // calls a kernel function that does not exist here
#define ROGUE_STEAL_PORT ROGUE_CODE(9)    // writes to a port that it does not own
#define ROGUE_BUG_CHECK ROGUE_CODE(10)
#define ROGUE_RUN_AWAY ROGUE_CODE(11)          // recursion without end
#define ROGUE_RETURN_RAISED ROGUE_CODE(12)     // returns at DISPATCH_LEVEL
#define ROGUE_COMPLETE_NOTHING ROGUE_CODE(13)  // says success and keeps the IRP
#define ROGUE_PEND_UNMARKED ROGUE_CODE(14)     // STATUS_PENDING without IoMarkIrpPending
#define ROGUE_POOL_OVERRUN ROGUE_CODE(17)      // one byte beyond a block that is never freed
#define ROGUE_SPIN_IN_DPC ROGUE_CODE(18)       // a DPC that never returns
#define ROGUE_SPIN_IN_WORK ROGUE_CODE(19)      // a work item that never returns
#define ROGUE_LOWER_IN_DPC ROGUE_CODE(15)      // a DPC that returns at PASSIVE_LEVEL
#define ROGUE_RAISED_WORK ROGUE_CODE(16)       // a work item that returns at DISPATCH_LEVEL
