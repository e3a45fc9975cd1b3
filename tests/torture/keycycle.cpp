// SPDX-License-Identifier: GPL-3.0-only
//
// Unloads the keyboard's drivers and loads them again, time after time. The one who reads keys is told that
// the device is gone, and finds it again.
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr ULONG kCycles = 5;

UNICODE_STRING service(const WCHAR* path) {
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, path);
    return name;
}

UNICODE_STRING port_driver() {
    return service(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\i8042prt");
}

UNICODE_STRING class_driver() {
    return service(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\kbdclass");
}

void cycle() {
    UNICODE_STRING port = port_driver(), above = class_driver();
    NTSTATUS status = NtUnloadDriver(&above);
    check("class-driver-of-a-stack-stays", status == STATUS_DEVICE_BUSY, "status",
          static_cast<ULONG>(status));
    status = NtUnloadDriver(&port);
    check("unload-port-driver", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    status = NtLoadDriver(&port);
    check("load-port-driver", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    for (ULONG i = 0; i < kCycles; ++i)
        cycle();
    test::end();
}
