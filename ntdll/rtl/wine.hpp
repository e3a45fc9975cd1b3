// SPDX-License-Identifier: GPL-3.0-only
// Where libwine's DLLs take another answer from an ntdll than NT's.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// Of a function that kernelbase.dll or kernel32.dll hands on as it is, as a BOOL: that, and the last error,
// in a program of the Win32 subsystem. A native one gets the status.
NTSTATUS boolean_for_win32(NTSTATUS status);

}  // namespace rtl
