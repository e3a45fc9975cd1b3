// SPDX-License-Identifier: GPL-3.0-only
//
// The ring of typed keys and the queue of readers. Either the ring is empty or nobody waits: both sides keep
// that true under the lock. IRPs are completed after the lock is let go.
#include "kbdclass.h"

static PKBDCLASS_EXTENSION ExtensionOf(PIO_CSQ Csq) {
    return CONTAINING_RECORD(Csq, KBDCLASS_EXTENSION, Reads);
}

static VOID NTAPI InsertRead(PIO_CSQ Csq, PIRP Irp) {
    InsertTailList(&ExtensionOf(Csq)->ReadList, &Irp->Tail.Overlay.ListEntry);
}

static VOID NTAPI RemoveRead(PIO_CSQ Csq, PIRP Irp) {
    UNREFERENCED_PARAMETER(Csq);
    RemoveEntryList(&Irp->Tail.Overlay.ListEntry);
}

// PeekContext is a file object, or null for the reads of all.
static PIRP NTAPI PeekRead(PIO_CSQ Csq, PIRP Irp, PVOID PeekContext) {
    PLIST_ENTRY Head = &ExtensionOf(Csq)->ReadList;
    PLIST_ENTRY Entry = Irp != NULL ? Irp->Tail.Overlay.ListEntry.Flink : Head->Flink;

    for (; Entry != Head; Entry = Entry->Flink) {
        PIRP Next = CONTAINING_RECORD(Entry, IRP, Tail.Overlay.ListEntry);

        if (PeekContext == NULL || IoGetCurrentIrpStackLocation(Next)->FileObject == PeekContext) return Next;
    }
    return NULL;
}

static VOID NTAPI AcquireReads(PIO_CSQ Csq, PKIRQL Irql) {
    KeAcquireSpinLock(&ExtensionOf(Csq)->Lock, Irql);
}

static VOID NTAPI ReleaseReads(PIO_CSQ Csq, KIRQL Irql) {
    KeReleaseSpinLock(&ExtensionOf(Csq)->Lock, Irql);
}

static VOID CompleteRead(PKBDCLASS_EXTENSION Extension, PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, NT_SUCCESS(Status) ? IO_KEYBOARD_INCREMENT : IO_NO_INCREMENT);
    IoReleaseRemoveLock(&Extension->RemoveLock, Irp);
}

static VOID NTAPI CompleteCanceledRead(PIO_CSQ Csq, PIRP Irp) {
    CompleteRead(ExtensionOf(Csq), Irp, STATUS_CANCELLED, 0);
}

NTSTATUS QueueInitialize(PKBDCLASS_EXTENSION Extension, ULONG Entries) {
    KeInitializeSpinLock(&Extension->Lock);
    InitializeListHead(&Extension->ReadList);
    if (Entries == 0 || Entries > KBDCLASS_LARGEST_QUEUE) Entries = KBDCLASS_DEFAULT_QUEUE;
    Extension->Ring =
        ExAllocatePoolWithTag(NonPagedPool, Entries * sizeof(KEYBOARD_INPUT_DATA), KBDCLASS_TAG);
    if (Extension->Ring == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Extension->RingSize = Entries;
    return IoCsqInitialize(&Extension->Reads, InsertRead, RemoveRead, PeekRead, AcquireReads, ReleaseReads,
                           CompleteCanceledRead);
}

// Moves up to Room entries from the ring to Target; returns how many. Under the lock.
static ULONG TakeFromRing(PKBDCLASS_EXTENSION Extension, PKEYBOARD_INPUT_DATA Target, ULONG Room) {
    ULONG Taken = 0;

    while (Taken < Room && Extension->Count != 0) {
        Target[Taken++] = Extension->Ring[Extension->First];
        Extension->First = (Extension->First + 1) % Extension->RingSize;
        Extension->Count--;
    }
    return Taken;
}

static ULONG RoomOf(PIRP Irp) {
    return IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length / sizeof(KEYBOARD_INPUT_DATA);
}

// Gives the ring's contents to waiting readers until one of the two runs out.
static VOID ServeReaders(PKBDCLASS_EXTENSION Extension) {
    for (;;) {
        ULONG Taken;
        KIRQL OldIrql;
        PIRP Irp;

        if (Extension->Count == 0) return;
        Irp = IoCsqRemoveNextIrp(&Extension->Reads, NULL);
        if (Irp == NULL) return;
        KeAcquireSpinLock(&Extension->Lock, &OldIrql);
        Taken = TakeFromRing(Extension, Irp->AssociatedIrp.SystemBuffer, RoomOf(Irp));
        KeReleaseSpinLock(&Extension->Lock, OldIrql);
        if (Taken == 0) {
            IoCsqInsertIrp(&Extension->Reads, Irp, NULL);  // another reader was served meanwhile
            continue;
        }
        CompleteRead(Extension, Irp, STATUS_SUCCESS, Taken * sizeof(KEYBOARD_INPUT_DATA));
    }
}

NTSTATUS QueueRead(PKBDCLASS_EXTENSION Extension, PIRP Irp) {
    IoMarkIrpPending(Irp);
    IoCsqInsertIrp(&Extension->Reads, Irp, NULL);
    // A removal that cancelled the reads before this one came waits for it.
    if (!Extension->Started) QueueCancelReads(Extension, NULL);
    ServeReaders(Extension);
    return STATUS_PENDING;
}

VOID QueueCancelReads(PKBDCLASS_EXTENSION Extension, PFILE_OBJECT FileObject) {
    PIRP Irp;

    while ((Irp = IoCsqRemoveNextIrp(&Extension->Reads, FileObject)) != NULL)
        CompleteRead(Extension, Irp, STATUS_CANCELLED, 0);
}

VOID QueueFlush(PKBDCLASS_EXTENSION Extension) {
    KIRQL OldIrql;

    KeAcquireSpinLock(&Extension->Lock, &OldIrql);
    Extension->First = Extension->Count = 0;
    KeReleaseSpinLock(&Extension->Lock, OldIrql);
}

// The newest key is lost when nobody reads for long; the last one kept then says so.
static VOID PutIntoRing(PKBDCLASS_EXTENSION Extension, const KEYBOARD_INPUT_DATA* Data) {
    ULONG Last;

    if (Extension->Count < Extension->RingSize) {
        Extension->Ring[(Extension->First + Extension->Count) % Extension->RingSize] = *Data;
        Extension->Count++;
        return;
    }
    Last = (Extension->First + Extension->Count - 1) % Extension->RingSize;
    Extension->Ring[Last].MakeCode = KEYBOARD_OVERRUN_MAKE_CODE;
    Extension->Ring[Last].Flags = 0;
}

VOID NTAPI KbdClassServiceCallback(PVOID Device, PVOID Start, PVOID End, PVOID Consumed) {
    PKBDCLASS_EXTENSION Extension = ((PDEVICE_OBJECT)Device)->DeviceExtension;
    PKEYBOARD_INPUT_DATA Data;

    KeAcquireSpinLockAtDpcLevel(&Extension->Lock);
    for (Data = Start; Data < (PKEYBOARD_INPUT_DATA)End; Data++)
        PutIntoRing(Extension, Data);
    KeReleaseSpinLockFromDpcLevel(&Extension->Lock);
    *(PULONG)Consumed = (ULONG)((PKEYBOARD_INPUT_DATA)End - (PKEYBOARD_INPUT_DATA)Start);
    ServeReaders(Extension);
}
