// SPDX-License-Identifier: GPL-3.0-only
//
// The end of a driver's code: nothing of it may be called once its image is unmapped.
#pragma once

#include "wdm/io/driver.hpp"

namespace io {

// After DriverUnload, with the devices gone. Waits for work items and DPCs. An interrupt, a timer or a thread
// of the driver that is left is a bug check that names the driver.
void let_go(Driver& driver);

}  // namespace io
