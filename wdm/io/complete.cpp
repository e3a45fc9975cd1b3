// SPDX-License-Identifier: GPL-3.0-only
//
// IRP completion: up the stack through the completion routines, then to whoever made the IRP.
#include "abi/nt/ntstatus.h"
#include "wdm/ex/pool.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dispatcher.hpp"

namespace io {

constinit void (*lease_completed)(IRP& irp) = nullptr;

namespace {

bool wants_call(const IRP& irp, const IO_STACK_LOCATION& location) {
    if (location.CompletionRoutine == nullptr) return false;
    UCHAR wanted = irp.IoStatus.Status >= 0 ? SL_INVOKE_ON_SUCCESS : SL_INVOKE_ON_ERROR;
    if (irp.Cancel) wanted |= SL_INVOKE_ON_CANCEL;
    return (location.Control & wanted) != 0;
}

// Calls the completion routines from the current location up. False when one of them stopped it.
bool climb(IRP& irp) {
    while (irp.CurrentLocation <= irp.StackCount) {
        IO_STACK_LOCATION& done = current_location(irp);
        irp.CurrentLocation++;
        irp.Tail.Overlay.CurrentStackLocation++;
        irp.PendingReturned = (done.Control & SL_PENDING_RETURNED) != 0;
        bool above = irp.CurrentLocation <= irp.StackCount;
        if (wants_call(irp, done)) {
            // The routine belongs to the driver above, whose device it is called for.
            PDEVICE_OBJECT device = above ? current_location(irp).DeviceObject : nullptr;
            PIO_COMPLETION_ROUTINE routine = done.CompletionRoutine;
            if (routine(device, &irp, done.Context) == STATUS_MORE_PROCESSING_REQUIRED) return false;
        } else if (irp.PendingReturned && above) {
            current_location(irp).Control |= SL_PENDING_RETURNED;
        }
    }
    return true;
}

void free_mdls(IRP& irp) {
    while (PMDL mdl = irp.MdlAddress) {
        irp.MdlAddress = mdl->Next;
        IoFreeMdl(mdl);
    }
}

// The end of an IRP made by IoBuildDeviceIoControlRequest and its like.
void finish_built(IRP& irp) {
    bool copy_back =
        (irp.Flags & (IRP_BUFFERED_IO | IRP_INPUT_OPERATION)) == (IRP_BUFFERED_IO | IRP_INPUT_OPERATION);
    bool failed = static_cast<ULONG>(irp.IoStatus.Status) >= 0xC0000000u;
    if (copy_back && !failed && irp.UserBuffer != nullptr)
        __builtin_memcpy(irp.UserBuffer, irp.AssociatedIrp.SystemBuffer, irp.IoStatus.Information);
    if ((irp.Flags & IRP_DEALLOCATE_BUFFER) != 0) ExFreePool(irp.AssociatedIrp.SystemBuffer);
    free_mdls(irp);
    if (irp.UserIosb != nullptr) *irp.UserIosb = irp.IoStatus;
    PKEVENT event = irp.UserEvent;
    IoFreeIrp(&irp);
    if (event != nullptr) KeSetEvent(event, 0, FALSE);
}

void finish_associated(IRP& irp) {
    PIRP master = irp.AssociatedIrp.MasterIrp;
    free_mdls(irp);
    IoFreeIrp(&irp);
    if (__atomic_sub_fetch(&master->AssociatedIrp.IrpCount, 1, __ATOMIC_ACQ_REL) == 0) complete(*master);
}

}  // namespace

void complete(IRP& irp) {
    if (irp.Type != IO_TYPE_IRP || irp.CurrentLocation > irp.StackCount + 1) [[unlikely]]
        ke::bug_check(ke::kMultipleIrpCompleteRequests, reinterpret_cast<ULONG64>(&irp));
    if (irp.CancelRoutine != nullptr) [[unlikely]]
        ke::bug_check(ke::kCancelStateInCompletedIrp, reinterpret_cast<ULONG64>(&irp));
    if (!climb(irp)) return;
    if ((irp.AllocationFlags & kIrpIsLease) != 0) return lease_completed(irp);
    if ((irp.Flags & IRP_ASSOCIATED_IRP) != 0) return finish_associated(irp);
    if ((irp.AllocationFlags & kIrpIsBuilt) != 0) return finish_built(irp);
    // An IRP of IoAllocateIrp without a completion routine that keeps it: NT would free it too.
    free_mdls(irp);
    IoFreeIrp(&irp);
}

}  // namespace io

extern "C" {

VOID IofCompleteRequest(PIRP irp, CCHAR) {
    io::complete(*irp);
}

}  // extern "C"
