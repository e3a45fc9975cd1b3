// SPDX-License-Identifier: GPL-3.0-only
#include "drivers/fs/npfs/npfs.h"

KSPIN_LOCK NpLock;
PDEVICE_OBJECT NpDevice;
NTSTATUS(NTAPI* NpImpersonateOpener)(PFILE_OBJECT File);

NTSTATUS NpComplete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NAMED_PIPE_INCREMENT);
    return Status;
}

PVOID NpAllocate(SIZE_T Bytes) {
    PVOID Memory = ExAllocatePoolWithTag(NonPagedPoolNx, Bytes, NPFS_TAG);

    if (Memory != NULL) RtlZeroMemory(Memory, Bytes);
    return Memory;
}

NTSTATUS NpFinish(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    BOOLEAN Marked;

    if (Status == STATUS_PENDING) return Status;
    // One that was cancelled as it was about to wait.
    Marked = (IoGetCurrentIrpStackLocation(Irp)->Control & SL_PENDING_RETURNED) != 0;
    NpComplete(Irp, Status, Information);
    return Marked ? STATUS_PENDING : Status;
}

NP_INSTANCE* NpInstanceOf(PFILE_OBJECT File, ULONG* End) {
    NP_HEADER* Header = File->FsContext;

    if (Header == NULL || Header->Kind != NpKindInstance) return NULL;
    *End = (ULONG)(ULONG_PTR)File->FsContext2;
    return (NP_INSTANCE*)Header;
}

NP_FOLDER* NpFolderOf(PFILE_OBJECT File) {
    NP_HEADER* Header = File->FsContext;

    return Header != NULL && Header->Kind == NpKindFolder ? (NP_FOLDER*)Header : NULL;
}

static NTSTATUS NTAPI NpCleanup(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NP_INSTANCE* Instance;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(File, &End);
    if (Instance != NULL) NpCloseEnd(Instance, End);
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI NpClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    NP_FOLDER* Folder = NpFolderOf(File);
    NP_INSTANCE* Instance;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Folder != NULL && Folder->Pattern.Buffer != NULL) ExFreePoolWithTag(Folder->Pattern.Buffer, NPFS_TAG);
    if (Folder != NULL) ExFreePoolWithTag(Folder, NPFS_TAG);
    if (Folder != NULL) File->FsContext = NULL;
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(File, &End);
    File->FsContext = NULL;
    if (Instance != NULL) NpReleaseInstance(Instance);
    KeReleaseSpinLock(&NpLock, Irql);
    return NpComplete(Irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NamedPipe");
    UNICODE_STRING Function = RTL_CONSTANT_STRING(L"NeptuneImpersonateOpener");
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    *(PVOID*)&NpImpersonateOpener = MmGetSystemRoutineAddress(&Function);
    KeInitializeSpinLock(&NpLock);
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_NAMED_PIPE, 0, FALSE, &NpDevice);
    if (!NT_SUCCESS(Status)) return Status;
    NpDevice->Flags |= DO_BUFFERED_IO;
    NpDevice->Flags &= ~DO_DEVICE_INITIALIZING;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = NpCreate;
    DriverObject->MajorFunction[IRP_MJ_CREATE_NAMED_PIPE] = NpCreateNamedPipe;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = NpCleanup;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = NpClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = NpRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = NpWrite;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = NpFlush;
    DriverObject->MajorFunction[IRP_MJ_FILE_SYSTEM_CONTROL] = NpControl;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = NpQueryInformation;
    DriverObject->MajorFunction[IRP_MJ_SET_INFORMATION] = NpSetInformation;
    DriverObject->MajorFunction[IRP_MJ_QUERY_VOLUME_INFORMATION] = NpQueryVolume;
    DriverObject->MajorFunction[IRP_MJ_DIRECTORY_CONTROL] = NpDirectory;
    DriverObject->MajorFunction[IRP_MJ_QUERY_SECURITY] = NpQuerySecurity;
    DriverObject->MajorFunction[IRP_MJ_SET_SECURITY] = NpSetSecurity;
    return STATUS_SUCCESS;
}
