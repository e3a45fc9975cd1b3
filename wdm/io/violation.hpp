// SPDX-License-Identifier: GPL-3.0-only
//
// What a dispatch routine must not return with. Checked at every call, for the price of a comparison; the bug
// check names the driver, the function and the IRP, with the code and the parameters that NT's driver
// verifier has.
#pragma once

#include "abi/wdm/iotypes.h"

namespace io {

// First parameters of DRIVER_VERIFIER_IOMANAGER_VIOLATION (0xC9).
enum class Violation : ULONG {
    kIrqlChanged = 0x05,
    kNotCompleted = 0x226,      // neither completed nor passed down, and not STATUS_PENDING
    kNotMarkedPending = 0x23d,  // STATUS_PENDING without IoMarkIrpPending
    kNotReturnedPending = 0x23e,
};

[[noreturn]] void irql_changed(const DEVICE_OBJECT& device, ULONG major, KIRQL before, KIRQL after);
[[noreturn]] void mishandled(Violation violation, const DEVICE_OBJECT& device, ULONG major, const IRP& irp);

}  // namespace io
