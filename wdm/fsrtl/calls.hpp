// SPDX-License-Identifier: GPL-3.0-only
//
// Calls into a file system: to acquire a file and to let it go, for the making of a section, the writing of
// modified pages, the flush of a cache.
#pragma once

#include "abi/wdm/fstypes.h"
#include "abi/wdm/ring.h"

namespace fsrtl {

struct Call {
    UCHAR operation;  // WDM_CALL_*
    DEVICE_OBJECT* device;
    FILE_OBJECT* file;
    LARGE_INTEGER ending_offset;  // of WDM_CALL_ACQUIRE_FOR_MOD_WRITE: the last byte that will be written
    ULONG page_protection;        // of WDM_CALL_ACQUIRE_FOR_SECTION
};

// Has the driver of this device said that it wants any of them?
bool wants_calls(const DRIVER_OBJECT& driver);
// Asks what it has registered, then its fast I/O table; a file system that has neither holds nothing, and
// agrees. By one thread, which lets go what it has acquired before it acquires anything else.
NTSTATUS call(const Call& call);

}  // namespace fsrtl
