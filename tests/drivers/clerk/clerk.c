// SPDX-License-Identifier: GPL-3.0-only
#include <ntifs.h>

#include "tests/drivers/clerk/clerk.h"

static struct {
    PFILE_OBJECT Owner;  // NULL: no lock
    LONGLONG Offset, Length;
    ULONG Key;
} Lock;

typedef struct _LIST {
    ULONG Length;
    UCHAR Bytes[CLERK_LIST];
} LIST;

static LIST Attributes, Quotas;

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static NTSTATUS TakeLock(PIO_STACK_LOCATION Stack) {
    if (Lock.Owner != NULL) return STATUS_LOCK_NOT_GRANTED;
    if ((Stack->Flags & SL_EXCLUSIVE_LOCK) == 0 || (Stack->Flags & SL_FAIL_IMMEDIATELY) == 0)
        return STATUS_INVALID_PARAMETER;
    Lock.Owner = Stack->FileObject;
    Lock.Offset = Stack->Parameters.LockControl.ByteOffset.QuadPart;
    Lock.Length = Stack->Parameters.LockControl.Length->QuadPart;
    Lock.Key = Stack->Parameters.LockControl.Key;
    return STATUS_SUCCESS;
}

static NTSTATUS GiveLock(PIO_STACK_LOCATION Stack) {
    BOOLEAN Same = Lock.Owner == Stack->FileObject &&
                   Lock.Offset == Stack->Parameters.LockControl.ByteOffset.QuadPart &&
                   Lock.Length == Stack->Parameters.LockControl.Length->QuadPart &&
                   Lock.Key == Stack->Parameters.LockControl.Key;
    if (!Same) return STATUS_RANGE_NOT_LOCKED;
    Lock.Owner = NULL;
    return STATUS_SUCCESS;
}

static NTSTATUS NTAPI ClerkLock(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    switch (Stack->MinorFunction) {
        case IRP_MN_LOCK:
            return Complete(Irp, TakeLock(Stack), 0);
        case IRP_MN_UNLOCK_SINGLE:
            return Complete(Irp, GiveLock(Stack), 0);
        default:
            return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    }
}

static NTSTATUS Answer(PIRP Irp, ULONG Length, const LIST* List, CLERK_ANSWER How) {
    PUCHAR Buffer = Irp->AssociatedIrp.SystemBuffer;

    if (Length < sizeof How + List->Length) return Complete(Irp, STATUS_BUFFER_TOO_SMALL, 0);
    RtlCopyMemory(Buffer, &How, sizeof How);
    RtlCopyMemory(Buffer + sizeof How, List->Bytes, List->Length);
    return Complete(Irp, STATUS_SUCCESS, sizeof How + List->Length);
}

static NTSTATUS NTAPI ClerkQueryEa(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    CLERK_ANSWER How = {Stack->Flags, Stack->Parameters.QueryEa.EaIndex,
                        Stack->Parameters.QueryEa.EaListLength, 0};

    UNREFERENCED_PARAMETER(DeviceObject);
    if (How.ListLength != 0) How.FirstByte = *(PUCHAR)Stack->Parameters.QueryEa.EaList;
    return Answer(Irp, Stack->Parameters.QueryEa.Length, &Attributes, How);
}

static NTSTATUS NTAPI ClerkQueryQuota(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    CLERK_ANSWER How = {Stack->Flags, 0, Stack->Parameters.QueryQuota.SidListLength, 0};

    UNREFERENCED_PARAMETER(DeviceObject);
    if (How.ListLength != 0)
        How.FirstByte = *(PUCHAR)Stack->Parameters.QueryQuota.SidList;
    else if (Stack->Parameters.QueryQuota.StartSid != NULL)
        How.FirstByte = 0x100 + *(PUCHAR)Stack->Parameters.QueryQuota.StartSid;
    return Answer(Irp, Stack->Parameters.QueryQuota.Length, &Quotas, How);
}

static NTSTATUS Keep(PIRP Irp, ULONG Length, LIST* List) {
    if (Length > CLERK_LIST) return Complete(Irp, STATUS_EA_TOO_LARGE, 0);
    RtlCopyMemory(List->Bytes, Irp->AssociatedIrp.SystemBuffer, Length);
    List->Length = Length;
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ClerkSetEa(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    ULONG Length = IoGetCurrentIrpStackLocation(Irp)->Parameters.SetEa.Length;
    ULONG Wrong = 0;
    NTSTATUS Status = IoCheckEaBufferValidity(Irp->AssociatedIrp.SystemBuffer, Length, &Wrong);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Status != STATUS_SUCCESS) return Complete(Irp, STATUS_EA_CORRUPT_ERROR, Wrong);
    return Keep(Irp, Length, &Attributes);
}

static NTSTATUS NTAPI ClerkSetQuota(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Keep(Irp, IoGetCurrentIrpStackLocation(Irp)->Parameters.SetQuota.Length, &Quotas);
}

static PSECURITY_DESCRIPTOR Descriptor;

static BOOLEAN IsNamed(PFILE_OBJECT File, PCWSTR Name) {
    UNICODE_STRING String;

    RtlInitUnicodeString(&String, Name);
    return RtlEqualUnicodeString(&File->FileName, &String, FALSE);
}

// Who opens the first file owns them all.
static NTSTATUS NTAPI ClerkCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PACCESS_STATE State = Stack->Parameters.Create.SecurityContext->AccessState;
    NTSTATUS Status = STATUS_SUCCESS;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Descriptor == NULL)
        Status = SeAssignSecurity(NULL, NULL, &Descriptor, FALSE, &State->SubjectSecurityContext,
                                  IoGetFileObjectGenericMapping(), PagedPool);
    if (NT_SUCCESS(Status) && Stack->Parameters.Create.EaLength != 0)
        return Keep(Irp, Stack->Parameters.Create.EaLength, &Attributes);
    return Complete(Irp, Status, FILE_OPENED);
}

// A descriptor that ends with its header, whose owner lies behind it.
static NTSTATUS TellNonsense(PIRP Irp, ULONG Length) {
    SECURITY_DESCRIPTOR_RELATIVE* Header = Irp->UserBuffer;

    if (Length < sizeof *Header) return Complete(Irp, STATUS_BUFFER_OVERFLOW, sizeof *Header);
    RtlZeroMemory(Header, sizeof *Header);
    Header->Revision = SECURITY_DESCRIPTOR_REVISION;
    Header->Control = SE_SELF_RELATIVE;
    Header->Owner = sizeof *Header;
    return Complete(Irp, STATUS_SUCCESS, sizeof *Header);
}

static NTSTATUS NTAPI ClerkQuerySecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.QuerySecurity.Length;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (IsNamed(Stack->FileObject, L"\\none")) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (IsNamed(Stack->FileObject, L"\\wrong")) return TellNonsense(Irp, Length);
    Status = SeQuerySecurityDescriptorInfo(&Stack->Parameters.QuerySecurity.SecurityInformation,
                                           Irp->UserBuffer, &Length, &Descriptor);
    if (Status == STATUS_BUFFER_TOO_SMALL) Status = STATUS_BUFFER_OVERFLOW;
    return Complete(Irp, Status, Length);
}

static NTSTATUS NTAPI ClerkSetSecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PSECURITY_DESCRIPTOR Before = Descriptor;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DeviceObject);
    if (IsNamed(Stack->FileObject, L"\\none")) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    Status = SeSetSecurityDescriptorInfo(NULL, &Stack->Parameters.SetSecurity.SecurityInformation,
                                         Stack->Parameters.SetSecurity.SecurityDescriptor, &Descriptor,
                                         PagedPool, IoGetFileObjectGenericMapping());
    if (NT_SUCCESS(Status)) ExFreePool(Before);
    return Complete(Irp, Status, 0);
}

static NTSTATUS NTAPI ClerkClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static VOID NTAPI ClerkUnload(PDRIVER_OBJECT DriverObject) {
    if (Descriptor != NULL) ExFreePool(Descriptor);
    IoDeleteDevice(DriverObject->DeviceObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\Clerk");
    PDEVICE_OBJECT DeviceObject;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(RegistryPath);
    Status = IoCreateDevice(DriverObject, 0, &Name, FILE_DEVICE_UNKNOWN, 0, FALSE, &DeviceObject);
    if (!NT_SUCCESS(Status)) return Status;
    DeviceObject->Flags |= DO_BUFFERED_IO;
    DeviceObject->Flags &= ~DO_DEVICE_INITIALIZING;
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ClerkCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ClerkClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ClerkClose;
    DriverObject->MajorFunction[IRP_MJ_QUERY_SECURITY] = ClerkQuerySecurity;
    DriverObject->MajorFunction[IRP_MJ_SET_SECURITY] = ClerkSetSecurity;
    DriverObject->MajorFunction[IRP_MJ_LOCK_CONTROL] = ClerkLock;
    DriverObject->MajorFunction[IRP_MJ_QUERY_EA] = ClerkQueryEa;
    DriverObject->MajorFunction[IRP_MJ_SET_EA] = ClerkSetEa;
    DriverObject->MajorFunction[IRP_MJ_QUERY_QUOTA] = ClerkQueryQuota;
    DriverObject->MajorFunction[IRP_MJ_SET_QUOTA] = ClerkSetQuota;
    DriverObject->DriverUnload = ClerkUnload;
    return STATUS_SUCCESS;
}
