// SPDX-License-Identifier: GPL-3.0-only
//
// Reading and writing.
#include "drivers/fs/npfs/npfs.h"

static NTSTATUS MayRead(NP_INSTANCE* Instance, ULONG End) {
    ULONG Barred = End == FILE_PIPE_SERVER_END ? FILE_PIPE_OUTBOUND : FILE_PIPE_INBOUND;

    if (Instance->Pipe->Configuration == Barred) return STATUS_INVALID_PARAMETER;
    switch (Instance->State) {
        case FILE_PIPE_DISCONNECTED_STATE:
            return STATUS_PIPE_DISCONNECTED;
        case FILE_PIPE_LISTENING_STATE:
            return STATUS_PIPE_LISTENING;
        case FILE_PIPE_CLOSING_STATE:
            return NpHasData(NpReadQueue(Instance, End)) ? STATUS_SUCCESS : STATUS_PIPE_BROKEN;
        default:
            return STATUS_SUCCESS;
    }
}

static NTSTATUS MayWrite(NP_INSTANCE* Instance, ULONG End) {
    ULONG Barred = End == FILE_PIPE_SERVER_END ? FILE_PIPE_INBOUND : FILE_PIPE_OUTBOUND;

    if (Instance->Pipe->Configuration == Barred) return STATUS_INVALID_PARAMETER;
    switch (Instance->State) {
        case FILE_PIPE_DISCONNECTED_STATE:
            return STATUS_PIPE_DISCONNECTED;
        case FILE_PIPE_LISTENING_STATE:
            return STATUS_PIPE_LISTENING;
        case FILE_PIPE_CLOSING_STATE:
            return STATUS_PIPE_CLOSING;
        default:
            return STATUS_SUCCESS;
    }
}

// A file without an instance is the folder's, or was a client's that was disconnected.
static NTSTATUS NoInstance(PFILE_OBJECT File) {
    return File->FsContext == NULL ? STATUS_PIPE_DISCONNECTED : STATUS_INVALID_PARAMETER;
}

NTSTATUS NTAPI NpRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Bytes = 0;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    Status = Instance != NULL ? MayRead(Instance, End) : NoInstance(Stack->FileObject);
    if (NT_SUCCESS(Status)) {
        NP_QUEUE* Queue = NpReadQueue(Instance, End);

        if (NpHasData(Queue))
            Status =
                NpTake(Instance, End, Irp->AssociatedIrp.SystemBuffer, Stack->Parameters.Read.Length, &Bytes);
        else if (Instance->Ends[End].CompletionMode == FILE_PIPE_COMPLETE_OPERATION)
            Status = STATUS_PIPE_EMPTY;
        else
            Status = NpPend(&Queue->Readers, Irp, NpCancelPending);
    }
    KeReleaseSpinLock(&NpLock, Irql);
    return NpFinish(Irp, Status, Bytes);
}

NTSTATUS NTAPI NpWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Bytes = 0;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    Status = Instance != NULL ? MayWrite(Instance, End) : NoInstance(Stack->FileObject);
    if (NT_SUCCESS(Status))
        Status = NpPut(Instance, End, Irp, Irp->AssociatedIrp.SystemBuffer, Stack->Parameters.Write.Length,
                       &Bytes);
    KeReleaseSpinLock(&NpLock, Irql);
    return NpFinish(Irp, Status, NT_SUCCESS(Status) ? Bytes : 0);
}

// Waits until the other end has read all that this one has written.
NTSTATUS NTAPI NpFlush(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NTSTATUS Status = STATUS_SUCCESS;
    NP_INSTANCE* Instance;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance == NULL)
        Status = NoInstance(Stack->FileObject);
    else if (Instance->State == FILE_PIPE_CONNECTED_STATE)
        Status = NpPendFlush(NpWriteQueue(Instance, End), Irp);
    else
        Status = MayWrite(Instance, End);
    KeReleaseSpinLock(&NpLock, Irql);
    return NpFinish(Irp, Status, 0);
}
