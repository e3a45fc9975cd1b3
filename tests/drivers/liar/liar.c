// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that lies about its requests where the Executive reads what it says: in the request ring
// (abi/wdm/ring.h). It finds the ring by its looks, in all the memory of its host.
#include <ntifs.h>

#include "tests/drivers/liar/liar.h"

#define VERSION 2
#define ENTRY_SIZE 1024
#define DISPATCHERS 32

typedef struct _REGION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    ULONG AllocationProtect;
    SIZE_T RegionSize;
    ULONG State;
    ULONG Protect;
    ULONG Type;
} REGION;

// MemoryBasicInformation is 0.
NTSYSAPI NTSTATUS NTAPI ZwQueryVirtualMemory(HANDLE Process, PVOID Address, ULONG Class, PVOID Information,
                                             SIZE_T Length, PSIZE_T Written);

typedef struct _HEAD {
    ULONG Version;
    ULONG Depth;
    ULONG SubmitTail;
    ULONG CompleteHead;
    ULONG Other[12];
    ULONG SubmitHead;
    ULONG CompleteTail;
    ULONG More[14];
    ULONG64 Cancels[64];
    ULONG64 Dispatching[DISPATCHERS];
} HEAD;

typedef struct _COMPLETION {
    ULONG64 Id;
    ULONG64 Information;
    ULONG64 Written;
    NTSTATUS Status;
} COMPLETION;

static volatile HEAD* Ring;
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

static BOOLEAN LooksLikeRing(const volatile HEAD* Head, SIZE_T Size) {
    ULONG Depth = Head->Depth;

    return Head->Version == VERSION && Depth >= 16 && Depth <= 256 && (Depth & (Depth - 1)) == 0 &&
           Size == PAGE_SIZE + 2 * (SIZE_T)Depth * ENTRY_SIZE;
}

static BOOLEAN FindRing(void) {
    REGION Region;
    ULONG_PTR At = 0;

    while (Ring == NULL && NT_SUCCESS(ZwQueryVirtualMemory(ZwCurrentProcess(), (PVOID)At, 0, &Region,
                                                           sizeof(Region), NULL))) {
        if (Region.State == MEM_COMMIT && Region.Protect == PAGE_READWRITE &&
            LooksLikeRing(Region.BaseAddress, Region.RegionSize))
            Ring = Region.BaseAddress;
        At = (ULONG_PTR)Region.BaseAddress + Region.RegionSize;
    }
    return Ring != NULL;
}

// What the thread at hand is busy with; it is the only one.
static ULONG64 OwnId(void) {
    ULONG Line;

    for (Line = 0; Line < DISPATCHERS; Line++)
        if (Ring->Dispatching[Line] != 0) return Ring->Dispatching[Line];
    return 0;
}

static VOID Forge(void) {
    ULONG Tail = Ring->CompleteTail;
    volatile COMPLETION* Entry =
        (volatile COMPLETION*)((ULONG_PTR)Ring + PAGE_SIZE + (Ring->Depth + Tail % Ring->Depth) * ENTRY_SIZE);

    Entry->Id = OwnId();
    Entry->Information = Entry->Written = 0;
    Entry->Status = STATUS_SUCCESS;
    Ring->CompleteTail = Tail + 1;
}

static VOID NeverEnd(void) {
    ULONG Line;

    for (Line = 0; Line < DISPATCHERS; Line++)
        Ring->Dispatching[Line] = 0;
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

    if (Value == NULL || !FindRing()) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
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
