// SPDX-License-Identifier: GPL-3.0-only
// What a process does for its debugger.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

constexpr SIZE_T longest_debug_text = 512;

// A breakpoint that does no harm where there is no debugger any more.
void break_for_debugger();
// Gives it a text of up to longest_debug_text bytes. False: it is what the debugger does itself, or nobody
// takes it.
bool tell_debugger(const char* text, SIZE_T size);

}  // namespace rtl
