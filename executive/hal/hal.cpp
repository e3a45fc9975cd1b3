// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/hal.hpp"

namespace hal {

Result<void> initialize() {
    acpi_initialize();
    console_initialize();
    return {};
}

}  // namespace hal
