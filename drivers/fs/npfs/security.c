// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptor of a pipe, which all its instances share.
#include "drivers/fs/npfs/npfs.h"

NTSTATUS NTAPI NpQuerySecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    ULONG Length = Stack->Parameters.QuerySecurity.Length;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance == NULL)
        Status = STATUS_PIPE_DISCONNECTED;
    else
        Status = SeQuerySecurityDescriptorInfo(&Stack->Parameters.QuerySecurity.SecurityInformation,
                                               Irp->UserBuffer, &Length, &Instance->Pipe->Security);
    KeReleaseSpinLock(&NpLock, Irql);
    if (Status == STATUS_BUFFER_TOO_SMALL) Status = STATUS_BUFFER_OVERFLOW;
    return NpComplete(Irp, Status, Length);
}

NTSTATUS NTAPI NpSetSecurity(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PIO_STACK_LOCATION Stack = IoGetCurrentIrpStackLocation(Irp);
    PSECURITY_DESCRIPTOR Old = NULL;
    PSECURITY_DESCRIPTOR New;
    NP_INSTANCE* Instance;
    NTSTATUS Status;
    ULONG End;
    KIRQL Irql;

    UNREFERENCED_PARAMETER(DeviceObject);
    KeAcquireSpinLock(&NpLock, &Irql);
    Instance = NpInstanceOf(Stack->FileObject, &End);
    if (Instance == NULL) {
        Status = STATUS_PIPE_DISCONNECTED;
    } else {
        Old = New = Instance->Pipe->Security;
        Status = SeSetSecurityDescriptorInfo(NULL, &Stack->Parameters.SetSecurity.SecurityInformation,
                                             Stack->Parameters.SetSecurity.SecurityDescriptor, &New,
                                             PagedPool, IoGetFileObjectGenericMapping());
        if (NT_SUCCESS(Status)) Instance->Pipe->Security = New;
    }
    KeReleaseSpinLock(&NpLock, Irql);
    if (Old != NULL && NT_SUCCESS(Status) && Old != New) ExFreePool(Old);
    return NpComplete(Irp, Status, 0);
}
