// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/namespace_walk.hpp"

#include "apps/common/native.hpp"

namespace ntcmd {
namespace {

constexpr ULONG kBuffer = 2048;

NTSTATUS open_objects(const app::Text& path, app::Handle& directory) {
    app::Attributes attributes(path);
    return NtOpenDirectoryObject(directory.receive(), DIRECTORY_QUERY, attributes.get());
}

NTSTATUS open_files(const app::Text& path, app::Handle& directory) {
    return app::open_file(path, FILE_LIST_DIRECTORY | SYNCHRONIZE,
                          FILE_SYNCHRONOUS_IO_NONALERT | FILE_DIRECTORY_FILE, *directory.receive());
}

}  // namespace

NTSTATUS walk_objects(const app::Text& path, Visit visit, void* context) {
    app::Handle directory;
    NTSTATUS status = open_objects(path, directory);
    if (!NT_SUCCESS(status)) return status;
    ULONG position = 0;
    for (BOOLEAN restart = TRUE;; restart = FALSE) {
        alignas(8) UCHAR buffer[kBuffer];
        status = NtQueryDirectoryObject(directory.get(), buffer, sizeof buffer, FALSE, restart, &position,
                                        nullptr);
        if (status == STATUS_NO_MORE_ENTRIES) return STATUS_SUCCESS;
        if (!NT_SUCCESS(status)) return status;
        for (auto* entry = reinterpret_cast<OBJECT_DIRECTORY_INFORMATION*>(buffer); entry->Name.Buffer;
             ++entry) {
            DirectoryEntry found;
            found.name = app::View(entry->Name);
            found.type = app::View(entry->TypeName);
            found.is_object = true;
            visit(found, context);
        }
        if (status != STATUS_MORE_ENTRIES) return STATUS_SUCCESS;
    }
}

NTSTATUS walk_files(const app::Text& path, Visit visit, void* context) {
    app::Handle directory;
    NTSTATUS status = open_files(path, directory);
    for (BOOLEAN restart = TRUE; NT_SUCCESS(status); restart = FALSE) {
        alignas(8) UCHAR buffer[kBuffer];
        IO_STATUS_BLOCK io;
        status = NtQueryDirectoryFile(directory.get(), nullptr, nullptr, nullptr, &io, buffer, sizeof buffer,
                                      FileBothDirectoryInformation, FALSE, nullptr, restart);
        if (!NT_SUCCESS(status)) break;
        ULONG offset = 0;
        while (true) {
            const auto* entry = reinterpret_cast<FILE_BOTH_DIR_INFORMATION*>(buffer + offset);
            DirectoryEntry found;
            found.name = app::View(entry->FileName, entry->FileNameLength / sizeof(WCHAR));
            found.is_directory = (entry->FileAttributes & FILE_ATTRIBUTE_DIRECTORY) != 0;
            found.size = static_cast<ULONG64>(entry->EndOfFile.QuadPart);
            found.time = entry->LastWriteTime;
            if (!found.name.equals(u".") && !found.name.equals(u"..")) visit(found, context);
            if (!entry->NextEntryOffset) break;
            offset += entry->NextEntryOffset;
        }
    }
    return status == STATUS_NO_MORE_FILES || status == STATUS_NO_SUCH_FILE ? STATUS_SUCCESS : status;
}

NTSTATUS walk_directory(const app::Text& path, Visit visit, void* context) {
    const NTSTATUS status = walk_objects(path, visit, context);
    return NT_SUCCESS(status) || status == STATUS_ACCESS_DENIED ? status : walk_files(path, visit, context);
}

NTSTATUS check_directory(const app::Text& path) {
    app::Handle directory;
    const NTSTATUS status = open_objects(path, directory);
    return NT_SUCCESS(status) ? status : open_files(path, directory);
}

}  // namespace ntcmd
