// SPDX-License-Identifier: GPL-3.0-only
//
// Making instances and opening their other ends.
#include "drivers/fs/npfs/npfs.h"

typedef struct {
    PUNICODE_STRING Name;  // with its leading backslash, if it has any
    NP_INSTANCE* Other;    // the end that is opened relative to
    BOOLEAN InFolder;
    UNICODE_STRING Room;  // of a name that is relative to the folder
} TARGET;

static NTSTATUS OpenFolder(PFILE_OBJECT File) {
    NP_FOLDER* Folder = NpAllocate(sizeof(*Folder));

    if (Folder == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Folder->Header.Kind = NpKindFolder;
    File->FsContext = Folder;
    return STATUS_SUCCESS;
}

// A name relative to the folder gets its backslash. STATUS_OBJECT_NAME_INVALID, STATUS_NAME_TOO_LONG,
// STATUS_INSUFFICIENT_RESOURCES. REQUIRES: FreeTarget() afterwards, whatever it says.
static NTSTATUS FindTarget(PFILE_OBJECT File, TARGET* Target) {
    PFILE_OBJECT Related = File->RelatedFileObject;
    PUNICODE_STRING Room = &Target->Room;
    ULONG End;

    Target->Name = &File->FileName;
    Target->Other = NULL;
    Target->InFolder = FALSE;
    RtlZeroMemory(Room, sizeof(*Room));
    if (Related == NULL) return STATUS_SUCCESS;
    if (NpFolderOf(Related) == NULL) {
        if (File->FileName.Length != 0) return STATUS_OBJECT_NAME_INVALID;
        Target->Other = NpInstanceOf(Related, &End);
        return Target->Other != NULL && End == FILE_PIPE_SERVER_END ? STATUS_SUCCESS
                                                                    : STATUS_PIPE_DISCONNECTED;
    }
    Target->InFolder = TRUE;
    Target->Name = Room;
    if (File->FileName.Length == 0) return STATUS_SUCCESS;
    if (File->FileName.Buffer[0] == L'\\') return STATUS_OBJECT_NAME_INVALID;
    if (File->FileName.Length > MAXUSHORT - sizeof(WCHAR)) return STATUS_NAME_TOO_LONG;
    Room->MaximumLength = File->FileName.Length + sizeof(WCHAR);
    Room->Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, Room->MaximumLength, NPFS_TAG);
    if (Room->Buffer == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    Room->Buffer[0] = L'\\';
    RtlCopyMemory(Room->Buffer + 1, File->FileName.Buffer, File->FileName.Length);
    Room->Length = File->FileName.Length + sizeof(WCHAR);
    return STATUS_SUCCESS;
}

static void FreeTarget(TARGET* Target) {
    if (Target->Room.Buffer != NULL) ExFreePoolWithTag(Target->Room.Buffer, NPFS_TAG);
}

// Looks at the pipe's descriptor outside of the lock, which is taken again. REQUIRES: a reference to the
// pipe.
static NTSTATUS CheckAccess(NP_PIPE* Pipe, PIRP Irp, ACCESS_MASK Access, KIRQL* Irql) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PACCESS_STATE State = Stack->Parameters.Create.SecurityContext->AccessState;
    KPROCESSOR_MODE Mode = (Stack->Flags & SL_FORCE_ACCESS_CHECK) ? UserMode : Irp->RequestorMode;
    PSECURITY_DESCRIPTOR Copy;
    PPRIVILEGE_SET Privileges = NULL;
    ACCESS_MASK Granted;
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Allowed;
    ULONG Length = Pipe->Security != NULL ? RtlLengthSecurityDescriptor(Pipe->Security) : 0;

    if (Length == 0) return STATUS_SUCCESS;
    Copy = ExAllocatePoolWithTag(NonPagedPoolNx, Length, NPFS_TAG);
    if (Copy == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    RtlCopyMemory(Copy, Pipe->Security, Length);
    KeReleaseSpinLock(&NpLock, *Irql);
    Allowed = SeAccessCheck(Copy, &State->SubjectSecurityContext, FALSE, Access, 0, &Privileges,
                            IoGetFileObjectGenericMapping(), Mode, &Granted, &Status);
    if (Privileges != NULL) SeFreePrivileges(Privileges);
    ExFreePoolWithTag(Copy, NPFS_TAG);
    KeAcquireSpinLock(&NpLock, Irql);
    return Allowed ? STATUS_SUCCESS : Status;
}

// --- the client's end

static NTSTATUS MayOpen(const NP_PIPE* Pipe, ACCESS_MASK Access) {
    if (Pipe->Configuration == FILE_PIPE_OUTBOUND && (Access & FILE_WRITE_DATA)) return STATUS_ACCESS_DENIED;
    if (Pipe->Configuration == FILE_PIPE_INBOUND && (Access & FILE_READ_DATA)) return STATUS_ACCESS_DENIED;
    return STATUS_SUCCESS;
}

static NP_INSTANCE* Listening(NP_PIPE* Pipe, BOOLEAN* Served) {
    LIST_ENTRY* Link;

    *Served = FALSE;
    for (Link = Pipe->InstanceList.Flink; Link != &Pipe->InstanceList; Link = Link->Flink) {
        NP_INSTANCE* Instance = CONTAINING_RECORD(Link, NP_INSTANCE, Link);

        if (Instance->Ends[FILE_PIPE_SERVER_END].File != NULL) *Served = TRUE;
        if (Instance->State == FILE_PIPE_LISTENING_STATE) return Instance;
    }
    return NULL;
}

static NTSTATUS OpenInstance(NP_PIPE* Pipe, NP_INSTANCE* Only, PIRP Irp, KIRQL* Irql) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ACCESS_MASK Access = Stack->Parameters.Create.SecurityContext->DesiredAccess;
    NP_INSTANCE* Instance;
    NP_END* Client;
    BOOLEAN Served;
    NTSTATUS Status;

    ++Pipe->References;
    Status = CheckAccess(Pipe, Irp, Access, Irql);
    if (NT_SUCCESS(Status)) Status = MayOpen(Pipe, Access);
    if (NT_SUCCESS(Status)) {
        Instance = Listening(Pipe, &Served);
        if (Only != NULL && Instance != Only) Instance = NULL;
        if (Instance != NULL) {
            NpConnect(Instance, Stack->FileObject);
            Client = &Instance->Ends[FILE_PIPE_CLIENT_END];
            Client->Process = IoGetRequestorProcessId(Irp);
            if (!NT_SUCCESS(IoGetRequestorSessionId(Irp, &Client->Session))) Client->Session = 0;
        } else {
            Status = Served ? STATUS_PIPE_NOT_AVAILABLE : STATUS_OBJECT_NAME_NOT_FOUND;
        }
    }
    NpReleasePipe(Pipe);
    return Status;
}

NTSTATUS NTAPI NpCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    TARGET Target;
    NP_PIPE* Pipe;
    NTSTATUS Status;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Status = FindTarget(File, &Target);
    if (NT_SUCCESS(Status)) {
        if (Target.Other != NULL) {
            Status = OpenInstance(Target.Other->Pipe, Target.Other, Irp, &Irql);
        } else if (Target.Name->Length <= sizeof(WCHAR)) {
            Status = OpenFolder(File);
        } else {
            Pipe = NpFindPipe(Target.Name);
            Status = Pipe != NULL ? OpenInstance(Pipe, NULL, Irp, &Irql) : STATUS_OBJECT_NAME_NOT_FOUND;
        }
    }
    FreeTarget(&Target);
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, Status, NT_SUCCESS(Status) ? FILE_OPENED : 0);
}

// --- the server's end

// What a client may do at most, seen from the server: STATUS_INVALID_PARAMETER.
static NTSTATUS ConfigurationOf(ULONG Share, ULONG* Configuration) {
    switch (Share & (FILE_SHARE_READ | FILE_SHARE_WRITE)) {
        case FILE_SHARE_READ | FILE_SHARE_WRITE:
            *Configuration = FILE_PIPE_FULL_DUPLEX;
            return STATUS_SUCCESS;
        case FILE_SHARE_READ:
            *Configuration = FILE_PIPE_OUTBOUND;
            return STATUS_SUCCESS;
        case FILE_SHARE_WRITE:
            *Configuration = FILE_PIPE_INBOUND;
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

static NTSTATUS CheckParameters(PNAMED_PIPE_CREATE_PARAMETERS Parameters) {
    BOOLEAN Message = (Parameters->NamedPipeType & FILE_PIPE_MESSAGE_TYPE) != 0;

    if (!Parameters->TimeoutSpecified || Parameters->MaximumInstances == 0) return STATUS_INVALID_PARAMETER;
    if (!Message && Parameters->ReadMode == FILE_PIPE_MESSAGE_MODE) return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

static NP_INSTANCE* NewInstance(NP_PIPE* Pipe, PNAMED_PIPE_CREATE_PARAMETERS Parameters, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NP_INSTANCE* Instance = NpAllocate(sizeof(*Instance));
    NP_END* Server;

    if (Instance == NULL) return NULL;
    Instance->Header.Kind = NpKindInstance;
    Instance->Pipe = Pipe;
    Instance->State = FILE_PIPE_LISTENING_STATE;
    Instance->Files = 1;
    InitializeListHead(&Instance->Listeners);
    NpInitializeQueue(&Instance->Queues[FILE_PIPE_INBOUND], Parameters->InboundQuota);
    NpInitializeQueue(&Instance->Queues[FILE_PIPE_OUTBOUND], Parameters->OutboundQuota);
    Server = &Instance->Ends[FILE_PIPE_SERVER_END];
    Server->File = File;
    Server->ReadMode = Parameters->ReadMode;
    Server->CompletionMode = Parameters->CompletionMode;
    Server->Process = IoGetRequestorProcessId(Irp);
    if (!NT_SUCCESS(IoGetRequestorSessionId(Irp, &Server->Session))) Server->Session = 0;
    File->FsContext = Instance;
    File->FsContext2 = (PVOID)FILE_PIPE_SERVER_END;
    InsertTailList(&Pipe->InstanceList, &Instance->Link);
    ++Pipe->Instances;
    ++Pipe->References;
    NpEndWaits(Pipe);
    return Instance;
}

static NTSTATUS AddInstance(NP_PIPE* Pipe, ULONG Configuration, PNAMED_PIPE_CREATE_PARAMETERS Parameters,
                            PIRP Irp, KIRQL* Irql) {
    ULONG Disposition = IoGetCurrentIrpStackLocation(Irp)->Parameters.CreatePipe.Options >> 24;
    ACCESS_MASK Access =
        IoGetCurrentIrpStackLocation(Irp)->Parameters.CreatePipe.SecurityContext->DesiredAccess;
    NTSTATUS Status;

    ++Pipe->References;
    Status = CheckAccess(Pipe, Irp, Access | FILE_CREATE_PIPE_INSTANCE, Irql);
    if (NT_SUCCESS(Status)) {
        if (Pipe->Instances >= Pipe->MaximumInstances)
            Status = STATUS_INSTANCE_NOT_AVAILABLE;
        else if (Disposition == FILE_CREATE || Configuration != Pipe->Configuration)
            Status = STATUS_ACCESS_DENIED;
        else if (NewInstance(Pipe, Parameters, Irp) == NULL)
            Status = STATUS_INSUFFICIENT_RESOURCES;
    }
    NpReleasePipe(Pipe);
    return Status;
}

static NTSTATUS AssignSecurity(PIRP Irp, PSECURITY_DESCRIPTOR* Security) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PACCESS_STATE State = Stack->Parameters.CreatePipe.SecurityContext->AccessState;

    return SeAssignSecurity(NULL, State->SecurityDescriptor, Security, FALSE, &State->SubjectSecurityContext,
                            IoGetFileObjectGenericMapping(), PagedPool);
}

static NP_PIPE* NewPipe(PUNICODE_STRING Name, ULONG Configuration, PNAMED_PIPE_CREATE_PARAMETERS Parameters) {
    NP_PIPE* Pipe = NpAllocate(sizeof(*Pipe) + Name->Length);

    if (Pipe == NULL) return NULL;
    Pipe->Name.Buffer = (PWCH)(Pipe + 1);
    Pipe->Name.Length = Pipe->Name.MaximumLength = Name->Length;
    RtlCopyMemory(Pipe->Name.Buffer, Name->Buffer, Name->Length);
    Pipe->Type = Parameters->NamedPipeType & FILE_PIPE_MESSAGE_TYPE;
    Pipe->Configuration = Configuration;
    Pipe->MaximumInstances = Parameters->MaximumInstances;
    Pipe->DefaultTimeout = Parameters->DefaultTimeout;
    Pipe->References = 1;
    InitializeListHead(&Pipe->InstanceList);
    return Pipe;
}

static NTSTATUS CreatePipe(TARGET* Target, ULONG Configuration, PNAMED_PIPE_CREATE_PARAMETERS Parameters,
                           PIRP Irp, PSECURITY_DESCRIPTOR* Security) {
    ULONG Disposition = IoGetCurrentIrpStackLocation(Irp)->Parameters.CreatePipe.Options >> 24;
    NP_PIPE* Pipe;
    NTSTATUS Status = STATUS_SUCCESS;

    if (Disposition == FILE_OPEN) return STATUS_OBJECT_NAME_NOT_FOUND;
    Pipe = NewPipe(Target->Name, Configuration, Parameters);
    if (Pipe == NULL) return STATUS_INSUFFICIENT_RESOURCES;
    NpAddPipe(Pipe);
    Pipe->Security = *Security;
    *Security = NULL;
    if (NewInstance(Pipe, Parameters, Irp) == NULL) Status = STATUS_INSUFFICIENT_RESOURCES;
    NpReleasePipe(Pipe);
    return Status;
}

NTSTATUS NTAPI NpCreateNamedPipe(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PNAMED_PIPE_CREATE_PARAMETERS Parameters = Stack->Parameters.CreatePipe.Parameters;
    PSECURITY_DESCRIPTOR Security = NULL;
    ULONG_PTR Information = FILE_CREATED;
    ULONG Configuration;
    TARGET Target;
    NP_PIPE* Pipe;
    NTSTATUS Status;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    Status = ConfigurationOf(Stack->Parameters.CreatePipe.ShareAccess, &Configuration);
    if (NT_SUCCESS(Status)) Status = CheckParameters(Parameters);
    if (NT_SUCCESS(Status)) Status = AssignSecurity(Irp, &Security);
    if (!NT_SUCCESS(Status)) return NpComplete(Irp, Status, 0);
    KeAcquireSpinLock(&NpLock, &Irql);
    Status = FindTarget(Stack->FileObject, &Target);
    if (NT_SUCCESS(Status)) {
        BOOLEAN Named = Target.Name->Length > sizeof(WCHAR);

        Pipe = Named ? NpFindPipe(Target.Name) : NULL;
        if (Target.Other != NULL || (!Named && !Target.InFolder)) {
            Status = STATUS_OBJECT_NAME_INVALID;
        } else if (Pipe != NULL) {
            Information = FILE_OPENED;
            Status = AddInstance(Pipe, Configuration, Parameters, Irp, &Irql);
        } else {
            Status = CreatePipe(&Target, Configuration, Parameters, Irp, &Security);
        }
    }
    FreeTarget(&Target);
    KeReleaseSpinLock(&NpLock, Irql);
    if (Security != NULL) SeDeassignSecurity(&Security);
    return NpComplete(Irp, Status, NT_SUCCESS(Status) ? Information : 0);
}
