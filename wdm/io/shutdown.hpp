// SPDX-License-Identifier: GPL-3.0-only
//
// Devices that asked to be told when the system goes down: the newest first, each once, and those that want
// to be last after all others of the system.
#pragma once

#include "abi/wdm/iotypes.h"

namespace io {

// Sends IRP_MJ_SHUTDOWN to the devices that registered for this chance, WDM_SHUTDOWN_*. At PASSIVE_LEVEL.
NTSTATUS shut_down(ULONG chance);
// What IoDeleteDevice does for a device that forgot.
void forget_shutdown(DEVICE_OBJECT& device);

}  // namespace io
