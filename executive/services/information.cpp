// SPDX-License-Identifier: GPL-3.0-only
//
// Information about open files, directories and volumes. What the I/O component knows itself (position, mode,
// access, completion port) is answered here, the rest by the device.
#include <string.h>

#include <optional>

#include "abi/nt/ntdisposition.h"
#include "executive/ex/io_completion.hpp"
#include "executive/io/information.hpp"
#include "executive/io/open.hpp"
#include "executive/ob/handle.hpp"
#include "executive/ps/win32.hpp"
#include "executive/services.hpp"
#include "executive/services/file_request.hpp"

namespace io {

namespace {

constexpr size_t kLargestInformation = 1 << 20;

Task<NTSTATUS> reply(ke::Call& call, ke::UserOut<IO_STATUS_BLOCK> status_block, NTSTATUS status,
                     uint64_t information) {
    IO_STATUS_BLOCK block{};
    block.Status = status;
    block.Information = information;
    CO_TRY(call.write(status_block, block));
    co_return status;
}

template <typename T>
Result<void> put(ke::Call& call, ke::UserOutBuffer to, const T& value) {
    if (to.length < sizeof value) return fail(STATUS_INFO_LENGTH_MISMATCH);
    return call.copy_out(to, &value, sizeof value);
}

template <typename T>
Result<T> get(ke::Call& call, ke::UserInBuffer from) {
    if (from.length < sizeof(T)) return fail(STATUS_INFO_LENGTH_MISMATCH);
    return call.read(ke::UserIn<T>(from.address));
}

// Answers a class that needs no device; STATUS_NOT_FOUND for the others.
Result<size_t> query_own(ke::Call& call, File& file, ACCESS_MASK granted, uint32_t information_class,
                         ke::UserOutBuffer to) {
    switch (information_class) {
        case FilePositionInformation: {
            FILE_POSITION_INFORMATION position{};
            position.CurrentByteOffset.QuadPart = static_cast<LONGLONG>(file.position);
            TRY(put(call, to, position));
            return sizeof position;
        }
        case FileModeInformation:
            TRY(put(call, to, FILE_MODE_INFORMATION{file.mode()}));
            return sizeof(FILE_MODE_INFORMATION);
        case FileAccessInformation:
            TRY(put(call, to, FILE_ACCESS_INFORMATION{granted}));
            return sizeof(FILE_ACCESS_INFORMATION);
        case FileAlignmentInformation:
            TRY(put(call, to, FILE_ALIGNMENT_INFORMATION{0}));
            return sizeof(FILE_ALIGNMENT_INFORMATION);
        case FileIoCompletionNotificationInformation:
            TRY(put(call, to, FILE_IO_COMPLETION_NOTIFICATION_INFORMATION{file.notification_modes}));
            return sizeof(FILE_IO_COMPLETION_NOTIFICATION_INFORMATION);
        default:
            return fail(STATUS_NOT_FOUND);
    }
}

Result<void> set_port(ke::Call& call, File& file, ke::UserInBuffer from) {
    auto information = TRY(get<FILE_COMPLETION_INFORMATION>(call, from));
    auto port = TRY(ob::resolve<ex::IoCompletion>(call, information.Port, IO_COMPLETION_MODIFY_STATE));
    if (file.synchronous()) return fail(STATUS_INVALID_PARAMETER);
    return file.set_completion_port(std::move(port), reinterpret_cast<uint64_t>(information.Key));
}

// A mode once set cannot be taken back.
Result<void> set_notification_modes(ke::Call& call, File& file, ke::UserInBuffer from) {
    constexpr ULONG kModes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE |
                             FILE_SKIP_SET_USER_EVENT_ON_FAST_IO;
    auto information = TRY(get<FILE_IO_COMPLETION_NOTIFICATION_INFORMATION>(call, from));
    if (file.synchronous() || (information.Flags & ~kModes)) return fail(STATUS_INVALID_PARAMETER);
    file.notification_modes |= information.Flags;
    return {};
}

Result<void> set_own(ke::Call& call, File& file, uint32_t information_class, ke::UserInBuffer from) {
    switch (information_class) {
        case FilePositionInformation: {
            auto position = TRY(get<FILE_POSITION_INFORMATION>(call, from));
            if (position.CurrentByteOffset.QuadPart < 0) return fail(STATUS_INVALID_PARAMETER);
            file.position = static_cast<uint64_t>(position.CurrentByteOffset.QuadPart);
            return {};
        }
        case FileCompletionInformation:
            return set_port(call, file, from);
        case FileIoCompletionNotificationInformation:
            return set_notification_modes(call, file, from);
        default:
            return fail(STATUS_NOT_FOUND);
    }
}

ACCESS_MASK set_access(uint32_t information_class) {
    switch (information_class) {
        case FileBasicInformation:
            return FILE_WRITE_ATTRIBUTES;
        case FileEndOfFileInformation:
        case FileAllocationInformation:
        case FileValidDataLengthInformation:
            return FILE_WRITE_DATA;
        case FileRenameInformation:
        case FileRenameInformationEx:
        case FileDispositionInformation:
        case FileDispositionInformationEx:
        case FileShortNameInformation:
            return DELETE;
        default:
            return 0;
    }
}

ACCESS_MASK query_access(uint32_t information_class) {
    switch (information_class) {
        case FileBasicInformation:
        case FileAllInformation:
        case FileNetworkOpenInformation:
        case FileAttributeTagInformation:
            return FILE_READ_ATTRIBUTES;
        default:
            return 0;
    }
}

// A new name comes with it.
bool takes_name(uint32_t information_class) {
    return information_class == FileRenameInformation || information_class == FileRenameInformationEx ||
           information_class == FileLinkInformation || information_class == FileLinkInformationEx;
}

// A file that was opened for one service alone.
class OpenedAgain {
public:
    explicit OpenedAgain(Ref<File> file) : file_(std::move(file)) {}
    OpenedAgain(OpenedAgain&&) noexcept = default;
    OpenedAgain& operator=(OpenedAgain&&) = delete;
    ~OpenedAgain() {
        if (file_) file_->last_handle_closed();
    }
    const Ref<File>& file() const { return file_; }

private:
    Ref<File> file_;
};

// libwine's kernelbase reads and sets FileBasicInformation on handles that it has opened without the rights
// to (MoveFile, SetFileAttributes). NT refuses that, and so it is refused to native programs. For a Win32
// program whose starter has said so (abi/nt/ntleniency.h) the file is opened once more as its caller could
// have opened it, with just this right: he gets nothing that he may not have. `refusal`: what the handle's
// own rights gave.
Task<Result<OpenedAgain>> open_again(ke::Call& call, HANDLE handle, ACCESS_MASK access, bool basic,
                                     NTSTATUS refusal) {
    if (refusal != STATUS_ACCESS_DENIED || !basic || !ps::has_file_leniency(call)) co_return fail(refusal);
    Ref<File> file = CO_TRY(ob::resolve<File>(call, handle, 0));
    if (!file->device().checks_access()) co_return fail(refusal);
    OpenOptions options;
    options.access = access;
    options.share = FILE_SHARE_VALID_FLAGS;
    String name = CO_TRY(co_await name_now(call, file));
    Opened opened = CO_TRY(co_await open_on(&call, Ref<Device>(file->device()), std::move(name), options));
    co_return OpenedAgain(std::move(opened.file));
}

// FileRenameInformation with a root directory, or an absolute path, becomes the new name on the device.
// `address`: where the caller has it.
Task<Result<String>> rename_target(ke::Call& call, Ref<File> file, HANDLE root, String text,
                                   uint64_t address) {
    if (root) {
        Ref<File> directory = CO_TRY(ob::resolve<File>(call, root, 0));
        if (&directory->device() != &file->device()) co_return fail(STATUS_NOT_SAME_DEVICE);
        String name = CO_TRY(co_await name_now(call, std::move(directory)));
        if (!name.view().ends_with(u'\\')) CO_TRY(name.append(u'\\'));
        CO_TRY(name.append(text));
        co_return name;
    }
    // Of a stream of the file: its device knows the file.
    if (text.view().starts_with(u':')) co_return text;
    if (text.view().starts_with(u'\\')) {
        ke::Call::Attributes attributes;
        attributes.given = true;
        attributes.name_address = address;
        attributes.name = std::move(text);
        ob::Found found = CO_TRY(ob::lookup(call, attributes));
        if (found.object.get() != &file->device()) co_return fail(STATUS_NOT_SAME_DEVICE);
        co_return std::move(found.rest);
    }
    String name = CO_TRY(co_await name_now(call, std::move(file)));
    size_t last = name.view().rfind(u'\\');
    name.truncate(last == name.view().npos ? 0 : last + 1);
    CO_TRY(name.append(text));
    co_return name;
}

Task<NTSTATUS> prepare_rename(ke::Call& call, Ref<Irp> irp, ke::UserInBuffer from) {
    FILE_RENAME_INFORMATION header;
    constexpr size_t kName = offsetof(FILE_RENAME_INFORMATION, FileName);
    if (from.length < kName) co_return STATUS_INFO_LENGTH_MISMATCH;
    CO_TRY(call.memory().copy_in(&header, from.address, kName));
    if (header.FileNameLength > from.length - kName) co_return STATUS_INVALID_PARAMETER;
    if (header.FileNameLength == 0 || header.FileNameLength % 2 || header.FileNameLength > 0xfffe)
        co_return STATUS_OBJECT_NAME_INVALID;
    CO_TRY(call.bring(from.address + kName, header.FileNameLength, ke::Access::Read));
    String text = CO_TRY(String::create_room(header.FileNameLength / 2));
    CO_TRY(call.memory().copy_in(text.units().data(), from.address + kName, header.FileNameLength));
    irp->name = CO_TRY(co_await rename_target(call, Ref<File>(*irp->file()), header.RootDirectory,
                                              std::move(text), from.address));
    co_return STATUS_SUCCESS;
}

// The path of a new name may lead to a link that goes on from the root of all names; there it is looked for
// again, and has to come back to the device. The status of a try that ends so is overwritten by the next.
Task<NTSTATUS> perform_with_name(ke::Call& call, Ref<Irp> irp, ke::UserOut<IO_STATUS_BLOCK> status_block) {
    for (unsigned links = 0;; ++links) {
        NTSTATUS status = co_await services::perform_synchronously(call, irp, status_block);
        File& file = *irp->file();
        if (status != STATUS_REPARSE || !file.device().checks_access()) co_return status;
        if (links == kMostReparsePoints) co_return STATUS_REPARSE_POINT_NOT_RESOLVED;
        ob::Found found = CO_TRY(co_await ob::lookup(&call, std::move(irp->name)));
        if (found.object.get() != &file.device()) co_return STATUS_NOT_SAME_DEVICE;
        Ref<Irp> next = CO_TRY(Irp::create(Major::SetInformation, file, &call.thread()));
        next->parameters = irp->parameters;
        next->input = irp->input;
        next->name = std::move(found.rest);
        irp = std::move(next);
    }
}

Result<LARGE_INTEGER> read_timeout(ke::Call& call, ke::UserInBuffer from) {
    // libwine's SetMailslotInfo has the time itself where NT has a pointer to it.
    if (ps::is_win32(call)) return get<LARGE_INTEGER>(call, from);
    auto pointer = TRY(get<uint64_t>(call, from));
    return call.read(ke::UserIn<LARGE_INTEGER>(pointer));
}

}  // namespace

}  // namespace io

ke::Task<NTSTATUS> NtQueryInformationFile(ke::Call& call, NtQueryInformationFileArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    auto information_class = static_cast<uint32_t>(args.FileInformationClass);
    ACCESS_MASK needed = query_access(information_class);
    auto resolved = ob::resolve_typed(call, args.FileHandle, needed, File::kType);
    std::optional<OpenedAgain> again;
    if (!resolved) {
        bool basic = information_class == FileBasicInformation;
        again.emplace(CO_TRY(co_await open_again(call, args.FileHandle, needed, basic, resolved.error())));
    }
    Ref<File> file = again ? again->file() : Ref<File>(static_cast<File*>(resolved->object.get()));
    ACCESS_MASK granted = again ? needed : resolved->granted;
    if (args.Length > kLargestInformation) co_return STATUS_INVALID_PARAMETER;
    auto own = query_own(call, *file, granted, information_class, args.FileInformation);
    if (own) co_return co_await reply(call, args.IoStatusBlock, STATUS_SUCCESS, *own);
    if (own.error() != STATUS_NOT_FOUND) co_return own.error();
    if (args.Length < minimum_query_length(information_class)) co_return STATUS_INFO_LENGTH_MISMATCH;
    Ref<Irp> irp = CO_TRY(Irp::create(Major::QueryInformation, *file, &call.thread()));
    irp->parameters.query.information_class = information_class;
    irp->output = IrpBuffer::client(args.FileInformation.address, args.Length);
    NTSTATUS status = co_await services::perform_synchronously(call, irp, args.IoStatusBlock);
    // The part of FileAllInformation that only this component knows.
    if (information_class == FileAllInformation && !NT_ERROR(status)) {
        uint64_t base = args.FileInformation.address;
        FILE_ACCESS_INFORMATION access{granted};
        FILE_POSITION_INFORMATION position{};
        position.CurrentByteOffset.QuadPart = static_cast<LONGLONG>(file->position);
        FILE_MODE_INFORMATION mode{file->mode()};
        CO_TRY(call.memory().copy_out(base + offsetof(FILE_ALL_INFORMATION, AccessInformation), &access,
                                      sizeof access));
        CO_TRY(call.memory().copy_out(base + offsetof(FILE_ALL_INFORMATION, PositionInformation), &position,
                                      sizeof position));
        CO_TRY(call.memory().copy_out(base + offsetof(FILE_ALL_INFORMATION, ModeInformation), &mode,
                                      sizeof mode));
    }
    co_return status;
}

ke::Task<NTSTATUS> NtSetInformationFile(ke::Call& call, NtSetInformationFileArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    auto information_class = static_cast<uint32_t>(args.FileInformationClass);
    ACCESS_MASK needed = set_access(information_class);
    auto resolved = ob::resolve<File>(call, args.FileHandle, needed);
    std::optional<OpenedAgain> again;
    if (!resolved) {
        bool basic = information_class == FileBasicInformation;
        auto opened = co_await open_again(call, args.FileHandle, needed, basic, resolved.error());
        // libwine's SetFilePointer looks for the error in the status block.
        if (!opened && ps::is_win32(call)) (void)co_await reply(call, args.IoStatusBlock, opened.error(), 0);
        again.emplace(CO_TRY(std::move(opened)));
    }
    Ref<File> file = again ? again->file() : std::move(*resolved);
    if (args.Length > kLargestInformation) co_return STATUS_INVALID_PARAMETER;
    auto own = set_own(call, *file, information_class, args.FileInformation);
    if (own) co_return co_await reply(call, args.IoStatusBlock, STATUS_SUCCESS, 0);
    if (own.error() != STATUS_NOT_FOUND) co_return own.error();
    Ref<Irp> irp = CO_TRY(Irp::create(Major::SetInformation, *file, &call.thread()));
    irp->parameters.query.information_class = information_class;
    irp->input = IrpBuffer::client(args.FileInformation.address, args.Length);
    LARGE_INTEGER timeout{};
    if (information_class == FileMailslotSetInformation) {
        // It points to a time, which is what goes to the device (wdm/pump).
        timeout = CO_TRY(read_timeout(call, args.FileInformation));
        irp->input = IrpBuffer::executive({reinterpret_cast<uint8_t*>(&timeout), sizeof timeout});
    }
    if (takes_name(information_class)) {
        NTSTATUS status = co_await prepare_rename(call, irp, args.FileInformation);
        if (!NT_SUCCESS(status)) co_return status;
        co_return co_await perform_with_name(call, std::move(irp), args.IoStatusBlock);
    }
    co_return co_await services::perform_synchronously(call, irp, args.IoStatusBlock);
}

ke::Task<NTSTATUS> NtQueryVolumeInformationFile(ke::Call& call, NtQueryVolumeInformationFileArgs args) {
    using namespace io;
    CO_TRY(call.probe(args.IoStatusBlock));
    auto information_class = static_cast<uint32_t>(args.FsInformationClass);
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, 0));
    if (args.Length > kLargestInformation) co_return STATUS_INVALID_PARAMETER;
    if (information_class == FileFsDeviceInformation) {
        FILE_FS_DEVICE_INFORMATION device{file->device().device_type(), file->device().characteristics()};
        CO_TRY(put(call, args.FsInformation, device));
        co_return co_await reply(call, args.IoStatusBlock, STATUS_SUCCESS, sizeof device);
    }
    Ref<Irp> irp = CO_TRY(Irp::create(Major::QueryVolumeInformation, *file, &call.thread()));
    irp->parameters.query.information_class = information_class;
    irp->output = IrpBuffer::client(args.FsInformation.address, args.Length);
    co_return co_await services::perform_synchronously(call, irp, args.IoStatusBlock);
}

namespace {

// FindFirstFile's `*` and `?` are DOS's, which know of a name's dots: what asks a file system for a Win32
// program translates them ([MS-CIFS], "Sending a TRANS2_FIND_FIRST2"). libwine's kernelbase leaves that to
// the service.
void translate_wildcards(std::span<char16_t> pattern) {
    const size_t size = pattern.size();
    for (size_t i = 0; i < size; ++i) {
        const bool before_wildcard = i + 1 < size && (pattern[i + 1] == '?' || pattern[i + 1] == '*');
        if (pattern[i] == '?') {
            pattern[i] = '>';
        } else if (pattern[i] == '.' && before_wildcard) {
            pattern[i] = '"';
        } else if (pattern[i] == '*' && i + 1 < size && pattern[i + 1] == '.') {
            pattern[i] = '<';
        }
    }
}

}  // namespace

ke::Task<NTSTATUS> NtQueryDirectoryFile(ke::Call& call, NtQueryDirectoryFileArgs args) {
    using namespace io;
    Ref<File> file = CO_TRY(ob::resolve<File>(call, args.FileHandle, FILE_LIST_DIRECTORY));
    if (args.Length > kLargestInformation) co_return STATUS_INVALID_PARAMETER;
    Ref<Irp> irp = CO_TRY(Irp::create(Major::DirectoryControl, *file, &call.thread()));
    CO_TRY(irp->notice().prepare(call, *file, args.IoStatusBlock.address(), args.Event, args.ApcRoutine,
                                 args.ApcContext));
    irp->minor = kMinorQueryDirectory;
    irp->stack_flags = static_cast<uint8_t>((args.RestartScan ? kRestartScan : 0) |
                                            (args.ReturnSingleEntry ? kReturnSingleEntry : 0));
    irp->parameters.query.information_class = static_cast<uint32_t>(args.FileInformationClass);
    irp->output = IrpBuffer::client(args.FileInformation.address, args.Length);
    if (!args.FileName.null()) {
        String pattern = CO_TRY(call.capture_string(args.FileName));
        if (ps::is_win32(call)) translate_wildcards(pattern.units());
        CO_TRY(irp->set_name(std::move(pattern)));
    }
    co_return co_await services::perform(call, std::move(irp));
}
