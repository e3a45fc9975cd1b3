// SPDX-License-Identifier: GPL-3.0-only
//
// The hardware abstraction component: screen and serial console, ACPI tables and what they say about
// interrupts and power, the clock chip. It reaches the machine only through machine.hpp, so all of it also
// runs on the host.
#pragma once

#include "executive/hal/acpi.hpp"
#include "executive/hal/console.hpp"
#include "executive/hal/machine.hpp"
#include "executive/hal/power.hpp"
#include "executive/hal/rtc.hpp"
#include "executive/hal/serial.hpp"

namespace hal {

// Finds the screen and the ACPI tables. Never fails for want of hardware: without a screen the console is the
// serial line alone, without ACPI the PC's traditional wiring is taken. REQUIRES: the heap works.
Result<void> initialize();

}  // namespace hal
