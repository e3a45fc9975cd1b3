// SPDX-License-Identifier: GPL-3.0-only
//
// The whole Executive on the machine made for tests: every component and every service, with the boot volume
// in memory. The clock is the test's; what a driver does, and what threads do in user code, the test plays.
#pragma once

#include "executive/mm/section.hpp"
#include "tests/host/executive/fake_kernel.hpp"

namespace fuzz {

// Once; later calls give the same.
fake::Kernel& boot();
// What every process here runs: it is ntdll.dll as well.
base::Ref<mm::Section> program_image();

}  // namespace fuzz
