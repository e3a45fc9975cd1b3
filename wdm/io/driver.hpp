// SPDX-License-Identifier: GPL-3.0-only
//
// Driver objects of this host: one per loaded .sys, made by the pump on the Executive's LOAD request, plus
// the runtime's own for PDOs and devices of other hosts. The number is the Executive's name for the driver.
#pragma once

#include <atomic>

#include "abi/wdm/iotypes.h"
#include "abi/wdm/ring.h"

constexpr ULONG kMaximumDrivers = WDM_DRIVERS;

namespace io {

struct ClientExtension;

// A DRIVER_OBJECT with what belongs to it. `object` comes first: a driver's pointer is a pointer to this.
struct Driver {
    DRIVER_OBJECT object;
    DRIVER_EXTENSION extension;
    ULONG number;
    PVOID image;  // base of the mapped image, null for the runtime's own
    ClientExtension* client_extensions;
    PDRIVER_REINITIALIZE reinitialize;
    PVOID reinitialize_context;
    UNICODE_STRING registry_path;
    std::atomic<ULONG> work_items;  // queued or running
};

// Loads the image, binds it and calls DriverEntry; the name of the object is \Driver\<last part of
// registry_path>.
NTSTATUS load_driver(ULONG number, const UNICODE_STRING& image_path, const UNICODE_STRING& registry_path);
// Why a driver cannot be unloaded now: STATUS_INVALID_DEVICE_REQUEST without an unload routine, as NT has it,
// STATUS_DEVICE_BUSY while a device of it is open or part of a stack.
NTSTATUS may_unload(ULONG number);
// Calls DriverUnload, waits for the driver's work items and DPCs, and takes its devices and its image away.
// Whatever else of its code is still known then is a bug check, as on NT. REQUIRES: may_unload().
NTSTATUS unload_driver(ULONG number);
Driver* driver_of(ULONG number);
// Whose code an address is, null when it is nobody's.
Driver* driver_at(const void* address);
ULONG driver_number(const DRIVER_OBJECT& driver);
// The runtime's own driver objects; every major function fails until set.
Driver* create_internal_driver(const UNICODE_STRING& name);

}  // namespace io
