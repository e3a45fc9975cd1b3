// SPDX-License-Identifier: GPL-3.0-only
//
// A device that is at work when its driver dies (QEMU's `edu` at 0:16.0): nothing that anybody else has by
// then is written to.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/edu/edu.h"

namespace {

using test::check;

constexpr ULONG kPage = 4096;
constexpr SIZE_T kRegion = 256 * kPage;
constexpr ULONG kRegions = 256;
alignas(kPage) UCHAR buffer[kPage];

// The device needs 100 ms.
constexpr LONG64 kStray = 500;

void wait(LONG64 milliseconds) {
    LARGE_INTEGER moment;
    moment.QuadPart = -milliseconds * 10000;
    NtDelayExecution(FALSE, &moment);
}

UCHAR* allocate(SIZE_T size) {
    void* base = nullptr;
    NTSTATUS status = NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, MEM_RESERVE | MEM_COMMIT,
                                              PAGE_READWRITE);
    return NT_SUCCESS(status) ? static_cast<UCHAR*>(base) : nullptr;
}

// Has what memory there is, and says how many pages of it are written to by somebody else.
struct AllMemory {
    UCHAR* regions[kRegions] = {};

    void take() {
        for (UCHAR*& region : regions) {
            if (!region) region = allocate(kRegion);
            for (SIZE_T at = 0; region && at < kRegion; at += kPage)
                *reinterpret_cast<volatile UCHAR*>(region + at) = 1;
        }
    }
    ULONG strays() {
        ULONG count = 0;
        for (UCHAR* region : regions)
            for (SIZE_T at = 0; region && at < kRegion; at += kPage)
                count += region[at] != 1;
        return count;
    }
    void release() {
        for (UCHAR*& region : regions) {
            void* base = region;
            SIZE_T size = 0;
            if (region) NtFreeVirtualMemory(NtCurrentProcess(), &base, &size, MEM_RELEASE);
            region = nullptr;
        }
    }
};
AllMemory memory;

void works(HANDLE file) {
    ULONG wrong = ~0u;
    NTSTATUS status = test::control(file, EDU_ROUND, wrong);
    check("the device reads and writes memory", NT_SUCCESS(status) && wrong == 0, "status",
          static_cast<ULONG>(status));
}

void common_buffer(HANDLE file) {
    works(file);
    ULONG value = 0;
    ULONG before = test::host_process(u"Edu");
    memory.take();
    NTSTATUS status = test::control(file, EDU_DIE, value);
    // Whatever of the host's memory is free is somebody's at once.
    for (int i = 0; i < 50; i++) {
        memory.take();
        wait(2);
    }
    check("a driver dies while its device is to write", NT_SUCCESS(status), "status",
          static_cast<ULONG>(status));
    wait(kStray);
    ULONG strays = memory.strays();
    check("  into nobody's memory", strays == 0, "pages", strays);
    status = test::control(file, EDU_STRAYS, value);
    check("  nor the next driver's", NT_SUCCESS(status) && value == 0, "bytes", value);
    memory.release();
    works(file);
    check("  and is started again", test::host_process(u"Edu") != before);
}

void lent_buffer(HANDLE file) {
    works(file);
    IO_STATUS_BLOCK io{};
    LARGE_INTEGER offset;
    offset.QuadPart = EDU_READ_AND_DIE;
    memset(buffer, 1, sizeof buffer);
    NTSTATUS status =
        NtReadFile(file, nullptr, nullptr, nullptr, &io, buffer, sizeof buffer, &offset, nullptr);
    check("a read whose driver dies is answered by the next", NT_SUCCESS(status), "status",
          static_cast<ULONG>(status));
    ULONG first = buffer[0];
    memset(buffer, 2, sizeof buffer);
    wait(kStray);
    ULONG wrong = 0;
    for (UCHAR byte : buffer)
        wrong += byte != 2;
    check("  and written to no more when it is", wrong == 0 && first == 1, "bytes", wrong);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE file = nullptr;
    test::set_service_text(u"Edu", u"Device", u"PCI\\VEN_1234&DEV_11E8: pci 0:16.0");
    test::set_service_text(u"Edu", u"Stateless", u"*");
    NTSTATUS status = test::load_driver(u"Edu", u"System32\\drivers\\edu.sys");
    if (NT_SUCCESS(status)) status = test::open_device(u"Edu", file);
    check("the device has a driver", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) {
        common_buffer(file);
        lent_buffer(file);
        NtClose(file);
        status = test::unload_driver(u"Edu");
        check("it is unloaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    }
    test::end();
}
