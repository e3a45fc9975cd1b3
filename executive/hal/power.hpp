// SPDX-License-Identifier: GPL-3.0-only
//
// Switching the machine off and starting it anew.
#pragma once

#include "executive/prelude.hpp"

namespace hal {

// Each returns only when the machine offers no way that works.
void power_off();
void reboot();

}  // namespace hal
