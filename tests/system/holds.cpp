// SPDX-License-Identifier: GPL-3.0-only
//
// A file system that is called to hold its files still while a section is made: that refuses, takes its time,
// dies over it, has all its threads for requests busy, or is killed meanwhile. No file of a driver's has
// pages yet, so each section fails in the end.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/holder/holder.h"

namespace {

using test::check;

constexpr ULONG kThreads = 40;  // more than a host has for requests
constexpr NTSTATUS kHeld = STATUS_INVALID_FILE_FOR_SECTION;

void expect(const char* name, NTSTATUS status, NTSTATUS expected) {
    check(name, status == expected, "status", static_cast<ULONG>(status));
}

HANDLE open(const WCHAR* device, const WCHAR* path) {
    test::Path full(device, path);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &full.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io{};
    HANDLE file = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_READ,
               FILE_SYNCHRONOUS_IO_NONALERT);
    return file;
}

NTSTATUS make_section(HANDLE file) {
    HANDLE section = nullptr;
    LARGE_INTEGER size;
    size.QuadPart = 4096;
    return NtCreateSection(&section, SECTION_MAP_READ, nullptr, &size, PAGE_READONLY, SEC_COMMIT, file);
}

// Of a file that is opened for it.
NTSTATUS make_section(const WCHAR* path) {
    HANDLE file = open(u"\\Device\\Holder", path);
    NTSTATUS status = make_section(file);
    NtClose(file);
    return status;
}

NTSTATUS ask(ULONG code, HOLDER_SEEN* seen) {
    HANDLE file = open(u"\\Device\\Holder", u"");
    IO_STATUS_BLOCK io{};
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, code, nullptr, 0, seen,
                                            seen != nullptr ? sizeof *seen : 0);
    NtClose(file);
    return status;
}

HOLDER_SEEN look() {
    HOLDER_SEEN seen{};
    ask(HOLDER_LOOK, &seen);
    return seen;
}

ULONG64 now() {
    LARGE_INTEGER time;
    NtQuerySystemTime(&time);
    return static_cast<ULONG64>(time.QuadPart);
}

void pause(ULONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

HANDLE start(NTSTATUS(NTAPI* routine)(PVOID), PVOID argument) {
    HANDLE thread = nullptr;
    NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                     reinterpret_cast<PVOID>(routine), argument, 0, 0, 16384, 65536, nullptr);
    return thread;
}

NTSTATUS wait_for(HANDLE thread) {
    THREAD_BASIC_INFORMATION basic{};
    NtWaitForSingleObject(thread, FALSE, nullptr);
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    NtClose(thread);
    return basic.ExitStatus;
}

NTSTATUS NTAPI section_of(PVOID path) {
    NtTerminateThread(NtCurrentThread(), make_section(static_cast<const WCHAR*>(path)));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI block(PVOID) {
    ask(HOLDER_BLOCK, nullptr);
    NtTerminateThread(NtCurrentThread(), STATUS_SUCCESS);
    return STATUS_SUCCESS;
}

WCHAR slow[] = u"\\slow";

void holds() {
    expect("a section of a file system's file", make_section(u"\\held"), kHeld);
    HOLDER_SEEN seen = look();
    check("  which held it", seen.Acquired == 1 && seen.Released == 1, "calls",
          seen.Acquired << 8 | seen.Released);
    check("  by one thread, with its table between", seen.Wrong == 0 && seen.Table == 1, "wrong", seen.Wrong);
    check("  for this protection", seen.Protection == PAGE_READONLY);
    expect("one that it does not hold", make_section(u"\\refused"), STATUS_FILE_LOCK_CONFLICT);
    seen = look();
    check("  it does not let go", seen.Acquired == 1 && seen.Released == 1);
    ULONG64 before = now();
    expect("one over which it takes its time", make_section(slow), kHeld);
    check("  is waited for", now() - before >= HOLDER_SLOW * 10'000ull);
}

void one_after_the_other() {
    HANDLE threads[4];
    for (HANDLE& thread : threads)
        thread = start(section_of, slow);
    ULONG good = 0;
    for (HANDLE thread : threads)
        good += wait_for(thread) == kHeld;
    HOLDER_SEEN seen = look();
    check("of several at once each has its turn", good == 4 && seen.Wrong == 0, "wrong", seen.Wrong);
    // Who waited is gone; what it was waited for goes on to its end.
    HANDLE thread = start(section_of, slow);
    pause(HOLDER_SLOW / 3);
    NtTerminateThread(thread, STATUS_CANCELLED);
    wait_for(thread);
    expect("a thread ended over it harms nobody", make_section(u"\\held"), kHeld);
    seen = look();
    check("  what was acquired for it is let go", seen.Acquired == seen.Released && seen.Wrong == 0,
          "released", seen.Acquired << 8 | seen.Released);
}

void while_all_are_busy() {
    HANDLE file = open(u"\\Device\\Holder", u"\\crowd");
    HANDLE threads[kThreads];
    for (HANDLE& thread : threads)
        thread = start(block, nullptr);
    expect("with all threads for requests busy", make_section(file), kHeld);
    NtClose(open(u"\\Device\\Holder", u"\\unblock"));
    for (HANDLE thread : threads)
        wait_for(thread);
    ULONG blocked = look().Blocked;
    check("  which they were", blocked >= HOLDER_CROWD, "threads", blocked);
    NtClose(file);
}

void deaths() {
    expect("a file that it dies over", make_section(u"\\deadly"), STATUS_DRIVER_PROCESS_TERMINATED);
    expect("  others are held by the next", make_section(u"\\held"), kHeld);
    HOLDER_SEEN seen = look();
    check("  which knows of no other", seen.Acquired == 1 && seen.Released == 1 && seen.Wrong == 0, "calls",
          seen.Acquired << 8 | seen.Released);
    HANDLE thread = start(section_of, slow);
    pause(HOLDER_SLOW / 3);
    test::kill_process(test::host_process(u"Holder"));
    expect("one that is killed over it", wait_for(thread), kHeld);
    seen = look();
    check("  the next is asked again", seen.Acquired == 1 && seen.Released == 1 && seen.Wrong == 0, "calls",
          seen.Acquired << 8 | seen.Released);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    // Not a controlled hang, so the watchdog's time is longer than all that blocks.
    NTSTATUS status = test::load_driver(u"Holder", u"System32\\drivers\\holder.sys", 5000);
    expect("a file system that holds its files is loaded", status, STATUS_SUCCESS);
    if (NT_SUCCESS(status)) {
        holds();
        one_after_the_other();
        while_all_are_busy();
        deaths();
        test::unload_driver(u"Holder");
    }
    HANDLE file = open(u"\\Device\\Null", u"");
    expect("a driver that holds nothing", make_section(file), kHeld);
    NtClose(file);
    test::end();
}
