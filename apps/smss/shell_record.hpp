// SPDX-License-Identifier: GPL-3.0-only
//
// Which process the shell is, written down where only the system writes, so that an smss that was started
// again goes on with its own shell and with no other program of that name.
//
//   \Registry\Machine\System\CurrentControlSet\Control\Session Manager\Shell     gone with the machine
//       Process      REG_BINARY  identifier and time of creation, which no two processes share
#pragma once

#include "apps/common/native.hpp"

namespace smss {

// With SYNCHRONIZE and PROCESS_QUERY_LIMITED_INFORMATION. False: nothing is written down, or it is no more.
bool open_recorded_shell(app::Handle& process);
// Who cannot write it down starts a second shell when it is started again itself.
void record_shell(HANDLE process);

}  // namespace smss
