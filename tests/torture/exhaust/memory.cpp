// SPDX-License-Identifier: GPL-3.0-only
//
// Pages, what is promised, and what leads to pages.
#include "tests/torture/exhaust/exhaust.hpp"

namespace exhaust {

namespace {

constexpr SIZE_T kPiece = 64 << 10;

// With the last piece by single pages.
NTSTATUS commit(PVOID& base, SIZE_T& size) {
    base = nullptr;
    size = kPiece;
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    if (NT_SUCCESS(status)) return status;
    size = kPage;
    return NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                   PAGE_READWRITE);
}

NTSTATUS commitment(ULONG) {
    PVOID base;
    SIZE_T size;
    return commit(base, size);
}

// Through a service, so that a page that cannot be had is told by a status.
NTSTATUS touch(PVOID base, SIZE_T size) {
    for (SIZE_T at = 0; at < size; at += kPage) {
        UCHAR byte = 1;
        const NTSTATUS status =
            NtWriteVirtualMemory(NtCurrentProcess(), static_cast<char*>(base) + at, &byte, 1, nullptr);
        if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
}

NTSTATUS memory(ULONG) {
    PVOID base;
    SIZE_T size;
    const NTSTATUS status = commit(base, size);
    return NT_SUCCESS(status) ? touch(base, size) : status;
}

NTSTATUS regions(ULONG) {
    PVOID base = nullptr;
    SIZE_T size = kPage;
    return NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE, PAGE_READWRITE);
}

// One page in every 2 MiB of a region that is reserved only: each needs a page table of its own.
NTSTATUS tables(ULONG index) {
    constexpr SIZE_T kSpan = 2 << 20;
    constexpr SIZE_T kReserved = SIZE_T{1} << 40;
    static PVOID region;
    if (!region) {
        SIZE_T size = kReserved;
        const NTSTATUS status =
            NtAllocateVirtualMemory(NtCurrentProcess(), &region, 0, &size, MEM_RESERVE, PAGE_READWRITE);
        if (!NT_SUCCESS(status)) return status;
    }
    PVOID base = static_cast<char*>(region) + index * kSpan;
    SIZE_T size = kPage;
    const NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    return NT_SUCCESS(status) ? touch(base, size) : status;
}

NTSTATUS sections(ULONG) {
    HANDLE section;
    LARGE_INTEGER size;
    size.QuadPart = kPage;
    return NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
}

NTSTATUS views(ULONG) {
    static HANDLE section;
    if (!section) {
        LARGE_INTEGER size;
        size.QuadPart = kPage;
        const NTSTATUS status = NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE,
                                                SEC_COMMIT, nullptr);
        if (!NT_SUCCESS(status)) return status;
    }
    PVOID base = nullptr;
    SIZE_T view = 0;
    return NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                              PAGE_READWRITE);
}

NTSTATUS section_memory(ULONG) {
    HANDLE section;
    LARGE_INTEGER size;
    size.QuadPart = kPiece;
    NTSTATUS status =
        NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT, nullptr);
    PVOID base = nullptr;
    SIZE_T view = 0;
    if (NT_SUCCESS(status))
        status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                    PAGE_READWRITE);
    return NT_SUCCESS(status) ? touch(base, view) : status;
}

// A gigabyte at a time, nothing of it touched.
NTSTATUS large_sections(ULONG) {
    HANDLE section;
    LARGE_INTEGER size;
    size.QuadPart = 1 << 30;
    NTSTATUS status =
        NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_RESERVE, nullptr);
    PVOID base = nullptr;
    SIZE_T view = 0;
    if (NT_SUCCESS(status))
        status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                    PAGE_READWRITE);
    for (SIZE_T at = 0; NT_SUCCESS(status) && at < view; at += kPage) {
        PVOID page = static_cast<char*>(base) + at;
        SIZE_T length = kPage;
        status = NtAllocateVirtualMemory(NtCurrentProcess(), &page, 0, &length, MEM_COMMIT, PAGE_READWRITE);
        if (NT_SUCCESS(status)) status = touch(page, kPage);
    }
    return status;
}

// Copies of ntdll at other addresses than its own, every page of them looked at.
NTSTATUS relocated(ULONG) {
    static HANDLE section;
    if (!section) {
        HANDLE file;
        NTSTATUS status =
            app::open_file(u"\\SystemRoot\\System32\\ntdll.dll", FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE,
                           FILE_SYNCHRONOUS_IO_NONALERT, file);
        if (NT_SUCCESS(status))
            status = NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE,
                                     file);
        if (!NT_SUCCESS(status)) return status;
    }
    PVOID base = nullptr;
    SIZE_T view = 0;
    NTSTATUS status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap,
                                         0, PAGE_EXECUTE_READ);
    for (SIZE_T at = 0; NT_SUCCESS(status) && at < view; at += kPage) {
        UCHAR byte;
        const NTSTATUS read =
            NtReadVirtualMemory(NtCurrentProcess(), static_cast<char*>(base) + at, &byte, 1, nullptr);
        if (read == STATUS_NO_MEMORY || read == STATUS_COMMITMENT_LIMIT) status = read;
    }
    return status;
}

// Protections that alternate from page to page, of memory that is not there.
NTSTATUS protections(ULONG index) {
    constexpr SIZE_T kView = 16 << 20;
    constexpr ULONG kEach = kView / kPage / 2;
    static HANDLE section;
    static PVOID base;
    NTSTATUS status = STATUS_SUCCESS;
    if (!section) {
        LARGE_INTEGER size;
        size.QuadPart = kView;
        status = NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, &size, PAGE_READWRITE, SEC_COMMIT,
                                 nullptr);
    }
    if (NT_SUCCESS(status) && index % kEach == 0) {
        base = nullptr;
        SIZE_T view = 0;
        status = NtMapViewOfSection(section, NtCurrentProcess(), &base, 0, 0, nullptr, &view, ViewUnmap, 0,
                                    PAGE_READWRITE);
    }
    if (!NT_SUCCESS(status)) return status;
    PVOID page = static_cast<char*>(base) + 2 * (index % kEach) * kPage;
    SIZE_T size = kPage;
    ULONG before;
    return NtProtectVirtualMemory(NtCurrentProcess(), &page, &size, PAGE_READONLY, &before);
}

// Sections of one image, none of them mapped.
NTSTATUS images(ULONG) {
    static HANDLE file;
    if (!file) {
        const NTSTATUS status =
            app::open_file(u"\\SystemRoot\\System32\\ntdll.dll", FILE_READ_DATA | FILE_EXECUTE | SYNCHRONIZE,
                           FILE_SYNCHRONOUS_IO_NONALERT, file);
        if (!NT_SUCCESS(status)) return status;
    }
    HANDLE section;
    return NtCreateSection(&section, SECTION_ALL_ACCESS, nullptr, nullptr, PAGE_EXECUTE, SEC_IMAGE, file);
}

constexpr Kind kKinds[] = {
    {u"protections", protections},
    {u"images", images},
    {u"commitment", commitment},
    {u"memory", memory},
    {u"regions", regions},
    {u"tables", tables},
    {u"sections", sections},
    {u"views", views},
    {u"relocated", relocated},
    {u"section-memory", section_memory},
    {u"large-sections", large_sections},
};

}  // namespace

Kinds memory_kinds() {
    return {kKinds, sizeof kKinds / sizeof kKinds[0]};
}

}  // namespace exhaust
