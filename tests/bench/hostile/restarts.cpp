// SPDX-License-Identifier: GPL-3.0-only
//
// A driver that dies with many files open, each with state that has to be set again, and many requests.
#include "tests/bench/hostile/hostile.hpp"
#include "tests/common/drivers.hpp"
#include "tests/drivers/keeper/keeper.h"

namespace hostile {

namespace {

constexpr WCHAR kService[] = u"HostileKeeper";
constexpr ULONG kFiles = 1'500;
constexpr ULONG kReads = 1'000;
HANDLE files[kFiles];
IO_STATUS_BLOCK status_blocks[kReads];

void set_state(HANDLE file) {
    static UCHAR input[700];
    static const ULONG codes[] = {KEEPER_SET_A, KEEPER_SET_B, KEEPER_SET_C};
    IO_STATUS_BLOCK io;
    for (const ULONG code : codes)
        NtDeviceIoControlFile(file, nullptr, nullptr, nullptr, &io, code, input, sizeof input, nullptr, 0);
}

HANDLE read_much() {
    test::Path path(u"\\Device\\", kService);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path.name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    IO_STATUS_BLOCK io;
    HANDLE file = nullptr;
    NtOpenFile(&file, FILE_READ_DATA | SYNCHRONIZE, &attributes, &io, FILE_SHARE_VALID_FLAGS, 0);
    ULONG value = 0;
    test::control(file, KEEPER_TOUCH, value);
    // That is done when this is. All the reads will fail, so that they hold no slots of the ring any more.
    test::control(files[0], KEEPER_ADD_ONE, value);
    static UCHAR data[64];
    LARGE_INTEGER start = {};
    for (IO_STATUS_BLOCK& block : status_blocks)
        NtReadFile(file, nullptr, nullptr, nullptr, &block, data, 24, &start, nullptr);
    return file;
}

void restarts() {
    test::set_service_text(kService, u"FileState", u"0x222004, 0x222008, 0x22200c");
    test::set_service_text(kService, u"DeviceState", u"0x1b0004");
    test::set_service_text(kService, u"Stateless", u"0x222018");
    NTSTATUS status = test::load_driver(kService, u"System32\\drivers\\keeper.sys");
    for (HANDLE& file : files) {
        if (NT_SUCCESS(status)) status = test::open_device(kService, file);
        set_state(file);
    }
    ULONG value = 9600;
    if (NT_SUCCESS(status)) status = test::control(files[0], KEEPER_SET_BAUD_RATE, value);
    const HANDLE reader = read_much();
    const ULONG host = test::host_process(kService);
    test::kill_process(host);
    if (NT_SUCCESS(status)) status = test::control(files[kFiles - 1], KEEPER_ADD_ONE, value);
    if (NT_SUCCESS(status) && host == test::host_process(kService)) status = STATUS_UNSUCCESSFUL;
    if (!NT_SUCCESS(status)) fail(u"restarts", status);
    NtClose(reader);
    for (const HANDLE file : files)
        NtClose(file);
    test::unload_driver(kService);
}

constexpr Load kLoads[] = {
    {u"restarts", restarts},
};

}  // namespace

Loads restart_loads() {
    return {kLoads, sizeof kLoads / sizeof kLoads[0]};
}

}  // namespace hostile
