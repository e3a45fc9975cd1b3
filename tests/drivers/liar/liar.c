// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that lies about its requests where the Executive reads what it says: in the request ring. It finds
// the ring from the buffer of a small request, which lies in the request's slot (abi/wdm/ring.h).
#include <ntifs.h>

#include "tests/drivers/liar/liar.h"

#define SLOTS 64
#define SLOT_SIZE 1024
#define STATE_IN_SLOT 80
#define STATE_PENDING 2

typedef struct _HEAD {
    ULONG SubmitTail;
    ULONG SubmitHead;
    ULONG CompleteTail;
    ULONG CompleteHead;
    ULONG Other[12];
    ULONG SubmitRing[SLOTS];
    ULONG CompleteRing[SLOTS];
} HEAD;

static volatile HEAD* Ring;
static ULONG OwnSlot;
static BOOLEAN Stubborn;
static PDEVICE_OBJECT Replaced;
static ULONG EndedFiles;
static WCHAR NameBuffer[64];
static UNICODE_STRING Name = {0, sizeof(NameBuffer), NameBuffer};

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

// The page of the ring's head is the last before the slot's where as much was taken as was submitted; a page
// of slots begins with a 64-bit number that is small.
static VOID FindRing(PVOID Buffer) {
    ULONG_PTR Slot = (ULONG_PTR)Buffer & ~(ULONG_PTR)(SLOT_SIZE - 1);
    ULONG_PTR Page = (Slot & ~(ULONG_PTR)(PAGE_SIZE - 1)) - PAGE_SIZE;

    while (((HEAD*)Page)->SubmitTail != ((HEAD*)Page)->SubmitHead || ((HEAD*)Page)->SubmitTail == 0)
        Page -= PAGE_SIZE;
    Ring = (HEAD*)Page;
    OwnSlot = (ULONG)((Slot - Page - PAGE_SIZE) / SLOT_SIZE);
}

static VOID Forge(void) {
    ULONG Tail = Ring->CompleteTail;

    Ring->CompleteRing[Tail % SLOTS] = OwnSlot;
    Ring->CompleteTail = Tail + 1;
}

static VOID NeverEnd(void) {
    ULONG Slot;

    for (Slot = 0; Slot < SLOTS; Slot++)
        *(volatile ULONG*)((ULONG_PTR)Ring + PAGE_SIZE + Slot * SLOT_SIZE + STATE_IN_SLOT) = STATE_PENDING;
    for (;;)
        YieldProcessor();
}

static NTSTATUS MakeDevice(PDRIVER_OBJECT DriverObject) {
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);

    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI LiarControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    ULONG Code = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode;

    if (Value == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    FindRing(Value);
    switch (Code) {
        case LIAR_ADD_ONE:
            ++*Value;
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        case LIAR_FORGE:
            Forge();
            return Complete(Irp, STATUS_SUCCESS, 0);
        case LIAR_CLAIM:
            return Complete(Irp, STATUS_SUCCESS,
                            IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength);
        case LIAR_REPLACE_DEVICE:
            Replaced = DeviceObject;
            EndedFiles = 0;
            IoDeleteDevice(DeviceObject);
            return Complete(Irp, MakeDevice(DeviceObject->DriverObject), 0);
        case LIAR_ENDED_FILES:
            *Value = EndedFiles;
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        case LIAR_NEVER_UNLOAD:
            Stubborn = TRUE;
            return Complete(Irp, IoRegisterShutdownNotification(DeviceObject), 0);
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI LiarOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UCHAR Major = IoGetCurrentIrpStackLocation(Irp)->MajorFunction;

    if (DeviceObject == Replaced && Major == IRP_MJ_CLEANUP) EndedFiles += 0x10000;
    if (DeviceObject == Replaced && Major == IRP_MJ_CLOSE) EndedFiles++;
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI LiarShutdown(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stubborn) NeverEnd();
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI LiarUnload(PDRIVER_OBJECT DriverObject) {
    if (Stubborn) NeverEnd();
    IoDeleteDevice(DriverObject->DeviceObject);
}

// \Device\<service>
static NTSTATUS MakeName(PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Service = *RegistryPath;
    USHORT Start = Service.Length / sizeof(WCHAR);

    while (Start > 0 && Service.Buffer[Start - 1] != L'\\')
        Start--;
    Service.Buffer += Start;
    Service.Length -= Start * sizeof(WCHAR);
    RtlAppendUnicodeToString(&Name, L"\\Device\\");
    return RtlAppendUnicodeStringToString(&Name, &Service);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    NTSTATUS Status = MakeName(RegistryPath);

    if (!NT_SUCCESS(Status)) return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = LiarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = LiarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = LiarOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = LiarControl;
    DriverObject->MajorFunction[IRP_MJ_SHUTDOWN] = LiarShutdown;
    DriverObject->DriverUnload = LiarUnload;
    return MakeDevice(DriverObject);
}
