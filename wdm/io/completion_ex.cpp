// SPDX-License-Identifier: GPL-3.0-only
//
// IoSetCompletionRoutineEx, and looking at the devices of a driver.
#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/irp.hpp"

extern "C" {

// NT wraps the routine to keep the driver loaded until it has run; a driver here is unloaded only when none
// of its requests is out, so the plain form is enough.
NTSTATUS IoSetCompletionRoutineEx(PDEVICE_OBJECT, PIRP irp, PIO_COMPLETION_ROUTINE routine, PVOID context,
                                  BOOLEAN success, BOOLEAN error, BOOLEAN cancel) {
    IO_STACK_LOCATION& location = io::next_location(*irp);
    location.CompletionRoutine = routine;
    location.Context = context;
    location.Control =
        static_cast<UCHAR>((success ? SL_INVOKE_ON_SUCCESS : 0) | (error ? SL_INVOKE_ON_ERROR : 0) |
                           (cancel ? SL_INVOKE_ON_CANCEL : 0));
    return STATUS_SUCCESS;
}

// Fills the list with references; says STATUS_BUFFER_TOO_SMALL, and the number, when there are more.
NTSTATUS IoEnumerateDeviceObjectList(PDRIVER_OBJECT driver, PDEVICE_OBJECT* list, ULONG size, PULONG count) {
    platform::Guard guard(io::database_lock);
    ULONG room = size / sizeof(PDEVICE_OBJECT), found = 0;
    for (PDEVICE_OBJECT device = driver->DeviceObject; device != nullptr;
         device = device->NextDevice, found++) {
        if (found >= room) continue;
        io::reference(*device);
        list[found] = device;
    }
    *count = found;
    return found <= room ? STATUS_SUCCESS : STATUS_BUFFER_TOO_SMALL;
}

}  // extern "C"
