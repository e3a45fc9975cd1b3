// SPDX-License-Identifier: GPL-3.0-only
#include "drivers/fs/npfs/npfs.h"

static NTSTATUS Peek(NP_INSTANCE* Instance, ULONG End, PIRP Irp, ULONG* Information) {
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.FileSystemControl.OutputBufferLength;
    FILE_PIPE_PEEK_BUFFER* Answer = Irp->AssociatedIrp.SystemBuffer;
    NP_QUEUE* Queue = NpReadQueue(Instance, End);
    ULONG Bytes = 0;
    NTSTATUS Status;

    if (Length < FIELD_OFFSET(FILE_PIPE_PEEK_BUFFER, Data)) return STATUS_INFO_LENGTH_MISMATCH;
    if (Instance->State == FILE_PIPE_DISCONNECTED_STATE) return STATUS_PIPE_DISCONNECTED;
    if (Instance->State == FILE_PIPE_LISTENING_STATE) return STATUS_INVALID_PIPE_STATE;
    if (Instance->State == FILE_PIPE_CLOSING_STATE && !NpHasData(Queue)) return STATUS_PIPE_BROKEN;
    Answer->NamedPipeState = Instance->State;
    Answer->ReadDataAvailable = Queue->Bytes;
    Answer->NumberOfMessages = Answer->MessageLength = 0;
    if (Instance->Pipe->Type == FILE_PIPE_MESSAGE_TYPE) {
        Answer->NumberOfMessages = Queue->Messages;
        Answer->MessageLength = NpFirstMessage(Queue);
    }
    Length -= FIELD_OFFSET(FILE_PIPE_PEEK_BUFFER, Data);
    Status = NpLook(Instance, End, (PUCHAR)Answer->Data, Length, &Bytes);
    *Information = FIELD_OFFSET(FILE_PIPE_PEEK_BUFFER, Data) + Bytes;
    return Status;
}

// Writes a message and reads the one that comes for it.
static NTSTATUS Transceive(NP_INSTANCE* Instance, ULONG End, PIRP Irp, ULONG* Information) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NP_QUEUE* Queue = NpReadQueue(Instance, End);
    ULONG Length = Stack->Parameters.FileSystemControl.InputBufferLength;
    NTSTATUS Status;
    ULONG Written;

    if (Instance->State != FILE_PIPE_CONNECTED_STATE) return STATUS_INVALID_PIPE_STATE;
    if (Instance->Pipe->Configuration != FILE_PIPE_FULL_DUPLEX ||
        Instance->Ends[End].ReadMode != FILE_PIPE_MESSAGE_MODE)
        return STATUS_INVALID_PIPE_STATE;
    if (NpHasData(Queue) || !IsListEmpty(&Queue->Readers)) return STATUS_PIPE_BUSY;
    if (Length > NPFS_MOST_QUOTA) return STATUS_INSUFFICIENT_RESOURCES;
    Status =
        NpPut(Instance, End, Irp, Stack->Parameters.FileSystemControl.Type3InputBuffer, Length, &Written);
    if (!NT_SUCCESS(Status)) return Status;
    *Information = 0;
    return NpPend(&Queue->Readers, Irp, NpCancelPending);
}

// --- attributes: numbers by name

typedef struct {
    PCSTR Name;
    ULONG End;
    BOOLEAN Session;
} ATTRIBUTE;

static const ATTRIBUTE Connection[] = {{"ClientProcessId", FILE_PIPE_CLIENT_END, FALSE},
                                       {"ClientSessionId", FILE_PIPE_CLIENT_END, TRUE}};
static const ATTRIBUTE Server[] = {{"ServerProcessId", FILE_PIPE_SERVER_END, FALSE},
                                   {"ServerSessionId", FILE_PIPE_SERVER_END, TRUE}};

static BOOLEAN IsNamed(const ATTRIBUTE* Attribute, const CHAR* Name, ULONG Length) {
    ULONG i;

    for (i = 0; Attribute->Name[i] != 0; ++i)
        if (i >= Length || Name[i] != Attribute->Name[i]) return FALSE;
    return i == Length || (i + 1 == Length && Name[i] == 0);
}

// A process's number is as long as its asker has room for, four bytes or eight.
static NTSTATUS Attribute(NP_INSTANCE* Instance, const ATTRIBUTE* Table, ULONG Count, PIRP Irp,
                          ULONG* Information) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Input = Stack->Parameters.FileSystemControl.InputBufferLength;
    ULONG Output = Stack->Parameters.FileSystemControl.OutputBufferLength;
    ULONG i;

    for (i = 0; i < Count; ++i) {
        NP_END* End = &Instance->Ends[Table[i].End];
        ULONG64 Value = Table[i].Session ? End->Session : End->Process;

        if (!IsNamed(&Table[i], Irp->AssociatedIrp.SystemBuffer, Input)) continue;
        if (Output < sizeof(ULONG)) return STATUS_INFO_LENGTH_MISMATCH;
        *Information = Output < sizeof(Value) || Table[i].Session ? sizeof(ULONG) : sizeof(Value);
        RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Value, *Information);
        return STATUS_SUCCESS;
    }
    return STATUS_NOT_FOUND;
}

// The server's thread acts as its client. No driver can do that for another thread but by the system itself.
static NTSTATUS Impersonate(NP_INSTANCE* Instance) {
    PFILE_OBJECT Client = Instance->Ends[FILE_PIPE_CLIENT_END].File;

    if (NpImpersonateOpener == NULL) return STATUS_NOT_SUPPORTED;
    if (Client == NULL) return STATUS_CANNOT_IMPERSONATE;
    return NpImpersonateOpener(Client);
}

static NTSTATUS Do(NP_INSTANCE* Instance, ULONG End, PIRP Irp, ULONG* Information) {
    BOOLEAN Serves = End == FILE_PIPE_SERVER_END;

    switch (IoGetCurrentIrpStackLocation(Irp)->Parameters.FileSystemControl.FsControlCode) {
        case FSCTL_PIPE_LISTEN:
            return Serves ? NpListen(Instance, Irp) : STATUS_ILLEGAL_FUNCTION;
        case FSCTL_PIPE_DISCONNECT:
            return Serves ? NpDisconnect(Instance) : STATUS_ILLEGAL_FUNCTION;
        case FSCTL_PIPE_IMPERSONATE:
            return Serves ? Impersonate(Instance) : STATUS_ILLEGAL_FUNCTION;
        case FSCTL_PIPE_PEEK:
            return Peek(Instance, End, Irp, Information);
        case FSCTL_PIPE_TRANSCEIVE:
            return Transceive(Instance, End, Irp, Information);
        case FSCTL_PIPE_GET_CONNECTION_ATTRIBUTE:
            return Attribute(Instance, Connection, RTL_NUMBER_OF(Connection), Irp, Information);
        case FSCTL_PIPE_GET_PIPE_ATTRIBUTE:
            return Attribute(Instance, Server, RTL_NUMBER_OF(Server), Irp, Information);
        default:
            return STATUS_NOT_SUPPORTED;
    }
}

NTSTATUS NTAPI NpControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Information = 0;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stack->MinorFunction != IRP_MN_USER_FS_REQUEST)
        return NpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance != NULL)
        Status = Do(Instance, End, Irp, &Information);
    else if (NpFolderOf(Stack->FileObject) == NULL)
        Status = STATUS_PIPE_DISCONNECTED;
    else if (Stack->Parameters.FileSystemControl.FsControlCode == FSCTL_PIPE_WAIT)
        Status = NpWait(Irp);
    else
        Status = STATUS_INVALID_PARAMETER;
    KeReleaseSpinLock(&NpLock, Irql);
    return NpFinish(Irp, Status, NT_ERROR(Status) ? 0 : Information);
}
