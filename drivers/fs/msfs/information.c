// SPDX-License-Identifier: GPL-3.0-only
#include "drivers/fs/msfs/msfs.h"

#define MAILSLOT_NO_MESSAGE 0xffffffff

static ULONG NextMessage(MS_SLOT* Slot) {
    if (IsListEmpty(&Slot->Messages)) return MAILSLOT_NO_MESSAGE;
    return CONTAINING_RECORD(Slot->Messages.Flink, MS_MESSAGE, Link)->Length;
}

NTSTATUS NTAPI MsControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    FILE_MAILSLOT_PEEK_BUFFER* Answer = Irp->UserBuffer;
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stack->Parameters.FileSystemControl.FsControlCode != FSCTL_MAILSLOT_PEEK)
        return MsComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Stack->Parameters.FileSystemControl.OutputBufferLength < sizeof(*Answer))
        return MsComplete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(Stack->FileObject, &Serves);
    if (Slot == NULL || !Serves) {
        Status = STATUS_INVALID_PARAMETER;
    } else {
        Answer->ReadDataAvailable = Slot->Used;
        Answer->NumberOfMessages = Slot->Count;
        Answer->MessageLength = Slot->Count != 0 ? NextMessage(Slot) : 0;
    }
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, NT_SUCCESS(Status) ? sizeof(*Answer) : 0);
}

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

static NTSTATUS PutSlot(ANSWER* Answer, MS_SLOT* Slot) {
    FILE_MAILSLOT_QUERY_INFORMATION Information;

    Information.MaximumMessageSize = Slot->MaximumMessageSize;
    Information.MailslotQuota = Slot->Asked;
    Information.NextMessageSize = NextMessage(Slot);
    Information.MessagesAvailable = Slot->Count;
    Information.ReadTimeout = Slot->ReadTimeout;
    return Put(Answer, &Information, sizeof(Information));
}

static NTSTATUS PutName(ANSWER* Answer, MS_SLOT* Slot) {
    PFILE_NAME_INFORMATION Name = Answer->Buffer;
    ULONG Header = FIELD_OFFSET(FILE_NAME_INFORMATION, FileName);
    ULONG Copied;

    if (Answer->Length < Header) return STATUS_INFO_LENGTH_MISMATCH;
    Copied = min(Slot->Name.Length, Answer->Length - Header);
    Name->FileNameLength = Slot->Name.Length;
    RtlCopyMemory(Name->FileName, Slot->Name.Buffer, Copied);
    Answer->Used = Header + Copied;
    return Copied < Slot->Name.Length ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

static NTSTATUS Query(ANSWER* Answer, ULONG Class, MS_SLOT* Slot, BOOLEAN Serves) {
    FILE_BASIC_INFORMATION Basic = {0};
    FILE_STANDARD_INFORMATION Standard = {0};

    switch (Class) {
        case FileBasicInformation:
            Basic.FileAttributes = FILE_ATTRIBUTE_NORMAL;
            return Put(Answer, &Basic, sizeof(Basic));
        case FileStandardInformation:
            Standard.AllocationSize.QuadPart = Slot->Asked;
            Standard.EndOfFile.QuadPart = Slot->Used;
            Standard.NumberOfLinks = 1;
            Standard.DeletePending = TRUE;
            return Put(Answer, &Standard, sizeof(Standard));
        case FileNameInformation:
            return PutName(Answer, Slot);
        case FileMailslotQueryInformation:
            return Serves ? PutSlot(Answer, Slot) : STATUS_INVALID_PARAMETER;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NTAPI MsQueryInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ANSWER Answer = {Irp->AssociatedIrp.SystemBuffer, Stack->Parameters.QueryFile.Length, 0};
    NTSTATUS Status = STATUS_INVALID_PARAMETER;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(Stack->FileObject, &Serves);
    if (Slot != NULL) Status = Query(&Answer, Stack->Parameters.QueryFile.FileInformationClass, Slot, Serves);
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, Answer.Used);
}

NTSTATUS NTAPI MsSetInformation(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PFILE_MAILSLOT_SET_INFORMATION Information = Irp->AssociatedIrp.SystemBuffer;
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Serves;
    MS_SLOT* Slot;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&MsLock, &Irql);
    Slot = MsSlotOf(Stack->FileObject, &Serves);
    if (Slot == NULL || !Serves)
        Status = STATUS_INVALID_PARAMETER;
    else if (Stack->Parameters.SetFile.FileInformationClass != FileMailslotSetInformation)
        Status = STATUS_INVALID_INFO_CLASS;
    else if (Stack->Parameters.SetFile.Length < sizeof(*Information))
        Status = STATUS_INFO_LENGTH_MISMATCH;
    else
        Slot->ReadTimeout = *Information->ReadTimeout;
    KeReleaseSpinLock(&MsLock, Irql);
    return MsComplete(Irp, Status, 0);
}
