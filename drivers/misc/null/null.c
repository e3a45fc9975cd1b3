// SPDX-License-Identifier: GPL-3.0-only
//
// \Device\Null: takes everything that is written to it and has nothing to read.
#include <ntddk.h>

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI NullOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI NullRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_END_OF_FILE, 0);
}

static NTSTATUS NTAPI NullWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length);
}

static NTSTATUS NTAPI NullQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_STANDARD_INFORMATION Information = Irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stack->Parameters.QueryFile.FileInformationClass != FileStandardInformation)
        return Complete(Irp, STATUS_INVALID_INFO_CLASS, 0);
    if (Stack->Parameters.QueryFile.Length < sizeof(*Information))
        return Complete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    RtlZeroMemory(Information, sizeof(*Information));
    Information->NumberOfLinks = 1;
    return Complete(Irp, STATUS_SUCCESS, sizeof(*Information));
}

static VOID NTAPI NullUnload(PDRIVER_OBJECT DriverObject) {
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Null");
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_NULL, FILE_DEVICE_SECURE_OPEN, FALSE,
                            &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;

    DriverObject->MajorFunction[IRP_MJ_CREATE] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = NullOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = NullRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = NullWrite;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = NullQueryInformation;
    DriverObject->DriverUnload = NullUnload;
    return STATUS_SUCCESS;
}
