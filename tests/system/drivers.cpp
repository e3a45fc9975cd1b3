// SPDX-License-Identifier: GPL-3.0-only
//
// Drivers from a program's side: the driver runtime exercised from inside a driver, and drivers that fault,
// hang, stop themselves or spoil what they share with the Executive. Whatever one does, its caller gets a
// status, the handle goes on working, and nobody else notices.
#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "tests/common/report.hpp"
#include "tests/drivers/exercise/exercise.h"
#include "tests/drivers/rogue/rogue.h"

namespace {

using test::check;

constexpr WCHAR kServices[] = u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\";
constexpr ULONG kWatchdog = 400;

struct Path {
    WCHAR text[128];
    UNICODE_STRING name;

    Path(const WCHAR* first, const WCHAR* second) {
        wcscpy(text, first);
        wcscat(text, second);
        RtlInitUnicodeString(&name, text);
    }
};

void set_value(HANDLE key, const WCHAR* name, ULONG type, const void* data, ULONG length) {
    UNICODE_STRING text;
    RtlInitUnicodeString(&text, name);
    NtSetValueKey(key, &text, 0, type, const_cast<void*>(data), length);
}

NTSTATUS create_service(const WCHAR* service, const WCHAR* image, const WCHAR* host) {
    Path path(kServices, service);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE key;
    NTSTATUS status =
        NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, REG_OPTION_VOLATILE, nullptr);
    if (!NT_SUCCESS(status)) return status;
    constexpr ULONG kernel_driver = 1, demand_start = 3;
    set_value(key, u"ImagePath", REG_SZ, image, static_cast<ULONG>((wcslen(image) + 1) * sizeof(WCHAR)));
    set_value(key, u"Type", REG_DWORD, &kernel_driver, sizeof kernel_driver);
    set_value(key, u"Start", REG_DWORD, &demand_start, sizeof demand_start);
    set_value(key, u"WatchdogMilliseconds", REG_DWORD, &kWatchdog, sizeof kWatchdog);
    // ROGUE_ADD_ONE
    constexpr WCHAR stateless[] = u"0x222004";
    set_value(key, u"Stateless", REG_SZ, stateless, sizeof stateless);
    if (host) set_value(key, u"Host", REG_SZ, host, static_cast<ULONG>((wcslen(host) + 1) * sizeof(WCHAR)));
    NtClose(key);
    return STATUS_SUCCESS;
}

NTSTATUS load(const WCHAR* service, const WCHAR* image, const WCHAR* host = nullptr) {
    NTSTATUS status = create_service(service, image, host);
    if (!NT_SUCCESS(status)) return status;
    Path path(kServices, service);
    return NtLoadDriver(&path.name);
}

NTSTATUS unload(const WCHAR* service) {
    Path path(kServices, service);
    return NtUnloadDriver(&path.name);
}

NTSTATUS open_device(const WCHAR* directory, const WCHAR* device, HANDLE& file) {
    Path path(directory, device);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK result;
    return NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &result,
                      FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_SYNCHRONOUS_IO_NONALERT);
}

NTSTATUS control(HANDLE file, ULONG code, ULONG& value) {
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, code, &value,
                                            sizeof value, &value, sizeof value);
    return status;
}

// --- a driver that behaves

void exercise_codes(HANDLE file) {
    static const char* const names[EXERCISE_LAST] = {
        "irql",         "timers", "work items", "system threads",          "registry",
        "pool",         "time",   "exceptions", "another driver's device", "strings",
        "code and data"};
    for (ULONG i = 0; i < EXERCISE_LAST; i++) {
        ULONG line = ~0u;
        NTSTATUS status = control(file, EXERCISE_CODE(i + 1), line);
        if (NT_SUCCESS(status))
            check(names[i], line == 0, "line of the driver's source", line);
        else
            test::fail(names[i], "the request failed", static_cast<ULONG>(status));
    }
}

void direct_transfer(HANDLE file) {
    static UCHAR buffer[3 * 4096];
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, EXERCISE_DIRECT,
                                            nullptr, 0, buffer + 100, 10'000);
    check("direct transfer", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    bool filled = true;
    for (ULONG i = 0; i < 10'000; i++)
        filled = filled && buffer[100 + i] == 0x5a;
    check("direct transfer fills the client's memory", filled && result.Information == 10'000);
    check("and nothing beside it", buffer[99] == 0 && buffer[10'100] == 0);
}

void exercise() {
    NTSTATUS status = load(u"Exercise", u"System32\\drivers\\exercise.sys");
    check("load a driver", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (!NT_SUCCESS(status)) return;
    HANDLE file;
    status = open_device(u"\\??\\", u"Exercise", file);
    check("open by the driver's symbolic link", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) {
        exercise_codes(file);
        direct_transfer(file);
        NtClose(file);
    }
    status = unload(u"Exercise");
    check("unload it", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    check("its device is gone",
          open_device(u"\\Device\\", u"Exercise", file) == STATUS_OBJECT_NAME_NOT_FOUND);
}

// --- drivers that do not

// The process a driver is in, 0 for none.
ULONG host_process(const WCHAR* service) {
    static NEPTUNE_DRIVER_INFORMATION drivers[64];
    ULONG length = 0;
    NTSTATUS status =
        NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    for (ULONG i = 0; NT_SUCCESS(status) && i < length / sizeof *drivers; i++)
        if (wcscmp(drivers[i].Name, service) == 0) return drivers[i].HostProcess;
    return 0;
}

struct Crime {
    const char* name;
    const WCHAR* service;
    ULONG code;
    bool request_survives;  // the driver may answer before it dies
};

bool works(HANDLE file) {
    ULONG value = 41;
    return NT_SUCCESS(control(file, ROGUE_ADD_ONE, value)) && value == 42;
}

// What was done may be noticed a little later.
bool gets_another_host(const WCHAR* service, ULONG before) {
    for (int i = 0; i < 200; i++) {
        ULONG now = host_process(service);
        if (now != 0 && now != before) return true;
        LARGE_INTEGER pause;
        pause.QuadPart = -100'000;
        NtDelayExecution(FALSE, &pause);
    }
    return false;
}

void commit(const Crime& crime) {
    NTSTATUS status = load(crime.service, u"System32\\drivers\\rogue.sys");
    HANDLE file = nullptr;
    if (NT_SUCCESS(status)) status = open_device(u"\\Device\\", crime.service, file);
    if (!NT_SUCCESS(status) || !works(file)) {
        test::fail(crime.name, "the driver does not start", static_cast<ULONG>(status));
        return;
    }
    ULONG value = 0;
    ULONG before = host_process(crime.service);
    status = control(file, crime.code, value);
    // What it did besides is nobody's to know.
    NTSTATUS after = NT_SUCCESS(status) ? STATUS_REINITIALIZATION_NEEDED : STATUS_SUCCESS;
    bool reported =
        status == STATUS_DRIVER_PROCESS_TERMINATED || (crime.request_survives && NT_SUCCESS(status));
    if (!reported)
        test::fail(crime.name, "the request ends with", static_cast<ULONG>(status));
    else if (!gets_another_host(crime.service, before))
        test::fail(crime.name, "it was not found out", before);
    else
        check(crime.name, control(file, ROGUE_ADD_ONE, value) == after && works(file),
              "the device does not work afterwards");
    NtClose(file);
    unload(crime.service);
}

constexpr Crime kCrimes[] = {
    {"fault in a dispatch routine", u"RogueFault", ROGUE_FAULT, false},
    {"hang in a dispatch routine", u"RogueHang", ROGUE_HANG, false},
    {"completing twice", u"RogueTwice", ROGUE_COMPLETE_TWICE, true},
    {"wild writes", u"RogueWild", ROGUE_WILD_WRITE, true},
    {"spoiling the ring", u"RogueRing", ROGUE_SPOIL_RING, true},
    {"waiting at DISPATCH_LEVEL", u"RogueIrql", ROGUE_WAIT_AT_DISPATCH, false},
    {"calling what is not there", u"RogueMissing", ROGUE_CALL_MISSING, false},
    {"another's port", u"RoguePort", ROGUE_STEAL_PORT, false},
    {"bug check", u"RogueBug", ROGUE_BUG_CHECK, false},
    {"endless recursion", u"RogueStack", ROGUE_RUN_AWAY, false},
    {"returning at DISPATCH_LEVEL", u"RogueRaised", ROGUE_RETURN_RAISED, true},
    {"completing nothing", u"RogueNothing", ROGUE_COMPLETE_NOTHING, false},
    {"pending without saying so", u"RogueUnmarked", ROGUE_PEND_UNMARKED, false},
    {"an overrun of pool never freed", u"RoguePool", ROGUE_POOL_OVERRUN, true},
    {"a DPC that never returns", u"RogueSpin", ROGUE_SPIN_IN_DPC, true},
    {"a work item that never returns", u"RogueSpinW", ROGUE_SPIN_IN_WORK, true},
    {"a DPC that lowers the IRQL", u"RogueDpc", ROGUE_LOWER_IN_DPC, false},
    {"a work item that raises it", u"RogueWork", ROGUE_RAISED_WORK, true},
};

// A driver that faults at its first start in a host that others share: they are started again without it.
void shared_host() {
    NTSTATUS status = load(u"RogueShared", u"System32\\drivers\\rogue.sys", u"shared");
    HANDLE file = nullptr;
    if (NT_SUCCESS(status)) status = open_device(u"\\Device\\", u"RogueShared", file);
    check("a driver in a host that others share", NT_SUCCESS(status) && works(file), "status",
          static_cast<ULONG>(status));
    ULONG before = host_process(u"RogueShared");
    status = load(u"BadShared", u"System32\\drivers\\badentry.sys", u"shared");
    check("another's fault in DriverEntry", status == STATUS_ACCESS_VIOLATION, "status",
          static_cast<ULONG>(status));
    check("the first works again", works(file));
    check("after one new start", host_process(u"RogueShared") != before);
    NtClose(file);
    unload(u"RogueShared");
}

void faulty_images() {
    NTSTATUS status = load(u"BadEntry", u"System32\\drivers\\badentry.sys");
    check("a fault in DriverEntry fails the load", status == STATUS_ACCESS_VIOLATION, "status",
          static_cast<ULONG>(status));
    check("and is not tried again", host_process(u"BadEntry") == 0);
    status = load(u"NoFile", u"System32\\drivers\\nosuch.sys");
    check("a missing file fails the load", status == STATUS_OBJECT_NAME_NOT_FOUND, "status",
          static_cast<ULONG>(status));
    status = load(u"NoImage", u"System32\\config\\seed.reg");
    check("a file that is no image fails the load", !NT_SUCCESS(status), "status",
          static_cast<ULONG>(status));
    Path path(kServices, u"NoService");
    check("an unknown service", !NT_SUCCESS(NtLoadDriver(&path.name)));
}

// The keyboard's lamps and repeat rate are as they were set, whatever becomes of its driver.
void keyboard_settings() {
    HANDLE file = nullptr, process = nullptr;
    NTSTATUS status = open_device(u"\\Device\\", u"KeyboardClass0", file);
    KEYBOARD_INDICATOR_PARAMETERS lamps = {0, KEYBOARD_CAPS_LOCK_ON};
    KEYBOARD_TYPEMATIC_PARAMETERS rate = {0, 10, 500};
    IO_STATUS_BLOCK result{};
    auto request = [&](ULONG code, void* in, ULONG in_size, void* out, ULONG out_size) {
        return NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, code, in, in_size, out,
                                     out_size);
    };
    if (NT_SUCCESS(status)) status = request(IOCTL_KEYBOARD_SET_INDICATORS, &lamps, sizeof lamps, nullptr, 0);
    if (NT_SUCCESS(status)) status = request(IOCTL_KEYBOARD_SET_TYPEMATIC, &rate, sizeof rate, nullptr, 0);
    check("lamps and repeat rate are set", NT_SUCCESS(status), "status", static_cast<ULONG>(status));

    CLIENT_ID id = {ULongToHandle(host_process(u"i8042prt")), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    NtOpenProcess(&process, PROCESS_TERMINATE, &attributes, &id);
    NtTerminateProcess(process, STATUS_SUCCESS);
    NtClose(process);
    lamps = {};
    rate = {};
    // Issued to the driver that is started again.
    status = request(IOCTL_KEYBOARD_QUERY_INDICATORS, nullptr, 0, &lamps, sizeof lamps);
    if (status == STATUS_DRIVER_PROCESS_TERMINATED)
        status = request(IOCTL_KEYBOARD_QUERY_INDICATORS, nullptr, 0, &lamps, sizeof lamps);
    check("lamps outlive the driver", NT_SUCCESS(status) && lamps.LedFlags == KEYBOARD_CAPS_LOCK_ON, "flags",
          lamps.LedFlags);
    status = request(IOCTL_KEYBOARD_QUERY_TYPEMATIC, nullptr, 0, &rate, sizeof rate);
    check("the repeat rate does", NT_SUCCESS(status) && rate.Rate == 10 && rate.Delay == 500, "rate",
          rate.Rate);
    lamps = {};
    rate = {0, 30, 250};
    request(IOCTL_KEYBOARD_SET_INDICATORS, &lamps, sizeof lamps, nullptr, 0);
    request(IOCTL_KEYBOARD_SET_TYPEMATIC, &rate, sizeof rate, nullptr, 0);
    NtClose(file);
}

void others_go_on() {
    HANDLE file;
    NTSTATUS status = open_device(u"\\Device\\", u"Null", file);
    UCHAR data[16] = {};
    IO_STATUS_BLOCK result{};
    if (NT_SUCCESS(status))
        status = NtWriteFile(file, nullptr, nullptr, nullptr, &result, data, sizeof data, nullptr, nullptr);
    check("the other drivers went on", NT_SUCCESS(status) && result.Information == sizeof data, "status",
          static_cast<ULONG>(status));
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    exercise();
    for (const Crime& crime : kCrimes)
        commit(crime);
    faulty_images();
    shared_host();
    keyboard_settings();
    others_go_on();
    test::end();
}
