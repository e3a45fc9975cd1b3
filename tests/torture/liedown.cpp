// SPDX-License-Identifier: GPL-3.0-only
//
// Leaves a driver loaded that marks its part of the shutdown pending and never does it.
#include "tests/common/drivers.hpp"
#include "tests/common/report.hpp"
#include "tests/drivers/liar/liar.h"

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    HANDLE file = nullptr;
    NTSTATUS status = test::load_driver(u"LiarDown", u"System32\\drivers\\liar.sys");
    if (NT_SUCCESS(status)) status = test::open_device(u"LiarDown", file);
    ULONG value = 0;
    if (NT_SUCCESS(status)) status = test::control(file, LIAR_NEVER_UNLOAD, value);
    test::check("a driver that will not go down", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    NtClose(file);
    test::end();
}
