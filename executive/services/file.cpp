// SPDX-License-Identifier: GPL-3.0-only
//
// Opening files, and the services that work on a name.
#include <algorithm>

#include "abi/wdm/pipes.h"
#include "executive/io/open.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/win32.hpp"
#include "executive/services.hpp"
#include "executive/services/checked_list.hpp"
#include "executive/services/token_arguments.hpp"

namespace io {

namespace {

Result<ke::Call::Attributes> capture(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in) {
    auto attributes = TRY(call.capture_attributes(in));
    if (!attributes.given) return fail(STATUS_INVALID_PARAMETER);
    return attributes;
}

// libwine's GetFileSecurity and SetFileSecurity ask for SYNCHRONIZE beside what they need, which NT's do not:
// an owner whose file's list gives him nothing could not change it.
bool is_for_its_security(const OpenOptions& options) {
    constexpr ACCESS_MASK kSecurity = READ_CONTROL | WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY;
    return options.options == FILE_OPEN_FOR_BACKUP_INTENT && (options.access & kSecurity) &&
           !(options.access & ~(kSecurity | SYNCHRONIZE));
}

Task<NTSTATUS> create(ke::Call& call, ke::UserOut<HANDLE> handle, ke::UserIn<OBJECT_ATTRIBUTES> in,
                      ke::UserOut<IO_STATUS_BLOCK> status_block, OpenOptions options, Creation creation = {},
                      ke::UserInBuffer list = {}) {
    CO_TRY(call.probe(handle));
    CO_TRY(call.probe(status_block));
    auto attributes = CO_TRY(capture(call, in));
    uint32_t flags = attributes.flags;
    auto quality = services::read_quality(call, attributes.security_quality);
    // libwine's GetFileSecurity and SetFileSecurity leave it as the stack was.
    if (!quality && ps::is_win32(call)) quality = services::Quality{};
    if (!quality) co_return quality.error();
    if (quality->given) options.level = quality->level;
    if (is_for_its_security(options) && ps::is_win32(call)) options.access &= ~ACCESS_MASK{SYNCHRONIZE};
    options.check_driver = flags & OBJ_FORCE_ACCESS_CHECK;
    if (!list.null() && list.length > 0) {
        constexpr auto kKind = base::ListKind::Attributes;
        creation.data = CO_TRY(services::copy_list(call, list));
        uint64_t wrong_at = CO_TRY(co_await services::check_list(call, kKind, creation.data.span()));
        if (wrong_at != services::kNothingWrong)
            co_return services::list_is_wrong(call, kKind, wrong_at, status_block);
    }
    Opened opened =
        CO_TRY(co_await open_attributes(call, std::move(attributes), options, std::move(creation)));
    ACCESS_MASK granted = opened.file->options().access;
    auto given = ob::give_handle(call, handle, opened.file, granted, flags);
    if (!given) {
        opened.file->last_handle_closed();
        co_return given.error();
    }
    IO_STATUS_BLOCK block{};
    block.Information = opened.information;
    CO_TRY(call.write(status_block, block));
    co_return STATUS_SUCCESS;
}

// Opens a name for the time of one request of the Executive's own and fills `into` by it.
Task<NTSTATUS> query_by_name(ke::Call& call, ke::UserIn<OBJECT_ATTRIBUTES> in, uint32_t information_class,
                             std::span<uint8_t> into) {
    auto attributes = CO_TRY(capture(call, in));
    OpenOptions options;
    options.access = FILE_READ_ATTRIBUTES;
    options.share = FILE_SHARE_VALID_FLAGS;
    options.options = FILE_OPEN_REPARSE_POINT;  // a link says what it is itself
    Opened opened = CO_TRY(co_await open_attributes(call, std::move(attributes), options));
    Ref<File> file = std::move(opened.file);
    auto irp = Irp::create(Major::QueryInformation, *file, nullptr);
    NTSTATUS status = irp ? STATUS_SUCCESS : irp.error();
    if (irp) {
        (*irp)->parameters.query.information_class = information_class;
        (*irp)->output = IrpBuffer::executive(into);
        (*irp)->start();
        status = co_await RequestWait(call.thread(), **irp);
    }
    file->last_handle_closed();
    co_return status;
}

template <typename T>
std::span<uint8_t> bytes_of(T& value) {
    return {reinterpret_cast<uint8_t*>(&value), sizeof value};
}

// Of FILE_OVERWRITE_IF the documentation says nothing; libwine's kernelbase creates all its pipes by it.
uint32_t pipe_disposition(uint32_t disposition) {
    return disposition == FILE_OVERWRITE_IF ? FILE_OPEN_IF : disposition;
}

// A pipe or a mailslot: made by more parameters than a file.
OpenOptions pipe_options(ACCESS_MASK access, uint32_t share, uint32_t disposition, uint32_t options) {
    OpenOptions result;
    result.access = access;
    result.share = share;
    result.disposition = disposition;
    result.options = options;
    return result;
}

// CreateNamedPipe documents 50 ms for zero; libwine's kernelbase passes the zero on.
constexpr int64_t kUsualTimeout = -500'000;

constexpr uint32_t kPipeOptions =
    FILE_WRITE_THROUGH | FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT;

Result<NAMED_PIPE_CREATE_PARAMETERS> pipe_parameters(ke::Call& call, const NtCreateNamedPipeFileArgs& args) {
    uint32_t disposition = pipe_disposition(args.CreateDisposition);
    bool valid = args.NamedPipeType <= FILE_PIPE_TYPE_MASK && args.ReadMode <= FILE_PIPE_MESSAGE_MODE &&
                 args.CompletionMode <= FILE_PIPE_COMPLETE_OPERATION &&
                 !(args.ShareAccess & ~(FILE_SHARE_READ | FILE_SHARE_WRITE)) && disposition >= FILE_OPEN &&
                 disposition <= FILE_OPEN_IF && !(args.CreateOptions & ~kPipeOptions);
    if (!valid) return fail(STATUS_INVALID_PARAMETER);
    NAMED_PIPE_CREATE_PARAMETERS parameters{};
    parameters.NamedPipeType = args.NamedPipeType;
    parameters.ReadMode = args.ReadMode;
    parameters.CompletionMode = args.CompletionMode;
    parameters.MaximumInstances = args.MaximumInstances;
    parameters.InboundQuota = args.InboundQuota;
    parameters.OutboundQuota = args.OutboundQuota;
    parameters.TimeoutSpecified = !args.DefaultTimeout.null();
    if (parameters.TimeoutSpecified) {
        parameters.DefaultTimeout = TRY(call.read(args.DefaultTimeout));
        if (parameters.DefaultTimeout.QuadPart > 0) return fail(STATUS_INVALID_PARAMETER);
        if (parameters.DefaultTimeout.QuadPart == 0) parameters.DefaultTimeout.QuadPart = kUsualTimeout;
    }
    return parameters;
}

// What a driver may keep of a pipe's data counts for whoever makes the pipe; more than this it does not.
uint32_t kept_for_quota(uint32_t quota) {
    return std::min<uint32_t>(quota, NAMED_PIPE_MOST_QUOTA);
}

Result<MAILSLOT_CREATE_PARAMETERS> mailslot_parameters(ke::Call& call, const NtCreateMailslotFileArgs& args) {
    if (args.CreateOptions & ~kPipeOptions) return fail(STATUS_INVALID_PARAMETER);
    MAILSLOT_CREATE_PARAMETERS parameters{};
    parameters.MailslotQuota = args.MailslotQuota;
    parameters.MaximumMessageSize = args.MaximumMessageSize;
    parameters.TimeoutSpecified = !args.ReadTimeout.null();
    if (parameters.TimeoutSpecified) parameters.ReadTimeout = TRY(call.read(args.ReadTimeout));
    return parameters;
}

}  // namespace

}  // namespace io

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtCreateFile(ke::Call& call, NtCreateFileArgs args) {
    io::OpenOptions options{args.DesiredAccess, args.ShareAccess, args.CreateOptions, args.CreateDisposition,
                            args.FileAttributes & FILE_ATTRIBUTE_VALID_FLAGS};
    return io::create(call, args.FileHandle, args.ObjectAttributes, args.IoStatusBlock, options, {},
                      args.EaBuffer);
}

[[clang::coro_wrapper]] ke::Task<NTSTATUS> NtOpenFile(ke::Call& call, NtOpenFileArgs args) {
    io::OpenOptions options{args.DesiredAccess, args.ShareAccess, args.OpenOptions, FILE_OPEN, 0};
    return io::create(call, args.FileHandle, args.ObjectAttributes, args.IoStatusBlock, options);
}

ke::Task<NTSTATUS> NtQueryAttributesFile(ke::Call& call, NtQueryAttributesFileArgs args) {
    FILE_BASIC_INFORMATION basic{};
    NTSTATUS status =
        co_await io::query_by_name(call, args.ObjectAttributes, FileBasicInformation, io::bytes_of(basic));
    if (!NT_SUCCESS(status)) co_return status;
    CO_TRY(call.write(args.FileInformation, basic));
    co_return status;
}

ke::Task<NTSTATUS> NtQueryFullAttributesFile(ke::Call& call, NtQueryFullAttributesFileArgs args) {
    FILE_NETWORK_OPEN_INFORMATION full{};
    NTSTATUS status = co_await io::query_by_name(call, args.ObjectAttributes, FileNetworkOpenInformation,
                                                 io::bytes_of(full));
    if (!NT_SUCCESS(status)) co_return status;
    CO_TRY(call.write(args.FileInformation, full));
    co_return status;
}

ke::Task<NTSTATUS> NtDeleteFile(ke::Call& call, NtDeleteFileArgs args) {
    using namespace io;
    auto attributes = CO_TRY(capture(call, args.ObjectAttributes));
    OpenOptions options;
    options.access = DELETE;
    options.share = FILE_SHARE_VALID_FLAGS;
    options.options = FILE_DELETE_ON_CLOSE | FILE_OPEN_REPARSE_POINT;
    Opened opened = CO_TRY(co_await open_attributes(call, std::move(attributes), options));
    opened.file->last_handle_closed();
    co_return STATUS_SUCCESS;
}

ke::Task<NTSTATUS> NtCreateNamedPipeFile(ke::Call& call, NtCreateNamedPipeFileArgs args) {
    using namespace io;
    auto parameters = CO_TRY(pipe_parameters(call, args));
    OpenOptions options = pipe_options(args.DesiredAccess, args.ShareAccess,
                                       pipe_disposition(args.CreateDisposition), args.CreateOptions);
    options.kept = kept_for_quota(args.InboundQuota) + kept_for_quota(args.OutboundQuota);
    Creation creation{.major = Major::CreateNamedPipe};
    CO_TRY(creation.data.append(bytes_of(parameters)));
    co_return co_await create(call, args.FileHandle, args.ObjectAttributes, args.IoStatusBlock, options,
                              std::move(creation));
}

ke::Task<NTSTATUS> NtCreateMailslotFile(ke::Call& call, NtCreateMailslotFileArgs args) {
    using namespace io;
    auto parameters = CO_TRY(mailslot_parameters(call, args));
    OpenOptions options =
        pipe_options(args.DesiredAccess, FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE, args.CreateOptions);
    options.kept = MAILSLOT_QUOTA(args.MailslotQuota);
    Creation creation{.major = Major::CreateMailslot};
    CO_TRY(creation.data.append(bytes_of(parameters)));
    co_return co_await create(call, args.FileHandle, args.ObjectAttributes, args.IoStatusBlock, options,
                              std::move(creation));
}
