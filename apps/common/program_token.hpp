// SPDX-License-Identifier: GPL-3.0-only
//
// Whose rights a program gets that a shell, or what stands in for one, starts.
#pragma once

#include "apps/common/native.hpp"

namespace app {

// A token for a program. An ordinary one is the shell's without its administrator's rights: Administrators
// for denying only, Medium label, no privileges but harmless ones. An administrator's is the shell's own with
// the privileges enabled that administration takes: STATUS_PRIVILEGE_NOT_HELD when the shell has them not.
NTSTATUS make_program_token(bool administrator, Handle& token);

}  // namespace app
