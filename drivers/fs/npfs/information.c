// SPDX-License-Identifier: GPL-3.0-only
#include "drivers/fs/npfs/npfs.h"

typedef struct {
    PVOID Buffer;
    ULONG Length;
    ULONG Used;
} ANSWER;

static NTSTATUS Put(ANSWER* Answer, const void* Value, ULONG Size) {
    if (Answer->Length < Size) return STATUS_INFO_LENGTH_MISMATCH;
    RtlCopyMemory(Answer->Buffer, Value, Size);
    Answer->Used = Size;
    return STATUS_SUCCESS;
}

static NTSTATUS PutBasic(ANSWER* Answer) {
    FILE_BASIC_INFORMATION Basic = {0};

    Basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
    return Put(Answer, &Basic, sizeof(Basic));
}

static NTSTATUS PutStandard(ANSWER* Answer, NP_INSTANCE* Instance, ULONG End) {
    FILE_STANDARD_INFORMATION Standard = {0};

    Standard.AllocationSize.QuadPart =
        (LONGLONG)Instance->Queues[FILE_PIPE_INBOUND].Asked + Instance->Queues[FILE_PIPE_OUTBOUND].Asked;
    Standard.EndOfFile.QuadPart = NpReadQueue(Instance, End)->Bytes;
    Standard.NumberOfLinks = 1;
    Standard.DeletePending = TRUE;
    return Put(Answer, &Standard, sizeof(Standard));
}

static NTSTATUS PutPipe(ANSWER* Answer, const NP_END* End) {
    FILE_PIPE_INFORMATION Pipe = {End->ReadMode, End->CompletionMode};

    return Put(Answer, &Pipe, sizeof(Pipe));
}

static NTSTATUS PutLocal(ANSWER* Answer, NP_INSTANCE* Instance, ULONG End) {
    NP_QUEUE* Write = NpWriteQueue(Instance, End);
    FILE_PIPE_LOCAL_INFORMATION Local;

    Local.NamedPipeType = Instance->Pipe->Type;
    Local.NamedPipeConfiguration = Instance->Pipe->Configuration;
    Local.MaximumInstances = Instance->Pipe->MaximumInstances;
    Local.CurrentInstances = Instance->Pipe->Instances;
    Local.InboundQuota = Instance->Queues[FILE_PIPE_INBOUND].Asked;
    Local.OutboundQuota = Instance->Queues[FILE_PIPE_OUTBOUND].Asked;
    Local.ReadDataAvailable = NpReadQueue(Instance, End)->Bytes;
    Local.WriteQuotaAvailable = Write->Asked > Write->Used ? Write->Asked - Write->Used : 0;
    Local.NamedPipeState = Instance->State;
    Local.NamedPipeEnd = End;
    return Put(Answer, &Local, sizeof(Local));
}

static NTSTATUS PutName(ANSWER* Answer, NP_INSTANCE* Instance) {
    PFILE_NAME_INFORMATION Name = Answer->Buffer;
    ULONG Header = FIELD_OFFSET(FILE_NAME_INFORMATION, FileName);
    ULONG Length = Instance->Pipe->Name.Length;
    ULONG Copied;

    if (Answer->Length < Header) return STATUS_INFO_LENGTH_MISMATCH;
    Copied = min(Length, Answer->Length - Header);
    Name->FileNameLength = Length;
    RtlCopyMemory(Name->FileName, Instance->Pipe->Name.Buffer, Copied);
    Answer->Used = Header + Copied;
    return Copied < Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS Query(ANSWER* Answer, ULONG Class, NP_INSTANCE* Instance, ULONG End) {
    FILE_PIPE_REMOTE_INFORMATION Remote = {0};
    FILE_INTERNAL_INFORMATION Internal;
    FILE_EA_INFORMATION Ea = {0};

    switch (Class) {
        case FileBasicInformation:
            return PutBasic(Answer);
        case FileStandardInformation:
            return PutStandard(Answer, Instance, End);
        case FileInternalInformation:
            Internal.IndexNumber.QuadPart = (LONGLONG)(ULONG_PTR)Instance;
            return Put(Answer, &Internal, sizeof(Internal));
        case FileEaInformation:
            return Put(Answer, &Ea, sizeof(Ea));
        case FileNameInformation:
            return PutName(Answer, Instance);
        case FilePipeInformation:
            return PutPipe(Answer, &Instance->Ends[End]);
        case FilePipeLocalInformation:
            return PutLocal(Answer, Instance, End);
        case FilePipeRemoteInformation:
            return Put(Answer, &Remote, sizeof(Remote));
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI NpQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ANSWER Answer = {Irp->AssociatedIrp.SystemBuffer, Stack->Parameters.QueryFile.Length, 0};
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance != NULL)
        Status = Query(&Answer, Stack->Parameters.QueryFile.FileInformationClass, Instance, End);
    else
        Status = Stack->FileObject->FsContext == NULL ? STATUS_PIPE_DISCONNECTED : STATUS_INVALID_PARAMETER;
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, Status, Answer.Used);
}

// An end that stops to wait lets nobody wait for it any longer who began to.
static NTSTATUS SetPipe(NP_INSTANCE* Instance, ULONG End, const FILE_PIPE_INFORMATION* Pipe) {
    NP_END* Changed = &Instance->Ends[End];

    if (Pipe->ReadMode > FILE_PIPE_MESSAGE_MODE || Pipe->CompletionMode > FILE_PIPE_COMPLETE_OPERATION)
        return STATUS_INVALID_PARAMETER;
    if (Pipe->ReadMode == FILE_PIPE_MESSAGE_MODE && Instance->Pipe->Type != FILE_PIPE_MESSAGE_TYPE)
        return STATUS_INVALID_PARAMETER;
    if (Pipe->CompletionMode == FILE_PIPE_COMPLETE_OPERATION &&
        Changed->CompletionMode == FILE_PIPE_QUEUE_OPERATION &&
        (!IsListEmpty(&NpReadQueue(Instance, End)->Readers) || NpWritersWait(NpWriteQueue(Instance, End))))
        return STATUS_PIPE_BUSY;
    Changed->ReadMode = Pipe->ReadMode;
    Changed->CompletionMode = Pipe->CompletionMode;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI NpSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PVOID Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG Length = Stack->Parameters.SetFile.Length;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance == NULL) {
        Status = Stack->FileObject->FsContext == NULL ? STATUS_PIPE_DISCONNECTED : STATUS_INVALID_PARAMETER;
    } else {
        switch (Stack->Parameters.SetFile.FileInformationClass) {
            case FilePipeInformation:
                Status = Length < sizeof(FILE_PIPE_INFORMATION) ? STATUS_INFO_LENGTH_MISMATCH
                                                                : SetPipe(Instance, End, Buffer);
                break;
            case FileBasicInformation:
                Status =
                    Length < sizeof(FILE_BASIC_INFORMATION) ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
                break;
            case FilePipeRemoteInformation:
                Status = Length < sizeof(FILE_PIPE_REMOTE_INFORMATION) ? STATUS_INFO_LENGTH_MISMATCH
                                                                       : STATUS_SUCCESS;
                break;
            default:
                Status = STATUS_INVALID_INFO_CLASS;
        }
    }
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, Status, 0);
}

static NTSTATUS PutVolume(ANSWER* Answer) {
    static const WCHAR Label[] = L"NamedPipe";
    PFILE_FS_VOLUME_INFORMATION Volume = Answer->Buffer;
    ULONG Header = FIELD_OFFSET(FILE_FS_VOLUME_INFORMATION, VolumeLabel);
    ULONG Length = sizeof(Label) - sizeof(WCHAR);
    ULONG Copied;

    if (Answer->Length < sizeof(*Volume)) return STATUS_INFO_LENGTH_MISMATCH;
    Copied = min(Length, Answer->Length - Header);
    RtlZeroMemory(Volume, Header);
    Volume->VolumeLabelLength = Length;
    RtlCopyMemory(Volume->VolumeLabel, Label, Copied);
    Answer->Used = Header + Copied;
    return Copied < Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS PutAttribute(ANSWER* Answer) {
    static const WCHAR System[] = L"NPFS";
    PFILE_FS_ATTRIBUTE_INFORMATION Attribute = Answer->Buffer;
    ULONG Header = FIELD_OFFSET(FILE_FS_ATTRIBUTE_INFORMATION, FileSystemName);
    ULONG Length = sizeof(System) - sizeof(WCHAR);
    ULONG Copied;

    if (Answer->Length < sizeof(*Attribute)) return STATUS_INFO_LENGTH_MISMATCH;
    Copied = min(Length, Answer->Length - Header);
    Attribute->FileSystemAttributes = FILE_CASE_PRESERVED_NAMES;
    Attribute->MaximumComponentNameLength = MAXULONG;
    Attribute->FileSystemNameLength = Length;
    RtlCopyMemory(Attribute->FileSystemName, System, Copied);
    Answer->Used = Header + Copied;
    return Copied < Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

NTSTATUS NTAPI NpQueryVolume(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ANSWER Answer = {Irp->AssociatedIrp.SystemBuffer, Stack->Parameters.QueryVolume.Length, 0};
    FILE_FS_SIZE_INFORMATION Size = {0};
    FILE_FS_FULL_SIZE_INFORMATION FullSize = {0};
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    Size.SectorsPerAllocationUnit = FullSize.SectorsPerAllocationUnit = 1;
    Size.BytesPerSector = FullSize.BytesPerSector = 1;
    switch (Stack->Parameters.QueryVolume.FsInformationClass) {
        case FileFsVolumeInformation:
            Status = PutVolume(&Answer);
            break;
        case FileFsAttributeInformation:
            Status = PutAttribute(&Answer);
            break;
        case FileFsSizeInformation:
            Status = Put(&Answer, &Size, sizeof(Size));
            break;
        case FileFsFullSizeInformation:
            Status = Put(&Answer, &FullSize, sizeof(FullSize));
            break;
        default:
            Status = STATUS_INVALID_INFO_CLASS;
    }
    return NpComplete(Irp, Status, Answer.Used);
}
