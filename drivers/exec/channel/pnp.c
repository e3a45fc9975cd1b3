// SPDX-License-Identifier: GPL-3.0-only
//
// Adding and starting the channel: its memory is the largest that the device has, its doorbell the serial
// port.
#include "drivers/exec/channel/channel.h"

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = 0;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

NTSTATUS NTAPI ChannelAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\ExecChannel");
    PCHANNEL_EXTENSION Channel;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    // Its files are pipes to whoever asks.
    Status = IoCreateDevice(DriverObject, sizeof(CHANNEL_EXTENSION), &Name, FILE_DEVICE_NAMED_PIPE, 0, FALSE,
                            &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    Channel = DeviceObject->DeviceExtension;
    Channel->Lower = IoAttachDeviceToDeviceStack(DeviceObject, PhysicalDevice);
    if (Channel->Lower == NULL) {
        IoDeleteDevice(DeviceObject);
        return STATUS_DEVICE_REMOVED;
    }
    DeviceObject->Flags |= DO_DIRECT_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS StartHardware(PCHANNEL_EXTENSION Channel, PCM_RESOURCE_LIST List) {
    PHYSICAL_ADDRESS Memory;
    PCM_PARTIAL_RESOURCE_LIST Partial;
    ULONG i, Size = 0;
    NTSTATUS Status;

    Memory.QuadPart = 0;
    if (List == NULL || List->Count != 1) return STATUS_DEVICE_CONFIGURATION_ERROR;
    Partial = &List->List[0].PartialResourceList;
    for (i = 0; i < Partial->Count; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR* Descriptor = &Partial->PartialDescriptors[i];
        if (Descriptor->Type == CmResourceTypeMemory && Descriptor->u.Memory.Length > Size) {
            Memory = Descriptor->u.Memory.Start;
            Size = Descriptor->u.Memory.Length;
        }
        if (Descriptor->Type == CmResourceTypePort) Channel->Port = (PUCHAR)Descriptor->u.Port.Start.QuadPart;
        if (Descriptor->Type == CmResourceTypeInterrupt) {
            Channel->Vector = Descriptor->u.Interrupt.Vector;
            Channel->Irql = (KIRQL)Descriptor->u.Interrupt.Level;
            Channel->Affinity = Descriptor->u.Interrupt.Affinity;
        }
    }
    if (Size < sizeof(EXEC_CHANNEL) || Channel->Port == NULL || Channel->Irql == 0)
        return STATUS_DEVICE_CONFIGURATION_ERROR;
    Channel->Shared = MmMapIoSpace(Memory, Size, MmCached);
    if (Channel->Shared == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Status = ChannelOpenPipes(Channel, Size);
    if (NT_SUCCESS(Status)) Status = ChannelStartSerial(Channel);
    Channel->Ready = NT_SUCCESS(Status);
    return Status;
}

NTSTATUS NTAPI ChannelPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCHANNEL_EXTENSION Channel = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PDEVICE_OBJECT Lower = Channel->Lower;
    NTSTATUS Status = STATUS_UNSUCCESSFUL;

    if (Stack->MinorFunction == IRP_MN_START_DEVICE) {
        PCM_RESOURCE_LIST Resources = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
        if (IoForwardIrpSynchronously(Lower, Irp)) Status = Irp->IoStatus.Status;
        if (NT_SUCCESS(Status)) Status = StartHardware(Channel, Resources);
        if (!NT_SUCCESS(Status)) DbgPrint("channel: it cannot be started (%08x)\n", Status);
        return Complete(Irp, Status);
    }
    if (Stack->MinorFunction == IRP_MN_REMOVE_DEVICE) {
        ChannelStopSerial(Channel);
        Irp->IoStatus.Status = STATUS_SUCCESS;
        IoSkipCurrentIrpStackLocation(Irp);
        Status = IoCallDriver(Lower, Irp);
        IoDetachDevice(Lower);
        IoDeleteDevice(DeviceObject);
        return Status;
    }
    IoSkipCurrentIrpStackLocation(Irp);
    return IoCallDriver(Lower, Irp);
}
