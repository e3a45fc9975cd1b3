// SPDX-License-Identifier: GPL-3.0-only
//
// Opening pipes by number, and what programs ask of them.
#include "drivers/exec/channel/channel.h"

static NTSTATUS Complete(PIRP Irp, NTSTATUS Status, ULONG_PTR Information) {
    Irp->IoStatus.Status = Status;
    Irp->IoStatus.Information = Information;
    IoCompleteRequest(Irp, IO_NO_INCREMENT);
    return Status;
}

static PCHANNEL_PIPE PipeOf(PIRP Irp) {
    return IoGetCurrentIrpStackLocation(Irp)->FileObject->FsContext;
}

// "\3" is pipe 3.
static NTSTATUS NTAPI ChannelCreate(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCHANNEL_EXTENSION Channel = DeviceObject->DeviceExtension;
    PFILE_OBJECT File = IoGetCurrentIrpStackLocation(Irp)->FileObject;
    PCHANNEL_PIPE Pipe;

    if (!Channel->Ready) return Complete(Irp, STATUS_DEVICE_NOT_READY, 0);
    if (File->FileName.Length != 2 * sizeof(WCHAR) || File->FileName.Buffer[0] != L'\\' ||
        File->FileName.Buffer[1] < L'0' || File->FileName.Buffer[1] >= L'0' + EXEC_PIPES)
        return Complete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
    Pipe = &Channel->Pipes[File->FileName.Buffer[1] - L'0'];
    if (Pipe->Size == 0) return Complete(Irp, STATUS_OBJECT_NAME_NOT_FOUND, 0);
    File->FsContext = Pipe;
    return Complete(Irp, STATUS_SUCCESS, FILE_OPENED);
}

static NTSTATUS NTAPI ChannelClose(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    UNREFERENCED_PARAMETER(DeviceObject);
    return Complete(Irp, STATUS_SUCCESS, 0);
}

static NTSTATUS NTAPI ChannelRead(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCHANNEL_PIPE Pipe = PipeOf(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Pipe == NULL || !Pipe->ToGuest) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.Read.Length == 0)
        return Complete(Irp, STATUS_SUCCESS, 0);
    return ChannelTransfer(Pipe, Irp);
}

static NTSTATUS NTAPI ChannelWrite(PDEVICE_OBJECT DeviceObject, PIRP Irp) {
    PCHANNEL_PIPE Pipe = PipeOf(Irp);

    UNREFERENCED_PARAMETER(DeviceObject);
    if (Pipe == NULL || Pipe->ToGuest) return Complete(Irp, STATUS_INVALID_DEVICE_REQUEST, 0);
    if (IoGetCurrentIrpStackLocation(Irp)->Parameters.Write.Length == 0)
        return Complete(Irp, STATUS_SUCCESS, 0);
    return ChannelTransfer(Pipe, Irp);
}

static VOID NTAPI ChannelUnload(PDRIVER_OBJECT DriverObject) {
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath) {
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->MajorFunction[IRP_MJ_CREATE] = ChannelCreate;
    DriverObject->MajorFunction[IRP_MJ_CLEANUP] = ChannelClose;
    DriverObject->MajorFunction[IRP_MJ_CLOSE] = ChannelClose;
    DriverObject->MajorFunction[IRP_MJ_FLUSH_BUFFERS] = ChannelClose;
    DriverObject->MajorFunction[IRP_MJ_READ] = ChannelRead;
    DriverObject->MajorFunction[IRP_MJ_WRITE] = ChannelWrite;
    DriverObject->MajorFunction[IRP_MJ_QUERY_INFORMATION] = ChannelQueryInformation;
    DriverObject->MajorFunction[IRP_MJ_SET_INFORMATION] = ChannelSetInformation;
    DriverObject->MajorFunction[IRP_MJ_PNP] = ChannelPnp;
    DriverObject->DriverExtension->AddDevice = ChannelAddDevice;
    DriverObject->DriverUnload = ChannelUnload;
    return STATUS_SUCCESS;
}
