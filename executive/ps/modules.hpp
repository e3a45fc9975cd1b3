// SPDX-License-Identifier: GPL-3.0-only
//
// For debuggers: one line on the serial port for each PE image mapped into a process. Off unless the boot
// option modules=1 asks for it.
#pragma once

#include <stdint.h>

#include <string_view>

namespace ps {

extern bool report_modules;

// Prints the base name of `path`.
void report_module(std::u16string_view path, uint64_t base, uint32_t process_id);

}  // namespace ps
