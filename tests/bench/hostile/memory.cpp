// SPDX-License-Identifier: GPL-3.0-only
//
// Large sizes: copies, memory given back, transfers.
#include "tests/bench/hostile/hostile.hpp"

namespace hostile {

namespace {

void copies() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    PVOID from = memory(kSize);
    PVOID to = memory(kSize);
    SIZE_T count;
    NtReadVirtualMemory(NtCurrentProcess(), from, to, kSize, &count);
    NtWriteVirtualMemory(NtCurrentProcess(), from, to, kSize, &count);
    give_back(from);
    give_back(to);
}

void frees() {
    constexpr SIZE_T kSize = 64 * kMegabyte;
    auto* base = static_cast<volatile UCHAR*>(memory(kSize));
    for (SIZE_T at = 0; at < kSize; at += 4096)
        base[at] = 1;
    PVOID range = const_cast<UCHAR*>(base);
    SIZE_T size = kSize;
    ULONG before;
    NtProtectVirtualMemory(NtCurrentProcess(), &range, &size, PAGE_READONLY, &before);
    give_back(range);
}

void transfers() {
    constexpr ULONG kSize = 64 * kMegabyte;
    PVOID buffer = memory(kSize);
    IO_STATUS_BLOCK io;
    app::Handle null, file;
    NTSTATUS status = app::open_file(u"\\Device\\Null", FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
                                     FILE_SYNCHRONOUS_IO_NONALERT, *null.receive());
    if (NT_SUCCESS(status))
        status = NtWriteFile(null.get(), nullptr, nullptr, nullptr, &io, buffer, kSize, nullptr, nullptr);
    if (!NT_SUCCESS(status)) fail(u"null", status);
    app::Attributes where(u"\\SystemRoot\\hostile.bin");
    status = NtCreateFile(file.receive(), FILE_READ_DATA | FILE_WRITE_DATA | DELETE | SYNCHRONIZE,
                          where.get(), &io, nullptr, 0, 0, FILE_OVERWRITE_IF,
                          FILE_DELETE_ON_CLOSE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
    if (!NT_SUCCESS(status)) return fail(u"file", status);
    LARGE_INTEGER start = {};
    for (int round = 0; round < 2; ++round) {
        status = NtWriteFile(file.get(), nullptr, nullptr, nullptr, &io, buffer, kSize / 4, &start, nullptr);
        if (!NT_SUCCESS(status)) fail(u"write", status);
        status = NtReadFile(file.get(), nullptr, nullptr, nullptr, &io, buffer, kSize / 4, &start, nullptr);
        if (!NT_SUCCESS(status)) fail(u"read", status);
    }
    NtFlushBuffersFile(file.get(), &io);
    FILE_END_OF_FILE_INFORMATION end = {};
    end.EndOfFile.QuadPart = 1;
    NtSetInformationFile(file.get(), &io, &end, sizeof end, FileEndOfFileInformation);
    give_back(buffer);
}

constexpr Load kLoads[] = {
    {u"copies", copies},
    {u"frees", frees},
    {u"transfers", transfers},
};

}  // namespace

Loads memory_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
