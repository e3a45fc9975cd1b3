// SPDX-License-Identifier: GPL-3.0-only
//
// The system calls that exist in some configurations only: those for debugging, and SetTLSBase on CPUs
// without FSGSBASE.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel {

// False: there is no such system call here.
bool extra_syscall(Tcb& caller, std::int64_t number);

}  // namespace kernel
