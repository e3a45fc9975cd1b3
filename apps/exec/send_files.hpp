// SPDX-License-Identifier: GPL-3.0-only
//
// `exec --out`: what a program has made or changed goes to the host.
#pragma once

#include "apps/common/native.hpp"

namespace exec {

// Sends a folder, given by its DOS path, as EXEC_ORDER_GET says. What cannot be read is left out, and said at
// the end. An error: the channel is gone.
NTSTATUS send_files(app::View folder);

}  // namespace exec
