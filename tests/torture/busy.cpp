// SPDX-License-Identifier: GPL-3.0-only
//
// Keeps the machine busy until it is killed: arithmetic, service calls, copies and requests to a driver.
#include "abi/nt/ntdll.h"

namespace {

alignas(4096) unsigned char from[65536], to[65536];

HANDLE open_null() {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, u"\\Device\\Null");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    HANDLE file = nullptr;
    IO_STATUS_BLOCK status;
    NtOpenFile(&file, FILE_GENERIC_WRITE, &attributes, &status, 0, FILE_SYNCHRONOUS_IO_NONALERT);
    return file;
}

void spin() {
    for (volatile unsigned i = 0; i < 200'000; i = i + 1) {
    }
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB) {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE null_device = open_null();
    for (;;) {
        spin();
        for (int i = 0; i < 50; ++i) {
            NtSetEvent(event, nullptr);
            NtClearEvent(event);
            SIZE_T copied;
            NtReadVirtualMemory(NtCurrentProcess(), from, to, sizeof to, &copied);
            IO_STATUS_BLOCK status;
            NtWriteFile(null_device, nullptr, nullptr, nullptr, &status, to, 16, nullptr, nullptr);
        }
    }
}
