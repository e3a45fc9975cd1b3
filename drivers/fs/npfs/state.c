// SPDX-License-Identifier: GPL-3.0-only
//
// What an instance goes through: it listens, is connected, closing when one of its ends is closed, or
// disconnected by its server, who lets it listen again.
#include "drivers/fs/npfs/npfs.h"

void NpReleasePipe(NP_PIPE* Pipe) {
    if (--Pipe->References != 0) return;
    NpDropPipe(Pipe);
    if (Pipe->Security != NULL) ExFreePool(Pipe->Security);
    ExFreePoolWithTag(Pipe, NPFS_TAG);
}

void NpReleaseInstance(NP_INSTANCE* Instance) {
    NP_PIPE* Pipe = Instance->Pipe;

    if (--Instance->Files != 0) return;
    NpEmptyQueue(&Instance->Queues[FILE_PIPE_INBOUND], STATUS_PIPE_BROKEN);
    NpEmptyQueue(&Instance->Queues[FILE_PIPE_OUTBOUND], STATUS_PIPE_BROKEN);
    RemoveEntryList(&Instance->Link);
    ExFreePoolWithTag(Instance, NPFS_TAG);
    --Pipe->Instances;
    NpReleasePipe(Pipe);
}

NTSTATUS NpListen(NP_INSTANCE* Instance, PIRP Irp) {
    switch (Instance->State) {
        case FILE_PIPE_CONNECTED_STATE:
            return STATUS_PIPE_CONNECTED;
        case FILE_PIPE_CLOSING_STATE:
            return STATUS_PIPE_CLOSING;
        case FILE_PIPE_DISCONNECTED_STATE:
            Instance->State = FILE_PIPE_LISTENING_STATE;
            NpEndWaits(Instance->Pipe);
            break;
        default:
            break;
    }
    if (Instance->Ends[FILE_PIPE_SERVER_END].CompletionMode == FILE_PIPE_COMPLETE_OPERATION)
        return STATUS_PIPE_LISTENING;
    return NpPend(&Instance->Listeners, Irp, NpCancelPending);
}

void NpConnect(NP_INSTANCE* Instance, PFILE_OBJECT Client) {
    NP_END* End = &Instance->Ends[FILE_PIPE_CLIENT_END];

    Instance->State = FILE_PIPE_CONNECTED_STATE;
    End->File = Client;
    End->ReadMode = FILE_PIPE_BYTE_STREAM_MODE;
    End->CompletionMode = FILE_PIPE_QUEUE_OPERATION;
    Client->FsContext = Instance;
    Client->FsContext2 = (PVOID)FILE_PIPE_CLIENT_END;
    ++Instance->Files;
    NpCompleteAll(&Instance->Listeners, STATUS_SUCCESS);
}

// The client's file leads nowhere from now on.
NTSTATUS NpDisconnect(NP_INSTANCE* Instance) {
    PFILE_OBJECT Client = Instance->Ends[FILE_PIPE_CLIENT_END].File;

    if (Instance->State == FILE_PIPE_DISCONNECTED_STATE) return STATUS_PIPE_DISCONNECTED;
    Instance->State = FILE_PIPE_DISCONNECTED_STATE;
    NpCompleteAll(&Instance->Listeners, STATUS_PIPE_DISCONNECTED);
    NpEmptyQueue(&Instance->Queues[FILE_PIPE_INBOUND], STATUS_PIPE_DISCONNECTED);
    NpEmptyQueue(&Instance->Queues[FILE_PIPE_OUTBOUND], STATUS_PIPE_DISCONNECTED);
    Instance->Ends[FILE_PIPE_CLIENT_END].File = NULL;
    if (Client == NULL) return STATUS_SUCCESS;
    Client->FsContext = NULL;
    --Instance->Files;  // the server's is there
    return STATUS_SUCCESS;
}

// The other end goes on to read what has been written to it.
void NpCloseEnd(NP_INSTANCE* Instance, ULONG End) {
    NP_END* Closed = &Instance->Ends[End];

    if (Closed->File == NULL) return;
    Closed->File = NULL;
    NpCompleteAll(&Instance->Listeners, STATUS_PIPE_BROKEN);
    NpEmptyQueue(NpReadQueue(Instance, End), STATUS_PIPE_BROKEN);
    NpCompleteAll(&NpWriteQueue(Instance, End)->Readers, STATUS_PIPE_BROKEN);
    Instance->State = FILE_PIPE_CLOSING_STATE;
}
