// SPDX-License-Identifier: GPL-3.0-only
#include <ntifs.h>

#include "tests/drivers/keeper/keeper.h"

#define TAG 'peeK'

typedef struct _STATE {
    ULONG Traces;
    ULONG Trace[KEEPER_TRACES];
    ULONG Reads;
    ULONG Lengths[KEEPER_TRACES];
} STATE, *PSTATE;

static ULONG BaudRate = KEEPER_FIRST_BAUD_RATE;
static KSPIN_LOCK Lock;
static LIST_ENTRY Pending;
static WCHAR NameBuffer[64];
static UNICODE_STRING Name = {0, sizeof(NameBuffer), NameBuffer};

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static PSTATE StateOf(PIRP Irp) {
    return IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
}

static NTSTATUS Answer(PIRP Irp, const ULONG* Values, ULONG Count) {
    ULONG Room = IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.OutputBufferLength;
    ULONG Size = Count * sizeof(ULONG);

    if (Room < Size) return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Values, Size);
    return Complete(Irp, STATUS_SUCCESS, Size);
}

// Whether the value is one of those that do not go well now; the request is dealt with then.
static BOOLEAN GoesWrong(PIRP Irp, ULONG Value, NTSTATUS* Status) {
    *Status = STATUS_INVALID_PARAMETER;
    if (Value == KEEPER_REFUSED) {
        Complete(Irp, *Status, 0);
        return TRUE;
    }
    if (Irp->RequestorMode != KernelMode) return FALSE;
    if (Value == KEEPER_REFUSED_LATER) {
        Complete(Irp, *Status, 0);
        return TRUE;
    }
    if (Value == KEEPER_FATAL_LATER) *(volatile ULONG*)(ULONG_PTR)8 = 0;
    if (Value != KEEPER_ENDLESS_LATER) return FALSE;
    IoMarkIrpPending(Irp);
    *Status = STATUS_PENDING;
    return TRUE;
}

static NTSTATUS Set(PIRP Irp, ULONG Function, ULONG Value) {
    PSTATE State = StateOf(Irp);
    NTSTATUS Status;

    if (GoesWrong(Irp, Value, &Status)) return Status;
    if (State->Traces < KEEPER_TRACES) State->Trace[State->Traces++] = KEEPER_TRACE_ENTRY(Function, Value);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS Release(PIRP Irp) {
    ULONG Count = 0;
    PLIST_ENTRY Entry;

    while ((Entry = ExInterlockedRemoveHeadList(&Pending, &Lock)) != NULL) {
        Complete(CONTAINING_RECORD(Entry, IRP, Tail.Overlay.ListEntry), STATUS_SUCCESS, 0);
        Count++;
    }
    return Answer(Irp, &Count, 1);
}

static NTSTATUS NTAPI KeeperControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    ULONG Code = Stack->Parameters.DeviceIoControl.IoControlCode;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Value == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    switch (Code) {
        case KEEPER_SET_A:
        case KEEPER_SET_B:
        case KEEPER_SET_C:
            return Set(Irp, (Code - KEEPER_CODE(0)) >> 2, *Value);
        case KEEPER_TRACE:
            return Answer(Irp, StateOf(Irp)->Trace, StateOf(Irp)->Traces);
        case KEEPER_TOUCH:
            return Complete(Irp, STATUS_SUCCESS, 0);
        case KEEPER_ADD_ONE:
            ++*Value;
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        case KEEPER_ORDER:
            return Answer(Irp, StateOf(Irp)->Lengths, StateOf(Irp)->Reads);
        case KEEPER_RELEASE:
            return Release(Irp);
        case KEEPER_SET_BAUD_RATE:
            if (GoesWrong(Irp, *Value, &Status)) return Status;
            BaudRate = *Value;
            return Complete(Irp, STATUS_SUCCESS, 0);
        case KEEPER_GET_BAUD_RATE:
            return Answer(Irp, &BaudRate, 1);
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI KeeperRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PSTATE State = StateOf(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (State->Reads < KEEPER_TRACES)
        State->Lengths[State->Reads++] = IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length;
    IoMarkIrpPending(Irp);
    ExInterlockedInsertTailList(&Pending, &Irp->Tail.Overlay.ListEntry, &Lock);
    return STATUS_PENDING;
}

static NTSTATUS NTAPI KeeperCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PSTATE State = ExAllocatePoolWithTag(NonPagedPool, sizeof(STATE), TAG);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (State == NULL) return Complete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    RtlZeroMemory(State, sizeof(STATE));
    IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext = State;
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI KeeperCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI KeeperClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    if (StateOf(Irp) != NULL) ExFreePoolWithTag(StateOf(Irp), TAG);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI KeeperUnload(PDRIVER_OBJECT DriverObject) {
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
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status = MakeName(RegistryPath);

    KeInitializeSpinLock(&Lock);
    InitializeListHead(&Pending);
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = KeeperCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = KeeperCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = KeeperClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = KeeperRead;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = KeeperControl;
    DriverObject->DriverUnload = KeeperUnload;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    return STATUS_SUCCESS;
}
