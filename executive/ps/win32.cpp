// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/win32.hpp"

#include "abi/nt/ntimage.h"
#include "executive/ps/process.hpp"

namespace ps {

bool is_win32(ke::Call& call) {
    auto* process = ob::as<Process>(call.client().process_object());
    if (!process || !process->image()) return false;
    ULONG subsystem = process->image()->image_information().SubSystemType;
    return subsystem == IMAGE_SUBSYSTEM_WINDOWS_GUI || subsystem == IMAGE_SUBSYSTEM_WINDOWS_CUI;
}

bool has_file_leniency(ke::Call& call) {
    auto* process = ob::as<Process>(call.client().process_object());
    return process && process->file_leniency() && is_win32(call);
}

}  // namespace ps
