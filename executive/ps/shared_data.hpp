// SPDX-License-Identifier: GPL-3.0-only
//
// KUSER_SHARED_DATA: the page at 0x7ffe0000 that tells every process the time and the version without asking,
// and the page behind it, whose first word is the address of the system call gate. One frame each, shared by
// all.
#pragma once

#include "executive/mm/address_space.hpp"

namespace ps {

// Milliseconds that TickCount has when the system begins: programs take a count below a second for one that
// was never asked for (libwine's GlobalMemoryStatusEx), and no PC was ever that quick.
constexpr uint64_t kTicksAtBoot = 1000;

// Once, at boot: fills the pages and starts the tick.
Result<void> initialize_shared_data();
// Where programs that call services by number call to, in ntdll: at the same address in every process. Once.
void set_service_gate(uint64_t address);
Result<void> map_shared_data(mm::AddressSpace& space);

}  // namespace ps
