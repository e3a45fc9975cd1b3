// SPDX-License-Identifier: GPL-3.0-only
// Kernel configuration, chosen by include path. What users run: says nothing on the serial line, knows no
// debug calls.
#pragma once

namespace config {

inline constexpr const char* kName = "release";
inline constexpr bool kConsole = false;         // kernel messages on COM1
inline constexpr bool kDebugSyscalls = false;   // DebugPutChar and its kin
inline constexpr bool kReportContract = false;  // name what no seL4 kernel is bound to serve
inline constexpr bool kExtensions = true;       // the invocations of abi/sel4/extensions.h

}  // namespace config
