// SPDX-License-Identifier: GPL-3.0-only
//
// Callers of the Win32 subsystem. Their system DLLs are libwine's, which here and there ask for what NT does
// not give: docs/exec.md has the list. Native programs get NT's answer.
#pragma once

#include "abi/nt/ntimage.h"
#include "executive/ps/process.hpp"

namespace ps {

inline bool is_win32(ke::Call& call) {
    auto* process = ob::as<Process>(call.client().process_object());
    if (!process || !process->image()) return false;
    ULONG subsystem = process->image()->image_information().SubSystemType;
    return subsystem == IMAGE_SUBSYSTEM_WINDOWS_GUI || subsystem == IMAGE_SUBSYSTEM_WINDOWS_CUI;
}

}  // namespace ps
