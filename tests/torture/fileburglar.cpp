// SPDX-License-Identifier: GPL-3.0-only
//
// A burglar of files: with an ordinary user's rights it tries to change what only the system and its
// administrators may, straight and by ways round. Each row names what it tries.
#include "tests/torture/burglar.hpp"

namespace {

using burglar::attempts;
using burglar::expect;

NTSTATUS reach(HANDLE& file, const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN,
               ULONG options = 0, HANDLE root = nullptr) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, root, nullptr);
    IO_STATUS_BLOCK block;
    file = nullptr;
    return NtCreateFile(&file, access | SYNCHRONIZE, &attributes, &block, nullptr, 0,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}
NTSTATUS touch(const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN, ULONG options = 0) {
    HANDLE file;
    NTSTATUS status = reach(file, path, access, disposition, options);
    if (file) NtClose(file);
    return status;
}

constexpr const WCHAR* kImage = u"\\SystemRoot\\System32\\ntdll.dll";
constexpr const WCHAR* kSeed = u"\\SystemRoot\\System32\\config\\seed.reg";
constexpr const WCHAR* kSystem32 = u"\\SystemRoot\\System32";
constexpr const WCHAR* kOwnFolder = u"\\??\\C:\\burglar";
constexpr const WCHAR* kOwnFile = u"\\??\\C:\\burglar\\file";

// Every one of these is refused with STATUS_ACCESS_DENIED.
struct Reach {
    const char* what;
    const WCHAR* path;
    ACCESS_MASK access;
    ULONG disposition = FILE_OPEN;
    ULONG options = 0;
};
constexpr Reach kReaches[] = {
    {"write an image", kImage, FILE_WRITE_DATA},
    {"append to an image", kImage, FILE_APPEND_DATA},
    {"write an image, generically", kImage, GENERIC_WRITE},
    {"everything with an image", kImage, GENERIC_ALL},
    {"delete an image", kImage, DELETE},
    {"delete an image when it is closed", kImage, DELETE, FILE_OPEN, FILE_DELETE_ON_CLOSE},
    {"change an image's attributes", kImage, FILE_WRITE_ATTRIBUTES},
    {"change an image's list", kImage, WRITE_DAC},
    {"take an image over", kImage, WRITE_OWNER},
    {"replace an image", kImage, FILE_READ_DATA, FILE_SUPERSEDE},
    {"empty an image", kImage, FILE_READ_DATA, FILE_OVERWRITE},
    {"empty or make an image", kImage, FILE_READ_DATA, FILE_OVERWRITE_IF},
    {"write the registry's seed", kSeed, FILE_WRITE_DATA},
    {"empty the registry's seed", kSeed, FILE_READ_DATA, FILE_OVERWRITE},
    {"write by another name of the volume", u"\\Device\\BootVolume\\Windows\\System32\\ntdll.dll",
     FILE_WRITE_DATA},
    {"write by the drive's name", u"\\??\\C:\\Windows\\System32\\ntdll.dll", FILE_WRITE_DATA},
    {"write in other letters", u"\\SystemRoot\\SYSTEM32\\NTDLL.DLL", FILE_WRITE_DATA},
    {"write for a backup", kImage, FILE_WRITE_DATA, FILE_OPEN, FILE_OPEN_FOR_BACKUP_INTENT},
    {"plant a DLL", u"\\SystemRoot\\System32\\burglar.dll", FILE_WRITE_DATA, FILE_CREATE},
    {"plant a driver", u"\\SystemRoot\\System32\\drivers\\burglar.sys", FILE_WRITE_DATA, FILE_OPEN_IF},
    {"plant a folder", u"\\SystemRoot\\System32\\burglar", FILE_LIST_DIRECTORY, FILE_CREATE,
     FILE_DIRECTORY_FILE},
    {"plant beside the system", u"\\SystemRoot\\burglar.exe", FILE_WRITE_DATA, FILE_CREATE},
    {"plant a file in the root", u"\\??\\C:\\burglar.exe", FILE_WRITE_DATA, FILE_CREATE},
    {"plant among the users", u"\\??\\C:\\Users\\burglar", FILE_LIST_DIRECTORY, FILE_CREATE,
     FILE_DIRECTORY_FILE},
    {"move the system's folder", u"\\SystemRoot", DELETE, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"move System32", kSystem32, DELETE, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"add to System32", kSystem32, FILE_ADD_FILE, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"delete in System32", kSystem32, FILE_DELETE_CHILD, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"change System32's list", kSystem32, WRITE_DAC, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"take System32 over", kSystem32, WRITE_OWNER, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"change the volume's list", u"\\??\\C:\\", WRITE_DAC, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"add files to the root", u"\\??\\C:\\", FILE_ADD_FILE, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"write to the volume", u"\\Device\\BootVolume", FILE_WRITE_DATA},
    {"list others' temporary files", u"\\SystemRoot\\Temp", FILE_LIST_DIRECTORY, FILE_OPEN,
     FILE_DIRECTORY_FILE},
};

// What is not for everybody but his.
constexpr Reach kHis[] = {
    {"read an image", kImage, FILE_READ_DATA | FILE_READ_ATTRIBUTES | READ_CONTROL},
    {"run an image", kImage, GENERIC_READ | GENERIC_EXECUTE},
    {"list System32", kSystem32, FILE_LIST_DIRECTORY, FILE_OPEN, FILE_DIRECTORY_FILE},
    {"whatever there is", kImage, MAXIMUM_ALLOWED},
    {"a folder in the root", kOwnFolder, GENERIC_ALL, FILE_OPEN_IF, FILE_DIRECTORY_FILE},
    {"a file in it", kOwnFile, GENERIC_ALL, FILE_OPEN_IF},
    {"the file again", kOwnFile, FILE_WRITE_DATA | DELETE},
    {"a temporary file", u"\\SystemRoot\\Temp\\burglar", GENERIC_ALL, FILE_OVERWRITE_IF},
    {"a file in his profile", u"\\??\\C:\\Users\\Administrator\\burglar", GENERIC_ALL, FILE_OVERWRITE_IF},
};

TEST(files_that_are_not_his) {
    for (const Reach& way : kReaches)
        expect(way.what, touch(way.path, way.access, way.disposition, way.options), STATUS_ACCESS_DENIED);
    for (const Reach& way : kHis) {
        NTSTATUS status = touch(way.path, way.access, way.disposition, way.options);
        expect(way.what, status, STATUS_SUCCESS);
    }
}

NTSTATUS rename_to(HANDLE file, const WCHAR* path, bool replace) {
    alignas(8) UCHAR bytes[512] = {};
    auto& rename = *reinterpret_cast<FILE_RENAME_INFORMATION*>(bytes);
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    rename.ReplaceIfExists = replace;
    rename.FileNameLength = name.Length;
    RtlCopyMemory(rename.FileName, name.Buffer, name.Length);
    IO_STATUS_BLOCK block;
    return NtSetInformationFile(file, &block, bytes, sizeof bytes, FileRenameInformation);
}

NTSTATUS set_size(HANDLE file, LONGLONG size) {
    FILE_END_OF_FILE_INFORMATION end;
    end.EndOfFile.QuadPart = size;
    IO_STATUS_BLOCK block;
    return NtSetInformationFile(file, &block, &end, sizeof end, FileEndOfFileInformation);
}

NTSTATUS set_list(HANDLE file) {
    SECURITY_DESCRIPTOR open;
    RtlCreateSecurityDescriptor(&open, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&open, TRUE, nullptr, FALSE);
    return NtSetSecurityObject(file, DACL_SECURITY_INFORMATION, &open);
}

// The hard ways round: with handles that he gets.
TEST(files_by_other_ways) {
    HANDLE own, image, system32;
    IO_STATUS_BLOCK block;
    touch(kOwnFolder, FILE_LIST_DIRECTORY, FILE_OPEN_IF, FILE_DIRECTORY_FILE);
    CHECK(reach(own, u"\\??\\C:\\burglar\\own", GENERIC_ALL, FILE_CREATE) == STATUS_SUCCESS);
    CHECK(reach(image, kImage, FILE_READ_DATA | FILE_EXECUTE | READ_CONTROL) == STATUS_SUCCESS);
    CHECK(reach(system32, kSystem32, FILE_LIST_DIRECTORY | FILE_TRAVERSE | READ_CONTROL, FILE_OPEN,
                FILE_DIRECTORY_FILE) == STATUS_SUCCESS);
    expect("move his file into System32", rename_to(own, u"\\SystemRoot\\System32\\burglar.exe", false),
           STATUS_ACCESS_DENIED);
    expect("move it over an image", rename_to(own, u"\\SystemRoot\\System32\\null.sys", true),
           STATUS_ACCESS_DENIED);
    expect("move it over the seed", rename_to(own, kSeed, true), STATUS_ACCESS_DENIED);
    expect("move it into the root", rename_to(own, u"\\??\\C:\\burglar.exe", false), STATUS_ACCESS_DENIED);
    expect("rename an image he reads", rename_to(image, u"\\??\\C:\\burglar\\n", false),
           STATUS_ACCESS_DENIED);
    expect("cut an image he reads", set_size(image, 0), STATUS_ACCESS_DENIED);
    UCHAR byte = 0;
    LARGE_INTEGER start = {};
    expect("write an image he reads",
           NtWriteFile(image, nullptr, nullptr, nullptr, &block, &byte, 1, &start, nullptr),
           STATUS_ACCESS_DENIED);
    FILE_DISPOSITION_INFORMATION erase = {TRUE};
    expect("delete an image he reads",
           NtSetInformationFile(image, &block, &erase, sizeof erase, FileDispositionInformation),
           STATUS_ACCESS_DENIED);
    FILE_BASIC_INFORMATION basic = {};
    basic.FileAttributes = FILE_ATTRIBUTE_READONLY;
    expect("make an image he reads unwritable",
           NtSetInformationFile(image, &block, &basic, sizeof basic, FileBasicInformation),
           STATUS_ACCESS_DENIED);
    HANDLE section = nullptr, more = nullptr, below = nullptr;
    expect("map an image for writing",
           NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_READWRITE, SEC_COMMIT, image),
           STATUS_ACCESS_DENIED);
    expect("open a list of his own", set_list(image), STATUS_ACCESS_DENIED);
    expect("widen the handle of an image",
           NtDuplicateObject(NtCurrentProcess(), image, NtCurrentProcess(), &more, FILE_WRITE_DATA, 0, 0),
           STATUS_ACCESS_DENIED);
    expect("write relative to System32", reach(below, u"ntdll.dll", FILE_WRITE_DATA, FILE_OPEN, 0, system32),
           STATUS_ACCESS_DENIED);
    expect("plant relative to System32", reach(below, u"b.dll", FILE_WRITE_DATA, FILE_CREATE, 0, system32),
           STATUS_ACCESS_DENIED);
    expect(
        "delete by name",
        [] {
            UNICODE_STRING name;
            RtlInitUnicodeString(&name, kImage);
            OBJECT_ATTRIBUTES attributes;
            InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
            return NtDeleteFile(&attributes);
        }(),
        STATUS_ACCESS_DENIED);
    expect("a stream of an image",
           touch(u"\\SystemRoot\\System32\\ntdll.dll:own", FILE_WRITE_DATA, FILE_OPEN_IF),
           STATUS_ACCESS_DENIED);
    expect(
        "a link to his file in System32",
        [own] {
            alignas(8) UCHAR bytes[512] = {};
            auto& link = *reinterpret_cast<FILE_RENAME_INFORMATION*>(bytes);
            UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\burglar.exe");
            link.FileNameLength = name.Length;
            RtlCopyMemory(link.FileName, name.Buffer, name.Length);
            IO_STATUS_BLOCK done;
            return NtSetInformationFile(own, &done, bytes, sizeof bytes, FileLinkInformation);
        }(),
        STATUS_ACCESS_DENIED);
    expect("his own file's list", set_list(own), STATUS_SUCCESS);
    const HANDLE opened[] = {own, image, system32};
    for (HANDLE handle : opened)
        NtClose(handle);
}

TEST(the_keys_that_are_typed) {
    HANDLE keyboard;
    CHECK(reach(keyboard, u"\\Device\\KeyboardClass0", FILE_READ_DATA | FILE_WRITE_DATA) == STATUS_SUCCESS);
    UCHAR keys[24];
    IO_STATUS_BLOCK block;
    LARGE_INTEGER start = {};
    expect("read what is typed",
           NtReadFile(keyboard, nullptr, nullptr, nullptr, &block, keys, sizeof keys, &start, nullptr),
           STATUS_PRIVILEGE_NOT_HELD);
    expect("throw away what is typed", NtFlushBuffersFile(keyboard, &block), STATUS_PRIVILEGE_NOT_HELD);
    NtClose(keyboard);
}

TEST(attempts_are_counted) {
    test::print("%d attempts", attempts);
}

}  // namespace
