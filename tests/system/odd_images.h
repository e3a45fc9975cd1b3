// SPDX-License-Identifier: GPL-3.0-only
// A file with an odd image in it, and what sections, the loader and the making of processes answer to it.
#pragma once

#include "tests/system/test.h"

namespace odd {

constexpr ULONG kMostBytes = 0x20000;
constexpr ULONG kMostTime = 2;  // seconds that a process of a changed image gets
inline const WCHAR kPath[] = u"\\SystemRoot\\odd.img";
inline const WCHAR kDosPath[] = u"C:\\Windows\\odd.img";

// Not among the program's data, which would be part of its image.
inline UCHAR* original;
inline UCHAR* image;
inline ULONG size;

inline HANDLE open(const WCHAR* path, ACCESS_MASK access, ULONG disposition) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    NtCreateFile(&file, access | SYNCHRONIZE, &attributes, &io, nullptr, FILE_ATTRIBUTE_NORMAL,
                 FILE_SHARE_READ | FILE_SHARE_DELETE, disposition, FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    return file;
}

inline bool take(const WCHAR* path) {
    const HANDLE file = open(path, FILE_READ_DATA, FILE_OPEN);
    IO_STATUS_BLOCK io = {};
    if (!file) return false;
    if (!original) {
        original = static_cast<UCHAR*>(RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, kMostBytes));
        image = static_cast<UCHAR*>(RtlAllocateHeap(RtlProcessHeap(), HEAP_ZERO_MEMORY, kMostBytes));
        if (!original || !image) return false;
    }
    NtReadFile(file, nullptr, nullptr, nullptr, &io, original, kMostBytes, nullptr, nullptr);
    NtClose(file);
    size = static_cast<ULONG>(io.Information);
    return size > 0x400 && size < kMostBytes;
}

// What a program's manifest says, in a file beside it; null takes the file away.
inline bool put_manifest(const char* text) {
    const WCHAR path[] = u"\\SystemRoot\\odd.img.manifest";
    const HANDLE file = open(path, text ? FILE_WRITE_DATA : DELETE, text ? FILE_OVERWRITE_IF : FILE_OPEN_IF);
    IO_STATUS_BLOCK io = {};
    if (!file) return false;
    NTSTATUS status = STATUS_SUCCESS;
    if (text) {
        status = NtWriteFile(file, nullptr, nullptr, nullptr, &io, text, static_cast<ULONG>(strlen(text)),
                             nullptr, nullptr);
    } else {
        FILE_DISPOSITION_INFORMATION gone = {TRUE};
        status = NtSetInformationFile(file, &io, &gone, sizeof(gone), FileDispositionInformation);
    }
    NtClose(file);
    return NT_SUCCESS(status);
}

inline bool put_file(ULONG bytes) {
    HANDLE file = open(kPath, FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    // What is left of a process that could not be made goes in its own time, and its image with it.
    for (unsigned times = 0; !file && times < 100; ++times) {
        LARGE_INTEGER soon;
        soon.QuadPart = -100'000;
        NtDelayExecution(FALSE, &soon);
        file = open(kPath, FILE_WRITE_DATA, FILE_OVERWRITE_IF);
    }
    IO_STATUS_BLOCK io = {};
    if (!file) return false;
    if (bytes) NtWriteFile(file, nullptr, nullptr, nullptr, &io, image, bytes, nullptr, nullptr);
    NtClose(file);
    return io.Information == bytes;
}

// --- fields

inline IMAGE_NT_HEADERS& headers() {
    return *reinterpret_cast<IMAGE_NT_HEADERS*>(image + reinterpret_cast<IMAGE_DOS_HEADER*>(image)->e_lfanew);
}
inline IMAGE_OPTIONAL_HEADER64& optional() {
    return headers().OptionalHeader;
}
inline IMAGE_DATA_DIRECTORY& directory(unsigned index) {
    return optional().DataDirectory[index];
}
inline IMAGE_SECTION_HEADER& section(unsigned index) {
    return IMAGE_FIRST_SECTION(&headers())[index];
}
// --- what is tried

inline NTSTATUS create_section(HANDLE& made) {
    const HANDLE file = open(kPath, FILE_READ_DATA | FILE_EXECUTE, FILE_OPEN);
    made = nullptr;
    const NTSTATUS status =
        NtCreateSection(&made, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE_READ, SEC_IMAGE, file);
    NtClose(file);
    return status;
}

inline NTSTATUS map_section() {
    HANDLE made;
    NTSTATUS status = create_section(made);
    if (!NT_SUCCESS(status)) return status;
    PVOID base = nullptr;
    SIZE_T length = 0;
    status = NtMapViewOfSection(made, NtCurrentProcess(), &base, 0, 0, nullptr, &length, ViewShare, 0,
                                PAGE_EXECUTE_READ);
    NtClose(made);
    if (NT_SUCCESS(status)) NtUnmapViewOfSection(NtCurrentProcess(), base);
    return status;
}

inline NTSTATUS load() {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, kDosPath);
    PVOID base = nullptr;
    const NTSTATUS status = LdrLoadDll(nullptr, nullptr, &name, &base);
    if (NT_SUCCESS(status)) LdrUnloadDll(base);
    return status;
}

// What making the process says, or what it ended with. STATUS_TIMEOUT: it did not end and was ended.
inline NTSTATUS run() {
    UNICODE_STRING path, nt, command = RTL_CONSTANT_STRING(u"odd.img child");
    RtlInitUnicodeString(&path, kDosPath);
    RtlInitUnicodeString(&nt, kPath);
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    NTSTATUS status =
        RtlCreateProcessParametersEx(&parameters, &path, nullptr, nullptr, &command, nullptr, nullptr,
                                     nullptr, nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    if (!NT_SUCCESS(status)) return status;
    RTL_USER_PROCESS_INFORMATION made = {};
    status = RtlCreateUserProcess(&nt, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr, nullptr, FALSE,
                                  nullptr, nullptr, &made);
    RtlDestroyProcessParameters(parameters);
    if (!NT_SUCCESS(status)) return status;
    NtResumeThread(made.Thread, nullptr);
    LARGE_INTEGER timeout;
    timeout.QuadPart = -10'000'000LL * kMostTime;
    const bool late = NtWaitForSingleObject(made.Process, FALSE, &timeout) == STATUS_TIMEOUT;
    if (late) {
        NtTerminateProcess(made.Process, STATUS_TIMEOUT);
        NtWaitForSingleObject(made.Process, FALSE, nullptr);
    }
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(made.Process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
    NtClose(made.Thread);
    NtClose(made.Process);
    return basic.ExitStatus;
}

struct Odd {
    const char* what;
    void (*change)();
    NTSTATUS mapped;  // by NtCreateSection and NtMapViewOfSection
    NTSTATUS used;    // by the loader, or as a process
};

constexpr NTSTATUS kGood = STATUS_SUCCESS;
constexpr NTSTATUS kMoved = STATUS_IMAGE_NOT_AT_BASE;
constexpr NTSTATUS kBad = STATUS_INVALID_IMAGE_FORMAT;
constexpr NTSTATUS kDos = STATUS_INVALID_IMAGE_PROTECT;  // a DOS program, as NT calls it

inline void check(const Odd& odd, ULONG whole, NTSTATUS (*use)()) {
    size = whole;
    memcpy(image, original, kMostBytes);
    odd.change();
    if (!put_file(size)) return test::fail(odd.what, __FILE__, __LINE__);
    const NTSTATUS mapped = map_section(), used = use();
    if (mapped == odd.mapped && used == odd.used) return;
    test::print("%s: mapped %08x, not %08x; used %08x, not %08x", odd.what, mapped, odd.mapped, used,
                odd.used);
    test::fail(odd.what, __FILE__, __LINE__);
}

}  // namespace odd
