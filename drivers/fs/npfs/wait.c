// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting for an instance that listens (FSCTL_PIPE_WAIT). A waiter goes when his time is up, when there is
// one, or when he is cancelled; his timer's routine may be on its way meanwhile, and frees him then.
#include "drivers/fs/npfs/npfs.h"

typedef struct {
    LIST_ENTRY Link;
    PIRP Irp;  // NULL: it is done with, and the timer's routine frees this
    BOOLEAN Fired;
    KTIMER Timer;
    KDPC Dpc;
    UNICODE_STRING Name;
} NP_WAITER;

static LIST_ENTRY Waiters;

static void Free(NP_WAITER* Waiter) {
    RemoveEntryList(&Waiter->Link);
    InitializeListHead(&Waiter->Link);
    if (KeCancelTimer(&Waiter->Timer) || Waiter->Fired)
        ExFreePoolWithTag(Waiter, NPFS_TAG);
    else
        Waiter->Irp = NULL;
}

static VOID NTAPI TimeIsUp(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2) {
    NP_WAITER* Waiter = Context;
    PIRP Irp;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeAcquireSpinLockAtDpcLevel(&NpLock);
    Waiter->Fired = TRUE;
    Irp = Waiter->Irp;
    if (Irp == NULL) {
        ExFreePoolWithTag(Waiter, NPFS_TAG);
    } else if (IoSetCancelRoutine(Irp, NULL) != NULL) {
        Free(Waiter);
        NpComplete(Irp, STATUS_IO_TIMEOUT, 0);
    }
    KeReleaseSpinLockFromDpcLevel(&NpLock);
}

static VOID NTAPI CancelWait(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    IoReleaseCancelSpinLock(Irp->CancelIrql);
    KeAcquireSpinLock(&NpLock, &Irql);
    Free(Irp->Tail.Overlay.DriverContext[0]);
    KeReleaseSpinLock(&NpLock, Irql);
    NpComplete(Irp, STATUS_CANCELLED, 0);
}

void NpEndWaits(NP_PIPE* Pipe) {
    LIST_ENTRY* Link = Waiters.Flink;

    while (Link != NULL && Link != &Waiters) {
        NP_WAITER* Waiter = CONTAINING_RECORD(Link, NP_WAITER, Link);
        PIRP Irp = Waiter->Irp;

        Link = Link->Flink;
        if (!RtlEqualUnicodeString(&Waiter->Name, &Pipe->Name, TRUE)) continue;
        if (IoSetCancelRoutine(Irp, NULL) == NULL) continue;
        Free(Waiter);
        NpComplete(Irp, STATUS_SUCCESS, 0);
    }
}

static BOOLEAN Listens(const NP_PIPE* Pipe) {
    LIST_ENTRY* Link;

    for (Link = Pipe->InstanceList.Flink; Link != &Pipe->InstanceList; Link = Link->Flink)
        if (CONTAINING_RECORD(Link, NP_INSTANCE, Link)->State == FILE_PIPE_LISTENING_STATE) return TRUE;
    return FALSE;
}

NTSTATUS NpWait(PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.FileSystemControl.InputBufferLength;
    FILE_PIPE_WAIT_FOR_BUFFER* Asked = Irp->AssociatedIrp.SystemBuffer;
    ULONG Header = FIELD_OFFSET(FILE_PIPE_WAIT_FOR_BUFFER, Name);
    LARGE_INTEGER Timeout;
    NP_WAITER* Waiter;
    NP_PIPE* Pipe;
    NTSTATUS Status;

    if (Waiters.Flink == NULL) InitializeListHead(&Waiters);
    if (Length < Header || Asked->NameLength > Length - Header || Asked->NameLength > MAXUSHORT - 2)
        return STATUS_INVALID_PARAMETER;
    Waiter = NpAllocate(sizeof(*Waiter) + sizeof(WCHAR) + Asked->NameLength);
    if (Waiter == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Waiter->Name.Buffer = (PWCH)(Waiter + 1);
    Waiter->Name.Length = Waiter->Name.MaximumLength = (USHORT)(sizeof(WCHAR) + Asked->NameLength);
    Waiter->Name.Buffer[0] = L'\\';
    RtlCopyMemory(Waiter->Name.Buffer + 1, Asked->Name, Asked->NameLength);
    Pipe = NpFindPipe(&Waiter->Name);
    if (Pipe == NULL || Listens(Pipe)) {
        ExFreePoolWithTag(Waiter, NPFS_TAG);
        return Pipe == NULL ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_SUCCESS;
    }
    Timeout = Asked->TimeoutSpecified ? Asked->Timeout : Pipe->DefaultTimeout;
    Waiter->Irp = Irp;
    KeInitializeTimer(&Waiter->Timer);
    KeInitializeDpc(&Waiter->Dpc, TimeIsUp, Waiter);
    Irp->Tail.Overlay.DriverContext[0] = Waiter;
    InsertTailList(&Waiters, &Waiter->Link);
    // Its routine waits for the lock; without a timer Free() would leave the waiter to nobody.
    KeSetTimer(&Waiter->Timer, Timeout, &Waiter->Dpc);
    Status = NpPend(NULL, Irp, CancelWait);
    if (Status != STATUS_PENDING) Free(Waiter);
    return Status;
}
