// SPDX-License-Identifier: GPL-3.0-only
#include <ntifs.h>

#include "tests/drivers/scribbler/scribbler.h"

static ULONG Seen;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID Look(const UCHAR* Buffer, ULONG Length) {
    const UCHAR* Place = PAGE_ALIGN(Buffer);
    const UCHAR* End = (const UCHAR*)ROUND_TO_PAGES((ULONG_PTR)Buffer + Length);

    if (Length <= SCRIBBLER_SHORT) return;
    for (; Place < End; Place++) {
        // What lies between the first and the last page of a very long one has no neighbours.
        if (Length > SCRIBBLER_LONG && Place == (const UCHAR*)PAGE_ALIGN(Buffer) + PAGE_SIZE)
            Place = End - PAGE_SIZE;
        if (Place >= Buffer && Place < Buffer + Length)
            Seen += *Place == SCRIBBLER_BYTE;
        else
            Seen += *Place != 0;
    }
}

// Of a very long one only both ends, two pages each: the watchdog waits.
static VOID Scribble(PUCHAR Buffer, ULONG Length) {
    Look(Buffer, Length);
    if (Length > SCRIBBLER_LONG) {
        PUCHAR End = (PUCHAR)ROUND_TO_PAGES((ULONG_PTR)Buffer + Length);
        RtlFillMemory(PAGE_ALIGN(Buffer), 2 * PAGE_SIZE, SCRIBBLER_BYTE);
        RtlFillMemory(End - 2 * PAGE_SIZE, 2 * PAGE_SIZE, SCRIBBLER_BYTE);
        return;
    }
    if (Length <= SCRIBBLER_SHORT)
        RtlFillMemory(Buffer, Length, SCRIBBLER_BYTE);
    else
        RtlFillMemory(PAGE_ALIGN(Buffer),
                      ROUND_TO_PAGES((ULONG_PTR)Buffer + Length) - (ULONG_PTR)PAGE_ALIGN(Buffer),
                      SCRIBBLER_BYTE);
}

static PUCHAR MappedMdl(PIRP Irp) {
    if (Irp->MdlAddress == NULL) return NULL;
    return MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);
}

static VOID NTAPI CancelRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    Complete(Irp, STATUS_CANCELLED, 0);
}

static NTSTATUS Pend(PIRP Irp) {
    IoMarkIrpPending(Irp);
    IoSetCancelRoutine(Irp, CancelRead);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) Complete(Irp, STATUS_CANCELLED, 0);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI ScribblerRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    LONGLONG Offset = Stack->Parameters.Read.ByteOffset.QuadPart;
    ULONG Length = Stack->Parameters.Read.Length;
    PUCHAR Buffer;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Offset == SCRIBBLER_IDLE) return Complete(Irp, STATUS_SUCCESS, Length);
    Buffer = MappedMdl(Irp);
    if (Buffer == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    Scribble(Buffer, Length);
    return Offset == SCRIBBLER_PEND ? Pend(Irp) : Complete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS NTAPI ScribblerPend(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Pend(Irp);
}

static NTSTATUS NTAPI ScribblerWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PUCHAR Buffer = MappedMdl(Irp);
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Buffer == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    Look(Buffer, Length);
    return Complete(Irp, STATUS_SUCCESS, Length);
}

static NTSTATUS NTAPI ScribblerControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Input = Stack->Parameters.DeviceIoControl.InputBufferLength;
    ULONG Output = Stack->Parameters.DeviceIoControl.OutputBufferLength;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Output < sizeof(ULONG)) return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
        case SCRIBBLER_SEEN:
            *(PULONG)Irp->AssociatedIrp.SystemBuffer = Seen;
            Seen = 0;
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        case SCRIBBLER_IN_DIRECT:
        case SCRIBBLER_OUT_DIRECT:
            Scribble(MappedMdl(Irp), Output);
            return Complete(Irp, STATUS_SUCCESS, 0);
        case SCRIBBLER_LOOK:
            Look(MappedMdl(Irp), Output);
            return Complete(Irp, STATUS_SUCCESS, 0);
        case SCRIBBLER_FAIL:
            Scribble(MappedMdl(Irp), Output);
            return Complete(Irp, STATUS_IO_DEVICE_ERROR, 0);
        case SCRIBBLER_NEITHER:
            if (Input != 0) Look(Stack->Parameters.DeviceIoControl.Type3InputBuffer, Input);
            Scribble(Irp->UserBuffer, Output);
            return Complete(Irp, STATUS_SUCCESS, 0);
        case SCRIBBLER_HALF:
            RtlFillMemory(Irp->AssociatedIrp.SystemBuffer, Output, SCRIBBLER_BYTE);
            return Complete(Irp, STATUS_SUCCESS, Output / 2);
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI ScribblerOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI ScribblerUnload(PDRIVER_OBJECT DriverObject) {
    while (DriverObject->DeviceObject != NULL)
        IoDeleteDevice(DriverObject->DeviceObject);
}

static NTSTATUS MakeDevice(PDRIVER_OBJECT DriverObject, PCWSTR Name, ULONG Flags) {
    UNICODE_STRING Text;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    RtlInitUnicodeString(&Text, Name);
    Status = IoCreateDevice(DriverObject, 0, &Text, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= Flags;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// \Device\Scribbler, and \Device\ScribblerBuffered for reads and writes with buffered I/O that touch nothing.
NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status = MakeDevice(DriverObject, L"\\Device\\Scribbler", DO_DIRECT_IO);

    UNREFERENCED_PARAMETER(RegistryPath);
    if (NT_SUCCESS(Status)) Status = MakeDevice(DriverObject, L"\\Device\\ScribblerBuffered", DO_BUFFERED_IO);
    if (!NT_SUCCESS(Status)) {
        ScribblerUnload(DriverObject);
        return Status;
    }
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ScribblerOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ScribblerOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ScribblerOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = ScribblerRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = ScribblerWrite;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = ScribblerControl;
    DriverObject->MajorFunction[IRP_MJ_DIRECTORY_CONTROL] = ScribblerPend;
    DriverObject->MajorFunction[IRP_MJ_LOCK_CONTROL] = ScribblerPend;
    DriverObject->MajorFunction[IRP_MJ_SET_EA] = ScribblerPend;
    DriverObject->MajorFunction[IRP_MJ_QUERY_EA] = ScribblerPend;
    DriverObject->DriverUnload = ScribblerUnload;
    return STATUS_SUCCESS;
}
