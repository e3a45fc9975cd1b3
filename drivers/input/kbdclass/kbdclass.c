// SPDX-License-Identifier: GPL-3.0-only
#include "kbdclass.h"

// Its address marks a file object.
static UCHAR KbdClassTrusted;

static NTSTATUS Complete(PKBDCLASS_EXTENSION Extension, PIRP Irp, NTSTATUS Status) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static NTSTATUS NTAPI KbdClassSucceed(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;
    NTSTATUS Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);

    if (NT_SUCCESS(Status)) return Complete(Extension, Irp, STATUS_SUCCESS);
    // A close must succeed after the device is gone, too.
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction == IRP_MJ_CLOSE) Status = STATUS_SUCCESS;
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// Whoever reads keys reads everybody's, and takes them away from others: only what acts as part of the
// operating system may, as the file is opened.
static BOOLEAN IsTrusted(PFILE_OBJECT FileObject) {
    return FileObject != NULL && FileObject->FsContext2 == &KbdClassTrusted;
}

static NTSTATUS NTAPI KbdClassOpen(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT FileObject = IoGetCurrentIrpStackLocation(Irp)->FileObject;

    // After a restart files are opened again in kernel mode, for whoever had opened them.
    if (SeSinglePrivilegeCheck(RtlConvertLongToLuid(SE_TCB_PRIVILEGE), UserMode))
        FileObject->FsContext2 = &KbdClassTrusted;
    return KbdClassSucceed(DeviceObject, Irp);
}

static NTSTATUS NTAPI KbdClassCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    QueueCancelReads(DeviceObject->DeviceExtension, IoGetCurrentIrpStackLocation(Irp)->FileObject);
    return KbdClassSucceed(DeviceObject, Irp);
}

static NTSTATUS NTAPI KbdClassRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    NTSTATUS Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);

    if (!NT_SUCCESS(Status)) {
        Irp->IoStatus.Status = Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return Status;
    }
    if (!Extension->Started) return Complete(Extension, Irp, STATUS_DEVICE_NOT_READY);
    if (!IsTrusted(IoGetCurrentIrpStackLocation(Irp)->FileObject))
        return Complete(Extension, Irp, STATUS_PRIVILEGE_NOT_HELD);
    if (Length == 0) return Complete(Extension, Irp, STATUS_SUCCESS);
    if (Length % sizeof(KEYBOARD_INPUT_DATA) != 0) return Complete(Extension, Irp, STATUS_BUFFER_TOO_SMALL);
    // The read may be completed, and the device removed, before this routine is done with it.
    Status = IoAcquireRemoveLock(&Extension->RemoveLock, DeviceObject);
    if (!NT_SUCCESS(Status)) return Complete(Extension, Irp, Status);
    Status = QueueRead(Extension, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, DeviceObject);
    return Status;
}

static NTSTATUS NTAPI KbdClassFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;
    NTSTATUS Status;

    if (IsTrusted(IoGetCurrentIrpStackLocation(Irp)->FileObject)) {
        QueueFlush(Extension);
        return KbdClassSucceed(DeviceObject, Irp);
    }
    Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);
    if (NT_SUCCESS(Status)) return Complete(Extension, Irp, STATUS_PRIVILEGE_NOT_HELD);
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// What the port driver answers. UnitId names a keyboard behind this device; there is one, numbered like the
// device.
static BOOLEAN IsPortRequest(ULONG Code) {
    switch (Code) {
        case IOCTL_KEYBOARD_QUERY_ATTRIBUTES:
        case IOCTL_KEYBOARD_QUERY_INDICATORS:
        case IOCTL_KEYBOARD_QUERY_INDICATOR_TRANSLATION:
        case IOCTL_KEYBOARD_QUERY_TYPEMATIC:
        case IOCTL_KEYBOARD_SET_TYPEMATIC:
        case IOCTL_KEYBOARD_SET_INDICATORS:
            return TRUE;
        default:
            return FALSE;
    }
}

static NTSTATUS NTAPI KbdClassDeviceControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PKEYBOARD_UNIT_ID_PARAMETER Unit = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);

    if (!NT_SUCCESS(Status)) {
        Irp->IoStatus.Status = Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return Status;
    }
    if (!IsPortRequest(Stack->Parameters.DeviceIoControl.IoControlCode))
        return Complete(Extension, Irp, STATUS_INVALID_DEVICE_REQUEST);
    if (Stack->Parameters.DeviceIoControl.InputBufferLength >= sizeof(*Unit) &&
        Unit->UnitId != Extension->Unit && Unit->UnitId != 0)
        return Complete(Extension, Irp, STATUS_INVALID_PARAMETER);
    IoCopyCurrentIrpStackLocationToNext(Irp);
    IoGetNextIrpStackLocation(Irp)->MajorFunction = IRP_MJ_INTERNAL_DEVICE_CONTROL;
    Status = IoCallDriver(Extension->Lower, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static VOID NTAPI KbdClassUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = KbdClassOpen;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = KbdClassSucceed;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = KbdClassCleanup;
    DriverObject->MajorFunction[IRP_MJ_READ] = KbdClassRead;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = KbdClassFlush;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = KbdClassDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = KbdClassPnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = KbdClassPower;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = KbdClassSystemControl;
    DriverObject->DriverExtension->AddDevice = KbdClassAddDevice;
    DriverObject->DriverUnload = KbdClassUnload;
    return STATUS_SUCCESS;
}
