// SPDX-License-Identifier: GPL-3.0-only
//
// Drivers as a test program uses them: services made on the spot, devices, one ULONG in and out.
#pragma once

#include "abi/nt/ntdll.h"

namespace test {

// What the watchdog of such a driver bears, in milliseconds.
constexpr ULONG kDriverWatchdog = 400;

// A path in two parts, at most 127 characters.
struct Path {
    WCHAR text[128];
    UNICODE_STRING name;
    Path(const WCHAR* first, const WCHAR* second);
};

// A text of the service's key, which is made when it is not there.
NTSTATUS set_service_text(const WCHAR* service, const WCHAR* name, const WCHAR* text);
// The same for a number.
NTSTATUS set_service_number(const WCHAR* service, const WCHAR* name, ULONG number);
// Makes the service, which is gone at power-off, with an image relative to \SystemRoot, and loads it.
NTSTATUS load_driver(const WCHAR* service, const WCHAR* image, ULONG watchdog = kDriverWatchdog);
NTSTATUS unload_driver(const WCHAR* service);
// \Device\NAME, synchronous.
NTSTATUS open_device(const WCHAR* device, HANDLE& file);
NTSTATUS control(HANDLE file, ULONG code, ULONG& value);
// The process a driver is in, 0 for none.
ULONG host_process(const WCHAR* service);
// As a person does.
bool kill_process(ULONG process);

}  // namespace test
