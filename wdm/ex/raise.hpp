// SPDX-License-Identifier: GPL-3.0-only
//
// Raising an NTSTATUS as an exception in the driver that asked for something impossible.
#pragma once

#include "abi/nt/ntdef.h"

namespace ex {
[[noreturn]] void raise_status(NTSTATUS status);
}
