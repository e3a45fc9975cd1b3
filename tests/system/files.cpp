// SPDX-License-Identifier: GPL-3.0-only
//
// Files of the boot volume as programs see them: opening, reading and writing, directories, information,
// sharing, deletion, sections of files, and wild arguments.
#include "abi/nt/ntdisposition.h"
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

const PVOID kWild = reinterpret_cast<PVOID>(0x123);
IO_STATUS_BLOCK io;
UCHAR buffer[70000];

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

struct Named {
    explicit Named(const WCHAR* text, HANDLE root = nullptr) {
        USHORT length = 0;
        while (text[length])
            ++length;
        name = {static_cast<USHORT>(length * 2), static_cast<USHORT>(length * 2), const_cast<PWSTR>(text)};
        attributes = {};
        attributes.Length = sizeof attributes;
        attributes.RootDirectory = root;
        attributes.ObjectName = &name;
        attributes.Attributes = OBJ_CASE_INSENSITIVE;
    }
    UNICODE_STRING name;
    OBJECT_ATTRIBUTES attributes;
};

NTSTATUS open(HANDLE& file, const WCHAR* name, ULONG disposition = FILE_OPEN, ULONG options = 0,
              ACCESS_MASK access = FILE_READ_DATA | FILE_WRITE_DATA | DELETE,
              ULONG share = FILE_SHARE_VALID_FLAGS, HANDLE root = nullptr) {
    Named named(name, root);
    return NtCreateFile(&file, access | SYNCHRONIZE, &named.attributes, &io, nullptr, 0, share, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}

NTSTATUS read(HANDLE file, PVOID into, ULONG length, LONGLONG offset) {
    LARGE_INTEGER at;
    at.QuadPart = offset;
    return NtReadFile(file, nullptr, nullptr, nullptr, &io, into, length, &at, nullptr);
}

NTSTATUS write(HANDLE file, const void* from, ULONG length, LONGLONG offset) {
    LARGE_INTEGER at;
    at.QuadPart = offset;
    return NtWriteFile(file, nullptr, nullptr, nullptr, &io, const_cast<PVOID>(from), length, &at, nullptr);
}

void opening() {
    HANDLE file, directory;
    expect("open by any case",
           open(file, u"\\??\\c:\\WINDOWS\\system32\\NtDll.dll", FILE_OPEN, 0, FILE_READ_DATA),
           STATUS_SUCCESS);
    expect("read a header", read(file, buffer, 2, 0), STATUS_SUCCESS);
    check("header", buffer[0] == 'M' && buffer[1] == 'Z' && io.Information == 2);
    NtClose(file);
    expect("missing file", open(file, u"\\SystemRoot\\none"), STATUS_OBJECT_NAME_NOT_FOUND);
    expect("missing directory", open(file, u"\\SystemRoot\\none\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
    expect("missing volume", open(file, u"\\??\\Q:\\x"), STATUS_OBJECT_PATH_NOT_FOUND);
    expect("directory", open(directory, u"\\SystemRoot", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY),
           STATUS_SUCCESS);
    expect("relative name",
           open(file, u"System32\\smss.exe", FILE_OPEN, 0, FILE_READ_DATA, FILE_SHARE_VALID_FLAGS, directory),
           STATUS_SUCCESS);
    NtClose(file);
    expect("no access to write",
           open(file, u"\\SystemRoot\\System32\\smss.exe", FILE_OPEN, 0, FILE_READ_DATA), STATUS_SUCCESS);
    expect("write without the right", write(file, "x", 1, 0), STATUS_ACCESS_DENIED);
    NtClose(file);
    NtClose(directory);
}

void contents() {
    HANDLE file;
    expect("create", open(file, u"\\SystemRoot\\files.tmp", FILE_CREATE), STATUS_SUCCESS);
    check("created", io.Information == FILE_CREATED);
    for (ULONG i = 0; i < sizeof buffer; ++i)
        buffer[i] = static_cast<UCHAR>(i * 7);
    expect("write much", write(file, buffer, sizeof buffer, 3), STATUS_SUCCESS);
    for (UCHAR& byte : buffer)
        byte = 0;
    expect("read it back", read(file, buffer, sizeof buffer, 3), STATUS_SUCCESS);
    ULONG wrong = 0;
    for (ULONG i = 0; i < sizeof buffer; ++i)
        wrong += buffer[i] != static_cast<UCHAR>(i * 7);
    check("all of it", wrong == 0, "bytes differ", wrong);
    expect("behind the end", read(file, buffer, 1, sizeof buffer + 3), STATUS_END_OF_FILE);
    LARGE_INTEGER end;
    end.QuadPart = -1;
    expect("append", NtWriteFile(file, nullptr, nullptr, nullptr, &io, buffer, 5, &end, nullptr),
           STATUS_SUCCESS);
    FILE_STANDARD_INFORMATION standard{};
    expect("size", NtQueryInformationFile(file, &io, &standard, sizeof standard, FileStandardInformation),
           STATUS_SUCCESS);
    check("appended", standard.EndOfFile.QuadPart == sizeof buffer + 8);
    FILE_POSITION_INFORMATION position{};
    NtQueryInformationFile(file, &io, &position, sizeof position, FilePositionInformation);
    check("position behind what was written", position.CurrentByteOffset.QuadPart == sizeof buffer + 8);
    FILE_END_OF_FILE_INFORMATION cut{};
    cut.EndOfFile.QuadPart = 4;
    expect("cut", NtSetInformationFile(file, &io, &cut, sizeof cut, FileEndOfFileInformation),
           STATUS_SUCCESS);
    expect("read what is left", read(file, buffer, 100, 0), STATUS_SUCCESS);
    check("four bytes", io.Information == 4 && buffer[0] == 0 && buffer[3] == 0);
    NtClose(file);
}

void sharing_and_deletion() {
    HANDLE file, other;
    expect("exclusive", open(file, u"\\SystemRoot\\files.tmp", FILE_OPEN, 0, FILE_READ_DATA | DELETE, 0),
           STATUS_SUCCESS);
    expect("shared with nobody", open(other, u"\\SystemRoot\\files.tmp"), STATUS_SHARING_VIOLATION);
    FILE_DISPOSITION_INFORMATION erase{TRUE};
    expect("delete", NtSetInformationFile(file, &io, &erase, sizeof erase, FileDispositionInformation),
           STATUS_SUCCESS);
    expect("delete pending", open(other, u"\\SystemRoot\\files.tmp"), STATUS_DELETE_PENDING);
    NtClose(file);
    expect("deleted", open(other, u"\\SystemRoot\\files.tmp"), STATUS_OBJECT_NAME_NOT_FOUND);
    expect("make a directory",
           open(file, u"\\SystemRoot\\files.dir", FILE_CREATE, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY),
           STATUS_SUCCESS);
    NtClose(file);
    expect("a directory is not overwritten",
           open(file, u"\\SystemRoot\\files.dir", FILE_OVERWRITE, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY),
           STATUS_INVALID_PARAMETER);
    expect("nor superseded",
           open(file, u"\\SystemRoot\\files.none", FILE_SUPERSEDE, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY),
           STATUS_INVALID_PARAMETER);
    Named named(u"\\SystemRoot\\files.dir");
    expect("NtDeleteFile", NtDeleteFile(&named.attributes), STATUS_SUCCESS);
    FILE_BASIC_INFORMATION basic = {};
    expect("another file",
           open(file, u"\\SystemRoot\\files.kind", FILE_CREATE, FILE_DELETE_ON_CLOSE,
                FILE_WRITE_ATTRIBUTES | DELETE),
           STATUS_SUCCESS);
    basic.FileAttributes = FILE_ATTRIBUTE_DIRECTORY;
    expect("it becomes no directory",
           NtSetInformationFile(file, &io, &basic, sizeof basic, FileBasicInformation),
           STATUS_INVALID_PARAMETER);
    NtClose(file);
    expect("attributes of nothing", NtQueryAttributesFile(&named.attributes, &basic),
           STATUS_OBJECT_NAME_NOT_FOUND);
}

void directories() {
    HANDLE directory;
    expect("open System32",
           open(directory, u"\\SystemRoot\\System32", FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY),
           STATUS_SUCCESS);
    WCHAR text[] = u"nt*.dll";
    UNICODE_STRING pattern = {14, 14, text};
    expect("query",
           NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, 200,
                                FileBothDirectoryInformation, TRUE, &pattern, FALSE),
           STATUS_SUCCESS);
    auto* entry = reinterpret_cast<FILE_BOTH_DIR_INFORMATION*>(buffer);
    check("ntdll.dll",
          entry->FileNameLength == 18 && entry->FileName[2] == 'd' && entry->EndOfFile.QuadPart > 1000);
    expect("no more",
           NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, 200,
                                FileBothDirectoryInformation, FALSE, nullptr, FALSE),
           STATUS_NO_MORE_FILES);
    expect("class",
           NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, 200,
                                FileStandardInformation, FALSE, nullptr, TRUE),
           STATUS_INVALID_INFO_CLASS);
    FILE_FS_SIZE_INFORMATION size{};
    expect("volume size",
           NtQueryVolumeInformationFile(directory, &io, &size, sizeof size, FileFsSizeInformation),
           STATUS_SUCCESS);
    check("room", size.AvailableAllocationUnits.QuadPart > 0 && size.BytesPerSector == 512);
    NtClose(directory);
}

// The first names of a folder's listing.
bool lists(const WCHAR* folder, const WCHAR* first, const WCHAR* second) {
    HANDLE directory;
    if (!NT_SUCCESS(open(directory, folder, FILE_OPEN, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY)))
        return false;
    bool good = true;
    const WCHAR* names[] = {first, second};
    for (const WCHAR* expected : names) {
        NTSTATUS status = NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, 200,
                                               FileNamesInformation, TRUE, nullptr, FALSE);
        auto* entry = reinterpret_cast<FILE_NAMES_INFORMATION*>(buffer);
        good = good && NT_SUCCESS(status) && entry->FileNameLength == wcslen(expected) * 2 &&
               !memcmp(entry->FileName, expected, entry->FileNameLength);
    }
    NtClose(directory);
    return good;
}

void dots() {
    HANDLE directory;
    check("folders list themselves and their parents", lists(u"\\SystemRoot\\System32", u".", u".."));
    check("a root does not", !lists(u"\\??\\C:\\", u".", u".."));
    open(directory, u"\\SystemRoot\\dots.dir", FILE_CREATE, FILE_DIRECTORY_FILE, FILE_LIST_DIRECTORY);
    constexpr ULONG kRoom = 24;  // of `.` and `..`, in 12 + 2 and 12 + 4 bytes, the first rounded up to 16
    NTSTATUS status = NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kRoom,
                                           FileNamesInformation, FALSE, nullptr, FALSE);
    check("a short buffer takes one", NT_SUCCESS(status) && io.Information == 14);
    status = NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kRoom,
                                  FileNamesInformation, FALSE, nullptr, FALSE);
    check("  and the next the other", NT_SUCCESS(status) && io.Information == 16);
    expect("  and there are no more",
           NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, kRoom,
                                FileNamesInformation, FALSE, nullptr, FALSE),
           STATUS_NO_MORE_FILES);
    WCHAR text[] = u"a*";
    UNICODE_STRING pattern = {4, 4, text};
    expect("  nor any that do not match",
           NtQueryDirectoryFile(directory, nullptr, nullptr, nullptr, &io, buffer, 200, FileNamesInformation,
                                FALSE, &pattern, TRUE),
           STATUS_NO_MORE_FILES);
    NtClose(directory);
    Named named(u"\\SystemRoot\\dots.dir");
    NtDeleteFile(&named.attributes);
}

// As POSIX has it: a name is free at once, and who has the file goes on.
void posix() {
    HANDLE file, other, third;
    constexpr ACCESS_MASK kAccess = FILE_READ_DATA | FILE_WRITE_DATA | DELETE;
    constexpr WCHAR kName[] = u"\\SystemRoot\\posix.tmp";
    LARGE_INTEGER start{};
    expect("make a file", open(file, kName, FILE_CREATE, 0, kAccess), STATUS_SUCCESS);
    expect("open it twice", open(other, kName, FILE_OPEN, 0, kAccess), STATUS_SUCCESS);
    FILE_DISPOSITION_INFORMATION_EX erase{FILE_DISPOSITION_DELETE | FILE_DISPOSITION_POSIX_SEMANTICS};
    expect("a POSIX delete",
           NtSetInformationFile(file, &io, &erase, sizeof erase, FileDispositionInformationEx),
           STATUS_SUCCESS);
    expect("  is pending", open(third, kName, FILE_OPEN, 0, kAccess), STATUS_DELETE_PENDING);
    NtClose(file);
    expect("  until its file is closed", open(third, kName, FILE_OPEN, 0, kAccess),
           STATUS_OBJECT_NAME_NOT_FOUND);
    expect("  the other one goes on",
           NtWriteFile(other, nullptr, nullptr, nullptr, &io, buffer, 16, &start, nullptr), STATUS_SUCCESS);
    expect("  beside a new file of the name", open(third, kName, FILE_CREATE, 0, kAccess), STATUS_SUCCESS);
    NtClose(other);

    expect("a file to rename", open(file, u"\\SystemRoot\\posix.new", FILE_CREATE, 0, kAccess),
           STATUS_SUCCESS);
    struct {
        FILE_RENAME_INFORMATION header;
        WCHAR rest[32];
    } to{};
    to.header.Flags = FILE_RENAME_REPLACE_IF_EXISTS;
    to.header.FileNameLength = 18;
    memcpy(to.header.FileName, u"posix.tmp", 18);
    expect("what is open is not replaced",
           NtSetInformationFile(file, &io, &to, sizeof to, FileRenameInformationEx), STATUS_ACCESS_DENIED);
    to.header.Flags |= FILE_RENAME_POSIX_SEMANTICS;
    expect("  but as POSIX has it", NtSetInformationFile(file, &io, &to, sizeof to, FileRenameInformationEx),
           STATUS_SUCCESS);
    expect("  who has it goes on",
           NtWriteFile(third, nullptr, nullptr, nullptr, &io, buffer, 16, &start, nullptr), STATUS_SUCCESS);
    FILE_STANDARD_INFORMATION standard{};
    NtQueryInformationFile(third, &io, &standard, sizeof standard, FileStandardInformation);
    check("  with a file without a name", standard.DeletePending && standard.NumberOfLinks == 0);
    NtClose(third);
    NtSetInformationFile(file, &io, &erase, sizeof erase, FileDispositionInformationEx);
    NtClose(file);
    expect("all are gone", open(file, kName, FILE_OPEN, 0, kAccess), STATUS_OBJECT_NAME_NOT_FOUND);
}

void sections() {
    HANDLE file, section = nullptr;
    PVOID base = nullptr;
    SIZE_T size = 0;
    expect("open for a section",
           open(file, u"\\SystemRoot\\System32\\ntdll.dll", FILE_OPEN, 0, FILE_READ_DATA), STATUS_SUCCESS);
    expect("section",
           NtCreateSection(&section, SECTION_MAP_READ, nullptr, nullptr, PAGE_READONLY, SEC_COMMIT, file),
           STATUS_SUCCESS);
    expect("map",
           NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &size, ViewUnmap, 0,
                              PAGE_READONLY),
           STATUS_SUCCESS);
    expect("read beside it", read(file, buffer, 4096, 4096), STATUS_SUCCESS);
    ULONG wrong = 0;
    for (ULONG i = 0; i < io.Information && base; ++i)
        wrong += buffer[i] != static_cast<UCHAR*>(base)[4096 + i];
    check("the same bytes", base && wrong == 0, "bytes differ", wrong);
    expect("unmap", NtUnmapViewOfSection(NtCurrentProcess(), base), STATUS_SUCCESS);
    NtClose(section);
    NtClose(file);
    expect("open a text",
           open(file, u"\\SystemRoot\\System32\\config\\seed.reg", FILE_OPEN, 0, FILE_READ_DATA),
           STATUS_SUCCESS);
    expect("image of no image",
           NtCreateSection(&section, SECTION_MAP_READ, nullptr, nullptr, PAGE_READONLY, SEC_IMAGE, file),
           STATUS_INVALID_IMAGE_NOT_MZ);
    NtClose(file);
}

void wild_arguments() {
    HANDLE file;
    Named named(u"\\SystemRoot\\System32\\smss.exe");
    auto* wild_attributes = static_cast<POBJECT_ATTRIBUTES>(kWild);
    auto* wild_block = static_cast<PIO_STATUS_BLOCK>(kWild);
    expect("wild attributes", NtOpenFile(&file, SYNCHRONIZE, wild_attributes, &io, 7, 0),
           STATUS_ACCESS_VIOLATION);
    expect("wild handle", NtOpenFile(static_cast<PHANDLE>(kWild), SYNCHRONIZE, &named.attributes, &io, 7, 0),
           STATUS_ACCESS_VIOLATION);
    expect("wild block", NtOpenFile(&file, SYNCHRONIZE, &named.attributes, wild_block, 7, 0),
           STATUS_ACCESS_VIOLATION);
    expect("open", open(file, u"\\SystemRoot\\System32\\smss.exe", FILE_OPEN, 0, FILE_READ_DATA),
           STATUS_SUCCESS);
    expect("wild buffer", read(file, kWild, 10, 0), STATUS_ACCESS_VIOLATION);
    expect("kernel buffer", read(file, reinterpret_cast<PVOID>(~0ull << 40), 10, 0), STATUS_ACCESS_VIOLATION);
    expect("huge length", read(file, buffer, ~0u, 0), STATUS_INVALID_BUFFER_SIZE);
    expect("negative offset", read(file, buffer, 10, -5), STATUS_INVALID_PARAMETER);
    expect("wild read block",
           NtReadFile(file, nullptr, nullptr, nullptr, wild_block, buffer, 1, nullptr, nullptr),
           STATUS_ACCESS_VIOLATION);
    expect("wild event",
           NtReadFile(file, reinterpret_cast<HANDLE>(0x7777), nullptr, nullptr, &io, buffer, 1, nullptr,
                      nullptr),
           STATUS_INVALID_HANDLE);
    expect("wild information", NtQueryInformationFile(file, &io, kWild, 1000, FileStandardInformation),
           STATUS_ACCESS_VIOLATION);
    expect("wild class",
           NtQueryInformationFile(file, &io, buffer, 1000, static_cast<FILE_INFORMATION_CLASS>(9999)),
           STATUS_INVALID_INFO_CLASS);
    expect("control of a file",
           NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, 0x123, nullptr, 0, nullptr, 0),
           STATUS_INVALID_DEVICE_REQUEST);
    expect("bad options", NtOpenFile(&file, SYNCHRONIZE, &named.attributes, &io, 7, ~0u),
           STATUS_INVALID_PARAMETER);
    NtClose(file);
    expect("closed handle", read(file, buffer, 1, 0), STATUS_INVALID_HANDLE);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    opening();
    contents();
    sharing_and_deletion();
    directories();
    dots();
    posix();
    sections();
    wild_arguments();
    test::end();
}
