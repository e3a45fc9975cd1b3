// SPDX-License-Identifier: GPL-3.0-only
//
// What a restarted driver is told of its open files: state that its service key names is set again, a file
// whose state is lost says so once, requests come again in their order.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/keeper/keeper.h"

namespace {

using test::check;
using test::control;
using test::host_process;
using test::open_device;

constexpr WCHAR kService[] = u"Keeper";
constexpr ULONG kReads = 6;

void kill() {
    test::kill_process(host_process(kService));
}

NTSTATUS set(HANDLE file, ULONG code, ULONG value) {
    return control(file, code, value);
}

NTSTATUS query(HANDLE file, ULONG code, void* out, ULONG size, ULONG& length) {
    IO_STATUS_BLOCK result{};
    NTSTATUS status =
        NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, code, nullptr, 0, out, size);
    length = static_cast<ULONG>(result.Information);
    return status;
}

NTSTATUS query(HANDLE file, ULONG code, ULONG& value) {
    ULONG length = 0;
    return query(file, code, &value, sizeof value, length);
}

// Whether this is all that the driver remembers of the file, in this order.
template <size_t N>
bool remembers(HANDLE file, const ULONG (&expected)[N]) {
    ULONG trace[KEEPER_TRACES]{}, length = 0;
    NTSTATUS status = query(file, KEEPER_TRACE, trace, sizeof trace, length);
    return NT_SUCCESS(status) && length == sizeof expected && memcmp(trace, expected, length) == 0;
}

bool remembers_nothing(HANDLE file) {
    ULONG trace[KEEPER_TRACES]{}, length = 1;
    return NT_SUCCESS(query(file, KEEPER_TRACE, trace, sizeof trace, length)) && length == 0;
}

// The next request says that the state is lost, and those after it go well.
bool fails_once(HANDLE file) {
    ULONG value = 1;
    if (control(file, KEEPER_ADD_ONE, value) != STATUS_REINITIALIZATION_NEEDED) return false;
    return NT_SUCCESS(control(file, KEEPER_ADD_ONE, value)) && value == 2;
}

NTSTATUS load() {
    return test::load_driver(kService, u"System32\\drivers\\keeper.sys");
}

// Its deaths so far are forgotten.
void load_anew() {
    NTSTATUS status = test::unload_driver(kService);
    if (NT_SUCCESS(status)) status = load();
    if (!NT_SUCCESS(status)) check("the driver is loaded anew", false, "status", static_cast<ULONG>(status));
}

HANDLE open() {
    HANDLE file = nullptr;
    NTSTATUS status = open_device(kService, file);
    if (!NT_SUCCESS(status)) check("a file is opened", false, "status", static_cast<ULONG>(status));
    return file;
}

void state_of_the_file() {
    HANDLE one = open(), other = open();
    set(one, KEEPER_SET_A, 1);
    set(one, KEEPER_SET_B, 2);
    set(other, KEEPER_SET_B, 9);
    set(one, KEEPER_SET_A, 3);
    check("an input that is refused", set(one, KEEPER_SET_C, KEEPER_REFUSED) == STATUS_INVALID_PARAMETER);
    kill();
    check("the last inputs come again in order",
          remembers(one, {KEEPER_TRACE_ENTRY(2, 2), KEEPER_TRACE_ENTRY(1, 3)}));
    check("each file's to that file", remembers(other, {KEEPER_TRACE_ENTRY(2, 9)}));
    for (ULONG i = 0; i < 8; i++) {
        ULONG before = host_process(kService);
        kill();
        bool good = remembers(one, {KEEPER_TRACE_ENTRY(2, 2), KEEPER_TRACE_ENTRY(1, 3)});
        if (!good || host_process(kService) == before) return test::fail("death after death", "at number", i);
    }
    test::pass("death after death");
    set(one, KEEPER_SET_B, 5);
    kill();
    check("the newest state", remembers(one, {KEEPER_TRACE_ENTRY(1, 3), KEEPER_TRACE_ENTRY(2, 5)}));
    NtClose(one);
    NtClose(other);
    one = open();
    check("a new file begins anew", remembers_nothing(one));
    NtClose(one);
}

void unknown_state() {
    HANDLE one = open(), other = open();
    set(one, KEEPER_SET_A, 1);
    check("a control that no key names", NT_SUCCESS(set(one, KEEPER_TOUCH, 1)));
    kill();
    check("its file fails once", fails_once(one));
    check("what can be set again is", remembers(one, {KEEPER_TRACE_ENTRY(1, 1)}));
    check("another file does not", remembers_nothing(other));
    kill();
    check("nor does it again", remembers(one, {KEEPER_TRACE_ENTRY(1, 1)}));
    // Dead again before anybody was told.
    set(one, KEEPER_TOUCH, 1);
    for (int i = 0; i < 3; i++) {
        ULONG before = host_process(kService);
        kill();
        while (host_process(kService) == before || !remembers_nothing(other)) {
        }
    }
    check("once for many deaths", fails_once(one));
    NtClose(one);
    NtClose(other);
}

void long_input() {
    static UCHAR input[8192];
    HANDLE file = open();
    IO_STATUS_BLOCK result{};
    set(file, KEEPER_SET_A, 1);
    NTSTATUS status = NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &result, KEEPER_SET_A, input,
                                            sizeof input, nullptr, 0);
    check("an input that is too long to remember", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    kill();
    check("is lost state", fails_once(file));
    check("and so is what it replaced", remembers_nothing(file));
    NtClose(file);
}

void failing_replays() {
    constexpr ULONG kValues[] = {KEEPER_REFUSED_LATER, KEEPER_FATAL_LATER, KEEPER_ENDLESS_LATER};
    for (ULONG value : kValues) {
        load_anew();
        HANDLE one = open(), other = open();
        set(one, KEEPER_SET_A, 1);
        set(one, KEEPER_SET_B, value);
        set(one, KEEPER_SET_C, 3);
        set(other, KEEPER_SET_A, 4);
        kill();
        check("a state that cannot be set again is lost", fails_once(one), "value", value);
        check("the others are not", remembers(other, {KEEPER_TRACE_ENTRY(1, 4)}));
        check("nor what came before it", remembers(one, {KEEPER_TRACE_ENTRY(1, 1)}));
        kill();
        check("and it is not tried again", remembers(one, {KEEPER_TRACE_ENTRY(1, 1)}));
        NtClose(one);
        NtClose(other);
    }
}

bool has_baud_rate(HANDLE file, ULONG expected) {
    ULONG rate = 0;
    return NT_SUCCESS(query(file, KEEPER_GET_BAUD_RATE, rate)) && rate == expected;
}

void state_of_the_device() {
    constexpr ULONG kRate = 115200;
    HANDLE one = open(), other = open();
    check("a line begins with its first rate", has_baud_rate(one, KEEPER_FIRST_BAUD_RATE));
    set(one, KEEPER_SET_BAUD_RATE, 9600);
    set(other, KEEPER_SET_BAUD_RATE, kRate);
    kill();
    check("the device's state is set again", has_baud_rate(one, kRate) && has_baud_rate(other, kRate));
    NtClose(other);
    kill();
    check("also when who had set it has closed his file", has_baud_rate(one, kRate));
    check("files keep theirs", remembers_nothing(one));
    NtClose(one);
    for (int i = 0; i < 3; i++) {
        ULONG before = host_process(kService);
        kill();
        one = open();
        check("and when no file was open", has_baud_rate(one, kRate) && host_process(kService) != before);
        NtClose(one);
    }
}

void failing_device_state() {
    constexpr ULONG kValues[] = {KEEPER_REFUSED_LATER, KEEPER_FATAL_LATER, KEEPER_ENDLESS_LATER};
    for (ULONG value : kValues) {
        load_anew();
        HANDLE one = open(), other = open();
        set(one, KEEPER_SET_A, 1);
        set(one, KEEPER_SET_BAUD_RATE, value);
        kill();
        check("a device's state that is lost is lost by all its files", fails_once(one) && fails_once(other),
              "value", value);
        check("what their own was is set", remembers(one, {KEEPER_TRACE_ENTRY(1, 1)}));
        check("the device is as it begins", has_baud_rate(one, KEEPER_FIRST_BAUD_RATE));
        set(one, KEEPER_SET_BAUD_RATE, value);
        NtClose(one);
        NtClose(other);
        kill();
        one = open();
        check("nobody has lost what nobody has", has_baud_rate(one, KEEPER_FIRST_BAUD_RATE), "value", value);
        NtClose(one);
    }
}

HANDLE open_asynchronous() {
    test::Path path(u"\\Device\\", kService);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK result;
    HANDLE file = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE, &attributes, &result,
               FILE_SHARE_READ | FILE_SHARE_WRITE, 0);
    return file;
}

struct Reads {
    IO_STATUS_BLOCK results[kReads];
    UCHAR buffer[16];
    HANDLE event;
};

NTSTATUS wait_for(HANDLE event) {
    LARGE_INTEGER limit;
    limit.QuadPart = -5 * 10'000'000LL;
    return NtWaitForSingleObject(event, FALSE, &limit);
}

// Reads of 1, 2, 3... bytes, which pend. The event is for the last.
void begin(HANDLE file, Reads& reads) {
    LARGE_INTEGER offset{};
    NtCreateEvent(&reads.event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    for (ULONG i = 0; i < kReads; i++) {
        reads.results[i].Status = STATUS_PENDING;
        NtReadFile(file, i + 1 == kReads ? reads.event : nullptr, nullptr, nullptr, &reads.results[i],
                   reads.buffer, i + 1, &offset, nullptr);
    }
}

ULONG ended_with(const Reads& reads, NTSTATUS status) {
    ULONG count = 0;
    for (const IO_STATUS_BLOCK& result : reads.results)
        count += result.Status == status;
    return count;
}

void order() {
    HANDLE first = open_asynchronous(), second = open_asynchronous(), file = open();
    static Reads one, other;
    begin(first, one);
    begin(second, other);
    remembers_nothing(file);
    kill();
    remembers_nothing(file);
    HANDLE files[] = {first, second};
    for (HANDLE each : files) {
        ULONG lengths[KEEPER_TRACES]{}, length = 0, good = 0;
        IO_STATUS_BLOCK result{};
        NTSTATUS status = NtDeviceIoControlFile(each, nullptr, nullptr, nullptr, &result, KEEPER_ORDER,
                                                nullptr, 0, lengths, sizeof lengths);
        if (status == STATUS_PENDING) wait_for(each);
        length = static_cast<ULONG>(result.Information);
        while (good < kReads && lengths[good] == good + 1)
            good++;
        check("reads come again in their order", good == kReads && length == kReads * sizeof(ULONG), "reads",
              length);
    }
    ULONG released = 0;
    query(file, KEEPER_RELEASE, released);
    wait_for(one.event);
    wait_for(other.event);
    check("and end", ended_with(one, STATUS_SUCCESS) + ended_with(other, STATUS_SUCCESS) == 2 * kReads,
          "released", released);
    // With lost state none of them may go on as if nothing had been.
    ULONG value = 0;
    IO_STATUS_BLOCK result{};
    NTSTATUS status = NtDeviceIoControlFile(first, nullptr, nullptr, nullptr, &result, KEEPER_TOUCH, &value,
                                            sizeof value, nullptr, 0);
    if (status == STATUS_PENDING) wait_for(first);
    begin(first, one);
    begin(second, other);
    remembers_nothing(file);
    kill();
    wait_for(one.event);
    check("all that waited fail with the lost state",
          ended_with(one, STATUS_REINITIALIZATION_NEEDED) == kReads, "failed",
          ended_with(one, STATUS_REINITIALIZATION_NEEDED));
    begin(first, one);
    query(file, KEEPER_RELEASE, released);
    wait_for(one.event);
    wait_for(other.event);
    check("the next go on", ended_with(one, STATUS_SUCCESS) + ended_with(other, STATUS_SUCCESS) == 2 * kReads,
          "released", released);
    NtClose(one.event);
    NtClose(other.event);
    NtClose(first);
    NtClose(second);
    NtClose(file);
}

}  // namespace

extern "C" VOID NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    test::set_service_text(kService, u"FileState", u"0x222004, 0x222008, 0x22200c");
    test::set_service_text(kService, u"DeviceState", u"0x1b0004");
    test::set_service_text(kService, u"Stateless", u"0x222018");
    NTSTATUS status = load();
    check("the driver is loaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    if (NT_SUCCESS(status)) {
        state_of_the_file();
        unknown_state();
        long_input();
        failing_replays();
        state_of_the_device();
        failing_device_state();
        order();
        status = test::unload_driver(kService);
        check("and unloaded", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    }
    test::end();
}
