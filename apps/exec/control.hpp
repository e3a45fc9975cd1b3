// SPDX-License-Identifier: GPL-3.0-only
//
// Ctrl-C for a native program, which hears nothing of it by itself: it is ended. A Win32 program has
// handlers.
#pragma once

#include "apps/common/native.hpp"

namespace exec {

// `running`: the process that is to be ended, while there is one. Does nothing without a console.
void watch_for_control_c(HANDLE volatile* running);

}  // namespace exec
