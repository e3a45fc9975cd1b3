// SPDX-License-Identifier: GPL-3.0-only
//
// Time, in NT's unit of 100 ns. It is computed from the TSC; interrupts are only asked for when a timer is
// due.
#pragma once

#include <stdint.h>

#include "executive/prelude.hpp"

namespace ke {

inline constexpr uint64_t kTicksPerSecond = 10'000'000;
inline constexpr uint64_t kTicksPerMillisecond = 10'000;

// Since boot.
uint64_t interrupt_time();
// Since 1601-01-01, UTC.
uint64_t system_time();
void set_system_time(uint64_t time);
uint64_t boot_time();
// How fast the TSC runs, as the kernel says, in MHz.
uint32_t processor_megahertz();

// A counter of performance_frequency() per second.
uint64_t performance_counter();
inline constexpr uint64_t performance_frequency() {
    return kTicksPerSecond;
}

}  // namespace ke
