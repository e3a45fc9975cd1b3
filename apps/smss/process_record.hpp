// SPDX-License-Identifier: GPL-3.0-only
//
// Which processes the shell and the console's host are, written down where only the system writes, so that an
// smss that was started again goes on with its own and with no other program of that name.
//
//   \Registry\Machine\System\CurrentControlSet\Control\Session Manager\Shell     gone with the machine
//       Process, ConsoleHost  REG_BINARY  identifier and time of creation, which no two processes share
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// With SYNCHRONIZE and PROCESS_QUERY_LIMITED_INFORMATION. False: nothing is written down, or it is no more.
bool open_recorded(app::View value_name, app::Handle& process);
// Who cannot write it down starts a second one when it is started again itself.
void record_process(app::View value_name, HANDLE process);

}  // namespace smss
