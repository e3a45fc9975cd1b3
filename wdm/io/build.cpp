// SPDX-License-Identifier: GPL-3.0-only
//
// IRPs that drivers build for other drivers (IoBuild...). They free themselves when they complete.
#include "abi/nt/ntstatus.h"
#include "wdm/ex/pool.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/mm/mdl.hpp"

namespace {

enum : ULONG { kMethodBuffered, kMethodInDirect, kMethodOutDirect, kMethodNeither };

PIRP new_built_irp(PDEVICE_OBJECT device, PKEVENT event, PIO_STATUS_BLOCK status) {
    PIRP irp = IoAllocateIrp(device->StackSize, FALSE);
    if (irp == nullptr) return nullptr;
    irp->AllocationFlags |= io::kIrpIsBuilt;
    irp->UserEvent = event;
    irp->UserIosb = status;
    irp->Tail.Overlay.Thread = &ke::current();
    return irp;
}

bool attach_system_buffer(IRP& irp, const void* input, ULONG input_length, ULONG length) {
    if (length == 0) return true;
    constexpr ULONG kNonPagedPool = 0, kTag = 0x42737953;  // "SysB"
    void* buffer = ExAllocatePoolWithTag(kNonPagedPool, length, kTag);
    if (buffer == nullptr) return false;
    if (input_length != 0) __builtin_memcpy(buffer, input, input_length);
    irp.AssociatedIrp.SystemBuffer = buffer;
    irp.Flags |= IRP_BUFFERED_IO | IRP_DEALLOCATE_BUFFER;
    return true;
}

bool attach_mdl(IRP& irp, PVOID buffer, ULONG length) {
    if (length == 0) return true;
    irp.MdlAddress = IoAllocateMdl(buffer, length, FALSE, FALSE, nullptr);
    if (irp.MdlAddress == nullptr) return false;
    MmBuildMdlForNonPagedPool(irp.MdlAddress);
    return true;
}

PIRP give_up(PIRP irp) {
    if (irp->AssociatedIrp.SystemBuffer != nullptr) ExFreePool(irp->AssociatedIrp.SystemBuffer);
    if (irp->MdlAddress != nullptr) IoFreeMdl(irp->MdlAddress);
    IoFreeIrp(irp);
    return nullptr;
}

bool attach_control_buffers(IRP& irp, ULONG code, PVOID input, ULONG input_length, PVOID output,
                            ULONG output_length) {
    irp.UserBuffer = output;
    switch (code & 3) {
        case kMethodBuffered:
            if (output_length != 0) irp.Flags |= IRP_INPUT_OPERATION;
            return attach_system_buffer(irp, input, input_length,
                                        input_length > output_length ? input_length : output_length);
        case kMethodInDirect:
        case kMethodOutDirect:
            return attach_system_buffer(irp, input, input_length, input_length) &&
                   attach_mdl(irp, output, output_length);
        default:
            return true;
    }
}

}  // namespace

extern "C" {

PIRP IoBuildDeviceIoControlRequest(ULONG code, PDEVICE_OBJECT device, PVOID input, ULONG input_length,
                                   PVOID output, ULONG output_length, BOOLEAN internal, PKEVENT event,
                                   PIO_STATUS_BLOCK status) {
    PIRP irp = new_built_irp(device, event, status);
    if (irp == nullptr) return nullptr;
    if (!attach_control_buffers(*irp, code, input, input_length, output, output_length)) return give_up(irp);
    IO_STACK_LOCATION& location = io::next_location(*irp);
    location.MajorFunction = internal ? IRP_MJ_INTERNAL_DEVICE_CONTROL : IRP_MJ_DEVICE_CONTROL;
    location.Parameters.DeviceIoControl.IoControlCode = code;
    location.Parameters.DeviceIoControl.InputBufferLength = input_length;
    location.Parameters.DeviceIoControl.OutputBufferLength = output_length;
    if ((code & 3) == kMethodNeither) location.Parameters.DeviceIoControl.Type3InputBuffer = input;
    return irp;
}

PIRP IoBuildAsynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                   PLARGE_INTEGER offset, PIO_STATUS_BLOCK status) {
    PIRP irp = new_built_irp(device, nullptr, status);
    if (irp == nullptr) return nullptr;
    IO_STACK_LOCATION& location = io::next_location(*irp);
    location.MajorFunction = static_cast<UCHAR>(major);
    if (major != IRP_MJ_READ && major != IRP_MJ_WRITE) return irp;
    location.Parameters.ReadWrite.Length = length;
    if (offset != nullptr) location.Parameters.ReadWrite.ByteOffset = *offset;
    irp->UserBuffer = buffer;
    bool attached = true;
    if ((device->Flags & DO_BUFFERED_IO) != 0) {
        attached = attach_system_buffer(*irp, buffer, major == IRP_MJ_WRITE ? length : 0, length);
        if (major == IRP_MJ_READ) irp->Flags |= IRP_INPUT_OPERATION;
    } else if ((device->Flags & DO_DIRECT_IO) != 0) {
        attached = attach_mdl(*irp, buffer, length);
    }
    return attached ? irp : give_up(irp);
}

PIRP IoBuildSynchronousFsdRequest(ULONG major, PDEVICE_OBJECT device, PVOID buffer, ULONG length,
                                  PLARGE_INTEGER offset, PKEVENT event, PIO_STATUS_BLOCK status) {
    PIRP irp = IoBuildAsynchronousFsdRequest(major, device, buffer, length, offset, status);
    if (irp != nullptr) irp->UserEvent = event;
    return irp;
}

PIRP IoMakeAssociatedIrp(PIRP master, CCHAR stack_size) {
    PIRP irp = IoAllocateIrp(stack_size, FALSE);
    if (irp == nullptr) return nullptr;
    irp->Flags |= IRP_ASSOCIATED_IRP;
    irp->AssociatedIrp.MasterIrp = master;
    irp->Tail.Overlay.Thread = master->Tail.Overlay.Thread;
    return irp;
}

}  // extern "C"
