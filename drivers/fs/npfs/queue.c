// SPDX-License-Identifier: GPL-3.0-only
//
// What is under way in one direction. Written data is held in copies as far as the quota goes, and the writer
// goes on; of a write beyond it the data stays the writer's, who waits until what is left of it fits.
#include "drivers/fs/npfs/npfs.h"

void NpInitializeQueue(NP_QUEUE* Queue, ULONG Asked) {
    InitializeListHead(&Queue->Data);
    InitializeListHead(&Queue->Readers);
    Queue->Bytes = Queue->Messages = Queue->Used = 0;
    Queue->Asked = Asked;
    Queue->Quota = Asked < NPFS_MOST_QUOTA ? Asked : NPFS_MOST_QUOTA;
}

// --- IRPs that wait

// Whoever takes the cancel routine away has the IRP: he who completes it, or he who cancels it.
VOID NTAPI NpCancelPending(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&NpLock, &Irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&NpLock, Irql);
    NpComplete(Irp, STATUS_CANCELLED, 0);
}

NTSTATUS NpPend(LIST_ENTRY* List, PIRP Irp, PDRIVER_CANCEL Cancelled) {
    IoMarkIrpPending(Irp);
    if (List != NULL) InsertTailList(List, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, Cancelled);
    if (!Irp->Cancel || IoSetCancelRoutine(Irp, NULL) == NULL) return STATUS_PENDING;
    if (List != NULL) RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    return STATUS_CANCELLED;
}

PIRP NpTakeFirst(LIST_ENTRY* List) {
    while (!IsListEmpty(List)) {
        PIRP Irp = CONTAINING_RECORD(RemoveHeadList(List), IRP, Tail.Overlay.ListEntry);

        if (IoSetCancelRoutine(Irp, NULL) != NULL) return Irp;
        // Its cancel routine is on its way, and will take it out of a list of its own.
        InitializeListHead(&Irp->Tail.Overlay.ListEntry);
    }
    return NULL;
}

void NpCompleteAll(LIST_ENTRY* List, NTSTATUS Status) {
    PIRP Irp;

    while ((Irp = NpTakeFirst(List)) != NULL)
        NpComplete(Irp, Status, 0);
}

// --- data

static ULONG Left(const NP_ENTRY* Entry) {
    return Entry->Length - Entry->Read;
}

// An answer that had to be held may have gone beyond the quota.
static ULONG RoomIn(const NP_QUEUE* Queue) {
    return Queue->Used < Queue->Quota ? Queue->Quota - Queue->Used : 0;
}

static NP_ENTRY* First(NP_QUEUE* Queue) {
    if (IsListEmpty(&Queue->Data)) return NULL;
    return CONTAINING_RECORD(Queue->Data.Flink, NP_ENTRY, Link);
}

BOOLEAN NpHasData(NP_QUEUE* Queue) {
    return !IsListEmpty(&Queue->Data);
}

ULONG NpFirstMessage(NP_QUEUE* Queue) {
    NP_ENTRY* Entry = First(Queue);

    return Entry != NULL ? Left(Entry) : 0;
}

BOOLEAN NpWritersWait(NP_QUEUE* Queue) {
    LIST_ENTRY* Link;

    for (Link = Queue->Data.Flink; Link != &Queue->Data; Link = Link->Flink)
        if (CONTAINING_RECORD(Link, NP_ENTRY, Link)->Irp != NULL) return TRUE;
    return FALSE;
}

// Out of the queue, with what counts for it.
static void Remove(NP_ENTRY* Entry) {
    NP_QUEUE* Queue = Entry->Queue;

    RemoveEntryList(&Entry->Link);
    Queue->Used -= Entry->Charged;
    Queue->Bytes -= Left(Entry);
    if (!Entry->Flush) --Queue->Messages;
}

// The writer, or who waits for the end of all before, goes on, if he has not been cancelled: then his cancel
// routine frees the entry.
static void End(NP_ENTRY* Entry, NTSTATUS Status, ULONG Information) {
    PIRP Irp = Entry->Irp;

    if (Irp != NULL && IoSetCancelRoutine(Irp, NULL) == NULL) {
        Entry->Queue = NULL;
        return;
    }
    ExFreePoolWithTag(Entry, NPFS_TAG);
    if (Irp != NULL) NpComplete(Irp, Status, Information);
}

static void EndFlushes(NP_QUEUE* Queue) {
    NP_ENTRY* Entry;

    while ((Entry = First(Queue)) != NULL && Entry->Flush) {
        Remove(Entry);
        End(Entry, STATUS_SUCCESS, 0);
    }
}

// What has been read makes room for who waits.
static void Settle(NP_QUEUE* Queue) {
    LIST_ENTRY* Link = Queue->Data.Flink;

    while (Link != &Queue->Data) {
        NP_ENTRY* Entry = CONTAINING_RECORD(Link, NP_ENTRY, Link);
        ULONG Room = RoomIn(Queue) + Entry->Charged;
        NP_ENTRY* Copy;
        PIRP Irp = Entry->Irp;

        Link = Link->Flink;
        if (Irp == NULL || Entry->Flush) continue;
        if (Left(Entry) > Room) {
            Queue->Used += Room - Entry->Charged;
            Entry->Charged = Room;
            return;
        }
        Copy = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Copy) + Left(Entry), NPFS_TAG);
        if (Copy == NULL) return;
        if (IoSetCancelRoutine(Irp, NULL) == NULL) {
            ExFreePoolWithTag(Copy, NPFS_TAG);
            continue;
        }
        *Copy = *Entry;
        Copy->Irp = NULL;
        Copy->Data = (PUCHAR)(Copy + 1);
        Copy->Length = Left(Entry);
        Copy->Read = 0;
        RtlCopyMemory(Copy->Data, Entry->Data + Entry->Read, Copy->Length);
        Queue->Used += Copy->Length - Entry->Charged;
        Copy->Charged = Copy->Length;
        InsertHeadList(&Entry->Link, &Copy->Link);
        RemoveEntryList(&Entry->Link);
        NpComplete(Irp, STATUS_SUCCESS, Entry->Length);
        ExFreePoolWithTag(Entry, NPFS_TAG);
    }
}

static void Advance(NP_ENTRY* Entry, ULONG Bytes) {
    NP_QUEUE* Queue = Entry->Queue;
    ULONG Freed;

    Entry->Read += Bytes;
    Queue->Bytes -= Bytes;
    // What is charged is what is left, where all of it is.
    Freed = Entry->Charged > Left(Entry) ? Entry->Charged - Left(Entry) : 0;
    Entry->Charged -= Freed;
    Queue->Used -= Freed;
}

NTSTATUS NpLook(NP_INSTANCE* Instance, ULONG End, PUCHAR Data, ULONG Length, ULONG* Read) {
    NP_QUEUE* Queue = NpReadQueue(Instance, End);
    BOOLEAN Message = Instance->Ends[End].ReadMode == FILE_PIPE_MESSAGE_MODE;
    LIST_ENTRY* Link;

    *Read = 0;
    for (Link = Queue->Data.Flink; Link != &Queue->Data; Link = Link->Flink) {
        NP_ENTRY* Entry = CONTAINING_RECORD(Link, NP_ENTRY, Link);
        ULONG Bytes = min(Left(Entry), Length - *Read);

        if (Entry->Flush) continue;
        RtlCopyMemory(Data + *Read, Entry->Data + Entry->Read, Bytes);
        *Read += Bytes;
        if (Bytes < Left(Entry)) return STATUS_BUFFER_OVERFLOW;
        if (Message) break;
    }
    return STATUS_SUCCESS;
}

NTSTATUS NpTake(NP_INSTANCE* Instance, ULONG WhichEnd, PUCHAR Data, ULONG Length, ULONG* Read) {
    NP_QUEUE* Queue = NpReadQueue(Instance, WhichEnd);
    BOOLEAN Message = Instance->Ends[WhichEnd].ReadMode == FILE_PIPE_MESSAGE_MODE;
    NTSTATUS Status = STATUS_SUCCESS;
    NP_ENTRY* Entry;

    *Read = 0;
    while ((Entry = First(Queue)) != NULL) {
        ULONG Bytes = min(Left(Entry), Length - *Read);

        RtlCopyMemory(Data + *Read, Entry->Data + Entry->Read, Bytes);
        *Read += Bytes;
        Advance(Entry, Bytes);
        if (Left(Entry) != 0) {
            if (Message) Status = STATUS_BUFFER_OVERFLOW;
            break;
        }
        Remove(Entry);
        ULONG Whole = Entry->Length;
        End(Entry, STATUS_SUCCESS, Whole);
        EndFlushes(Queue);
        if (Message) break;
    }
    Settle(Queue);
    return Status;
}

// --- writing

// Who waits for data has read, or has written to read the answer (FSCTL_PIPE_TRANSCEIVE).
static ULONG BufferOf(PIRP Irp, PUCHAR* Buffer) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    if (Stack->MajorFunction == IRP_MJ_READ) {
        *Buffer = Irp->AssociatedIrp.SystemBuffer;
        return Stack->Parameters.Read.Length;
    }
    *Buffer = Irp->UserBuffer;
    return Stack->Parameters.FileSystemControl.OutputBufferLength;
}

// Gives readers that wait as much as there is. True: nothing is left to be queued.
static BOOLEAN GiveToReaders(NP_INSTANCE* Instance, ULONG End, PUCHAR* Data, ULONG* Length) {
    NP_QUEUE* Queue = NpWriteQueue(Instance, End);
    BOOLEAN Message = Instance->Ends[FILE_PIPE_SERVER_END - End].ReadMode == FILE_PIPE_MESSAGE_MODE;
    BOOLEAN OneMessage = Instance->Pipe->Type == FILE_PIPE_MESSAGE_TYPE;
    PIRP Reader;

    if (*Length == 0 && !OneMessage) return TRUE;
    while ((Reader = NpTakeFirst(&Queue->Readers)) != NULL) {
        PUCHAR Buffer;
        ULONG Bytes = min(*Length, BufferOf(Reader, &Buffer));
        BOOLEAN Cut = Message && Bytes < *Length;

        RtlCopyMemory(Buffer, *Data, Bytes);
        *Data += Bytes;
        *Length -= Bytes;
        NpComplete(Reader, Cut ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS, Bytes);
        if (*Length == 0) return TRUE;
    }
    return FALSE;
}

// A writer who waits has been cancelled: what he wrote and nobody has read is gone.
static VOID NTAPI CancelEntry(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    NP_ENTRY* Entry = Irp->Tail.Overlay.DriverContext[0];
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&NpLock, &Irql);
    if (Entry->Queue != NULL) {
        NP_QUEUE* Queue = Entry->Queue;

        Remove(Entry);
        EndFlushes(Queue);
        Settle(Queue);
    }
    KeReleaseSpinLock(&NpLock, Irql);
    ExFreePoolWithTag(Entry, NPFS_TAG);
    NpComplete(Irp, STATUS_CANCELLED, 0);
}

static NP_ENTRY* NewEntry(NP_QUEUE* Queue, ULONG Room) {
    NP_ENTRY* Entry = ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Entry) + Room, NPFS_TAG);

    if (Entry == NULL) return NULL;
    Entry->Queue = Queue;
    Entry->Irp = NULL;
    Entry->Flush = FALSE;
    Entry->Length = Entry->Read = Entry->Charged = 0;
    Entry->Data = (PUCHAR)(Entry + 1);
    return Entry;
}

static void Append(NP_ENTRY* Entry) {
    NP_QUEUE* Queue = Entry->Queue;

    InsertTailList(&Queue->Data, &Entry->Link);
    Queue->Used += Entry->Charged;
    Queue->Bytes += Entry->Length;
    if (!Entry->Flush) ++Queue->Messages;
}

static NTSTATUS Hold(NP_QUEUE* Queue, PUCHAR Data, ULONG Length) {
    NP_ENTRY* Entry = NewEntry(Queue, Length);

    if (Entry == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Entry->Data, Data, Length);
    Entry->Length = Entry->Charged = Length;
    Append(Entry);
    return STATUS_SUCCESS;
}

static NTSTATUS PendEntry(NP_ENTRY* Entry, PIRP Irp) {
    NTSTATUS Status;

    Entry->Irp = Irp;
    Irp->Tail.Overlay.DriverContext[0] = Entry;
    Append(Entry);
    Status = NpPend(NULL, Irp, CancelEntry);
    if (Status == STATUS_PENDING) return Status;
    Remove(Entry);
    ExFreePoolWithTag(Entry, NPFS_TAG);
    return Status;
}

NTSTATUS NpPut(NP_INSTANCE* Instance, ULONG End, PIRP Irp, PUCHAR Data, ULONG Length, ULONG* Written) {
    NP_QUEUE* Queue = NpWriteQueue(Instance, End);
    BOOLEAN Waits = Instance->Ends[End].CompletionMode == FILE_PIPE_QUEUE_OPERATION;
    BOOLEAN Message = Instance->Pipe->Type == FILE_PIPE_MESSAGE_TYPE;
    ULONG Whole = Length;
    ULONG Room = RoomIn(Queue);
    NP_ENTRY* Entry;

    // One who writes to have an answer waits for that alone. What he leaves unread by being cancelled must
    // not pile up: beyond the quota no more than one message is held.
    if (IoGetCurrentIrpStackLocation(Irp)->MajorFunction != IRP_MJ_WRITE) {
        *Written = Whole;
        if (GiveToReaders(Instance, End, &Data, &Length)) return STATUS_SUCCESS;
        if (Length > Room && NpHasData(Queue)) return STATUS_PIPE_BUSY;
        return Hold(Queue, Data, Length);
    }
    // A message that nobody reads and nothing holds is not cut, it is not taken.
    *Written = 0;
    if (!Waits && Message && Length > Room && IsListEmpty(&Queue->Readers)) return STATUS_SUCCESS;
    *Written = Whole;
    if (GiveToReaders(Instance, End, &Data, &Length)) return STATUS_SUCCESS;
    if (!Waits && !Message && Length > Room) {
        *Written = Whole - (Length - Room);
        Length = Room;
        if (Length == 0) return STATUS_SUCCESS;
    }
    if (Length <= Room || !Waits) return Hold(Queue, Data, Length);
    Entry = NewEntry(Queue, 0);
    if (Entry == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    // The whole of it, so that its end can say how much was written.
    Entry->Data = Data - (Whole - Length);
    Entry->Length = Whole;
    Entry->Read = Whole - Length;
    Entry->Charged = Room;
    Queue->Bytes -= Entry->Read;
    return PendEntry(Entry, Irp);
}

NTSTATUS NpPendFlush(NP_QUEUE* Queue, PIRP Irp) {
    NP_ENTRY* Entry;

    if (!NpHasData(Queue)) return STATUS_SUCCESS;
    Entry = NewEntry(Queue, 0);
    if (Entry == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Entry->Flush = TRUE;
    return PendEntry(Entry, Irp);
}

void NpEmptyQueue(NP_QUEUE* Queue, NTSTATUS Status) {
    NP_ENTRY* Entry;

    NpCompleteAll(&Queue->Readers, Status);
    while ((Entry = First(Queue)) != NULL) {
        Remove(Entry);
        End(Entry, Status, 0);
    }
}
