// SPDX-License-Identifier: GPL-3.0-only
//
// Messages in and out. Who reads when there is none waits as long as the mailslot's read timeout says; his
// timer's routine may be on its way when he goes on, and frees what he waited by.
#include "drivers/fs/msfs/msfs.h"

typedef struct {
    LIST_ENTRY Link;
    PIRP Irp;  // NULL: it is done with, and the timer's routine frees this
    BOOLEAN Timed;
    BOOLEAN Fired;
    KTIMER Timer;
    KDPC Dpc;
} MS_READER;

static void Free(MS_READER* Reader) {
    RemoveEntryList(&Reader->Link);
    InitializeListHead(&Reader->Link);
    if (!Reader->Timed || Reader->Fired || KeCancelTimer(&Reader->Timer))
        ExFreePoolWithTag(Reader, MSFS_TAG);
    else
        Reader->Irp = NULL;
}

static VOID NTAPI TimeIsUp(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    MS_READER* Reader = Context;
    PIRP Irp;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeAcquireSpinLockAtDpcLevel(&MsLock);
    Reader->Fired = TRUE;
    Irp = Reader->Irp;
    if (Irp == NULL) {
        ExFreePoolWithTag(Reader, MSFS_TAG);
    } else if (IoSetCancelRoutine(Irp, NULL) != NULL) {
        Free(Reader);
        MsComplete(Irp, STATUS_IO_TIMEOUT, 0);
    }
    KeReleaseSpinLockFromDpcLevel(&MsLock);
}

static VOID NTAPI CancelRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&MsLock, &Irql);
    Free(Irp->Tail.Overlay.DriverContext[0]);
    KeReleaseSpinLock(&MsLock, Irql);
    MsComplete(Irp, STATUS_CANCELLED, 0);
}

// The first that nobody has cancelled; NULL: there is none. `Least`: has room for as much.
static PIRP TakeReader(MS_SLOT* Slot) {
    while (!IsListEmpty(&Slot->Readers)) {
        MS_READER* Reader = CONTAINING_RECORD(Slot->Readers.Flink, MS_READER, Link);
        PIRP Irp = Reader->Irp;

        if (IoSetCancelRoutine(Irp, NULL) != NULL) {
            Free(Reader);
            return Irp;
        }
        RemoveEntryList(&Reader->Link);
        InitializeListHead(&Reader->Link);
    }
    return NULL;
}

void MsEndReads(MS_SLOT* Slot, NTSTATUS Status) {
    PIRP Irp;

    while ((Irp = TakeReader(Slot)) != NULL)
        MsComplete(Irp, Status, 0);
}

static BOOLEAN WaitsForEver(LARGE_INTEGER Timeout) {
    return Timeout.QuadPart == -1 || Timeout.QuadPart == MAXLONGLONG || Timeout.QuadPart == MINLONGLONG;
}

static NTSTATUS Wait(MS_SLOT* Slot, PIRP Irp) {
    MS_READER* Reader;

    if (Slot->ReadTimeout.QuadPart == 0) return STATUS_IO_TIMEOUT;
    Reader = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Reader), MSFS_TAG);
    if (Reader == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Reader->Irp = Irp;
    Reader->Timed = Reader->Fired = FALSE;
    KeInitializeTimer(&Reader->Timer);
    KeInitializeDpc(&Reader->Dpc, TimeIsUp, Reader);
    Irp->Tail.Overlay.DriverContext[0] = Reader;
    IoMarkIrpPending(Irp);
    InsertTailList(&Slot->Readers, &Reader->Link);
    IoSetCancelRoutine(Irp, CancelRead);
    if (Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL) {
        Free(Reader);
        MsComplete(Irp, STATUS_CANCELLED, 0);
        return STATUS_PENDING;
    }
    if (!WaitsForEver(Slot->ReadTimeout)) {
        Reader->Timed = TRUE;
        KeSetTimer(&Reader->Timer, Slot->ReadTimeout, &Reader->Dpc);
    }
    return STATUS_PENDING;
}

NTSTATUS NTAPI MsRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    ULONG Bytes = 0;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(Stack->FileObject, &Serves);
    if (Slot == NULL || !Serves) {
        Status = STATUS_INVALID_PARAMETER;
    } else if (IsListEmpty(&Slot->Messages)) {
        Status = Wait(Slot, Irp);
    } else {
        MS_MESSAGE* Message = CONTAINING_RECORD(Slot->Messages.Flink, MS_MESSAGE, Link);

        // A message is not cut.
        if (Message->Length > Stack->Parameters.Read.Length) {
            Status = STATUS_BUFFER_TOO_SMALL;
        } else {
            Bytes = Message->Length;
            RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, Message->Data, Bytes);
            RemoveEntryList(&Message->Link);
            Slot->Used -= Bytes;
            --Slot->Count;
            ExFreePoolWithTag(Message, MSFS_TAG);
        }
    }
    KeReleaseSpinLock(&MsLock, Irql);
    return Status == STATUS_PENDING ? Status : MsComplete(Irp, Status, Bytes);
}

static NTSTATUS Keep(MS_SLOT* Slot, PVOID Data, ULONG Length) {
    MS_MESSAGE* Message;

    if (Length > Slot->Quota - Slot->Used) return STATUS_INSUFFICIENT_RESOURCES;
    Message = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Message) + Length, MSFS_TAG);
    if (Message == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Message->Length = Length;
    RtlCopyMemory(Message->Data, Data, Length);
    InsertTailList(&Slot->Messages, &Message->Link);
    Slot->Used += Length;
    ++Slot->Count;
    return STATUS_SUCCESS;
}

// Readers whose room is too small hear so, and the message is there for the next.
static NTSTATUS Deliver(MS_SLOT* Slot, PVOID Data, ULONG Length) {
    PIRP Reader;

    while ((Reader = TakeReader(Slot)) != NULL) {
        if (IoGetCurrentIrpStackLocation(Reader)->Parameters.Read.Length < Length) {
            MsComplete(Reader, STATUS_BUFFER_TOO_SMALL, 0);
            continue;
        }
        RtlCopyMemory(Reader->AssociatedIrp.SystemBuffer, Data, Length);
        MsComplete(Reader, STATUS_SUCCESS, Length);
        return STATUS_SUCCESS;
    }
    return Keep(Slot, Data, Length);
}

NTSTATUS NTAPI MsWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.Write.Length;
    NTSTATUS Status;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(Stack->FileObject, &Serves);
    if (Slot == NULL || Serves)
        Status = STATUS_INVALID_PARAMETER;
    else if (Slot->Server == NULL)
        Status = STATUS_FILE_FORCED_CLOSED;
    else if (Slot->MaximumMessageSize != 0 && Length > Slot->MaximumMessageSize)
        Status = STATUS_INVALID_PARAMETER;
    else
        Status = Deliver(Slot, Irp->AssociatedIrp.SystemBuffer, Length);
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, NT_SUCCESS(Status) ? Length : 0);
}
