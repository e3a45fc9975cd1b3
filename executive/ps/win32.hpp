// SPDX-License-Identifier: GPL-3.0-only
//
// Callers of the Win32 subsystem. Their system DLLs are libwine's, which here and there ask for what NT does
// not give: docs/exec.md has the list. Native programs get NT's answer.
#pragma once

#include "executive/ke/call.hpp"

namespace ps {

bool is_win32(ke::Call& call);
// The same, started by somebody who has asked for file access beyond NT's rule (abi/nt/ntleniency.h).
bool has_file_leniency(ke::Call& call);

}  // namespace ps
