// SPDX-License-Identifier: GPL-3.0-only
//
// Device objects of this host. One allocation holds the DEVICE_OBJECT, the driver's device extension behind
// it and our DEVOBJ_EXTENSION at the end. A device with a name is registered with the Executive and has an
// index: that is how a ring request names it. Devices are referenced; a deleted one goes when the last
// reference does.
#pragma once

#include "abi/wdm/iotypes.h"
#include "abi/wdm/ring.h"
#include "wdm/platform/platform.hpp"

constexpr ULONG kMaximumDevices = WDM_DEVICES;
constexpr ULONG kNoIndex = ~0u;

// The documented head, then our own part.
struct _DEVOBJ_EXTENSION {
    SHORT Type;
    USHORT Size;
    PDEVICE_OBJECT DeviceObject;
    ULONG PowerFlags;
    PVOID Dope;
    ULONG ExtensionFlags;
    PVOID DeviceNode;  // pnp::Node of a PDO
    PDEVICE_OBJECT AttachedTo;

    ULONG index;  // the Executive's name for it, kNoIndex without one
    bool deleted;
    ULONG files;  // open ones; a deleted device keeps its index for their IRP_MJ_CLEANUP and IRP_MJ_CLOSE
    UNICODE_STRING name;
    // StartIo
    ULONG start_key;
    bool start_pending;
    bool start_no_cancel;
    bool start_deferred;
    PVOID timer_context;
};

namespace io {

// The device of an index, referenced by nobody; null for an index that the host never registered.
DEVICE_OBJECT* device_of(ULONG index);
DEVICE_OBJECT& top_of(DEVICE_OBJECT& device);
void reference(DEVICE_OBJECT& device);
void dereference(DEVICE_OBJECT& device);
// A file object is open on the device: its index and its memory stay until the file is closed.
void file_opened(DEVICE_OBJECT& device);
void file_closed(DEVICE_OBJECT& device);
// Ends the device's IoInitializeTimer timer.
void forget_timer(DEVICE_OBJECT& device);
// Looks for a device of this host by its full name, ignoring case.
DEVICE_OBJECT* find_device(const UNICODE_STRING& name);
// Gives an unnamed device (a PDO) a name after all.
NTSTATUS name_device(DEVICE_OBJECT& device, const UNICODE_STRING& name);

// Guards driver and device lists and the index table. Held briefly, at any IRQL up to DISPATCH_LEVEL.
extern platform::Lock database_lock;

}  // namespace io

extern "C" {
NTSTATUS IoCreateDevice(PDRIVER_OBJECT Driver, ULONG ExtensionSize, PUNICODE_STRING Name, ULONG Type,
                        ULONG Characteristics, BOOLEAN Exclusive, PDEVICE_OBJECT* Device);
VOID IoDeleteDevice(PDEVICE_OBJECT Device);
PDEVICE_OBJECT IoAttachDeviceToDeviceStack(PDEVICE_OBJECT Source, PDEVICE_OBJECT Target);
}
