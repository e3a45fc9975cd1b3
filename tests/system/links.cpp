// SPDX-License-Identifier: GPL-3.0-only
//
// What a file has besides its bytes, as programs see it: several names, short names, named streams, extended
// attributes.
#include "abi/nt/ntdisposition.h"
#include "abi/nt/ntfileinfo.h"
#include "abi/nt/ntiolists.h"
#include "abi/nt/ntleniency.h"
#include "abi/nt/ntreparse.h"
#include "tests/system/test.h"

namespace {

constexpr ACCESS_MASK kAll = FILE_GENERIC_READ | FILE_GENERIC_WRITE | DELETE;

IO_STATUS_BLOCK io;

UNICODE_STRING text_of(const WCHAR* text) {
    USHORT length = 0;
    while (text[length])
        ++length;
    return {static_cast<USHORT>(length * 2), static_cast<USHORT>(length * 2), const_cast<PWSTR>(text)};
}

NTSTATUS open(HANDLE& file, const WCHAR* name, ULONG disposition = FILE_OPEN, ULONG options = 0,
              PVOID eas = nullptr, ULONG length = 0) {
    UNICODE_STRING text = text_of(name);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.ObjectName = &text;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    return NtCreateFile(&file, kAll, &attributes, &io, nullptr, 0, FILE_SHARE_VALID_FLAGS, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, eas, length);
}

NTSTATUS with_name(HANDLE file, FILE_INFORMATION_CLASS information_class, const WCHAR* name,
                   bool replace = false) {
    alignas(8) UCHAR buffer[300] = {};
    auto* information = reinterpret_cast<FILE_RENAME_INFORMATION*>(buffer);
    UNICODE_STRING text = text_of(name);
    information->ReplaceIfExists = replace;
    information->FileNameLength = text.Length;
    RtlCopyMemory(buffer + offsetof(FILE_RENAME_INFORMATION, FileName), text.Buffer, text.Length);
    return NtSetInformationFile(file, &io, buffer, sizeof buffer, information_class);
}

ULONG links(HANDLE file) {
    FILE_STANDARD_INFORMATION standard = {};
    NtQueryInformationFile(file, &io, &standard, sizeof standard, FileStandardInformation);
    return standard.NumberOfLinks;
}

NTSTATUS erase(HANDLE file) {
    FILE_DISPOSITION_INFORMATION information = {TRUE};
    return NtSetInformationFile(file, &io, &information, sizeof information, FileDispositionInformation);
}

bool says(const WCHAR* buffer, ULONG bytes, const WCHAR* text) {
    UNICODE_STRING wanted = text_of(text);
    return bytes == wanted.Length && RtlCompareMemory(buffer, wanted.Buffer, bytes) == bytes;
}

}  // namespace

TEST(hard_links) {
    HANDLE file, other, folder;
    CHECK(open(folder, u"\\??\\C:\\links", FILE_OPEN_IF, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    CHECK(open(file, u"\\??\\C:\\links\\one", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(with_name(file, FileLinkInformation, u"\\??\\C:\\links\\two") == STATUS_SUCCESS);
    CHECK(with_name(file, FileLinkInformation, u"three") == STATUS_SUCCESS);
    CHECK(links(file) == 3);
    CHECK(with_name(file, FileLinkInformation, u"two") == STATUS_OBJECT_NAME_COLLISION);
    CHECK(with_name(folder, FileLinkInformation, u"\\??\\C:\\other") == STATUS_FILE_IS_A_DIRECTORY);
    CHECK(with_name(file, FileLinkInformation, u"\\??\\NUL\\x") == STATUS_NOT_SAME_DEVICE);
    CHECK(open(other, u"\\??\\C:\\links\\two") == STATUS_SUCCESS);
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(file, u"\\??\\C:\\links\\one") == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(links(other) == 2);
    alignas(8) UCHAR buffer[200];
    CHECK(NtQueryInformationFile(other, &io, buffer, sizeof buffer, FileHardLinkInformation) ==
          STATUS_SUCCESS);
    auto* list = reinterpret_cast<FILE_LINKS_INFORMATION*>(buffer);
    CHECK(list->EntriesReturned == 2 && list->BytesNeeded == io.Information);
    CHECK(says(list->Entry.FileName, list->Entry.FileNameLength * 2, u"two"));
    CHECK(erase(other) == STATUS_SUCCESS);
    NtClose(other);
    CHECK(open(file, u"\\??\\C:\\links\\three") == STATUS_SUCCESS && erase(file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(erase(folder) == STATUS_SUCCESS);
    NtClose(folder);
}

// A new name by way of a junction, which leads from the root of all names.
TEST(names_through_a_junction) {
    HANDLE folder, junction, file;
    CHECK(open(folder, u"\\??\\C:\\target", FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    CHECK(open(junction, u"\\??\\C:\\junction", FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    constexpr WCHAR kTarget[] = u"\\??\\C:\\target";
    struct {
        ULONG tag;
        USHORT length, reserved;
        USHORT at, target, print_at, print;
        WCHAR path[sizeof kTarget / 2];
    } data = {};
    data.tag = IO_REPARSE_TAG_MOUNT_POINT;
    data.length = static_cast<USHORT>(8 + sizeof kTarget);
    data.target = sizeof kTarget - 2;
    data.print_at = sizeof kTarget;
    RtlCopyMemory(data.path, kTarget, sizeof kTarget);
    CHECK(NtFsControlFile(junction, nullptr, nullptr, nullptr, &io, FSCTL_SET_REPARSE_POINT, &data,
                          sizeof data, nullptr, 0) == STATUS_SUCCESS);
    NtClose(junction);
    CHECK(open(file, u"\\??\\C:\\moves", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(with_name(file, FileRenameInformation, u"\\??\\C:\\junction\\moved") == STATUS_SUCCESS);
    CHECK(with_name(file, FileLinkInformation, u"\\??\\C:\\junction\\linked") == STATUS_SUCCESS);
    alignas(8) UCHAR buffer[100];
    CHECK(NtQueryInformationFile(file, &io, buffer, sizeof buffer, FileNameInformation) == STATUS_SUCCESS);
    auto* name = reinterpret_cast<FILE_NAME_INFORMATION*>(buffer);
    CHECK(says(name->FileName, name->FileNameLength, u"\\target\\moved"));
    CHECK(with_name(file, FileRenameInformation, u"\\??\\C:\\junction") == STATUS_OBJECT_NAME_COLLISION);
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(file, u"\\??\\C:\\target\\linked") == STATUS_SUCCESS && erase(file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(junction, u"\\??\\C:\\junction", FILE_OPEN, FILE_OPEN_REPARSE_POINT) == STATUS_SUCCESS);
    CHECK(erase(junction) == STATUS_SUCCESS && erase(folder) == STATUS_SUCCESS);
    NtClose(junction);
    NtClose(folder);
}

TEST(named_streams) {
    HANDLE file, stream;
    CHECK(open(file, u"\\??\\C:\\streams", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(open(stream, u"\\??\\C:\\streams:one", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(NtWriteFile(stream, nullptr, nullptr, nullptr, &io, const_cast<char*>("hello"), 5, nullptr,
                      nullptr) == STATUS_SUCCESS);
    CHECK(with_name(stream, FileRenameInformation, u":two") == STATUS_SUCCESS);
    alignas(8) UCHAR buffer[300];
    CHECK(NtQueryInformationFile(file, &io, buffer, sizeof buffer, FileStreamInformation) == STATUS_SUCCESS);
    auto* entry = reinterpret_cast<FILE_STREAM_INFORMATION*>(buffer);
    CHECK(says(entry->StreamName, entry->StreamNameLength, u"::$DATA") && entry->StreamSize.QuadPart == 0);
    entry = reinterpret_cast<FILE_STREAM_INFORMATION*>(buffer + entry->NextEntryOffset);
    CHECK(says(entry->StreamName, entry->StreamNameLength, u":two:$DATA"));
    CHECK(entry->StreamSize.QuadPart == 5 && entry->NextEntryOffset == 0);
    CHECK(NtQueryInformationFile(stream, &io, buffer, sizeof buffer, FileNameInformation) == STATUS_SUCCESS);
    auto* name = reinterpret_cast<FILE_NAME_INFORMATION*>(buffer);
    CHECK(says(name->FileName, name->FileNameLength, u"\\streams:two"));
    HANDLE none;
    CHECK(open(none, u"\\??\\C:\\streams:x:$FOO", FILE_OPEN_IF) == STATUS_OBJECT_NAME_INVALID);
    CHECK(open(none, u"\\??\\C:\\streams:x") == STATUS_OBJECT_NAME_NOT_FOUND);
    // A section of it is its bytes'.
    HANDLE section;
    CHECK(NtCreateSection(&section, SECTION_MAP_READ, nullptr, nullptr, PAGE_READONLY, SEC_COMMIT, stream) ==
          STATUS_SUCCESS);
    CHECK(erase(stream) == STATUS_CANNOT_DELETE);
    PVOID view = nullptr;
    SIZE_T size = 0;
    CHECK(NtMapViewOfSection(section, NtCurrentProcess(), &view, 0, 0, nullptr, &size, ViewShare, 0,
                             PAGE_READONLY) == STATUS_SUCCESS);
    CHECK(RtlCompareMemory(view, "hello", 5) == 5);
    NtUnmapViewOfSection(NtCurrentProcess(), view);
    NtClose(section);
    CHECK(erase(stream) == STATUS_SUCCESS);
    NtClose(stream);
    CHECK(open(stream, u"\\??\\C:\\streams:two") == STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
}

TEST(extended_attributes) {
    struct Attribute {
        ULONG next;
        UCHAR flags, name_length;
        USHORT value_length;
        char text[8];
    };
    alignas(4) Attribute made[2] = {{sizeof(Attribute), 0, 3, 4, {'o', 'n', 'e', 0, '1', '2', '3', '4'}},
                                    {0, FILE_NEED_EA, 3, 1, {'t', 'w', 'o', 0, 'x'}}};
    HANDLE file;
    CHECK(open(file, u"\\??\\C:\\attributes", FILE_CREATE, 0, made, sizeof made) == STATUS_SUCCESS);
    FILE_EA_INFORMATION size = {};
    CHECK(NtQueryInformationFile(file, &io, &size, sizeof size, FileEaInformation) == STATUS_SUCCESS);
    CHECK(size.EaSize == 4 + (5 + 3 + 4) + (5 + 3 + 1));
    alignas(4) UCHAR answer[100] = {};
    CHECK(NtQueryEaFile(file, &io, answer, sizeof answer, TRUE, nullptr, 0, nullptr, TRUE) == STATUS_SUCCESS);
    CHECK(io.Information == 16 && RtlCompareMemory(answer + 4, "\0\3\4\0ONE\0001234", 12) == 12);
    ULONG index = 2;
    CHECK(NtQueryEaFile(file, &io, answer, sizeof answer, FALSE, nullptr, 0, &index, FALSE) ==
          STATUS_SUCCESS);
    CHECK(RtlCompareMemory(answer + 8, "TWO\0x", 5) == 5);
    made[1].text[1] = '*';
    CHECK(NtSetEaFile(file, &io, made, sizeof made) == STATUS_INVALID_EA_NAME);
    CHECK(io.Information == sizeof(Attribute));
    HANDLE other;
    CHECK(open(other, u"\\??\\C:\\attributes", FILE_OPEN, FILE_NO_EA_KNOWLEDGE) == STATUS_ACCESS_DENIED);
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
}

TEST(short_names) {
    HANDLE file, same;
    CHECK(open(file, u"\\??\\C:\\a rather long name.text", FILE_CREATE) == STATUS_SUCCESS);
    alignas(4) UCHAR buffer[100];
    CHECK(NtQueryInformationFile(file, &io, buffer, sizeof buffer, FileAlternateNameInformation) ==
          STATUS_SUCCESS);
    auto* name = reinterpret_cast<FILE_NAME_INFORMATION*>(buffer);
    CHECK(says(name->FileName, name->FileNameLength, u"ARATHE~1.TEX"));
    CHECK(open(same, u"\\??\\C:\\arathe~1.tex") == STATUS_SUCCESS);
    NtClose(same);
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
}

NTSTATUS open_below(HANDLE& file, HANDLE folder, const WCHAR* name, ULONG disposition = FILE_OPEN,
                    ULONG options = 0) {
    UNICODE_STRING text = text_of(name);
    OBJECT_ATTRIBUTES attributes = {};
    attributes.Length = sizeof attributes;
    attributes.RootDirectory = folder;
    attributes.ObjectName = &text;
    attributes.Attributes = OBJ_CASE_INSENSITIVE;
    return NtCreateFile(&file, kAll, &attributes, &io, nullptr, 0, FILE_SHARE_VALID_FLAGS, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}

bool exists(const WCHAR* name) {
    HANDLE file;
    if (open(file, name) != STATUS_SUCCESS) return false;
    NtClose(file);
    return true;
}

// OBJECT_ATTRIBUTES: "the name is relative to the directory that RootDirectory is a handle of", whatever that
// is called by now.
TEST(names_below_a_renamed_directory) {
    HANDLE folder, same, other, file;
    CHECK(open(folder, u"\\??\\C:\\folder", FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    CHECK(open_below(file, folder, u"first", FILE_CREATE) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open(same, u"\\??\\C:\\folder") == STATUS_SUCCESS);
    CHECK(with_name(same, FileRenameInformation, u"\\??\\C:\\moved") == STATUS_SUCCESS);
    NtClose(same);
    // Another one takes its place.
    CHECK(open(other, u"\\??\\C:\\folder", FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    CHECK(open_below(file, folder, u"first") == STATUS_SUCCESS);
    NtClose(file);
    CHECK(open_below(file, folder, u"second", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(exists(u"\\??\\C:\\moved\\second") && !exists(u"\\??\\C:\\folder\\second"));
    CHECK(erase(other) == STATUS_SUCCESS);
    NtClose(other);
    // A file too: another name in its folder, a stream of it, itself once more.
    CHECK(open_below(same, folder, u"second") == STATUS_SUCCESS);
    CHECK(with_name(same, FileRenameInformation, u"third") == STATUS_SUCCESS);
    NtClose(same);
    CHECK(exists(u"\\??\\C:\\moved\\third") && !exists(u"\\??\\C:\\moved\\second"));
    CHECK(with_name(file, FileLinkInformation, u"fourth") == STATUS_SUCCESS);
    CHECK(exists(u"\\??\\C:\\moved\\fourth"));
    CHECK(open_below(other, file, u":stream", FILE_CREATE) == STATUS_SUCCESS);
    NtClose(other);
    CHECK(exists(u"\\??\\C:\\moved\\third:stream"));
    CHECK(open_below(other, file, u"") == STATUS_SUCCESS);
    CHECK(erase(other) == STATUS_SUCCESS);
    NtClose(other);
    NtClose(file);
    for (const WCHAR* name = u"first"; name; name = *name == u'f' && name[1] == u'i' ? u"fourth" : nullptr) {
        CHECK(open_below(file, folder, name) == STATUS_SUCCESS);
        CHECK(erase(file) == STATUS_SUCCESS);
        NtClose(file);
    }
    CHECK(erase(folder) == STATUS_SUCCESS);
    CHECK(open_below(file, folder, u"late", FILE_CREATE) == STATUS_DELETE_PENDING);
    NtClose(folder);
    CHECK(!exists(u"\\??\\C:\\moved"));
}

// A folder that a file is renamed or linked into is the one that RootDirectory names.
TEST(renames_into_a_renamed_directory) {
    HANDLE folder, file;
    CHECK(open(folder, u"\\??\\C:\\before", FILE_CREATE, FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    CHECK(open(file, u"\\??\\C:\\goes", FILE_CREATE) == STATUS_SUCCESS);
    CHECK(with_name(folder, FileRenameInformation, u"\\??\\C:\\after") == STATUS_SUCCESS);
    alignas(8) UCHAR buffer[100] = {};
    auto* information = reinterpret_cast<FILE_RENAME_INFORMATION*>(buffer);
    information->RootDirectory = folder;
    information->FileNameLength = 4;
    RtlCopyMemory(buffer + offsetof(FILE_RENAME_INFORMATION, FileName), u"in", 4);
    CHECK(NtSetInformationFile(file, &io, buffer, sizeof buffer, FileRenameInformation) == STATUS_SUCCESS);
    CHECK(exists(u"\\??\\C:\\after\\in"));
    CHECK(erase(file) == STATUS_SUCCESS);
    NtClose(file);
    CHECK(erase(folder) == STATUS_SUCCESS);
    NtClose(folder);
}

TEST(leniency_is_a_privilege) {
    ULONG lenient = 2;
    auto set = [&](ULONG length) {
        return NtSetInformationProcess(NtCurrentProcess(), static_cast<PROCESSINFOCLASS>(ProcessFileLeniency),
                                       &lenient, length);
    };
    CHECK(set(1) == STATUS_INFO_LENGTH_MISMATCH);
    CHECK(set(sizeof lenient) == STATUS_PRIVILEGE_NOT_HELD);
}
