// SPDX-License-Identifier: GPL-3.0-only
//
// Adding, starting and removing the controller.
#include "i8042prt.h"

static NTSTATUS Complete(PI8042_EXTENSION Extension, PIRP Irp, NTSTATUS Status) {
    Irp->IoStatus.Status = Status;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

NTSTATUS NTAPI I8042AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice) {
    PI8042_EXTENSION Extension;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    Status = IoCreateDevice(DriverObject, sizeof(I8042_EXTENSION), NULL, FILE_DEVICE_8042_PORT, 0, FALSE,
                            &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    Extension = DeviceObject->DeviceExtension;
    Extension->Self = DeviceObject;
    Extension->Physical = PhysicalDevice;
    Extension->Typematic.Rate = 30;
    Extension->Typematic.Delay = 250;
    IoInitializeRemoveLock(&Extension->RemoveLock, I8042_TAG, 0, 0);
    KeInitializeDpc(&Extension->InputDpc, I8042InputDpc, Extension);
    KeInitializeDpc(&Extension->CommandDpc, I8042CommandDpc, Extension);
    KeInitializeDpc(&Extension->TimeoutDpc, I8042TimeoutDpc, Extension);
    KeInitializeTimer(&Extension->CommandTimer);
    Extension->Lower = IoAttachDeviceToDeviceStack(DeviceObject, PhysicalDevice);
    if (Extension->Lower == NULL) {
        IoDeleteDevice(DeviceObject);
        return STATUS_DEVICE_REMOVED;
    }
    DeviceObject->Flags |= DO_BUFFERED_IO | DO_POWER_PAGABLE;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

// The first port is the data port, the second the command port, as firmware lists them.
static VOID TakeDescriptor(PI8042_EXTENSION Extension, const CM_PARTIAL_RESOURCE_DESCRIPTOR* Descriptor) {
    PUCHAR Port = (PUCHAR)(ULONG_PTR)Descriptor->u.Port.Start.QuadPart;

    switch (Descriptor->Type) {
        case CmResourceTypePort:
            if (Extension->DataPort == NULL)
                Extension->DataPort = Port;
            else if (Extension->CommandPort == NULL)
                Extension->CommandPort = Port;
            break;
        case CmResourceTypeInterrupt:
            Extension->InterruptVector = Descriptor->u.Interrupt.Vector;
            Extension->InterruptIrql = (KIRQL)Descriptor->u.Interrupt.Level;
            Extension->InterruptAffinity = Descriptor->u.Interrupt.Affinity;
            Extension->InterruptMode =
                (Descriptor->Flags & CM_RESOURCE_INTERRUPT_LATCHED) != 0 ? Latched : LevelSensitive;
            break;
    }
}

static NTSTATUS TakeResources(PI8042_EXTENSION Extension, PCM_RESOURCE_LIST List) {
    PCM_PARTIAL_RESOURCE_LIST Partial;
    ULONG i;

    if (List == NULL || List->Count != 1) return STATUS_DEVICE_CONFIGURATION_ERROR;
    Partial = &List->List[0].PartialResourceList;
    for (i = 0; i < Partial->Count; i++)
        TakeDescriptor(Extension, &Partial->PartialDescriptors[i]);
    if (Extension->CommandPort == NULL || Extension->InterruptIrql == 0)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    return STATUS_SUCCESS;
}

static NTSTATUS StartHardware(PI8042_EXTENSION Extension, PCM_RESOURCE_LIST Resources) {
    NTSTATUS Status = TakeResources(Extension, Resources);

    I8042LoadSettings(Extension);
    if (NT_SUCCESS(Status)) Status = I8042InitializeController(Extension);
    if (!NT_SUCCESS(Status)) return Status;
    Status =
        IoConnectInterrupt(&Extension->Interrupt, I8042Interrupt, Extension, NULL, Extension->InterruptVector,
                           Extension->InterruptIrql, Extension->InterruptIrql, Extension->InterruptMode,
                           FALSE, Extension->InterruptAffinity, FALSE);
    if (!NT_SUCCESS(Status)) return Status;
    Extension->Started = TRUE;
    I8042DrainOutput(Extension);
    return STATUS_SUCCESS;
}

static NTSTATUS StartDevice(PI8042_EXTENSION Extension, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PCM_RESOURCE_LIST Resources = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
    NTSTATUS Status = STATUS_UNSUCCESSFUL;

    if (IoForwardIrpSynchronously(Extension->Lower, Irp)) Status = Irp->IoStatus.Status;
    if (NT_SUCCESS(Status)) Status = StartHardware(Extension, Resources);
    if (!NT_SUCCESS(Status)) DbgPrint("i8042prt: the keyboard controller cannot be started (%08x)\n", Status);
    return Complete(Extension, Irp, Status);
}

static VOID StopHardware(PI8042_EXTENSION Extension) {
    if (!Extension->Started) return;
    Extension->Enabled = FALSE;
    // The DPCs use the interrupt object; those that come after this have nothing to do and do not.
    KeCancelTimer(&Extension->CommandTimer);
    KeFlushQueuedDpcs();
    IoDisconnectInterrupt(Extension->Interrupt);
    KeFlushQueuedDpcs();
    I8042DisableKeyboard(Extension);
    Extension->Started = FALSE;
}

static NTSTATUS RemoveDevice(PI8042_EXTENSION Extension, PIRP Irp) {
    PDEVICE_OBJECT Lower = Extension->Lower;
    NTSTATUS Status;

    IoReleaseRemoveLockAndWait(&Extension->RemoveLock, Irp);
    StopHardware(Extension);
    Irp->IoStatus.Status = STATUS_SUCCESS;
    IoSkipCurrentIrpStackLocation(Irp);
    Status = IoCallDriver(Lower, Irp);
    IoDetachDevice(Lower);
    IoDeleteDevice(Extension->Self);
    return Status;
}

NTSTATUS NTAPI I8042Pnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PI8042_EXTENSION Extension = DeviceObject->DeviceExtension;
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
        case IRP_MN_SURPRISE_REMOVAL:
            Irp->IoStatus.Status = STATUS_SUCCESS;
            break;
        // A controller on the main board stays where its resources are.
        case IRP_MN_QUERY_STOP_DEVICE:
            return Complete(Extension, Irp, STATUS_UNSUCCESSFUL);
    }
    IoSkipCurrentIrpStackLocation(Irp);
    Status = IoCallDriver(Extension->Lower, Irp);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
    return Status;
}

NTSTATUS NTAPI I8042Power(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PI8042_EXTENSION Extension = DeviceObject->DeviceExtension;

    PoStartNextPowerIrp(Irp);
    IoSkipCurrentIrpStackLocation(Irp);
    return PoCallDriver(Extension->Lower, Irp);
}

NTSTATUS NTAPI I8042SystemControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PI8042_EXTENSION Extension = DeviceObject->DeviceExtension;

    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Extension->Lower, Irp);
}
