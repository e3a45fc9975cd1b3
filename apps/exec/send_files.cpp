// SPDX-License-Identifier: GPL-3.0-only
#include "apps/exec/send_files.hpp"

#include "apps/exec/channel.hpp"

namespace exec {
namespace {

using app::Text;
using app::View;

constexpr ULONG kBuffer = 65536;
constexpr ULONG kMostDepth = 32;  // of folders in folders

class Sender {
public:
    NTSTATUS open() {
        buffer_ = static_cast<UCHAR*>(RtlAllocateHeap(RtlProcessHeap(), 0, kBuffer));
        return buffer_ ? open_pipe(EXEC_PIPE_GET, false, pipe_) : STATUS_NO_MEMORY;
    }
    Sender() = default;
    Sender(const Sender&) = delete;
    Sender& operator=(const Sender&) = delete;
    ~Sender() { RtlFreeHeap(RtlProcessHeap(), 0, buffer_); }

    // `name`: relative to the folder that is sent, empty for itself.
    NTSTATUS folder(const Text& path, const Text& name, ULONG depth);
    NTSTATUS end() { return header(View(), incomplete_ ? EXEC_FILE_INCOMPLETE : 0, 0); }

private:
    NTSTATUS write(const void* from, ULONG length) {
        IO_STATUS_BLOCK block;
        return NtWriteFile(pipe_.get(), nullptr, nullptr, nullptr, &block, const_cast<void*>(from), length,
                           nullptr, nullptr);
    }
    NTSTATUS header(View name, ULONG flags, ULONGLONG size) {
        const EXEC_FILE file = {static_cast<unsigned int>(name.size * sizeof(WCHAR)), flags, size};
        const NTSTATUS status = write(&file, sizeof file);
        return NT_SUCCESS(status) && name.size ? write(name.data, file.NameBytes) : status;
    }
    NTSTATUS entry(const Text& path, const Text& name, ULONG attributes, ULONG depth);
    NTSTATUS file(const Text& path, const Text& name);
    NTSTATUS bytes(HANDLE file, ULONGLONG size);

    app::Handle pipe_;
    UCHAR* buffer_ = nullptr;
    bool incomplete_ = false;
};

Text joined(const Text& folder, View name) {
    Text path(folder);
    if (!path.empty()) path.append(u'\\');
    path.append(name);
    return path;
}

// As many bytes as were announced, whatever becomes of the file meanwhile.
NTSTATUS Sender::bytes(HANDLE file, ULONGLONG size) {
    while (size) {
        const ULONG wanted = size < kBuffer ? static_cast<ULONG>(size) : kBuffer;
        IO_STATUS_BLOCK block = {};
        NTSTATUS status =
            NtReadFile(file, nullptr, nullptr, nullptr, &block, buffer_, wanted, nullptr, nullptr);
        if (!NT_SUCCESS(status) || !block.Information) {
            incomplete_ = true;
            RtlZeroMemory(buffer_, wanted);
            block.Information = wanted;
        }
        status = write(buffer_, static_cast<ULONG>(block.Information));
        if (!NT_SUCCESS(status)) return status;
        size -= block.Information;
    }
    return STATUS_SUCCESS;
}

NTSTATUS Sender::file(const Text& path, const Text& name) {
    app::Handle file;
    FILE_STANDARD_INFORMATION information = {};
    IO_STATUS_BLOCK block;
    if (!NT_SUCCESS(app::open_file(path, FILE_READ_DATA | SYNCHRONIZE,
                                   FILE_SYNCHRONOUS_IO_NONALERT | FILE_NON_DIRECTORY_FILE,
                                   *file.receive())) ||
        !NT_SUCCESS(NtQueryInformationFile(file.get(), &block, &information, sizeof information,
                                           FileStandardInformation))) {
        incomplete_ = true;
        return STATUS_SUCCESS;
    }
    const auto size = static_cast<ULONGLONG>(information.EndOfFile.QuadPart);
    const NTSTATUS status = header(name.view(), 0, size);
    return NT_SUCCESS(status) ? bytes(file.get(), size) : status;
}

NTSTATUS Sender::entry(const Text& path, const Text& name, ULONG attributes, ULONG depth) {
    if (!(attributes & FILE_ATTRIBUTE_DIRECTORY)) return file(path, name);
    const NTSTATUS status = header(name.view(), EXEC_FILE_FOLDER, 0);
    return NT_SUCCESS(status) ? folder(path, name, depth + 1) : status;
}

NTSTATUS Sender::folder(const Text& path, const Text& name, ULONG depth) {
    app::Handle handle;
    if (depth > kMostDepth ||
        !NT_SUCCESS(app::open_file(path, FILE_LIST_DIRECTORY | SYNCHRONIZE,
                                   FILE_SYNCHRONOUS_IO_NONALERT | FILE_DIRECTORY_FILE, *handle.receive()))) {
        incomplete_ = true;
        return STATUS_SUCCESS;
    }
    alignas(8) UCHAR bytes[1024];
    for (bool first = true;; first = false) {
        IO_STATUS_BLOCK block;
        NTSTATUS status = NtQueryDirectoryFile(handle.get(), nullptr, nullptr, nullptr, &block, bytes,
                                               sizeof bytes, FileDirectoryInformation, TRUE, nullptr, first);
        if (status == STATUS_NO_MORE_FILES || status == STATUS_NO_SUCH_FILE) return STATUS_SUCCESS;
        if (!NT_SUCCESS(status)) {
            incomplete_ = true;
            return STATUS_SUCCESS;
        }
        const auto& found = *reinterpret_cast<FILE_DIRECTORY_INFORMATION*>(bytes);
        const View last(found.FileName, found.FileNameLength / sizeof(WCHAR));
        if (last.equals(u".") || last.equals(u"..")) continue;
        status = entry(joined(path, last), joined(name, last), found.FileAttributes, depth);
        if (!NT_SUCCESS(status)) return status;
    }
}

}  // namespace

NTSTATUS send_files(View folder) {
    Sender sender;
    NTSTATUS status = sender.open();
    if (!NT_SUCCESS(status)) return status;
    Text path(u"\\??\\");
    path.append(folder);
    status = sender.folder(path, Text(), 0);
    return NT_SUCCESS(status) ? sender.end() : status;
}

}  // namespace exec
