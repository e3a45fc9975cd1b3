// SPDX-License-Identifier: GPL-3.0-only
//
// From a ring request to the IRP a driver sees, and back: parameters, the file object; buffers are attached
// by attach.hpp.
#include <atomic>

#include "abi/nt/ntstatus.h"
#include "abi/wdm/pipes.h"
#include "base/format.hpp"
#include "wdm/io/device.hpp"
#include "wdm/io/file.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/pump/attach.hpp"
#include "wdm/pump/lease.hpp"
#include "wdm/rtl/string.hpp"
#include "wdm/se/token.hpp"

namespace pump {
namespace {

enum class Method : ULONG { kBuffered, kInDirect, kOutDirect, kNeither };

// The Executive has checked an open of the device itself, and of a name below it where the device says so; of
// others' calls only, but a driver's gets what it asks for all the same. What it has checked is granted.
void attach_access(Lease& lease, const WDM_REQUEST& request, const DEVICE_OBJECT& device) {
    constexpr ULONG kSecureOpen = 0x100;  // FILE_DEVICE_SECURE_OPEN
    const auto& create = request.Parameters.Create;
    bool checked = create.NameLength == 0 || (device.Characteristics & kSecureOpen) != 0 ||
                   request.Subject.Mode == KernelMode;
    lease.access = {};
    lease.access.OriginalDesiredAccess = create.DesiredAccess;
    (checked ? lease.access.PreviouslyGrantedAccess : lease.access.RemainingDesiredAccess) =
        create.DesiredAccess;
    bool of_client = request.Subject.Process != 0;
    se::capture(lease.access.SubjectSecurityContext, request.Id, of_client ? &request.Subject : nullptr);
}

NTSTATUS open_file(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    DEVICE_OBJECT* device = io::device_of(request.Target);  // the one opened, not the top of its stack
    if (device == nullptr) return STATUS_NO_SUCH_DEVICE;
    const auto& create = request.Parameters.Create;
    if (create.NameLength > WDM_INLINE_SIZE) return STATUS_INVALID_PARAMETER;
    UNICODE_STRING name =
        rtl::string_of(reinterpret_cast<const WCHAR*>(request.Inline), create.NameLength / sizeof(WCHAR));
    lease.file = io::open_file(request.File, *device, name);
    if (lease.file == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    if (create.RelatedFile != 0) {
        lease.file->RelatedFileObject = io::file_of(create.RelatedFile);
        if (lease.file->RelatedFileObject == nullptr) return STATUS_FILE_INVALID;
    }
    attach_access(lease, request, *device);
    lease.security = {nullptr, &lease.access, create.DesiredAccess, create.Options};
    location.Parameters.Create = {.SecurityContext = &lease.security,
                                  .Options = create.Options,
                                  .Pad0 = 0,
                                  .FileAttributes = create.FileAttributes,
                                  .ShareAccess = create.ShareAccess,
                                  .Pad1 = 0,
                                  .EaLength = request.InputLength};
    lease.irp->Flags |= IRP_CREATE_OPERATION | IRP_SYNCHRONOUS_API;
    return STATUS_SUCCESS;
}

NTSTATUS build_create(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    NTSTATUS status = open_file(lease, request, location);
    return status < 0 ? status : attach_input(lease, request, DO_BUFFERED_IO);
}

// Behind the parameters of a pipe or a mailslot stands the descriptor that it is to have.
NTSTATUS build_create_pipe(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    NTSTATUS status = open_file(lease, request, location);
    if (status < 0) return status;
    bool pipe = request.MajorFunction == IRP_MJ_CREATE_NAMED_PIPE;
    ULONG size = pipe ? sizeof(NAMED_PIPE_CREATE_PARAMETERS) : sizeof(MAILSLOT_CREATE_PARAMETERS);
    if (request.InputLength < size) return STATUS_INVALID_PARAMETER;
    PVOID& parameters = location.Parameters.CreatePipe.Parameters;
    status = attach_list(lease, request, parameters);
    if (status >= 0 && request.InputLength > size)
        lease.access.SecurityDescriptor = static_cast<UCHAR*>(parameters) + size;
    return status;
}

NTSTATUS build_read_write(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location,
                          const DEVICE_OBJECT& device) {
    bool read = request.MajorFunction == IRP_MJ_READ;
    location.Parameters.ReadWrite.Length = read ? request.OutputLength : request.InputLength;
    location.Parameters.ReadWrite.Key = request.Parameters.ReadWrite.Key;
    location.Parameters.ReadWrite.ByteOffset.QuadPart = request.Parameters.ReadWrite.ByteOffset;
    lease.irp->Flags |= read ? IRP_READ_OPERATION : IRP_WRITE_OPERATION;
    return read ? attach_output(lease, request, device.Flags) : attach_input(lease, request, device.Flags);
}

NTSTATUS build_control(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    auto& control = location.Parameters.DeviceIoControl;
    control.OutputBufferLength = request.OutputLength;
    control.InputBufferLength = request.InputLength;
    control.IoControlCode = request.Parameters.DeviceIoControl.IoControlCode;
    auto method = static_cast<Method>(control.IoControlCode & 3);
    if (method != Method::kBuffered) return attach_two(lease, request, location, method != Method::kNeither);
    NTSTATUS status = attach_buffered(lease, request);
    lease.irp->UserBuffer = lease.window != nullptr ? lease.window : lease.output;
    return status;
}

// FILE_MAILSLOT_SET_INFORMATION is a pointer to a time: the client's, so the time comes in its place.
NTSTATUS point_to_timeout(Lease& lease, const WDM_REQUEST& request) {
    if (request.InputLength < sizeof(LARGE_INTEGER)) return STATUS_SUCCESS;
    void* timeout = reserve_parameter(lease, sizeof(LARGE_INTEGER));
    if (timeout == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    __builtin_memcpy(timeout, lease.irp->AssociatedIrp.SystemBuffer, sizeof(LARGE_INTEGER));
    __builtin_memcpy(lease.irp->AssociatedIrp.SystemBuffer, &timeout, sizeof timeout);
    return STATUS_SUCCESS;
}

NTSTATUS build_information(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    bool set = request.InputLength != 0;
    location.Parameters.Information.Length = set ? request.InputLength : request.OutputLength;
    location.Parameters.Information.InformationClass = request.Parameters.Query.InformationClass;
    NTSTATUS status = attach_buffered(lease, request);
    bool points = set && request.Parameters.Query.InformationClass == FileMailslotSetInformation;
    return status < 0 || !points ? status : point_to_timeout(lease, request);
}

NTSTATUS build_directory(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location,
                         const DEVICE_OBJECT& device) {
    const auto& directory = request.Parameters.Directory;
    auto& query = location.Parameters.QueryDirectory;
    query.Length = request.OutputLength;
    constexpr UCHAR kExtended = 3;  // IRP_MN_NOTIFY_CHANGE_DIRECTORY_EX
    if (location.MinorFunction == IRP_MN_NOTIFY_CHANGE_DIRECTORY || location.MinorFunction == kExtended) {
        location.Parameters.NotifyDirectory.CompletionFilter = directory.InformationClass;
        return attach_output(lease, request, device.Flags);
    }
    query.FileInformationClass = directory.InformationClass;
    query.FileIndex = directory.FileIndex;
    ULONG length = directory.NameLength;
    if (length > WDM_INLINE_SIZE) return STATUS_INVALID_PARAMETER;
    if (length != 0) {
        auto* name = static_cast<UNICODE_STRING*>(reserve_parameter(lease, sizeof(UNICODE_STRING) + length));
        if (name == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        __builtin_memcpy(name + 1, request.Inline, length);
        *name = rtl::string_of(reinterpret_cast<const WCHAR*>(name + 1), length / sizeof(WCHAR));
        query.FileName = name;
    }
    return attach_output(lease, request, device.Flags);
}

NTSTATUS build_lock(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    const auto& lock = request.Parameters.Lock;
    lease.lock_length.QuadPart = lock.Length;
    location.Parameters.LockControl.Length = &lease.lock_length;
    location.Parameters.LockControl.Key = lock.Key;
    location.Parameters.LockControl.ByteOffset.QuadPart = lock.ByteOffset;
    return STATUS_SUCCESS;
}

NTSTATUS build_ea(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location,
                  const DEVICE_OBJECT& device) {
    if (location.MajorFunction == IRP_MJ_SET_EA) {
        location.Parameters.SetEa.Length = request.InputLength;
        return attach_input(lease, request, device.Flags);
    }
    auto& query = location.Parameters.QueryEa;
    query.Length = request.OutputLength;
    query.EaListLength = request.InputLength;
    query.EaIndex = request.Parameters.Ea.Index;
    NTSTATUS status = attach_list(lease, request, query.EaList);
    return status < 0 ? status : attach_output(lease, request, device.Flags);
}

// Whatever the device's flags are.
NTSTATUS build_security(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location) {
    ULONG information = request.Parameters.Security.SecurityInformation;
    if (location.MajorFunction == IRP_MJ_SET_SECURITY) {
        location.Parameters.SetSecurity.SecurityInformation = information;
        return attach_list(lease, request, location.Parameters.SetSecurity.SecurityDescriptor);
    }
    location.Parameters.QuerySecurity.SecurityInformation = information;
    location.Parameters.QuerySecurity.Length = request.OutputLength;
    return attach_output(lease, request, 0);
}

NTSTATUS build_quota(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location,
                     const DEVICE_OBJECT& device) {
    if (location.MajorFunction == IRP_MJ_SET_QUOTA) {
        location.Parameters.SetQuota.Length = request.InputLength;
        return attach_input(lease, request, device.Flags);
    }
    auto& query = location.Parameters.QueryQuota;
    query.Length = request.OutputLength;
    bool from_one = (location.Flags & SL_INDEX_SPECIFIED) != 0;
    query.SidListLength = from_one ? 0 : request.InputLength;
    NTSTATUS status =
        from_one ? attach_list(lease, request, query.StartSid) : attach_list(lease, request, query.SidList);
    return status < 0 ? status : attach_output(lease, request, device.Flags);
}

// Nobody has said what is handed over of it (abi/wdm/ring.h): said once for each function.
NTSTATUS not_declared(UCHAR major) {
    static constinit std::atomic<ULONG> said{0};
    ULONG bit = 1u << major;
    if ((said.fetch_or(bit, std::memory_order_relaxed) & bit) == 0) {
        char text[80];
        std::string_view line = base::format(text, "IRP_MJ {x} is not handed to drivers", major);
        platform::log(line.data(), line.size());
    }
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS build_parameters(Lease& lease, const WDM_REQUEST& request, IO_STACK_LOCATION& location,
                          const DEVICE_OBJECT& device) {
    switch (location.MajorFunction) {
        case IRP_MJ_CREATE:
            return build_create(lease, request, location);
        case IRP_MJ_CREATE_NAMED_PIPE:
        case IRP_MJ_CREATE_MAILSLOT:
            return build_create_pipe(lease, request, location);
        case IRP_MJ_READ:
        case IRP_MJ_WRITE:
            return build_read_write(lease, request, location, device);
        case IRP_MJ_DEVICE_CONTROL:
        case IRP_MJ_INTERNAL_DEVICE_CONTROL:
        case IRP_MJ_FILE_SYSTEM_CONTROL:
            return build_control(lease, request, location);
        case IRP_MJ_QUERY_INFORMATION:
        case IRP_MJ_SET_INFORMATION:
        case IRP_MJ_QUERY_VOLUME_INFORMATION:
        case IRP_MJ_SET_VOLUME_INFORMATION:
            return build_information(lease, request, location);
        case IRP_MJ_DIRECTORY_CONTROL:
            return build_directory(lease, request, location, device);
        case IRP_MJ_LOCK_CONTROL:
            return build_lock(lease, request, location);
        case IRP_MJ_QUERY_EA:
        case IRP_MJ_SET_EA:
            return build_ea(lease, request, location, device);
        case IRP_MJ_QUERY_SECURITY:
        case IRP_MJ_SET_SECURITY:
            return build_security(lease, request, location);
        case IRP_MJ_QUERY_QUOTA:
        case IRP_MJ_SET_QUOTA:
            return build_quota(lease, request, location, device);
        case IRP_MJ_CLEANUP:
        case IRP_MJ_CLOSE:
        case IRP_MJ_FLUSH_BUFFERS:
        case IRP_MJ_SHUTDOWN:
            return STATUS_SUCCESS;
        default:
            return not_declared(location.MajorFunction);
    }
}

void* allocate_deep_irp(Lease& lease, SIZE_T size) {
    lease.deep_irp = platform::allocate(sizeof(DeepIrp) + size);
    auto* head = static_cast<DeepIrp*>(lease.deep_irp);
    if (head == nullptr) return nullptr;
    head->lease = &lease;
    return head + 1;
}

NTSTATUS allocate_irp(Lease& lease, CCHAR stack_size) {
    SIZE_T size = io::irp_size(stack_size);
    void* memory = lease.irp_memory;
    if (stack_size > kInlineStack) [[unlikely]]
        memory = allocate_deep_irp(lease, size);
    if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    lease.irp = static_cast<IRP*>(memory);
    io::initialise_irp(*lease.irp, size, stack_size);
    lease.irp->AllocationFlags = io::kIrpIsLease;
    return STATUS_SUCCESS;
}

// What a driver that wrote to a window itself wrote, nobody knows.
void finish_output(Lease& lease) {
    bool error = static_cast<ULONG>(lease.status) >= 0xC0000000u;
    ULONG64 length = lease.information < lease.output_length ? lease.information : lease.output_length;
    if (error) length = 0;
    lease.written = lease.output != nullptr ? length : lease.output_length;
    if (lease.output != nullptr && lease.window != nullptr && length != 0)
        platform::move_buffer(lease.window, lease.output, length);
}

void free_mdls(Lease& lease) {
    PMDL mdl = lease.irp->MdlAddress;  // ours, and those a driver chained to it
    while (mdl != nullptr) {
        PMDL next = mdl->Next;
        IoFreeMdl(mdl);
        mdl = next;
    }
    lease.mdl = nullptr;
}

bool file_ends(const Lease& lease, NTSTATUS status) {
    return lease.major == IRP_MJ_CLOSE || (opens_file(lease.major) && status < 0);
}

}  // namespace

}  // namespace pump

const WDM_SUBJECT* io::subject_of(const IRP& irp) {
    if ((irp.AllocationFlags & kIrpIsLease) == 0) return nullptr;
    return &pump::lease_of(const_cast<IRP&>(irp)).subject;
}

namespace pump {

NTSTATUS build_irp(Lease& lease, const WDM_REQUEST& request, DEVICE_OBJECT& device) {
    lease.major = request.MajorFunction;
    if (lease.major > IRP_MJ_MAXIMUM_FUNCTION) return STATUS_INVALID_DEVICE_REQUEST;
    lease.mdl = nullptr;
    lease.parameter = nullptr;
    lease.access.SubjectSecurityContext.PrimaryToken = nullptr;
    lease.output = lease.window = nullptr;
    lease.output_length = 0;
    lease.file = request.File != 0 ? io::file_of(request.File) : nullptr;
    if (request.File != 0 && lease.file == nullptr && !opens_file(lease.major)) return STATUS_FILE_INVALID;
    NTSTATUS status = allocate_irp(lease, device.StackSize);
    if (status < 0) return status;
    IRP& irp = *lease.irp;
    irp.Flags = request.IrpFlags;
    lease.subject = request.Subject;
    irp.RequestorMode = static_cast<KPROCESSOR_MODE>(lease.subject.Mode);
    IO_STACK_LOCATION& location = io::next_location(irp);
    location.MajorFunction = lease.major;
    location.MinorFunction = request.MinorFunction;
    location.Flags = request.StackFlags;
    status = build_parameters(lease, request, location, device);
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
    lease.status = irp.IoStatus.Status;
    lease.information = irp.IoStatus.Information;
    lease.written = 0;
    if (lease.output_length != 0) finish_output(lease);
    if (irp.MdlAddress != nullptr) free_mdls(lease);
    if (lease.parameter != nullptr) platform::release(lease.parameter);
    if (lease.access.SubjectSecurityContext.PrimaryToken != nullptr)
        se::release(lease.access.SubjectSecurityContext);
    if (lease.file != nullptr && opens_file(lease.major)) lease.file->RelatedFileObject = nullptr;
    if (lease.file != nullptr && file_ends(lease, lease.status)) io::close_file(*lease.file);
    lease.file = nullptr;
    irp.Type = 0;  // a second completion is noticed
}

}  // namespace pump
