// SPDX-License-Identifier: GPL-3.0-only
//
// What hal's pure parts reach for below themselves.
#pragma once

#include <string>

namespace fakes {

// Everything written to the serial line since it was last cleared.
extern std::string serial;
// The clock chip's registers.
extern unsigned char cmos[128];

}  // namespace fakes
