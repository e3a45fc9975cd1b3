// SPDX-License-Identifier: GPL-3.0-only
//
// A driver has many megabytes of physical memory in a run, also when the memory was a program's before; what
// it gives back is there again for the next.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/hoarder/hoarder.h"

namespace {

using test::check;

constexpr WCHAR kService[] = u"Contiguous";
// 62.7 MiB is the longest run there is at 256 MB: the largest untyped has 64, less its head (mm/chunks.hpp).
constexpr ULONG kMegabytes[] = {4, 16, 60};

NTSTATUS run(HANDLE device, ULONG megabytes) {
    return test::control(device, HOARDER_RUN, megabytes);
}

// Takes nearly all there is, page by page, and gives it back.
bool use_all() {
    constexpr SIZE_T kPiece = 1 << 20;
    constexpr ULONG kMost = 1024;
    static PVOID pieces[kMost];
    ULONG count = 0;
    for (; count < kMost; ++count) {
        SIZE_T size = kPiece;
        pieces[count] = nullptr;
        if (!NT_SUCCESS(NtAllocateVirtualMemory(NtCurrentProcess(), &pieces[count], 0, &size,
                                                MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE)))
            break;
        for (SIZE_T at = 0; at < kPiece; at += 4096)
            static_cast<volatile UCHAR*>(pieces[count])[at] = 1;
    }
    for (ULONG i = 0; i < count; ++i) {
        SIZE_T size = 0;
        if (!NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &pieces[i], &size, MEM_RELEASE)))
            return false;
    }
    return count > 0;
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    // Zeroing many pages takes a while.
    NTSTATUS status = test::load_driver(kService, u"System32\\drivers\\hoarder.sys", 60'000);
    check("the driver is loaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    HANDLE device = nullptr;
    status = test::open_device(kService, device);
    check("its device is opened", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    for (ULONG megabytes : kMegabytes) {
        status = run(device, megabytes);
        check("a run", NT_SUCCESS(status), "of so many MiB", megabytes);
    }
    check("all memory is used once", use_all());
    for (ULONG megabytes : kMegabytes) {
        status = run(device, megabytes);
        check("a run of what was a program's", NT_SUCCESS(status), "of so many MiB", megabytes);
    }
    status = run(device, 1 << 11);
    check("what is not there", status == STATUS_INSUFFICIENT_RESOURCES, "status", static_cast<ULONG>(status));
    NtClose(device);
    check("the driver goes", NT_SUCCESS(test::unload_driver(kService)));
    test::end();
}
