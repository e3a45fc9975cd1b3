// SPDX-License-Identifier: GPL-3.0-only
// The run-time library's share of process and thread start.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// Fills the PEB's locks, bitmaps, heap and parameters. Runs once, before anything else of the library is
// used.
NTSTATUS init_process(PPEB peb);
// Fills the TEB fields that programs expect to be set.
void init_thread(PTEB teb);

}  // namespace rtl
