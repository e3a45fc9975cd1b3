// SPDX-License-Identifier: GPL-3.0-only
//
// The PC's battery clock (MC146818 and its successors), taken to run in UTC.
#pragma once

#include <stdint.h>

#include "executive/prelude.hpp"

namespace hal {

struct ClockFields {
    unsigned year, month, day, hour, minute, second;
};

// 100 ns since 1601-01-01. Fields out of range are brought into it.
uint64_t to_system_time(const ClockFields& fields);
// What the clock says now; 2000-01-01 when it cannot be read.
uint64_t read_clock();

}  // namespace hal
