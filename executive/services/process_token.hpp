// SPDX-License-Identifier: GPL-3.0-only
//
// Which tokens a caller may start a process with.
#pragma once

#include "executive/ps/thread.hpp"

namespace services {

// The token behind a handle of the caller's that grants TOKEN_ASSIGN_PRIMARY, for a process that it starts;
// null for no handle. STATUS_BAD_TOKEN_TYPE. STATUS_PRIVILEGE_NOT_HELD: one that was not made from its own
// takes SeAssignPrimaryTokenPrivilege.
base::Result<base::Ref<se::Token>> token_for_child(ke::Call& call, HANDLE handle);

}  // namespace services
