// SPDX-License-Identifier: GPL-3.0-only
#pragma once

#include <stdint.h>

namespace killer {

// In 100 ns; what is due expires.
void advance_clock(uint64_t by);

}  // namespace killer
