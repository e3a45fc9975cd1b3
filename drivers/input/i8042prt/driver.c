// SPDX-License-Identifier: GPL-3.0-only
#include "i8042prt.h"

// Opens come through the class driver's device; the port has no name of its own.
static NTSTATUS NTAPI OpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return STATUS_SUCCESS;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = OpenClose;
    DriverObject->MajorFunction[IRP_MJ_INTERNAL_DEVICE_CONTROL] = I8042InternalDeviceControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = I8042Pnp;
    DriverObject->MajorFunction[IRP_MJ_POWER] = I8042Power;
    DriverObject->MajorFunction[IRP_MJ_SYSTEM_CONTROL] = I8042SystemControl;
    DriverObject->DriverStartIo = I8042StartIo;
    DriverObject->DriverExtension->AddDevice = I8042AddDevice;
    DriverObject->DriverUnload = Unload;
    return STATUS_SUCCESS;
}
