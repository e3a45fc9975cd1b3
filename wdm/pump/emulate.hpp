// SPDX-License-Identifier: GPL-3.0-only
//
// Privileged instructions of drivers. x64 drivers inline port access, the IRQL in cr8, cli and sti; in a user
// process each of them faults. A vectored handler decodes the few forms that compilers make and does what was
// meant. Reads of the kernel's address of KUSER_SHARED_DATA are led to the user one.
#pragma once

#include "abi/nt/ntxcapi.h"

namespace pump {

void install_emulator();

// Carries out the instruction at context.Rip and moves past it. False: not one of ours, or not allowed.
bool emulate(CONTEXT& context, const UCHAR* code);

}  // namespace pump
