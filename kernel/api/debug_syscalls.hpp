// SPDX-License-Identifier: GPL-3.0-only
//
// The system calls of a debug kernel, and the names that threads get by one of them.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel {

// False: there is no such system call.
bool debug_syscall(Tcb& caller, std::int64_t number);

// Says on the console that this thread stops, for nobody handles its fault.
void report_unhandled_fault(const Tcb& tcb);

}  // namespace kernel
