// SPDX-License-Identifier: GPL-3.0-only
// The clock without a service call.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// The system's time in 100 ns as of the clock's last tick, up to 16 ms ago.
LONGLONG time_of_tick();

}  // namespace rtl
