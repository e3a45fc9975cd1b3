// SPDX-License-Identifier: GPL-3.0-only
#include "apps/smss/known_dlls.hpp"

#include "apps/common/native.hpp"

namespace smss {
namespace {

using app::Text;
using app::View;

constexpr View kKey(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\Session Manager\\KnownDLLs");
constexpr View kDirectory(u"\\KnownDlls");
constexpr View kFolderValue(u"DllDirectory");
constexpr View kDefaultFolder(u"\\SystemRoot\\System32");
constexpr ULONG kMostBytes = 1024;  // of a value with its name
constexpr ULONG kLasting = OBJ_PERMANENT | OBJ_CASE_INSENSITIVE;

struct Value {
    alignas(8) UCHAR buffer[kMostBytes];
    ULONG length;

    // False behind the last one; one that is too long has no name.
    bool read(HANDLE key, ULONG index) {
        const NTSTATUS status =
            NtEnumerateValueKey(key, index, KeyValueFullInformation, buffer, sizeof buffer, &length);
        if (status == STATUS_BUFFER_OVERFLOW || status == STATUS_BUFFER_TOO_SMALL)
            information().NameLength = 0;
        return status != STATUS_NO_MORE_ENTRIES && status != STATUS_INVALID_HANDLE &&
               (NT_SUCCESS(status) || !information().NameLength);
    }
    KEY_VALUE_FULL_INFORMATION& information() {
        return *reinterpret_cast<KEY_VALUE_FULL_INFORMATION*>(buffer);
    }
    View name() { return View(information().Name, information().NameLength / sizeof(WCHAR)); }
    View text() {
        const View all(reinterpret_cast<const WCHAR*>(buffer + information().DataOffset),
                       information().DataLength / sizeof(WCHAR));
        return all.first(all.find(u'\0'));
    }
};

Text folder_of(HANDLE key) {
    alignas(8) UCHAR buffer[kMostBytes];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(kFolderValue);
    if (!NT_SUCCESS(NtQueryValueKey(key, &name, KeyValuePartialInformation, buffer, sizeof buffer, &length)))
        return Text(kDefaultFolder);
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    View given(reinterpret_cast<const WCHAR*>(value.Data), value.DataLength / sizeof(WCHAR));
    UNICODE_STRING source = app::unicode(given.first(given.find(u'\0')));
    WCHAR expanded[kMostBytes / sizeof(WCHAR)];
    UNICODE_STRING target = {0, sizeof expanded, expanded};
    if (!NT_SUCCESS(RtlExpandEnvironmentStrings_U(nullptr, &source, &target, nullptr)) || !target.Length)
        return Text(kDefaultFolder);
    return Text(View(target));
}

NTSTATUS make_section(HANDLE directory, HANDLE folder, View name) {
    app::Attributes where(name, OBJ_CASE_INSENSITIVE, folder);
    app::Handle file, section;
    IO_STATUS_BLOCK block;
    NTSTATUS status = NtOpenFile(file.receive(), FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE, where.get(),
                                 &block, FILE_SHARE_READ | FILE_SHARE_DELETE,
                                 FILE_NON_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT);
    if (!NT_SUCCESS(status)) return status;
    app::Attributes attributes(name, kLasting, directory);
    return NtCreateSection(section.receive(), SECTION_ALL_ACCESS, attributes.get(), nullptr,
                           PAGE_EXECUTE_READ, SEC_IMAGE, file.get());
}

}  // namespace

void make_known_dlls() {
    app::Attributes key_name(kKey), directory_name(kDirectory);
    app::Handle key, directory, folder, link;
    if (!NT_SUCCESS(NtOpenKey(key.receive(), KEY_READ, key_name.get()))) return;
    if (!NT_SUCCESS(NtOpenDirectoryObject(directory.receive(),
                                          DIRECTORY_QUERY | DIRECTORY_TRAVERSE | DIRECTORY_CREATE_OBJECT,
                                          directory_name.get())))
        return;
    const Text path = folder_of(key.get());
    app::Attributes folder_name(path.view());
    IO_STATUS_BLOCK block;
    if (!NT_SUCCESS(NtOpenFile(folder.receive(), FILE_TRAVERSE | SYNCHRONIZE, folder_name.get(), &block,
                               FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE,
                               FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT)))
        return;
    BOOLEAN before = FALSE;
    RtlAdjustPrivilege(SE_CREATE_PERMANENT_PRIVILEGE, TRUE, FALSE, &before);
    UNICODE_STRING target = path.unicode();
    app::Attributes link_name(u"KnownDllPath", kLasting, directory.get());
    NtCreateSymbolicLinkObject(link.receive(), SYMBOLIC_LINK_ALL_ACCESS, link_name.get(), &target);
    Value value;
    for (ULONG index = 0; value.read(key.get(), index); ++index) {
        if (!value.name().empty() && !value.name().equals(kFolderValue))
            make_section(directory.get(), folder.get(), value.text());
    }
    RtlAdjustPrivilege(SE_CREATE_PERMANENT_PRIVILEGE, before, FALSE, &before);
}

}  // namespace smss
