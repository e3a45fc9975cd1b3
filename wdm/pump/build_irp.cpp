// SPDX-License-Identifier: GPL-3.0-only
//
// From a ring request to the IRP a driver sees, and back: parameters, buffers after the device's or control
// code's method, the file object. A buffer in the slot itself serves as SystemBuffer; one that the Executive
// mapped onto the client's memory is copied, for the client may change it meanwhile.
#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/file.hpp"
#include "wdm/mm/mdl.hpp"
#include "wdm/pump/lease.hpp"
#include "wdm/rtl/string.hpp"

namespace pump {
namespace {

enum class Method : ULONG { kBuffered, kInDirect, kOutDirect, kNeither };

PVOID pointer(ULONG64 address) {
    return reinterpret_cast<PVOID>(address);
}

bool in_slot(const WDM_REQUEST& request, ULONG64 address, ULONG length) {
    auto start = reinterpret_cast<ULONG64>(request.Inline);
    return address >= start && address <= start + WDM_INLINE_SIZE &&
           length <= start + WDM_INLINE_SIZE - address;
}

// SystemBuffer for `input` and `output`, which may be the same place.
NTSTATUS attach_buffered(Lease& lease) {
    const WDM_REQUEST& request = *lease.request;
    ULONG input = request.InputLength, output = request.OutputLength;
    if (input == 0 && output == 0) return STATUS_SUCCESS;
    bool one_place = input == 0 || output == 0 || request.InputAddress == request.OutputAddress;
    ULONG64 address = input != 0 ? request.InputAddress : request.OutputAddress;
    ULONG longer = input > output ? input : output;
    if (one_place && in_slot(request, address, longer)) {
        lease.irp->AssociatedIrp.SystemBuffer = pointer(address);
        return STATUS_SUCCESS;
    }
    lease.system_buffer = platform::allocate(longer);
    if (lease.system_buffer == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    if (input != 0) __builtin_memcpy(lease.system_buffer, pointer(request.InputAddress), input);
    if (output > input) __builtin_memset(static_cast<UCHAR*>(lease.system_buffer) + input, 0, output - input);
    lease.irp->AssociatedIrp.SystemBuffer = lease.system_buffer;
    return STATUS_SUCCESS;
}

NTSTATUS attach_mdl(Lease& lease, ULONG64 address, ULONG length) {
    if (length == 0) return STATUS_SUCCESS;
    lease.mdl = IoAllocateMdl(pointer(address), length, FALSE, FALSE, nullptr);
    if (lease.mdl == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    mm::mark_mapped(*lease.mdl);
    mm::mark_locked(*lease.mdl);
    lease.irp->MdlAddress = lease.mdl;
    return STATUS_SUCCESS;
}

// One buffer, `address` and `length`, by the flags of the device that the IRP is sent to.
NTSTATUS attach_by_device(Lease& lease, const DEVICE_OBJECT& device, ULONG64 address, ULONG length) {
    if ((device.Flags & DO_BUFFERED_IO) != 0) return attach_buffered(lease);
    if ((device.Flags & DO_DIRECT_IO) != 0) return attach_mdl(lease, address, length);
    lease.irp->UserBuffer = pointer(address);
    return STATUS_SUCCESS;
}

NTSTATUS build_create(Lease& lease, IO_STACK_LOCATION& location) {
    const WDM_REQUEST& request = *lease.request;
    DEVICE_OBJECT* device = io::device_of(request.Target);  // the one opened, not the top of its stack
    if (device == nullptr) return STATUS_NO_SUCH_DEVICE;
    const auto& create = request.Parameters.Create;
    if (create.NameLength > WDM_INLINE_SIZE) return STATUS_INVALID_PARAMETER;
    UNICODE_STRING name =
        rtl::string_of(reinterpret_cast<const WCHAR*>(request.Inline), create.NameLength / sizeof(WCHAR));
    lease.file = io::open_file(request.File, *device, name);
    if (lease.file == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    lease.security = {nullptr, nullptr, create.DesiredAccess, create.Options};
    location.Parameters.Create = {.SecurityContext = &lease.security,
                                  .Options = create.Options,
                                  .Pad0 = 0,
                                  .FileAttributes = create.FileAttributes,
                                  .ShareAccess = create.ShareAccess,
                                  .Pad1 = 0,
                                  .EaLength = 0};
    lease.irp->Flags |= IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
    return STATUS_SUCCESS;
}

NTSTATUS build_read_write(Lease& lease, IO_STACK_LOCATION& location, const DEVICE_OBJECT& device) {
    const WDM_REQUEST& request = *lease.request;
    bool read = request.MajorFunction == IRP_MJ_READ;
    ULONG length = read ? request.OutputLength : request.InputLength;
    location.Parameters.ReadWrite.Length = length;
    location.Parameters.ReadWrite.Key = request.Parameters.ReadWrite.Key;
    location.Parameters.ReadWrite.ByteOffset.QuadPart = request.Parameters.ReadWrite.ByteOffset;
    lease.irp->Flags |= read ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
    return attach_by_device(lease, device, read ? request.OutputAddress : request.InputAddress, length);
}

NTSTATUS build_control(Lease& lease, IO_STACK_LOCATION& location) {
    const WDM_REQUEST& request = *lease.request;
    auto& control = location.Parameters.DeviceIoControl;
    control.OutputBufferLength = request.OutputLength;
    control.InputBufferLength = request.InputLength;
    control.IoControlCode = request.Parameters.DeviceIoControl.IoControlCode;
    switch (static_cast<Method>(control.IoControlCode & 3)) {
        case Method::kBuffered:
            lease.irp->UserBuffer = pointer(request.OutputAddress);
            return attach_buffered(lease);
        case Method::kInDirect:
        case Method::kOutDirect: {
            NTSTATUS status = attach_mdl(lease, request.OutputAddress, request.OutputLength);
            if (status < 0 || request.InputLength == 0) return status;
            lease.system_buffer = platform::allocate(request.InputLength);
            if (lease.system_buffer == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
            __builtin_memcpy(lease.system_buffer, pointer(request.InputAddress), request.InputLength);
            lease.irp->AssociatedIrp.SystemBuffer = lease.system_buffer;
            return STATUS_SUCCESS;
        }
        default:
            control.Type3InputBuffer = pointer(request.InputAddress);
            lease.irp->UserBuffer = pointer(request.OutputAddress);
            return STATUS_SUCCESS;
    }
}

NTSTATUS build_information(Lease& lease, IO_STACK_LOCATION& location) {
    const WDM_REQUEST& request = *lease.request;
    bool set = request.InputLength != 0;
    location.Parameters.Information.Length = set ? request.InputLength : request.OutputLength;
    location.Parameters.Information.InformationClass = request.Parameters.Query.InformationClass;
    return attach_buffered(lease);
}

NTSTATUS build_parameters(Lease& lease, IO_STACK_LOCATION& location, const DEVICE_OBJECT& device) {
    switch (location.MajorFunction) {
        case IRP_MJ_CREATE:
            return build_create(lease, location);
        case IRP_MJ_READ:
        case IRP_MJ_WRITE:
            return build_read_write(lease, location, device);
        case IRP_MJ_DEVICE_CONTROL:
        case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        case IRP_MJ_FILE_SYSTEM_CONTROL:
            return build_control(lease, location);
        case IRP_MJ_QUERY_INFORMATION:
        case IRP_MJ_SET_INFORMATION:
        case IRP_MJ_QUERY_VOLUME_INFORMATION:
        case IRP_MJ_SET_VOLUME_INFORMATION:
            return build_information(lease, location);
        default:
            return STATUS_SUCCESS;
    }
}

NTSTATUS allocate_irp(Lease& lease, CCHAR stack_size) {
    SIZE_T size = io::irp_size(stack_size);
    void* memory = lease.irp_memory;
    if (stack_size > kInlineStack) memory = platform::allocate(size);
    if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    lease.irp = static_cast<IRP*>(memory);
    io::initialise_irp(*lease.irp, size, stack_size);
    lease.irp->AllocationFlags = io::kIrpIsLease;
    return STATUS_SUCCESS;
}

// The output of a request whose SystemBuffer was our own copy; any other is where it belongs.
void copy_back(const Lease& lease) {
    WDM_REQUEST& request = *lease.request;
    if (request.OutputLength == 0) return;
    request.Written = request.OutputLength;
    bool buffered = lease.system_buffer != nullptr && lease.mdl == nullptr;
    if (!buffered) return;
    const IO_STATUS_BLOCK& result = lease.irp->IoStatus;
    bool error = static_cast<ULONG>(result.Status) >= 0xC0000000u;
    ULONG64 length = result.Information < request.OutputLength ? result.Information : request.OutputLength;
    if (error) length = 0;
    request.Written = length;
    __builtin_memcpy(pointer(request.OutputAddress), lease.system_buffer, length);
}

void free_buffers(Lease& lease) {
    if (lease.system_buffer != nullptr) platform::release(lease.system_buffer);
    lease.system_buffer = nullptr;
    PMDL mdl = lease.irp->MdlAddress;  // ours, and those a driver chained to it
    while (mdl != nullptr) {
        PMDL next = mdl->Next;
        IoFreeMdl(mdl);
        mdl = next;
    }
    lease.mdl = nullptr;
}

bool file_ends(const Lease& lease, NTSTATUS status) {
    return lease.major == IRP_MJ_CLOSE || (lease.major == IRP_MJ_CREATE && status < 0);
}

}  // namespace

NTSTATUS build_irp(Lease& lease, DEVICE_OBJECT& device) {
    const WDM_REQUEST& request = *lease.request;
    lease.major = request.MajorFunction;
    if (lease.major > IRP_MJ_MAXIMUM_FUNCTION) return STATUS_INVALID_DEVICE_REQUEST;
    lease.system_buffer = nullptr;
    lease.mdl = nullptr;
    lease.file = request.File != 0 ? io::file_of(request.File) : nullptr;
    if (request.File != 0 && lease.file == nullptr && lease.major != IRP_MJ_CREATE)
        return STATUS_FILE_INVALID;
    NTSTATUS status = allocate_irp(lease, device.StackSize);
    if (status < 0) return status;
    IRP& irp = *lease.irp;
    irp.RequestorMode = static_cast<KPROCESSOR_MODE>(request.RequestorMode);
    irp.Overlay.AsynchronousParameters.UserApcRoutine = pointer(request.RequestorProcess);
    IO_STACK_LOCATION& location = io::next_location(irp);
    location.MajorFunction = lease.major;
    location.MinorFunction = request.MinorFunction;
    location.Flags = request.StackFlags;
    status = build_parameters(lease, location, device);
    location.FileObject = lease.file;
    irp.Tail.Overlay.OriginalFileObject = lease.file;
    if (status < 0) {
        irp.IoStatus.Status = status;
        finish_irp(lease);
    }
    return status;
}

void finish_irp(Lease& lease) {
    IRP& irp = *lease.irp;
    copy_back(lease);
    free_buffers(lease);
    if (lease.file != nullptr && file_ends(lease, irp.IoStatus.Status)) io::close_file(*lease.file);
    lease.file = nullptr;
    lease.irp = nullptr;
    irp.Type = 0;  // a second completion is noticed
    if (static_cast<void*>(&irp) != lease.irp_memory) platform::release(&irp);
}

}  // namespace pump
