// SPDX-License-Identifier: GPL-3.0-only
//
// The clock of a world without one: time passes when a test says so.
#pragma once

#include <stdint.h>

namespace killer {

// In 100 ns; what is due expires.
void advance_clock(uint64_t by);

}  // namespace killer
