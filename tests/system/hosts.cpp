// SPDX-License-Identifier: GPL-3.0-only
//
// Driver hosts from a program's side: many of them, loaded and unloaded often, killed by a person, and with a
// driver that lies to the Executive.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/liar/liar.h"

namespace {

using test::check;
using test::control;
using test::host_process;
using test::open_device;

constexpr WCHAR kImage[] = u"System32\\drivers\\liar.sys";
constexpr ULONG kHosts = 100;
constexpr ULONG kLoads = 100;

NTSTATUS load(const WCHAR* service) {
    test::set_service_text(service, u"Stateless", u"0x222004");  // LIAR_ADD_ONE
    return test::load_driver(service, kImage);
}

NTSTATUS unload(const WCHAR* service) {
    return test::unload_driver(service);
}

bool works(HANDLE file) {
    ULONG value = 41;
    return NT_SUCCESS(control(file, LIAR_ADD_ONE, value)) && value == 42;
}

bool device_works(const WCHAR* device) {
    HANDLE file = nullptr;
    if (!NT_SUCCESS(open_device(device, file))) return false;
    bool good = works(file);
    NtClose(file);
    return good;
}

void number_name(WCHAR (&name)[16], ULONG number) {
    wcscpy(name, u"Liar000");
    for (int place = 6; number != 0; number /= 10, place--)
        name[place] = static_cast<WCHAR>(u'0' + number % 10);
}

void many_loads() {
    for (ULONG i = 0; i < kLoads; i++) {
        NTSTATUS status = load(u"LiarAgain");
        bool good = NT_SUCCESS(status) && device_works(u"LiarAgain");
        if (good) status = unload(u"LiarAgain");
        if (!good || !NT_SUCCESS(status)) return test::fail("loads and unloads", "at number", i);
    }
    test::pass("loads and unloads");
}

void many_hosts() {
    WCHAR name[16];
    ULONG up = 0, good = 0, down = 0;
    for (; up < kHosts; up++) {
        number_name(name, up);
        if (!NT_SUCCESS(load(name))) break;
    }
    check("hosts side by side", up == kHosts, "started", up);
    for (ULONG i = 0; i < up; i++) {
        number_name(name, i);
        good += device_works(name);
    }
    check("each of them works", good == up, "working", good);
    for (ULONG i = 0; i < up; i++) {
        number_name(name, i);
        down += NT_SUCCESS(unload(name));
    }
    check("and is unloaded", down == up, "unloaded", down);
}

// A kill is no fault of the driver's, however often.
void killed_often() {
    HANDLE file = nullptr;
    NTSTATUS status = load(u"LiarKilled");
    if (NT_SUCCESS(status)) status = open_device(u"LiarKilled", file);
    ULONG survived = 0;
    while (NT_SUCCESS(status) && survived < 8) {
        ULONG before = host_process(u"LiarKilled");
        test::kill_process(before);
        if (!works(file) && !works(file)) break;  // the request may have been at hand
        if (host_process(u"LiarKilled") == before) break;
        survived++;
    }
    check("killed eight times", survived == 8, "survived", survived);
    NtClose(file);
    unload(u"LiarKilled");
}

void forged_completion() {
    HANDLE file = nullptr;
    NTSTATUS status = load(u"LiarForge");
    if (NT_SUCCESS(status)) status = open_device(u"LiarForge", file);
    check("a liar is loaded", NT_SUCCESS(status) && works(file), "status", static_cast<ULONG>(status));
    ULONG before = host_process(u"LiarForge"), value = 0;
    control(file, LIAR_FORGE, value);
    check("works after its forgery", works(file) || works(file));
    check("in another process", host_process(u"LiarForge") != before);
    NtClose(file);
    unload(u"LiarForge");
}

void stale_bytes() {
    HANDLE file = nullptr;
    if (NT_SUCCESS(load(u"LiarClaim"))) open_device(u"LiarClaim", file);
    UCHAR buffer[600];
    memset(buffer, 0x5a, sizeof buffer);
    IO_STATUS_BLOCK result{};
    // Fills what the next request might get.
    NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, LIAR_ADD_ONE, buffer, sizeof buffer,
                          buffer, sizeof buffer);
    ULONG value = 0x11111111;
    memset(buffer, 0x33, sizeof buffer);
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, LIAR_CLAIM, &value,
                                            sizeof value, buffer, sizeof buffer);
    ULONG stale = 0;
    for (ULONG i = sizeof value; i < sizeof buffer; i++)
        stale += buffer[i] != 0;
    check("what a driver did not write is zero", NT_SUCCESS(status) && stale == 0, "stale bytes", stale);
    NtClose(file);
    unload(u"LiarClaim");
}

void deleted_device() {
    HANDLE old = nullptr, file = nullptr;
    if (NT_SUCCESS(load(u"LiarDelete"))) open_device(u"LiarDelete", old);
    ULONG value = 0;
    NTSTATUS status = control(old, LIAR_REPLACE_DEVICE, value);
    check("a device is deleted with a file open", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    status = control(old, LIAR_ADD_ONE, value);
    check("the file answers STATUS_DELETE_PENDING", status == STATUS_DELETE_PENDING, "status",
          static_cast<ULONG>(status));
    status = open_device(u"LiarDelete", file);
    check("the name is the new device's", NT_SUCCESS(status) && works(file), "status",
          static_cast<ULONG>(status));
    status = unload(u"LiarDelete");
    check("no unload while files are open", status == STATUS_DEVICE_BUSY, "status",
          static_cast<ULONG>(status));
    status = control(file, LIAR_ENDED_FILES, value);
    check("the old one's file is open", NT_SUCCESS(status) && value == 0, "ends", value);
    NtClose(old);
    status = control(file, LIAR_ENDED_FILES, value);
    for (int i = 0; i < 100 && value != 0x10001; i++) {
        LARGE_INTEGER pause;
        pause.QuadPart = -100'000;
        NtDelayExecution(FALSE, &pause);
        status = control(file, LIAR_ENDED_FILES, value);
    }
    check("it sees its clean-up and close", NT_SUCCESS(status) && value == 0x10001, "ends", value);
    NtClose(file);
    status = unload(u"LiarDelete");
    check("and is unloaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
}

// Its UNLOAD is marked pending and never done: the host is ended, and the driver is out.
void stubborn() {
    HANDLE file = nullptr;
    if (NT_SUCCESS(load(u"LiarStubborn"))) open_device(u"LiarStubborn", file);
    ULONG value = 0;
    control(file, LIAR_NEVER_UNLOAD, value);
    NtClose(file);
    NTSTATUS status = unload(u"LiarStubborn");
    check("an unload that pends for ever ends", status == STATUS_DRIVER_PROCESS_TERMINATED, "status",
          static_cast<ULONG>(status));
    check("the driver is out", open_device(u"LiarStubborn", file) == STATUS_OBJECT_NAME_NOT_FOUND);
    status = load(u"LiarStubborn");
    check("and can be loaded again", NT_SUCCESS(status) && device_works(u"LiarStubborn"), "status",
          static_cast<ULONG>(status));
    unload(u"LiarStubborn");
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    forged_completion();
    stale_bytes();
    deleted_device();
    stubborn();
    killed_often();
    many_loads();
    many_hosts();
    test::end();
}
