// SPDX-License-Identifier: GPL-3.0-only
//
// IRPs inside a driver host. Three kinds live here: leases (the Executive owns them; the pump builds them
// from ring requests and takes them back when they complete), IRPs a driver built with IoBuild... (freed on
// completion), and those it allocated itself (it frees them, its completion routine stops the completion).
#pragma once

#include "abi/wdm/iotypes.h"
#include "abi/wdm/ring.h"

namespace io {

// IRP.AllocationFlags
constexpr UCHAR kIrpIsLease = 0x40;  // ours: completion goes to the pump
constexpr UCHAR kIrpIsBuilt = 0x20;  // ours: completion fills UserIosb, sets UserEvent and frees

constexpr SIZE_T irp_size(CCHAR stack_size) {
    return sizeof(IRP) + static_cast<SIZE_T>(stack_size) * sizeof(IO_STACK_LOCATION);
}

inline IO_STACK_LOCATION& next_location(IRP& irp) {
    return irp.Tail.Overlay.CurrentStackLocation[-1];
}

inline IO_STACK_LOCATION& current_location(IRP& irp) {
    return *irp.Tail.Overlay.CurrentStackLocation;
}

void initialise_irp(IRP& irp, SIZE_T size, CCHAR stack_size);
NTSTATUS call_driver(DEVICE_OBJECT& device, IRP& irp);
// Sends the IRP and waits for it. The completion stops at the caller, who still owns the IRP.
NTSTATUS call_and_wait(DEVICE_OBJECT& device, IRP& irp);
void complete(IRP& irp);
// Who asks for a request of the Executive's; null for an IRP that a driver made. Owned by the pump.
const WDM_SUBJECT* subject_of(const IRP& irp);

// Where completed leases go; owned by io, set by the pump.
extern void (*lease_completed)(IRP& irp);

}  // namespace io

extern "C" {
PIRP IoAllocateIrp(CCHAR StackSize, BOOLEAN ChargeQuota);
VOID IoFreeIrp(PIRP Irp);
NTSTATUS IofCallDriver(PDEVICE_OBJECT DeviceObject, PIRP Irp);
VOID IofCompleteRequest(PIRP Irp, CCHAR PriorityBoost);
VOID IoFreeMdl(PMDL Mdl);
}
