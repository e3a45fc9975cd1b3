// SPDX-License-Identifier: GPL-3.0-only
//
// The system's console: its host is started before what needs it, and again whenever it ends.
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// How a program is started.
using Start = NTSTATUS (*)(app::View command_line, app::Handle& process);

bool is_console_host(app::View command_line);
// Starts it and watches over it from now on. `command_line` lives for ever.
NTSTATUS start_console_host(app::View command_line, Start start);
// A reference to the console that children inherit; waits for its host. Null when none was started.
void open_console(app::Handle& reference);

}  // namespace smss
