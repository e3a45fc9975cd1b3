// SPDX-License-Identifier: GPL-3.0-only
#include <ntifs.h>

#include "tests/drivers/holder/holder.h"

static HOLDER_SEEN Seen;
static ERESOURCE Resource;
static PKTHREAD Owner;
static KEVENT Unblock;
static volatile LONG Blocked;
static FAST_IO_DISPATCH Table;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static BOOLEAN IsNamed(PFILE_OBJECT File, PCWSTR Name) {
    UNICODE_STRING String;

    RtlInitUnicodeString(&String, Name);
    return RtlEqualUnicodeString(&File->FileName, &String, FALSE);
}

static VOID WaitForCrowd(VOID) {
    LARGE_INTEGER Step;
    ULONG Waited;

    Step.QuadPart = -10 * 10000LL;
    for (Waited = 0; Blocked < HOLDER_CROWD && Waited < HOLDER_PATIENCE; Waited += 10)
        KeDelayExecutionThread(KernelMode, FALSE, &Step);
}

static NTSTATUS NTAPI HolderAcquire(PFS_FILTER_CALLBACK_DATA Data, PVOID* Context) {
    LARGE_INTEGER Slow;

    UNREFERENCED_PARAMETER(Context);
    if (IsNamed(Data->FileObject, L"\\refused")) return STATUS_FILE_LOCK_CONFLICT;
    if (IsNamed(Data->FileObject, L"\\crowd")) WaitForCrowd();
    if (IsNamed(Data->FileObject, L"\\deadly")) *(volatile ULONG*)NULL = 0;
    ExAcquireResourceExclusiveLite(&Resource, TRUE);
    if (Owner != NULL) Seen.Wrong++;
    Owner = KeGetCurrentThread();
    Seen.Acquired++;
    Seen.Blocked = (ULONG)Blocked;
    Seen.Protection = Data->Parameters.AcquireForSectionSynchronization.PageProtection;
    Slow.QuadPart = -HOLDER_SLOW * 10000LL;
    if (IsNamed(Data->FileObject, L"\\slow")) KeDelayExecutionThread(KernelMode, FALSE, &Slow);
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI HolderRelease(PFS_FILTER_CALLBACK_DATA Data, PVOID* Context) {
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Context);
    if (Owner != KeGetCurrentThread()) Seen.Wrong++;
    Owner = NULL;
    Seen.Released++;
    ExReleaseResourceLite(&Resource);
    return STATUS_FSFILTER_OP_COMPLETED_SUCCESSFULLY;
}

// Between the two above, when the first has not said that all is done.
static VOID NTAPI HolderTable(PFILE_OBJECT File) {
    UNREFERENCED_PARAMETER(File);
    if (Owner != KeGetCurrentThread()) Seen.Wrong++;
    Seen.Table++;
}

static NTSTATUS NTAPI HolderControl(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Stack->Parameters.DeviceIoControl.IoControlCode) {
        case HOLDER_LOOK:
            if (Stack->Parameters.DeviceIoControl.OutputBufferLength < sizeof Seen)
                return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
            RtlCopyMemory(Irp->AssociatedIrp.SystemBuffer, &Seen, sizeof Seen);
            return Complete(Irp, STATUS_SUCCESS, sizeof Seen);
        case HOLDER_BLOCK:
            InterlockedIncrement(&Blocked);
            KeWaitForSingleObject(&Unblock, Executive, KernelMode, FALSE, NULL);
            InterlockedDecrement(&Blocked);
            return Complete(Irp, STATUS_SUCCESS, 0);
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS NTAPI HolderOpenClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Stack->MajorFunction == IRP_MJ_CREATE && IsNamed(Stack->FileObject, L"\\unblock"))
        KeSetEvent(&Unblock, IO_NO_INCREMENT, FALSE);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI HolderUnload(PDRIVER_OBJECT DriverObject) {
    ExDeleteResourceLite(&Resource);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Holder");
    FS_FILTER_CALLBACKS Callbacks;
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    RtlZeroMemory(&Callbacks, sizeof Callbacks);
    Callbacks.SizeOfFsFilterCallbacks = sizeof Callbacks;
    Callbacks.PreAcquireForSectionSynchronization = HolderAcquire;
    Callbacks.PreReleaseForSectionSynchronization = HolderRelease;
    Status = FsRtlRegisterFileSystemFilterCallbacks(DriverObject, &Callbacks);
    if (!NT_SUCCESS(Status)) return Status;
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    ExInitializeResourceLite(&Resource);
    KeInitializeEvent(&Unblock, NotificationEvent, FALSE);
    Table.SizeOfFastIoDispatch = sizeof Table;
    Table.AcquireFileForNtCreateSection = HolderTable;
    Table.ReleaseFileForNtCreateSection = HolderTable;
    DriverObject->FastIoDispatch = &Table;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = HolderOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = HolderOpenClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = HolderOpenClose;
    DriverObject->MajorFunction[IRP_MJ_DEVICE_CONTROL] = HolderControl;
    DriverObject->DriverUnload = HolderUnload;
    return STATUS_SUCCESS;
}
