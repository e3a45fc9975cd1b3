// SPDX-License-Identifier: GPL-3.0-only
//
// \SystemRoot but the fuzzer's folder and the one for what is temporary: each file with its content, times,
// attributes and descriptor.
#include <string.h>

#include "apps/common/native.hpp"
#include "tests/torture/canary/inventory.hpp"

namespace canary {
namespace {

constexpr ULONG kAnyShare = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

alignas(8) UCHAR entry_buffer[1024];
alignas(8) UCHAR content[0x10000];

bool is_left_out(const Trail& trail) {
    return trail.is(u"\\SystemRoot\\torture") || trail.is(u"\\SystemRoot\\Temp");
}

ULONG64 content_of(HANDLE file) {
    Hash hash;
    LARGE_INTEGER offset = {};
    for (;;) {
        IO_STATUS_BLOCK io = {};
        const NTSTATUS status =
            NtReadFile(file, nullptr, nullptr, nullptr, &io, content, sizeof content, &offset, nullptr);
        if (!NT_SUCCESS(status)) return hash.add(static_cast<ULONG>(status)).value();
        hash.add(content, io.Information);
        offset.QuadPart += static_cast<LONGLONG>(io.Information);
    }
}

// When it was last read is nobody's concern.
void see_file(const UNICODE_STRING& name, HANDLE file) {
    IO_STATUS_BLOCK io;
    FILE_BASIC_INFORMATION basic = {};
    NtQueryInformationFile(file, &io, &basic, sizeof basic, FileBasicInformation);
    Hash times;
    times.add(static_cast<ULONG64>(basic.CreationTime.QuadPart));
    see(Group::Files, name, times.add(static_cast<ULONG64>(basic.LastWriteTime.QuadPart)).value(), "times");
    see(Group::Files, name, basic.FileAttributes, "attributes");
    see(Group::Files, name, security_of(file), "descriptor");
    see(Group::Files, name, content_of(file));
}

ULONG64 of_folder(HANDLE folder, ULONG attributes) {
    return Hash().add(security_of(folder)).add(attributes).value();
}

NTSTATUS open(HANDLE folder, const UNICODE_STRING& name, bool is_folder, app::Handle& file) {
    app::Attributes attributes(app::View(name.Buffer, name.Length / sizeof(WCHAR)), OBJ_CASE_INSENSITIVE,
                               folder);
    IO_STATUS_BLOCK io;
    return NtOpenFile(
        file.receive(), FILE_READ_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL | SYNCHRONIZE, attributes.get(),
        &io, kAnyShare,
        FILE_SYNCHRONOUS_IO_NONALERT | (is_folder ? FILE_DIRECTORY_FILE : FILE_NON_DIRECTORY_FILE));
}

bool is_dots(const UNICODE_STRING& name) {
    return name.Buffer[0] == '.' && (name.Length == 2 || (name.Length == 4 && name.Buffer[1] == '.'));
}

void walk(HANDLE folder, Trail& trail);

void look_at(HANDLE folder, Trail& trail, const UNICODE_STRING& name, ULONG attributes) {
    const bool is_folder = attributes & FILE_ATTRIBUTE_DIRECTORY;
    app::Handle file;
    const NTSTATUS status = open(folder, name, is_folder, file);
    see(Group::Files, trail.name(), static_cast<ULONG>(status), "who may open it");
    if (!NT_SUCCESS(status)) return;
    if (!is_folder) return see_file(trail.name(), file.get());
    see(Group::Files, trail.name(), of_folder(file.get(), attributes));
    walk(file.get(), trail);
}

void walk(HANDLE folder, Trail& trail) {
    for (BOOLEAN restart = TRUE;; restart = FALSE) {
        IO_STATUS_BLOCK io;
        if (!NT_SUCCESS(NtQueryDirectoryFile(folder, nullptr, nullptr, nullptr, &io, entry_buffer,
                                             sizeof entry_buffer, FileBothDirectoryInformation, TRUE, nullptr,
                                             restart)))
            return;
        auto& entry = *reinterpret_cast<FILE_BOTH_DIR_INFORMATION*>(entry_buffer);
        WCHAR text[256];
        UNICODE_STRING name;
        name.Length = static_cast<USHORT>(entry.FileNameLength < sizeof text ? entry.FileNameLength : 0);
        name.MaximumLength = sizeof text;
        name.Buffer = text;
        memcpy(text, entry.FileName, name.Length);
        const ULONG attributes = entry.FileAttributes;
        if (is_dots(name)) continue;
        if (!trail.enter(name)) {
            found(Group::Files, "is too deep", trail.name());
            continue;
        }
        if (!is_left_out(trail)) look_at(folder, trail, name, attributes);
        trail.leave();
    }
}

}  // namespace

void survey_files() {
    static Trail trail(u"\\SystemRoot");
    app::Handle folder;
    const UNICODE_STRING name = trail.name();
    const NTSTATUS status = open(nullptr, name, true, folder);
    see(Group::Files, name, NT_SUCCESS(status) ? security_of(folder.get()) : static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) walk(folder.get(), trail);
}

}  // namespace canary
