// SPDX-License-Identifier: GPL-3.0-only
//
// What a program asks and sets at a pipe: it is one of bytes, with one end on each side, whose requests wait.
#include <ntifs.h>

#include "drivers/exec/channel/channel.h"

enum {
    ModeBytes = 0,
    ModeQueue = 0,
    TypeBytes = 0,
    Inbound = 0,
    Outbound = 1,
    StateConnected = 3,
    EndClient = 0
};

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static PCHANNEL_PIPE PipeOf(PIRP Irp) {
    return IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
}

// Like NT's named pipes: what a client reads comes from the server's outbound side.
static VOID Describe(PCHANNEL_PIPE Pipe, PFILE_PIPE_LOCAL_INFORMATION Information) {
    RtlZeroMemory(Information, sizeof(*Information));
    Information->NamedPipeType = TypeBytes;
    Information->NamedPipeConfiguration = Pipe->ToGuest ? Outbound : Inbound;
    Information->MaximumInstances = Information->CurrentInstances = 1;
    if (Pipe->ToGuest) {
        Information->OutboundQuota = Pipe->Size;
        Information->ReadDataAvailable = ChannelMovable(Pipe);
    } else {
        Information->InboundQuota = Pipe->Size;
        Information->WriteQuotaAvailable = ChannelMovable(Pipe);
    }
    Information->NamedPipeState = StateConnected;
    Information->NamedPipeEnd = EndClient;
}

NTSTATUS NTAPI ChannelQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    PCHANNEL_PIPE Pipe = PipeOf(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Pipe == NULL) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    switch (Stack->Parameters.QueryFile.FileInformationClass) {
        case FilePipeInformation:
            if (Stack->Parameters.QueryFile.Length < sizeof(FILE_PIPE_INFORMATION))
                return Complete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
            ((PFILE_PIPE_INFORMATION)Buffer)->ReadMode = ModeBytes;
            ((PFILE_PIPE_INFORMATION)Buffer)->CompletionMode = ModeQueue;
            return Complete(Irp, STATUS_SUCCESS, sizeof(FILE_PIPE_INFORMATION));
        case FilePipeLocalInformation:
            if (Stack->Parameters.QueryFile.Length < sizeof(FILE_PIPE_LOCAL_INFORMATION))
                return Complete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
            Describe(Pipe, Buffer);
            return Complete(Irp, STATUS_SUCCESS, sizeof(FILE_PIPE_LOCAL_INFORMATION));
        default:
            return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    }
}

// Bytes whose requests wait it has; anything else it cannot become.
NTSTATUS NTAPI ChannelSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_PIPE_INFORMATION Wanted = Irp->AssociatedIrp.SystemBuffer;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (PipeOf(Irp) == NULL) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Stack->Parameters.SetFile.FileInformationClass != FilePipeInformation)
        return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    if (Stack->Parameters.SetFile.Length < sizeof(*Wanted))
        return Complete(Irp, STATUS_INFO_LENGTH_MISMATCH, 0);
    if (Wanted->ReadMode != ModeBytes) return Complete(Irp, STATUS_INVALID_PARAMETER, 0);
    return Complete(Irp, Wanted->CompletionMode == ModeQueue ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED, 0);
}
