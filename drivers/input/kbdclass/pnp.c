// SPDX-License-Identifier: GPL-3.0-only
//
// Adding, starting and removing a keyboard.
#include "kbdclass.h"

static NTSTATUS PassDown(PKBDCLASS_EXTENSION Extension, PIRP Irp) {
    NTSTATUS Status;

    IoSkipCurrentIrpStackLocation(Irp);
    Status = IoCallDriver(Extension->Lower, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

static NTSTATUS Complete(PKBDCLASS_EXTENSION Extension, PIRP Irp, NTSTATUS Status) {
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

// An internal control request to the port driver, waited for.
static NTSTATUS CallPort(PKBDCLASS_EXTENSION Extension, ULONG Code, PVOID Input, ULONG Length) {
    KEVENT Event;
    IO_STATUS_BLOCK IoStatus;
    NTSTATUS Status;
    PIRP Irp;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    Irp = IoBuildDeviceIoControlRequest(Code, Extension->Lower, Input, Length, NULL, 0, TRUE, &Event,
                                        &IoStatus);
    if (Irp == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Status = IoCallDriver(Extension->Lower, Irp);
    if (Status != STATUS_PENDING) return Status;
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    return IoStatus.Status;
}

static NTSTATUS ConnectToPort(PKBDCLASS_EXTENSION Extension) {
    CONNECT_DATA Connect = {Extension->Self, (PVOID)(ULONG_PTR)KbdClassServiceCallback};

    return CallPort(Extension, IOCTL_INTERNAL_KEYBOARD_CONNECT, &Connect, sizeof(Connect));
}

// Tries \Device\KeyboardClass0 and up until a name is free.
static NTSTATUS CreateClassDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT* DeviceObject, PUSHORT Unit) {
    WCHAR Buffer[] = DD_KEYBOARD_DEVICE_NAME_U L"00";
    const ULONG Length = sizeof(DD_KEYBOARD_DEVICE_NAME_U) / sizeof(WCHAR) - 1;
    NTSTATUS Status = STATUS_OBJECT_NAME_COLLISION;
    UNICODE_STRING Name;
    USHORT Number;

    for (Number = 0; Number < KBDCLASS_MAXIMUM_UNITS && Status == STATUS_OBJECT_NAME_COLLISION; Number++) {
        Buffer[Length] = (WCHAR)(Number < 10 ? L'0' + Number : L'1');
        Buffer[Length + 1] = (WCHAR)(Number < 10 ? 0 : L'0' + Number - 10);
        RtlInitUnicodeString(&Name, Buffer);
        Status = IoCreateDevice(DriverObject, sizeof(KBDCLASS_EXTENSION), &Name, FILE_DEVICE_KEYBOARD, 0,
                                FALSE, DeviceObject);
        *Unit = Number;
    }
    return Status;
}

static ULONG ConfiguredQueueSize(void) {
    ULONG Size = KBDCLASS_DEFAULT_QUEUE;
    ULONG Default = KBDCLASS_DEFAULT_QUEUE;
    RTL_QUERY_REGISTRY_TABLE Query[2];

    RtlZeroMemory(Query, sizeof(Query));
    Query[0].Flags = RTL_QUERY_REGISTRY_DIRECT;
    Query[0].Name = L"KeyboardDataQueueSize";
    Query[0].EntryContext = &Size;
    Query[0].DefaultType = REG_DWORD;
    Query[0].DefaultData = &Default;
    Query[0].DefaultLength = sizeof(Default);
    if (!NT_SUCCESS(
            RtlQueryRegistryValues(RTL_REGISTRY_SERVICES, L"kbdclass\\Parameters", Query, NULL, NULL)))
        Size = KBDCLASS_DEFAULT_QUEUE;
    return Size;
}

NTSTATUS NTAPI KbdClassAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice) {
    PKBDCLASS_EXTENSION Extension;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;
    USHORT Unit;

    Status = CreateClassDevice(DriverObject, &DeviceObject, &Unit);
    if (!NT_SUCCESS(Status)) return Status;
    Extension = DeviceObject->DeviceExtension;
    Extension->Self = DeviceObject;
    Extension->Unit = Unit;
    IoInitializeRemoveLock(&Extension->RemoveLock, KBDCLASS_TAG, 0, 0);
    Status = QueueInitialize(Extension, ConfiguredQueueSize());
    if (NT_SUCCESS(Status)) {
        Extension->Lower = IoAttachDeviceToDeviceStack(DeviceObject, PhysicalDevice);
        if (Extension->Lower == NULL) Status = STATUS_DEVICE_REMOVED;
    }
    if (!NT_SUCCESS(Status)) {
        if (Extension->Ring != NULL) ExFreePoolWithTag(Extension->Ring, KBDCLASS_TAG);
        IoDeleteDevice(DeviceObject);
        return Status;
    }
    DeviceObject->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS StartDevice(PKBDCLASS_EXTENSION Extension, PIRP Irp) {
    NTSTATUS Status = STATUS_UNSUCCESSFUL;

    // The port must know whom to call before its first interrupt; it keeps what comes earlier.
    if (IoForwardIrpSynchronously(Extension->Lower, Irp)) Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status)) Status = ConnectToPort(Extension);
    if (NT_SUCCESS(Status)) Status = CallPort(Extension, IOCTL_INTERNAL_KEYBOARD_ENABLE, NULL, 0);
    Extension->Started = NT_SUCCESS(Status);
    return Complete(Extension, Irp, Status);
}

static NTSTATUS RemoveDevice(PKBDCLASS_EXTENSION Extension, PIRP Irp) {
    PDEVICE_OBJECT Lower = Extension->Lower;
    NTSTATUS Status;

    if (Extension->Started) {
        CallPort(Extension, IOCTL_INTERNAL_KEYBOARD_DISABLE, NULL, 0);
        CallPort(Extension, IOCTL_INTERNAL_KEYBOARD_DISCONNECT, NULL, 0);
    }
    Extension->Started = FALSE;
    QueueCancelReads(Extension, NULL);
    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    ExFreePoolWithTag(Extension->Ring, KBDCLASS_TAG);
    IoDeleteDevice(Extension->Self);
    return Status;
}

NTSTATUS NTAPI KbdClassPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;
    NTSTATUS Status = IoAcquireRemoveLock(&Extension->RemoveLock, Irp);

    if (!NT_SUCCESS(Status)) {
        Irp->IoStatus.Status = Status;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return Status;
    }
    switch (IoGetCurrentIrpStackLocation(Irp)->MinorFunction) {
        case IRP_MN_START_DEVICE:
            return StartDevice(Extension, Irp);
        case IRP_MN_REMOVE_DEVICE:
            return RemoveDevice(Extension, Irp);
        case IRP_MN_QUERY_REMOVE_DEVICE:
        case IRP_MN_CANCEL_REMOVE_DEVICE:
        case IRP_MN_QUERY_STOP_DEVICE:
        case IRP_MN_CANCEL_STOP_DEVICE:
        case IRP_MN_STOP_DEVICE:
            Irp->IoStatus.Status = STATUS_SUCCESS;
            break;
        case IRP_MN_SURPRISE_REMOVAL:
            QueueCancelReads(Extension, NULL);
            Irp->IoStatus.Status = STATUS_SUCCESS;
            break;
    }
    return PassDown(Extension, Irp);
}

NTSTATUS NTAPI KbdClassPower(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;

    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Extension->Lower, Irp);
}

NTSTATUS NTAPI KbdClassSystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PKBDCLASS_EXTENSION Extension = DeviceObject->DeviceExtension;

    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->Lower, Irp);
}
