// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that misbehaves when asked to. Nothing it does may reach beyond its own process.
#include <ntifs.h>

#include "tests/drivers/rogue/rogue.h"

#define ROGUE_BUG_CODE 0xdeadbeefUL
#define FOREIGN_PORT ((PUCHAR)(ULONG_PTR)0x3f8)

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static VOID Fault(void) {
    *(volatile ULONG*)(ULONG_PTR)0x10 = 1;
}

static VOID Hang(void) {
    for (;;)
        YieldProcessor();
}

// Everything writable that a wandering pointer might find: its own heap, its host's image, the process's
// first pages.
static VOID WildWrite(PDRIVER_OBJECT DriverObject) {
    volatile UCHAR* Heap = ExAllocatePoolWithTag(NonPagedPool, 64, 'eugR');
    ULONG i;

    for (i = 0; i < 4096; i++)
        Heap[i] = 0xcc;
    ExFreePoolWithTag((PVOID)Heap, 'eugR');
    RtlFillMemory(DriverObject, sizeof(*DriverObject), 0xcc);
    for (i = 0; i < 0x100000; i += 8)
        *(volatile ULONG64*)((ULONG_PTR)DriverObject + i) = 0xccccccccccccccccULL;
}

// A small buffer lies in the request's slot of the ring: this goes over the slots behind it and the ring's
// head.
static VOID SpoilRing(PVOID Buffer) {
    ULONG_PTR Slot = (ULONG_PTR)Buffer & ~(ULONG_PTR)0x3ff;
    ULONG i;

    for (i = 1; i < 8; i++)
        RtlFillMemory((PVOID)(Slot - i * 1024), 1024, 0xee);
}

static VOID WaitAtDispatch(void) {
    KEVENT Never;
    KIRQL OldIrql;

    KeInitializeEvent(&Never, NotificationEvent, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
    KeWaitForSingleObject(&Never, Executive, KernelMode, FALSE, NULL);
    KeLowerIrql(OldIrql);
}

static ULONG RunAway(volatile ULONG* Depth) {
    volatile UCHAR Frame[1024];

    Frame[0] = (UCHAR)++ * Depth;
    if (*Depth == MAXULONG) return 0;  // never reached: the stack ends first
    return RunAway(Depth) + Frame[0];
}

static VOID NTAPI LoweringDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeLowerIrql(APC_LEVEL);
}

static VOID LowerInDpc(void) {
    static KDPC Dpc;

    KeInitializeDpc(&Dpc, LoweringDpc, NULL);
    KeInsertQueueDpc(&Dpc, NULL, NULL);
}

static VOID NTAPI SpinningDpc(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Hang();
}

// From a timer, so that no request's thread is in it.
static VOID SpinInDpc(void) {
    static KTIMER Timer;
    static KDPC Dpc;
    LARGE_INTEGER Due = {.QuadPart = -10000};

    KeInitializeTimer(&Timer);
    KeInitializeDpc(&Dpc, SpinningDpc, NULL);
    KeSetTimer(&Timer, Due, &Dpc);
}

static VOID NTAPI SpinningWork(PVOID Context) {
    UNREFERENCED_PARAMETER(Context);
    Hang();
}

static VOID SpinInWorkItem(void) {
    static WORK_QUEUE_ITEM Item;

    ExInitializeWorkItem(&Item, SpinningWork, NULL);
    ExQueueWorkItem(&Item, DelayedWorkQueue);
}

static VOID NTAPI RaisedWork(PVOID Done) {
    KIRQL OldIrql;

    KeSetEvent(Done, IO_NO_INCREMENT, FALSE);
    KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
}

static VOID RaiseInWorkItem(void) {
    static WORK_QUEUE_ITEM Item;
    static KEVENT Done;

    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    ExInitializeWorkItem(&Item, RaisedWork, &Done);
    ExQueueWorkItem(&Item, DelayedWorkQueue);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
}

static NTSTATUS NTAPI RogueControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PULONG Value = Irp->AssociatedIrp.SystemBuffer;
    volatile ULONG Depth = 0;
    KIRQL OldIrql;

    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.DeviceIoControl.IoControlCode) {
        case ROGUE_ADD_ONE:
            if (Value == NULL) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
            ++*Value;
            return Complete(Irp, STATUS_SUCCESS, sizeof(ULONG));
        case ROGUE_FAULT:
            Fault();
            break;
        case ROGUE_HANG:
            Hang();
            break;
        case ROGUE_COMPLETE_TWICE:
            Complete(Irp, STATUS_SUCCESS, 0);
            break;
        case ROGUE_WILD_WRITE:
            WildWrite(DeviceObject->DriverObject);
            break;
        case ROGUE_SPOIL_RING:
            SpoilRing(Value);
            break;
        case ROGUE_WAIT_AT_DISPATCH:
            WaitAtDispatch();
            break;
        case ROGUE_CALL_MISSING:
            CcSetReadAheadGranularity(IoGetCurrentIrpStackLocation(Irp)->FileObject, 4096);
            break;
        case ROGUE_STEAL_PORT:
            WRITE_PORT_UCHAR(FOREIGN_PORT, 'x');
            break;
        case ROGUE_BUG_CHECK:
            KeBugCheckEx(ROGUE_BUG_CODE, 1, 2, 3, 4);
        case ROGUE_RUN_AWAY:
            RunAway(&Depth);
            break;
        case ROGUE_RETURN_RAISED:
            KeRaiseIrql(DISPATCH_LEVEL, &OldIrql);
            break;
        case ROGUE_COMPLETE_NOTHING:
            return STATUS_SUCCESS;
        case ROGUE_PEND_UNMARKED:
            return STATUS_PENDING;
        case ROGUE_POOL_OVERRUN:
            ((volatile UCHAR*)ExAllocatePoolWithTag(NonPagedPool, 24, 'eugR'))[24] = 0;
            break;
        case ROGUE_SPIN_IN_DPC:
            SpinInDpc();
            break;
        case ROGUE_SPIN_IN_WORK:
            SpinInWorkItem();
            break;
        case ROGUE_LOWER_IN_DPC:
            LowerInDpc();
            break;
        case ROGUE_RAISED_WORK:
            RaiseInWorkItem();
            break;
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI RogueOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI RogueUnload(PDRIVER_OBJECT DriverObject) {
    IoDeleteDevice(DriverObject->DeviceObject);
}

// \Device\<service>
static NTSTATUS DeviceName(PUNICODE_STRING RegistryPath, PUNICODE_STRING Name, PWCHAR Buffer, USHORT Size) {
    UNICODE_STRING Service = *RegistryPath;
    USHORT Start = Service.Length / sizeof(WCHAR);

    while (Start > 0 && Service.Buffer[Start - 1] != L'\\')
        Start--;
    Service.Buffer += Start;
    Service.Length -= Start * sizeof(WCHAR);
    Name->Buffer = Buffer;
    Name->Length = 0;
    Name->MaximumLength = Size;
    RtlAppendUnicodeToString(Name, L"\\Device\\");
    return RtlAppendUnicodeStringToString(Name, &Service);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    WCHAR Buffer[64];
    UNICODE_STRING Name;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    Status = DeviceName(RegistryPath, &Name, Buffer, sizeof(Buffer));
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = RogueOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = RogueOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = RogueOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = RogueControl;
    DriverObject->DriverUnload = RogueUnload;
    return STATUS_SUCCESS;
}
