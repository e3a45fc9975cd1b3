// SPDX-License-Identifier: GPL-3.0-only
//
// What a process of the Win32 subsystem finds in its PEB from its first instruction on, as on NT: the code
// pages and the case table of national language support, and the table of API sets. All views show the same
// pages. Native programs have none of it: ntdll needs no table for itself.
#pragma once

#include "executive/mm/section.hpp"

namespace ps {

struct SharedTables {
    // Null: the boot volume has no such file. The PEB's pointer is null then.
    Ref<mm::Section> ansi_code_page;
    Ref<mm::Section> oem_code_page;
    Ref<mm::Section> case_table;
    Ref<mm::Section> api_sets;
    uint32_t api_set_offset = 0;  // of the table in its section, in bytes
};

SharedTables& shared_tables();

}  // namespace ps
