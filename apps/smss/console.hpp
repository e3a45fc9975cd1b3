// SPDX-License-Identifier: GPL-3.0-only
//
// The system's console: its host is started before what needs it, and again whenever it ends.
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// How a program is started.
using Start = NTSTATUS (*)(app::View command_line, app::Handle& process);

bool is_console_host(app::View command_line);
// Starts it and watches over it from now on; the one that an earlier smss has started, if it is there still.
NTSTATUS start_console_host(app::View command_line, Start start);

// What a shell sits at. Children inherit it; nothing is open when no host was started.
struct Console {
    app::Handle reference, input, output;

    // Waits for its host.
    void open();
};

}  // namespace smss
