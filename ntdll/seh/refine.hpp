// SPDX-License-Identifier: GPL-3.0-only
// What a fault of the processor was about, where the kernel cannot tell: it does not show floating-point
// registers, and divisions fault alike by zero and by overflow. The code that faulted is read as it stands.
#pragma once

#include "ntdll/ntdll.hpp"

namespace seh {

// `context` is complete, at the instruction that faulted (x87: at the one behind it that noticed).
NTSTATUS refine(NTSTATUS status, const CONTEXT& context);
// The same for a record; and icebp, which QEMU's own processor does not know, is a step.
void refine(EXCEPTION_RECORD& record, CONTEXT& context);

}  // namespace seh
