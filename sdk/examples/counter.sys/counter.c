// SPDX-License-Identifier: GPL-3.0-only
//
// A driver in one file: \??\Counter counts how often it was read. It compiles unchanged as a Windows driver.
#include <ntddk.h>

typedef struct _COUNTER {
    LONG Reads;
} COUNTER, *PCOUNTER;

static const UNICODE_STRING DeviceName = RTL_CONSTANT_STRING(L"\\Device\\Counter");
static const UNICODE_STRING LinkName = RTL_CONSTANT_STRING(L"\\??\\Counter");

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS NTAPI OpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI Read(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCOUNTER Counter = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->Parameters.Read.Length < sizeof(ULONG)) return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    *(PLONG)Irp->AssociatedIrp.SystemBuffer = InterlockedIncrement(&Counter->Reads);
    return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject) {
    IoDeleteSymbolicLink((PUNICODE_STRING)&LinkName);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    DbgPrint("counter: started from %wZ\n", RegistryPath);
    Status = IoCreateDevice(DriverObject, sizeof(COUNTER), (PUNICODE_STRING)&DeviceName, FILE_DEVICE_UNKNOWN,
                            0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateSymbolicLink((PUNICODE_STRING)&LinkName, (PUNICODE_STRING)&DeviceName);
    if (!NT_SUCCESS(Status)) {
        IoDeleteDevice(DeviceObject);
        return Status;
    }
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = Read;
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
