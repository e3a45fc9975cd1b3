// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/modules.hpp"

#include "base/format.hpp"
#include "executive/hal/serial.hpp"
#include "executive/ke/reports.hpp"

namespace ps {

constinit bool report_modules;

void report_module(std::u16string_view path, uint64_t base, uint32_t process_id) {
    if (!report_modules) [[likely]]
        return;
    char line[160];
    size_t slash = path.find_last_of(u"\\/");
    if (slash != std::u16string_view::npos) path = path.substr(slash + 1);
    ke::Reports::instance().finish_line();
    hal::serial_write(base::format(line, "module: {} 0x{x} process {}\n", path, base, process_id));
    // The debugger stops here and reads what has arrived.
    hal::serial_flush();
}

}  // namespace ps
