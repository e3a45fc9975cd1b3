// SPDX-License-Identifier: GPL-3.0-only
//
// Making, finding and closing mailslots.
#include "drivers/fs/msfs/msfs.h"

static LIST_ENTRY Slots = {&Slots, &Slots};

static MS_SLOT* Find(PUNICODE_STRING Name) {
    LIST_ENTRY* Link;

    for (Link = Slots.Flink; Link != &Slots; Link = Link->Flink) {
        MS_SLOT* Slot = CONTAINING_RECORD(Link, MS_SLOT, Link);

        if (RtlEqualUnicodeString(&Slot->Name, Name, TRUE)) return Slot;
    }
    return NULL;
}

MS_SLOT* MsSlotAt(ULONG Index) {
    LIST_ENTRY* Link;

    for (Link = Slots.Flink; Link != &Slots; Link = Link->Flink)
        if (Index-- == 0) return CONTAINING_RECORD(Link, MS_SLOT, Link);
    return NULL;
}

static void Release(MS_SLOT* Slot) {
    if (--Slot->Files != 0) return;
    if (Slot->Security != NULL) ExFreePool(Slot->Security);
    ExFreePoolWithTag(Slot, MSFS_TAG);
}

// REQUIRES: a reference to it.
static NTSTATUS CheckAccess(MS_SLOT* Slot, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PIO_SECURITY_CONTEXT Context = Stack->Parameters.Create.SecurityContext;
    KPROCESSOR_MODE Mode = (Stack->Flags & SL_FORCE_ACCESS_CHECK) ? UserMode : Irp->RequestorMode;
    PPRIVILEGE_SET Privileges = NULL;
    ACCESS_MASK Granted;
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Allowed;

    if (Slot->Security == NULL) return STATUS_SUCCESS;
    Allowed = SeAccessCheck(Slot->Security, &Context->AccessState->SubjectSecurityContext, FALSE,
                            Context->DesiredAccess, 0, &Privileges, IoGetFileObjectGenericMapping(), Mode,
                            &Granted, &Status);
    if (Privileges != NULL) SeFreePrivileges(Privileges);
    return Allowed ? STATUS_SUCCESS : Status;
}

NTSTATUS NTAPI MsCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NTSTATUS Status = STATUS_SUCCESS;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (File->FileName.Length <= sizeof(WCHAR)) {
        File->FsContext = &MsFolder;
        return MsComplete(Irp, STATUS_SUCCESS, FILE_OPENED);
    }
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = Find(&File->FileName);
    if (Slot != NULL) ++Slot->Files;
    KeReleaseSpinLock(&MsLock, Irql);
    if (Slot == NULL) return MsComplete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
    Status = CheckAccess(Slot, Irp);
    KeAcquireSpinLock(&MsLock, &Irql);
    if (NT_SUCCESS(Status) && Slot->Server == NULL) Status = STATUS_OBJECT_NAME_NOT_FOUND;
    if (NT_SUCCESS(Status))
        File->FsContext = Slot;
    else
        Release(Slot);
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, NT_SUCCESS(Status) ? FILE_OPENED : 0);
}

static MS_SLOT* NewSlot(PFILE_OBJECT File, PMAILSLOT_CREATE_PARAMETERS Parameters) {
    SIZE_T Bytes = sizeof(MS_SLOT) + File->FileName.Length;
    MS_SLOT* Slot = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, MSFS_TAG);

    if (Slot == NULL) return NULL;
    RtlZeroMemory(Slot, Bytes);
    Slot->Name.Buffer = (PWCH)(Slot + 1);
    Slot->Name.Length = Slot->Name.MaximumLength = File->FileName.Length;
    RtlCopyMemory(Slot->Name.Buffer, File->FileName.Buffer, File->FileName.Length);
    Slot->Server = File;
    Slot->Files = 1;
    Slot->MaximumMessageSize = Parameters->MaximumMessageSize;
    Slot->Asked = Parameters->MailslotQuota;
    Slot->Quota = Slot->Asked == 0 || Slot->Asked > MSFS_MOST_QUOTA ? MSFS_MOST_QUOTA : Slot->Asked;
    Slot->ReadTimeout.QuadPart = -1;
    if (Parameters->TimeoutSpecified) Slot->ReadTimeout = Parameters->ReadTimeout;
    InitializeListHead(&Slot->Messages);
    InitializeListHead(&Slot->Readers);
    return Slot;
}

NTSTATUS NTAPI MsCreateMailslot(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PACCESS_STATE State = Stack->Parameters.CreateMailslot.SecurityContext->AccessState;
    PFILE_OBJECT File = Stack->FileObject;
    NTSTATUS Status;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (File->FileName.Length <= sizeof(WCHAR)) return MsComplete(Irp, STATUS_OBJECT_NAME_INVALID, 0);
    Slot = NewSlot(File, Stack->Parameters.CreateMailslot.Parameters);
    if (Slot == NULL) return MsComplete(Irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    Status = SeAssignSecurity(NULL, State->SecurityDescriptor, &Slot->Security, FALSE,
                              &State->SubjectSecurityContext, IoGetFileObjectGenericMapping(), PagedPool);
    KeAcquireSpinLock(&MsLock, &Irql);
    if (NT_SUCCESS(Status) && Find(&File->FileName) != NULL) Status = STATUS_OBJECT_NAME_COLLISION;
    if (NT_SUCCESS(Status)) {
        InsertTailList(&Slots, &Slot->Link);
        File->FsContext = Slot;
        File->FsContext2 = (PVOID)TRUE;
    } else {
        Release(Slot);
    }
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, NT_SUCCESS(Status) ? FILE_CREATED : 0);
}

// With its server a mailslot loses its name and what nobody has read.
NTSTATUS NTAPI MsCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(File, &Serves);
    if (Slot != NULL && Serves && Slot->Server != NULL) {
        Slot->Server = NULL;
        RemoveEntryList(&Slot->Link);
        MsEndReads(Slot, STATUS_FILE_FORCED_CLOSED);
        while (!IsListEmpty(&Slot->Messages))
            ExFreePoolWithTag(CONTAINING_RECORD(RemoveHeadList(&Slot->Messages), MS_MESSAGE, Link), MSFS_TAG);
        Slot->Used = Slot->Count = 0;
    }
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI MsClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(File, &Serves);
    if (Slot != NULL) Release(Slot);
    File->FsContext = NULL;
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, STATUS_SUCCESS, 0);
}
