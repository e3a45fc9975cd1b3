// SPDX-License-Identifier: GPL-3.0-only
//
// Short names for what tests of sections do.
#pragma once

#include "tests/system/test.h"

namespace sections {

constexpr SIZE_T kPage = 0x1000;
constexpr SIZE_T kBlock = 0x10000;
constexpr LONGLONG kNoSize = -12345;

inline NTSTATUS open(HANDLE& file, const WCHAR* path, ACCESS_MASK access, ULONG disposition, ULONG options) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    file = nullptr;
    return NtCreateFile(&file, access | SYNCHRONIZE, &attributes, &io, nullptr, 0,
                        FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, disposition,
                        options | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}
inline HANDLE open(const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN, ULONG options = 0) {
    HANDLE file;
    open(file, path, access, disposition, options);
    return file;
}
inline NTSTATUS open_status(const WCHAR* path, ACCESS_MASK access, ULONG disposition = FILE_OPEN,
                            ULONG options = 0) {
    HANDLE file;
    const NTSTATUS status = open(file, path, access, disposition, options);
    if (file) NtClose(file);
    return status;
}

// A file that is gone with its handle.
inline HANDLE fresh(ULONG bytes) {
    const HANDLE file =
        open(u"\\SystemRoot\\sections.dat", FILE_READ_DATA | FILE_WRITE_DATA | FILE_EXECUTE | DELETE,
             FILE_OVERWRITE_IF, FILE_DELETE_ON_CLOSE);
    static char data[2 * kPage];
    for (SIZE_T i = 0; i < sizeof data; ++i)
        data[i] = static_cast<char>(i | 1);
    IO_STATUS_BLOCK io;
    LARGE_INTEGER at = {};
    if (bytes) NtWriteFile(file, nullptr, nullptr, nullptr, &io, data, bytes, &at, nullptr);
    return file;
}

inline NTSTATUS create(HANDLE& section, LONGLONG size, ULONG protection, ULONG attributes,
                       HANDLE file = nullptr, ACCESS_MASK access = SECTION_ALL_ACCESS) {
    LARGE_INTEGER maximum;
    maximum.QuadPart = size;
    section = nullptr;
    return NtCreateSection(&section, access, nullptr, size == kNoSize ? nullptr : &maximum, protection,
                           attributes, file);
}

inline NTSTATUS map(HANDLE section, PVOID& base, SIZE_T& size, LONGLONG offset, ULONG protection,
                    ULONG type = 0, ULONG_PTR zero_bits = 0, SIZE_T commit = 0) {
    LARGE_INTEGER at;
    at.QuadPart = offset;
    return NtMapViewOfSection(section, NtCurrentProcess(), &base, zero_bits, commit, &at, &size, ViewUnmap,
                              type, protection);
}
inline NTSTATUS map(HANDLE section, char*& base, ULONG protection, ULONG type = 0) {
    PVOID view = nullptr;
    SIZE_T size = 0;
    const NTSTATUS status = map(section, view, size, 0, protection, type);
    base = static_cast<char*>(view);
    return status;
}
inline NTSTATUS unmap(PVOID base) {
    return NtUnmapViewOfSection(NtCurrentProcess(), base);
}

inline NTSTATUS protect(PVOID base, ULONG protection) {
    SIZE_T size = kPage;
    ULONG old;
    return NtProtectVirtualMemory(NtCurrentProcess(), &base, &size, protection, &old);
}
inline NTSTATUS commit(PVOID base, SIZE_T size, ULONG protection) {
    return NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, protection);
}
inline MEMORY_BASIC_INFORMATION query(const void* address) {
    MEMORY_BASIC_INFORMATION information = {};
    NtQueryVirtualMemory(NtCurrentProcess(), const_cast<PVOID>(address), MemoryBasicInformation, &information,
                         sizeof information, nullptr);
    return information;
}
inline NTSTATUS touch(PVOID address, bool write) {
    char byte = 'x';
    return write ? NtWriteVirtualMemory(NtCurrentProcess(), address, &byte, 1, nullptr)
                 : NtReadVirtualMemory(NtCurrentProcess(), address, &byte, 1, nullptr);
}

inline NTSTATUS read(HANDLE file, void* to, ULONG length, LONGLONG offset) {
    IO_STATUS_BLOCK io;
    LARGE_INTEGER at;
    at.QuadPart = offset;
    return NtReadFile(file, nullptr, nullptr, nullptr, &io, to, length, &at, nullptr);
}
inline NTSTATUS write(HANDLE file, const char* text, ULONG length, LONGLONG offset) {
    IO_STATUS_BLOCK io;
    LARGE_INTEGER at;
    at.QuadPart = offset;
    return NtWriteFile(file, nullptr, nullptr, nullptr, &io, const_cast<char*>(text), length, &at, nullptr);
}
inline NTSTATUS set_size(HANDLE file, LONGLONG size) {
    IO_STATUS_BLOCK io;
    FILE_END_OF_FILE_INFORMATION end;
    end.EndOfFile.QuadPart = size;
    return NtSetInformationFile(file, &io, &end, sizeof end, FileEndOfFileInformation);
}
inline LONGLONG size_of(HANDLE file) {
    IO_STATUS_BLOCK io;
    FILE_STANDARD_INFORMATION information = {};
    NtQueryInformationFile(file, &io, &information, sizeof information, FileStandardInformation);
    return information.EndOfFile.QuadPart;
}

}  // namespace sections

using namespace sections;
