// SPDX-License-Identifier: GPL-3.0-only
#include "drivers/fs/msfs/msfs.h"

KSPIN_LOCK MsLock;
UCHAR MsFolder;

NTSTATUS MsComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_MAILSLOT_INCREMENT);
    return Status;
}

MS_SLOT* MsSlotOf(PFILE_OBJECT File, BOOLEAN* Serves) {
    *Serves = File->FsContext2 != NULL;
    return File->FsContext == &MsFolder ? NULL : File->FsContext;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Mailslot");
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&MsLock);
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_MAILSLOT, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = MsCreate;
    DriverObject->MajorFunction[IRP_MJ_CREATE_MAILSLOT] = MsCreateMailslot;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = MsCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = MsClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = MsRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = MsWrite;
    DriverObject->MajorFunction[IRP_MJ_FILE_SYSTEM_CONTROL] = MsControl;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = MsQueryInformation;
    DriverObject->MajorFunction[IRP_MJ_SET_INFORMATION] = MsSetInformation;
    return STATUS_SUCCESS;
}
