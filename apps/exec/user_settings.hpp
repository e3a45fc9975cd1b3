// SPDX-License-Identifier: GPL-3.0-only
//
// The registry as a program finds it that `exec` starts.
#pragma once

namespace exec {

// What Windows keeps of a user's language and formats in his hive, for English (United States): programs read
// it, and kernelbase.dll would write it at each start of a program where it is not.
void write_user_settings();

}  // namespace exec
