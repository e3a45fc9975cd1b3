// SPDX-License-Identifier: GPL-3.0-only
//
// The folder of all pipes. A handle's place in it is a number: pipes that come and go meanwhile may be missed
// or seen twice, as on NT.
#include "drivers/fs/npfs/npfs.h"

// --- names that match: * any text, ? one character, and what the Win32 API makes of them: < any text, > one
// character or none, " a period or nothing

static BOOLEAN MatchesOne(WCHAR Wild, WCHAR Character) {
    if (Wild == L'?' || Wild == L'>') return TRUE;
    if (Wild == L'"') return Character == L'.';
    return RtlUpcaseUnicodeChar(Wild) == RtlUpcaseUnicodeChar(Character);
}

static BOOLEAN MayBeNothing(WCHAR Wild) {
    return Wild == L'*' || Wild == L'<' || Wild == L'>' || Wild == L'"';
}

// Only the last * has to be come back to: what an earlier one matched need not be longer.
static BOOLEAN Matches(PUNICODE_STRING Pattern, PUNICODE_STRING Name) {
    ULONG PatternEnd = Pattern->Length / sizeof(WCHAR);
    ULONG NameEnd = Name->Length / sizeof(WCHAR);
    ULONG At = 0, i = 1;  // without its backslash
    ULONG Star = MAXULONG, Taken = 0;

    if (PatternEnd == 0) return TRUE;
    while (i < NameEnd) {
        WCHAR Wild = At < PatternEnd ? Pattern->Buffer[At] : 0;

        if (Wild == L'*' || Wild == L'<') {
            Star = At++;
            Taken = i;
        } else if (Wild != 0 && MatchesOne(Wild, Name->Buffer[i])) {
            ++At;
            ++i;
        } else if (Star != MAXULONG) {
            At = Star + 1;
            i = ++Taken;
        } else {
            return FALSE;
        }
    }
    while (At < PatternEnd && MayBeNothing(Pattern->Buffer[At]))
        ++At;
    return At == PatternEnd;
}

// --- entries

// Where the name stands in an entry of a class; 0: there is no such class here.
static ULONG NameOffset(ULONG Class) {
    switch (Class) {
        case FileDirectoryInformation:
            return FIELD_OFFSET(FILE_DIRECTORY_INFORMATION, FileName);
        case FileFullDirectoryInformation:
            return FIELD_OFFSET(FILE_FULL_DIR_INFORMATION, FileName);
        case FileBothDirectoryInformation:
            return FIELD_OFFSET(FILE_BOTH_DIR_INFORMATION, FileName);
        case FileIdFullDirectoryInformation:
            return FIELD_OFFSET(FILE_ID_FULL_DIR_INFORMATION, FileName);
        case FileIdBothDirectoryInformation:
            return FIELD_OFFSET(FILE_ID_BOTH_DIR_INFORMATION, FileName);
        case FileNamesInformation:
            return FIELD_OFFSET(FILE_NAMES_INFORMATION, FileName);
        default:
            return 0;
    }
}

// Of a pipe its sizes say how many instances there are and may be.
static void PutEntry(PUCHAR Entry, ULONG Class, NP_PIPE* Pipe, ULONG NameLength) {
    PFILE_DIRECTORY_INFORMATION Information = (PFILE_DIRECTORY_INFORMATION)Entry;

    if (Class == FileNamesInformation) {
        ((PFILE_NAMES_INFORMATION)Entry)->FileNameLength = NameLength;
        return;
    }
    Information->EndOfFile.QuadPart = Pipe->Instances;
    Information->AllocationSize.QuadPart = (LONG)Pipe->MaximumInstances;
    Information->FileAttributes = FILE_ATTRIBUTE_NORMAL;
    Information->FileNameLength = NameLength;
}

static NTSTATUS List(NP_FOLDER* Folder, PIRP Irp, ULONG* Information) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Class = Stack->Parameters.QueryDirectory.FileInformationClass;
    ULONG Length = Stack->Parameters.QueryDirectory.Length;
    ULONG Header = NameOffset(Class);
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;
    ULONG At = 0, Last = 0, Count = 0;
    NP_PIPE* Pipe;

    if (Header == 0) return STATUS_INVALID_INFO_CLASS;
    if (Length < Header) return STATUS_INFO_LENGTH_MISMATCH;
    while ((Pipe = NpPipeAt(Folder->Index)) != NULL) {
        ULONG NameLength = Pipe->Name.Length - sizeof(WCHAR);

        if (!Matches(&Folder->Pattern, &Pipe->Name)) {
            ++Folder->Index;
            continue;
        }
        if (Header + NameLength > Length - min(At, Length)) {
            if (Count == 0) return STATUS_BUFFER_OVERFLOW;
            break;
        }
        RtlZeroMemory(Buffer + At, Header);
        PutEntry(Buffer + At, Class, Pipe, NameLength);
        RtlCopyMemory(Buffer + At + Header, Pipe->Name.Buffer + 1, NameLength);
        if (Count++ != 0) *(PULONG)(Buffer + Last) = At - Last;
        Last = At;
        *Information = At + Header + NameLength;
        At = (*Information + 7) & ~7u;
        ++Folder->Index;
        if (Stack->Flags & SL_RETURN_SINGLE_ENTRY) break;
    }
    return Count != 0 ? STATUS_SUCCESS : STATUS_NO_MORE_FILES;
}

// The pattern of the first query stays, until a scan begins anew with another.
static NTSTATUS Begin(NP_FOLDER* Folder, PIO_STACK_LOCATION Stack) {
    PUNICODE_STRING Given = Stack->Parameters.QueryDirectory.FileName;
    PWCH Copy = NULL;

    if (Folder->Begun && !(Stack->Flags & SL_RESTART_SCAN)) return STATUS_SUCCESS;
    Folder->Index = 0;
    if (Folder->Begun && Given == NULL) return STATUS_SUCCESS;
    if (Given != NULL && Given->Length != 0) {
        Copy = ExAllocatePoolWithTag(NonPagedPoolNx, Given->Length, NPFS_TAG);
        if (Copy == NULL) return STATUS_INSUFFICIENT_RESOURCES;
        RtlCopyMemory(Copy, Given->Buffer, Given->Length);
    }
    if (Folder->Pattern.Buffer != NULL) ExFreePoolWithTag(Folder->Pattern.Buffer, NPFS_TAG);
    Folder->Pattern.Buffer = Copy;
    Folder->Pattern.Length = Folder->Pattern.MaximumLength = Copy != NULL ? Given->Length : 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI NpDirectory(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    NP_FOLDER* Folder = NpFolderOf(Stack->FileObject);
    ULONG Information = 0;
    NTSTATUS Status;
    BOOLEAN First;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stack->MinorFunction != IRP_MN_QUERY_DIRECTORY)
        return NpComplete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (Folder == NULL) return NpComplete(Irp, STATUS_INVALID_PARAMETER, 0);
    KeAcquireSpinLock(&NpLock, &Irql);
    First = !Folder->Begun;
    Status = Begin(Folder, Stack);
    if (NT_SUCCESS(Status)) {
        Folder->Begun = TRUE;
        Status = List(Folder, Irp, &Information);
        if (Status == STATUS_NO_MORE_FILES && First) Status = STATUS_NO_SUCH_FILE;
    }
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, Status, Information);
}
