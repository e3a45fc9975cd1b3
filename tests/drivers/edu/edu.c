// SPDX-License-Identifier: GPL-3.0-only
//
// QEMU's `edu` device, as its specification (docs/specs/edu.rst of QEMU) describes it.
#include <ntddk.h>

#include "tests/drivers/edu/edu.h"

// Registers, in bytes, and the commands of EDU_COMMAND.
#define EDU_IDENTIFICATION 0x00
#define EDU_SOURCE 0x80
#define EDU_DESTINATION 0x88
#define EDU_COUNT 0x90
#define EDU_COMMAND 0x98
#define EDU_START 1
#define EDU_TO_MEMORY 2
// The device's own buffer, as it addresses it.
#define EDU_BUFFER 0x40000
// It reaches 28 bits of memory.
#define EDU_HIGHEST 0x0fffffff

typedef struct _EDU_EXTENSION {
    PDEVICE_OBJECT Lower;
    PUCHAR Registers;
    PUCHAR Common;  // EDU_SIZE bytes twice
    PHYSICAL_ADDRESS CommonAddress;
    KTIMER DeathTimer;
    KDPC DeathDpc;
    BOOLEAN Known;  // this process has been asked for EDU_ROUND
} EDU_EXTENSION, *PEDU_EXTENSION;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID Write(PEDU_EXTENSION Extension, ULONG Register, ULONG64 Value) {
    *(volatile ULONG64*)(Extension->Registers + Register) = Value;
}

static VOID Move(PEDU_EXTENSION Extension, ULONG64 From, ULONG64 To, ULONG Command) {
    Write(Extension, EDU_SOURCE, From);
    Write(Extension, EDU_DESTINATION, To);
    Write(Extension, EDU_COUNT, EDU_SIZE);
    Write(Extension, EDU_COMMAND, Command | EDU_START);
}

static NTSTATUS WaitForMove(PEDU_EXTENSION Extension) {
    LARGE_INTEGER Moment;
    ULONG Left;

    Moment.QuadPart = -10 * 10000;
    for (Left = 200; Left > 0; Left--) {
        if ((*(volatile ULONG64*)(Extension->Registers + EDU_COMMAND) & EDU_START) == 0)
            return STATUS_SUCCESS;
        KeDelayExecutionThread(KernelMode, FALSE, &Moment);
    }
    return STATUS_IO_TIMEOUT;
}

static NTSTATUS FillDevice(PEDU_EXTENSION Extension) {
    RtlFillMemory(Extension->Common, EDU_SIZE, EDU_BYTE);
    Move(Extension, (ULONG64)Extension->CommonAddress.QuadPart, EDU_BUFFER, 0);
    return WaitForMove(Extension);
}

static NTSTATUS Round(PEDU_EXTENSION Extension, PULONG Wrong) {
    PUCHAR Back = Extension->Common + EDU_SIZE;
    NTSTATUS Status = FillDevice(Extension);
    ULONG i;

    *Wrong = 0;
    Extension->Known = TRUE;
    RtlFillMemory(Back, EDU_SIZE, 0);
    if (!NT_SUCCESS(Status)) return Status;
    Move(Extension, EDU_BUFFER, (ULONG64)Extension->CommonAddress.QuadPart + EDU_SIZE, EDU_TO_MEMORY);
    Status = WaitForMove(Extension);
    for (i = 0; i < EDU_SIZE; i++)
        *Wrong += Back[i] != EDU_BYTE;
    return Status;
}

static ULONG Strays(PEDU_EXTENSION Extension) {
    ULONG Count = 0;
    ULONG i;

    for (i = 0; i < 2 * EDU_SIZE; i++)
        Count += ((volatile UCHAR*)Extension->Common)[i] != 0;
    return Count;
}

static VOID Die(VOID) {
    *(volatile ULONG*)16 = 0;
}

static VOID NTAPI DieLater(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Die();
}

static NTSTATUS NTAPI EduControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PEDU_EXTENSION Extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    LARGE_INTEGER Moment;
    NTSTATUS Status;

    if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof(ULONG))
        return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
        case EDU_ROUND:
            Status = Round(Extension, Value);
            return Complete(Irp, Status, sizeof(ULONG));
        case EDU_DIE:
            Move(Extension, EDU_BUFFER, (ULONG64)Extension->CommonAddress.QuadPart, EDU_TO_MEMORY);
            Moment.QuadPart = -5 * 10000;
            KeSetTimer(&Extension->DeathTimer, Moment, &Extension->DeathDpc);
            return Complete(Irp, STATUS_SUCCESS, 0);
        case EDU_STRAYS:
            *Value = Strays(Extension);
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI EduRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PEDU_EXTENSION Extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG64 Page;

    if (Stack->Parameters.Read.ByteOffset.QuadPart != EDU_READ_AND_DIE || Irp->MdlAddress == NULL ||
        MmGetMdlByteOffset(Irp->MdlAddress) != 0)
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (!Extension->Known) return Complete(Irp, STATUS_SUCCESS, Stack->Parameters.Read.Length);
    Page = MmGetMdlPfnArray(Irp->MdlAddress)[0];
    Move(Extension, EDU_BUFFER, Page << PAGE_SHIFT, EDU_TO_MEMORY);
    Die();
    return Complete(Irp, STATUS_UNSUCCESSFUL, 0);
}

static NTSTATUS NTAPI EduOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS StartHardware(PEDU_EXTENSION Extension, PCM_RESOURCE_LIST List) {
    PCM_PARTIAL_RESOURCE_LIST Partial;
    PHYSICAL_ADDRESS Highest;
    ULONG i;

    if (List == NULL || List->Count != 1) return STATUS_DEVICE_CONFIGURATION_ERROR;
    Partial = &List->List[0].PartialResourceList;
    for (i = 0; i < Partial->Count && Extension->Registers == NULL; i++) {
        const CM_PARTIAL_RESOURCE_DESCRIPTOR* Descriptor = &Partial->PartialDescriptors[i];
        if (Descriptor->Type != CmResourceTypeMemory) continue;
        Extension->Registers = MmMapIoSpace(Descriptor->u.Memory.Start, PAGE_SIZE, MmNonCached);
    }
    if (Extension->Registers == NULL) return STATUS_DEVICE_CONFIGURATION_ERROR;
    if ((*(volatile ULONG*)(Extension->Registers + EDU_IDENTIFICATION) & 0xffff) != 0x00ed)
        return STATUS_NO_SUCH_DEVICE;
    Highest.QuadPart = EDU_HIGHEST;
    Extension->Common = MmAllocateContiguousMemory(2 * EDU_SIZE, Highest);
    if (Extension->Common == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlZeroMemory(Extension->Common, 2 * EDU_SIZE);
    Extension->CommonAddress = MmGetPhysicalAddress(Extension->Common);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI EduPnp(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PEDU_EXTENSION Extension = DeviceObject->DeviceExtension;
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_UNSUCCESSFUL;
    PDEVICE_OBJECT Lower = Extension->Lower;

    if (Stack->MinorFunction == IRP_MN_START_DEVICE) {
        PCM_RESOURCE_LIST Resources = Stack->Parameters.StartDevice.AllocatedResourcesTranslated;
        if (IoForwardIrpSynchronously(Lower, Irp)) Status = Irp->IoStatus.Status;
        if (NT_SUCCESS(Status)) Status = StartHardware(Extension, Resources);
        return Complete(Irp, Status, 0);
    }
    if (Stack->MinorFunction == IRP_MN_REMOVE_DEVICE) {
        if (Extension->Common != NULL) MmFreeContiguousMemory(Extension->Common);
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

static NTSTATUS NTAPI EduAddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT PhysicalDevice) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Edu");
    PEDU_EXTENSION Extension;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    Status = IoCreateDevice(DriverObject, sizeof(EDU_EXTENSION), &Name, FILE_DEVICE_UNKNOWN, 0, FALSE,
                            &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    Extension = DeviceObject->DeviceExtension;
    Extension->Lower = IoAttachDeviceToDeviceStack(DeviceObject, PhysicalDevice);
    if (Extension->Lower == NULL) {
        IoDeleteDevice(DeviceObject);
        return STATUS_DEVICE_REMOVED;
    }
    KeInitializeTimer(&Extension->DeathTimer);
    KeInitializeDpc(&Extension->DeathDpc, DieLater, NULL);
    DeviceObject->Flags |= DO_DIRECT_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static VOID NTAPI EduUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = EduOpenClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = EduRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = EduControl;
    DriverObject->MajorFunction[IRP_MJ_PNP] = EduPnp;
    DriverObject->DriverExtension->AddDevice = EduAddDevice;
    DriverObject->DriverUnload = EduUnload;
    return STATUS_SUCCESS;
}
