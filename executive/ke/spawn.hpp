// SPDX-License-Identifier: GPL-3.0-only
//
// Work of the Executive's own that may wait: starting drivers, tearing down, background clean-up.
#pragma once

#include "base/task.hpp"
#include "executive/prelude.hpp"

namespace ke {

// Runs the task to its end; it owns itself. A failure is logged under this name.
void spawn(const char* name, Task<NTSTATUS> task);

}  // namespace ke
