// SPDX-License-Identifier: GPL-3.0-only
//
// The rings, and the requests that wait at them. What the other side writes is looked at once and checked.
#include "drivers/exec/channel/channel.h"

static ULONG Load(volatile unsigned int* Word) {
    ULONG Value = __atomic_load_n(Word, __ATOMIC_SEQ_CST);
    return Value;
}

// The other side sleeps and is to be woken: once.
static BOOLEAN TakeWaits(volatile unsigned int* Waits) {
    return __atomic_exchange_n(Waits, 0, __ATOMIC_SEQ_CST) != 0;
}

// Between the ring at the count `At` and memory; `Count` is at most the ring's size.
static VOID Copy(PCHANNEL_PIPE Pipe, PUCHAR Memory, ULONG At, ULONG Count) {
    ULONG Begin = At & (Pipe->Size - 1);
    ULONG First = Count < Pipe->Size - Begin ? Count : Pipe->Size - Begin;

    if (Pipe->ToGuest) {
        RtlCopyMemory(Memory, Pipe->Ring + Begin, First);
        RtlCopyMemory(Memory + First, Pipe->Ring, Count - First);
    } else {
        RtlCopyMemory(Pipe->Ring + Begin, Memory, First);
        RtlCopyMemory(Pipe->Ring, Memory + First, Count - First);
    }
}

ULONG ChannelMovable(PCHANNEL_PIPE Pipe) {
    ULONG Used = Load(&Pipe->Shared->Written) - Load(&Pipe->Shared->Read);

    if (Used > Pipe->Size) {
        Pipe->Broken = TRUE;
        return 0;
    }
    return Pipe->ToGuest ? Used : Pipe->Size - Used;
}

static BOOLEAN OtherClosed(PCHANNEL_PIPE Pipe) {
    return Pipe->Broken ||
           Load(Pipe->ToGuest ? &Pipe->Shared->WriterClosed : &Pipe->Shared->ReaderClosed) != 0;
}

// Says that this side waits; TRUE when there is something after all.
static BOOLEAN Wait(PCHANNEL_PIPE Pipe) {
    volatile unsigned int* Waits = Pipe->ToGuest ? &Pipe->Shared->ReaderWaits : &Pipe->Shared->WriterWaits;

    __atomic_store_n(Waits, 1, __ATOMIC_SEQ_CST);
    return ChannelMovable(Pipe) != 0 || OtherClosed(Pipe);
}

static VOID Moved(PCHANNEL_PIPE Pipe, ULONG Count) {
    volatile EXEC_PIPE* Shared = Pipe->Shared;

    __atomic_fetch_add(Pipe->ToGuest ? &Shared->Read : &Shared->Written, Count, __ATOMIC_SEQ_CST);
    if (TakeWaits(Pipe->ToGuest ? &Shared->WriterWaits : &Shared->ReaderWaits)) ChannelRing(Pipe->Channel);
}

static ULONG LengthOf(PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    return Stack->MajorFunction == IRP_MJ_READ ? Stack->Parameters.Read.Length
                                               : Stack->Parameters.Write.Length;
}

// Moves what can be moved for a request, whose Information says how far it is; TRUE when it is done.
static BOOLEAN Serve(PCHANNEL_PIPE Pipe, PIRP Irp) {
    ULONG Length = LengthOf(Irp), Done = (ULONG)Irp->IoStatus.Information;
    PUCHAR Memory = MmGetSystemAddressForMdlSafe(Irp->MdlAddress, NormalPagePriority);

    Irp->IoStatus.Status = STATUS_SUCCESS;
    while (Done < Length) {
        // There is room, but nobody who reads: `exec PROGRAM | head -1` ends.
        ULONG Count = !Pipe->ToGuest && OtherClosed(Pipe) ? 0 : ChannelMovable(Pipe);
        if (Count == 0) {
            if (Pipe->ToGuest && Done > 0) break;
            if (OtherClosed(Pipe)) {
                // What was written before the end was not seen a moment ago.
                if (Pipe->ToGuest && ChannelMovable(Pipe) != 0) continue;
                Irp->IoStatus.Status = Pipe->ToGuest ? STATUS_PIPE_BROKEN : STATUS_PIPE_CLOSING;
                break;
            }
            if (Wait(Pipe)) continue;
            Irp->IoStatus.Information = Done;
            return FALSE;
        }
        if (Count > Length - Done) Count = Length - Done;
        Copy(Pipe, Memory + Done, Load(Pipe->ToGuest ? &Pipe->Shared->Read : &Pipe->Shared->Written), Count);
        Done += Count;
        Moved(Pipe, Count);
    }
    Irp->IoStatus.Information = Done;
    return TRUE;
}

// Takes a request that is done off the queue; NULL when a cancel has it, which then goes on with the next.
static PIRP ServeHead(PCHANNEL_PIPE Pipe) {
    PIRP Irp = NULL;
    KIRQL Irql;

    KeAcquireSpinLock(&Pipe->Channel->Lock, &Irql);
    if (!IsListEmpty(&Pipe->Requests)) {
        PIRP Head = CONTAINING_RECORD(Pipe->Requests.Flink, IRP, Tail.Overlay.ListEntry);
        if (Serve(Pipe, Head) && IoSetCancelRoutine(Head, NULL) != NULL) {
            RemoveEntryList(&Head->Tail.Overlay.ListEntry);
            Irp = Head;
        }
    }
    KeReleaseSpinLock(&Pipe->Channel->Lock, Irql);
    return Irp;
}

VOID ChannelPump(PCHANNEL_PIPE Pipe) {
    PIRP Irp;

    while ((Irp = ServeHead(Pipe)) != NULL)
        IoCompleteRequest(Irp, IO_NAMED_PIPE_INCREMENT);
}

static VOID NTAPI Cancel(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCHANNEL_PIPE Pipe = IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&Pipe->Channel->Lock, &Irql);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Pipe->Channel->Lock, Irql);
    Irp->IoStatus.Status = STATUS_CANCELLED;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    ChannelPump(Pipe);
}

NTSTATUS ChannelTransfer(PCHANNEL_PIPE Pipe, PIRP Irp) {
    BOOLEAN Cancelled;
    KIRQL Irql;

    Irp->IoStatus.Information = 0;
    IoMarkIrpPending(Irp);
    KeAcquireSpinLock(&Pipe->Channel->Lock, &Irql);
    InsertTailList(&Pipe->Requests, &Irp->Tail.Overlay.ListEntry);
    IoSetCancelRoutine(Irp, Cancel);
    Cancelled = Irp->Cancel && IoSetCancelRoutine(Irp, NULL) != NULL;
    if (Cancelled) RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
    KeReleaseSpinLock(&Pipe->Channel->Lock, Irql);
    if (Cancelled) {
        Irp->IoStatus.Status = STATUS_CANCELLED;
        IoCompleteRequest(Irp, IO_NO_INCREMENT);
        return STATUS_PENDING;
    }
    ChannelPump(Pipe);
    return STATUS_PENDING;
}

static BOOLEAN IsRing(ULONG Offset, ULONG Size, ULONG Whole) {
    return Size != 0 && (Size & (Size - 1)) == 0 && Offset >= sizeof(EXEC_CHANNEL) && Offset <= Whole &&
           Size <= Whole - Offset;
}

NTSTATUS ChannelOpenPipes(PCHANNEL_EXTENSION Channel, ULONG Size) {
    ULONG i;

    if (Channel->Shared->Magic != EXEC_CHANNEL_MAGIC) return STATUS_REVISION_MISMATCH;
    KeInitializeSpinLock(&Channel->Lock);
    for (i = 0; i < EXEC_PIPES; i++) {
        PCHANNEL_PIPE Pipe = &Channel->Pipes[i];
        ULONG Offset, Bytes;
        Pipe->Channel = Channel;
        Pipe->Shared = &Channel->Shared->Pipes[i];
        Pipe->ToGuest = Pipe->Shared->ToGuest != 0;
        Offset = Pipe->Shared->Offset;
        Bytes = Pipe->Shared->Size;
        InitializeListHead(&Pipe->Requests);
        if (!IsRing(Offset, Bytes, Size)) continue;
        Pipe->Ring = (PUCHAR)Channel->Shared + Offset;
        Pipe->Size = Bytes;
    }
    return STATUS_SUCCESS;
}
