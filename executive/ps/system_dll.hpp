// SPDX-License-Identifier: GPL-3.0-only
//
// ntdll.dll and the entries in it that the Executive sends threads to.
#pragma once

#include "executive/mm/section.hpp"

namespace ps {

struct SystemDll {
    Ref<mm::Section> section;
    // Offsets from its base.
    uint32_t initialize_thunk = 0;
    uint32_t user_thread_start = 0;
    uint32_t exception_dispatcher = 0;
    uint32_t apc_dispatcher = 0;
    uint32_t move_floating_point = 0;
    uint32_t service_gate = 0;
    uint32_t load_flags = 0;  // popfq, ret
};

SystemDll& system_dll();

// The offset of an export by name, in an image whose every number is untrusted. STATUS_PROCEDURE_NOT_FOUND.
Result<uint32_t> find_export(mm::Section& image, std::string_view name);

}  // namespace ps
