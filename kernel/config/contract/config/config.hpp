// SPDX-License-Identifier: GPL-3.0-only
// Kernel configuration, chosen by include path. For tests: reports every system call and invocation outside
// the contract on COM1.
#pragma once

namespace config {

inline constexpr const char* kName = "contract";
inline constexpr bool kConsole = true;         // kernel messages on COM1
inline constexpr bool kDebugSyscalls = false;  // DebugPutChar and its kin
inline constexpr bool kReportContract = true;  // name what no seL4 kernel is bound to serve
inline constexpr bool kExtensions = false;     // the invocations of abi/sel4/extensions.h

}  // namespace config
