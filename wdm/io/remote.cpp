// SPDX-License-Identifier: GPL-3.0-only
//
// Devices of other hosts, by name. IoGetDeviceObjectPointer finds a device of this host directly; any other
// name is opened as a file through the Executive, and stands here as a device object whose dispatch routines
// pass reads, writes and controls on to that file. They run on a worker thread, so the caller sees
// STATUS_PENDING as with any device.
#include <initializer_list>
#include <new>

#include "abi/nt/ntdll.h"
#include "wdm/ex/work.hpp"
#include "wdm/io/device.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/io/file.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/rtl/string.hpp"

namespace {

struct RemoteDevice {
    HANDLE file;
    FILE_OBJECT object;
};

struct Transfer {
    WORK_QUEUE_ITEM item;
    HANDLE file;
    PIRP irp;
};

RemoteDevice& remote_of(DEVICE_OBJECT& device) {
    return *static_cast<RemoteDevice*>(device.DeviceExtension);
}

PVOID data_of(const IRP& irp) {
    if (irp.MdlAddress != nullptr)
        return static_cast<UCHAR*>(irp.MdlAddress->StartVa) + irp.MdlAddress->ByteOffset;
    return irp.AssociatedIrp.SystemBuffer != nullptr ? irp.AssociatedIrp.SystemBuffer : irp.UserBuffer;
}

NTSTATUS control(HANDLE file, IRP& irp, IO_STACK_LOCATION& location, IO_STATUS_BLOCK& result) {
    const auto& parameters = location.Parameters.DeviceIoControl;
    bool neither = (parameters.IoControlCode & 3) == 3;
    PVOID input = neither ? parameters.Type3InputBuffer : irp.AssociatedIrp.SystemBuffer;
    PVOID output = neither ? irp.UserBuffer : data_of(irp);
    return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, parameters.IoControlCode, input,
                                 parameters.InputBufferLength, output, parameters.OutputBufferLength);
}

NTSTATUS transfer(HANDLE file, IRP& irp, IO_STATUS_BLOCK& result) {
    IO_STACK_LOCATION& location = io::current_location(irp);
    auto& parameters = location.Parameters.ReadWrite;
    switch (location.MajorFunction) {
        case IRP_MJ_READ:
            return NtReadFile(file, nullptr, nullptr, nullptr, &result, data_of(irp), parameters.Length,
                              &parameters.ByteOffset, nullptr);
        case IRP_MJ_WRITE:
            return NtWriteFile(file, nullptr, nullptr, nullptr, &result, data_of(irp), parameters.Length,
                               &parameters.ByteOffset, nullptr);
        case IRP_MJ_FLUSH_BUFFERS:
            return NtFlushBuffersFile(file, &result);
        default:
            return control(file, irp, location, result);
    }
}

VOID NTAPI run_transfer(PVOID parameter) {
    auto* work = static_cast<Transfer*>(parameter);
    PIRP irp = work->irp;
    IO_STATUS_BLOCK result{};
    NTSTATUS status = transfer(work->file, *irp, result);
    irp->IoStatus.Status = status;
    irp->IoStatus.Information = NT_SUCCESS(status) ? result.Information : 0;
    platform::release(work);
    IofCompleteRequest(irp, 0);
}

NTSTATUS NTAPI pass_on(PDEVICE_OBJECT device, PIRP irp) {
    auto* work = static_cast<Transfer*>(platform::allocate(sizeof(Transfer)));
    if (work == nullptr) {
        irp->IoStatus.Status = STATUS_INSUFFICIENT_RESOURCES;
        IofCompleteRequest(irp, 0);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *work = {{{}, run_transfer, work}, remote_of(*device).file, irp};
    io::current_location(*irp).Control |= SL_PENDING_RETURNED;
    ExQueueWorkItem(&work->item, 0);
    return STATUS_PENDING;
}

io::Driver* remote_driver() {
    static constinit io::Driver* driver = nullptr;
    if (driver != nullptr) return driver;
    static constexpr WCHAR name[] = u"Remote";
    driver = io::create_internal_driver(rtl::string_of(name, 6));
    if (driver == nullptr) return nullptr;
    for (ULONG major : {IRP_MJ_READ, IRP_MJ_WRITE, IRP_MJ_FLUSH_BUFFERS, IRP_MJ_DEVICE_CONTROL,
                        IRP_MJ_INTERNAL_DEVICE_CONTROL})
        driver->object.MajorFunction[major] = pass_on;
    return driver;
}

NTSTATUS open_remote(const UNICODE_STRING& name, ACCESS_MASK access, HANDLE& file) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK result;
    return NtOpenFile(&file, access | SYNCHRONIZE, &attributes, &result,
                      FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_SYNCHRONOUS_IO_NONALERT);
}

void initialise_file(FILE_OBJECT& file, DEVICE_OBJECT& device) {
    file = {};
    file.Type = IO_TYPE_FILE;
    file.Size = sizeof(FILE_OBJECT);
    file.DeviceObject = &device;
}

NTSTATUS point_to_remote(const UNICODE_STRING& name, ACCESS_MASK access, PFILE_OBJECT* file,
                         PDEVICE_OBJECT* device) {
    io::Driver* driver = remote_driver();
    if (driver == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    HANDLE handle;
    NTSTATUS status = open_remote(name, access, handle);
    if (!NT_SUCCESS(status)) return status;
    status = IoCreateDevice(&driver->object, sizeof(RemoteDevice), nullptr, 0x22, 0, FALSE, device);
    if (!NT_SUCCESS(status)) {
        NtClose(handle);
        return status;
    }
    (*device)->Flags |= DO_BUFFERED_IO;
    (*device)->Flags &= ~ULONG{DO_DEVICE_INITIALIZING};
    RemoteDevice& remote = remote_of(**device);
    remote.file = handle;
    initialise_file(remote.object, **device);
    *file = &remote.object;
    return STATUS_SUCCESS;
}

NTSTATUS point_to_local(DEVICE_OBJECT& named, PFILE_OBJECT* file, PDEVICE_OBJECT* device) {
    auto* object = static_cast<PFILE_OBJECT>(platform::allocate(sizeof(FILE_OBJECT)));
    if (object == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    initialise_file(*object, named);
    *file = object;
    *device = &io::top_of(named);
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" NTSTATUS IoGetDeviceObjectPointer(PUNICODE_STRING name, ACCESS_MASK access, PFILE_OBJECT* file,
                                             PDEVICE_OBJECT* device) {
    if (DEVICE_OBJECT* named = io::find_device(*name)) return point_to_local(*named, file, device);
    return point_to_remote(*name, access, file, device);
}
