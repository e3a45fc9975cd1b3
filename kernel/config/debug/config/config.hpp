// SPDX-License-Identifier: GPL-3.0-only
// Kernel configuration, chosen by include path. For development: a console on COM1, seL4's debug system
// calls, boot messages.
#pragma once

namespace config {

inline constexpr const char* kName = "debug";
inline constexpr bool kConsole = true;          // kernel messages on COM1
inline constexpr bool kDebugSyscalls = true;    // DebugPutChar and its kin
inline constexpr bool kReportContract = false;  // name what no seL4 kernel is bound to serve
inline constexpr bool kExtensions = true;       // the invocations of abi/sel4/extensions.h

}  // namespace config
