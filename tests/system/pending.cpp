// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that lets a thousand requests pend serves others as if there were none; each of the thousand can
// be cancelled, and outlives the driver.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/scribbler/scribbler.h"

namespace {

using test::check;

constexpr ULONG kReads = 1000;
constexpr WCHAR kDevice[] = u"Scribbler";
IO_STATUS_BLOCK blocks[kReads];
ULONG buffers[kReads];
ULONG page[1024];

HANDLE open_asynchronously() {
    HANDLE file = nullptr;
    test::Path path(u"\\Device\\", kDevice);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io{};
    NtOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
    return file;
}

NTSTATUS read(HANDLE file, LONGLONG at, IO_STATUS_BLOCK& block, void* buffer, ULONG length) {
    LARGE_INTEGER offset;
    offset.QuadPart = at;
    return NtReadFile(file, nullptr, nullptr, nullptr, &block, buffer, length, &offset, nullptr);
}

ULONG issue_all(HANDLE file) {
    ULONG pending = 0;
    for (ULONG i = 0; i < kReads; i++) {
        blocks[i].Status = STATUS_PENDING;
        NTSTATUS status = read(file, SCRIBBLER_PEND, blocks[i], &buffers[i], sizeof buffers[i]);
        pending += status == STATUS_PENDING;
    }
    return pending;
}

ULONG count(NTSTATUS status) {
    ULONG found = 0;
    for (const IO_STATUS_BLOCK& block : blocks)
        found += block.Status == status;
    return found;
}

// Every kind of request of another file, often.
ULONG serves() {
    ULONG good = 0;
    for (ULONG i = 0; i < 100; i++) {
        HANDLE file = nullptr;
        IO_STATUS_BLOCK io{};
        LARGE_INTEGER start{};
        ULONG seen = ~0u;
        if (!NT_SUCCESS(test::open_device(kDevice, file))) continue;
        bool control = NT_SUCCESS(test::control(file, SCRIBBLER_SEEN, seen));
        bool written =
            NT_SUCCESS(NtWriteFile(file, nullptr, nullptr, nullptr, &io, page, sizeof page, &start, nullptr));
        bool answered = NT_SUCCESS(read(file, SCRIBBLER_IDLE, io, page, 16));
        good += control && written && answered && NT_SUCCESS(NtClose(file));
    }
    return good;
}

// Told one by one, which waits for none of them.
void cancel_each(HANDLE file) {
    ULONG good = 0;
    for (ULONG i = 0; i < kReads; i++) {
        IO_STATUS_BLOCK io{};
        good += NT_SUCCESS(NtCancelIoFileEx(file, &blocks[i * 7 % kReads], &io));
    }
    check("  each can be cancelled alone", good == kReads, "cancelled", good);
    for (ULONG i = 0; i < 500 && count(STATUS_CANCELLED) < kReads; i++) {
        LARGE_INTEGER pause;
        pause.QuadPart = -100'000;  // 10 ms
        NtDelayExecution(FALSE, &pause);
    }
    check("  and is", count(STATUS_CANCELLED) == kReads, "cancelled", count(STATUS_CANCELLED));
}

void pending_at(const WCHAR* service) {
    HANDLE file = open_asynchronously();
    ULONG pending = issue_all(file);
    check("a thousand reads pend", pending == kReads, "pending", pending);
    ULONG good = serves();
    check("  others are served", good == 100, "served", good);
    check("  and they still pend", count(STATUS_PENDING) == kReads);
    cancel_each(file);

    pending = issue_all(file);
    IO_STATUS_BLOCK io{};
    NTSTATUS status = NtCancelIoFile(file, &io);
    check("  or all at once", NT_SUCCESS(status) && count(STATUS_CANCELLED) == kReads, "cancelled",
          count(STATUS_CANCELLED));

    pending = issue_all(file);
    ULONG before = test::host_process(service);
    test::kill_process(before);
    good = serves();
    check("their driver is killed", test::host_process(service) != before);
    check("  the next serves others", good == 100, "served", good);
    check("  and they still pend", count(STATUS_PENDING) == kReads, "pending", count(STATUS_PENDING));
    status = NtCancelIoFile(file, &io);
    check("  until they are cancelled", NT_SUCCESS(status) && count(STATUS_CANCELLED) == kReads, "cancelled",
          count(STATUS_CANCELLED));

    NtClose(file);
    status = test::unload_driver(service);
    check("the driver is unloaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    constexpr WCHAR kImage[] = u"System32\\drivers\\scribbler.sys";
    struct Case {
        const WCHAR* service;
        ULONG depth;
    };
    constexpr Case kCases[] = {{u"PendShallow", 16}, {u"PendUsual", 64}, {u"PendDeep", 256}};
    for (const Case& each : kCases) {
        test::set_service_number(each.service, u"RingDepth", each.depth);
        NTSTATUS status = test::load_driver(each.service, kImage);
        check("a driver is loaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
        if (NT_SUCCESS(status)) pending_at(each.service);
    }
    constexpr ULONG kNonsense[] = {0, 8, 63, 512, ~0u};
    for (ULONG depth : kNonsense) {
        test::set_service_number(u"PendNonsense", u"RingDepth", depth);
        check("a depth that cannot be",
              test::load_driver(u"PendNonsense", kImage) == STATUS_INVALID_PARAMETER);
    }
    test::end();
}
