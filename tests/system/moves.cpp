// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host that is killed while the Executive moves a megabyte between it and a client: the client's
// read is made again by the next, and is whole.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/scribbler/scribbler.h"

namespace {

using test::check;

constexpr ULONG kLength = SCRIBBLER_LONG;
constexpr ULONG kKills = 30;
alignas(16) UCHAR buffer[kLength];
volatile bool over = false;
volatile ULONG reads = 0;

struct Outcome {
    ULONG good, failed, torn;
    NTSTATUS status;
};
Outcome outcome{};

// The driver leaves its buffer as it gets it, which is zeros.
bool whole() {
    for (UCHAR byte : buffer)
        if (byte != 0) return false;
    return true;
}

NTSTATUS NTAPI read_on(PVOID device) {
    while (!over) {
        IO_STATUS_BLOCK io{};
        LARGE_INTEGER offset;
        offset.QuadPart = SCRIBBLER_IDLE;
        memset(buffer, 0xee, sizeof buffer);
        NTSTATUS status =
            NtReadFile(device, nullptr, nullptr, nullptr, &io, buffer, kLength, &offset, nullptr);
        if (!NT_SUCCESS(status)) {
            outcome.failed++;
            outcome.status = status;
        } else if (io.Information == kLength && whole()) {
            outcome.good++;
        } else {
            outcome.torn++;
        }
        reads = reads + 1;
    }
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

void pause(ULONG microseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10ll * microseconds;
    NtDelayExecution(FALSE, &time);
}

// Each kill comes when a read has passed, a little later in the next than the one before. A host that ends by
// itself meanwhile is none.
ULONG kill_often() {
    ULONG kills = 0;
    for (ULONG i = 0; i < kKills; i++) {
        ULONG before = reads;
        for (ULONG wait = 0; wait < 5000 && reads == before; wait++)
            pause(1000);
        ULONG process = test::host_process(u"Scribbler");
        pause(300 * i);
        if (process != 0 && test::kill_process(process)) kills++;
    }
    return kills;
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE device = nullptr, thread = nullptr;
    NTSTATUS status = test::load_driver(u"Scribbler", u"System32\\drivers\\scribbler.sys", 5000);
    if (NT_SUCCESS(status)) status = test::open_device(u"ScribblerBuffered", device);
    check("a driver with buffered I/O", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                     reinterpret_cast<PVOID>(&read_on), device, 0, 0, 16384, 65536, nullptr);
    ULONG kills = kill_often();
    over = true;
    NtWaitForSingleObject(thread, FALSE, nullptr);
    check("is killed amid its reads", kills >= kKills / 2, "kills", kills);
    test::note("reads", outcome.good);
    check("  none of which fails", outcome.failed == 0 && outcome.good >= kKills, "status",
          static_cast<ULONG>(outcome.status));
    check("  nor ends with a part", outcome.torn == 0, "torn", outcome.torn);
    NtClose(device);
    test::unload_driver(u"Scribbler");
    test::end();
}
