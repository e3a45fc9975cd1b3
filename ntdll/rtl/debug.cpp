// SPDX-License-Identifier: GPL-3.0-only
// Text for the debugger: here it goes to the system's log.
#include "ntdll/crt/format.hpp"

namespace {

constexpr SIZE_T longest = 512;

// What is said without a level is shown without being asked for.
constexpr ULONG warning_level = 1;

ULONG print(ULONG component, ULONG level, PCSTR format, va_list arguments) {
    char text[longest];
    SIZE_T size = crt::format(text, sizeof(text), format, arguments);
    if (size > sizeof(text)) size = sizeof(text);
    return static_cast<ULONG>(NtNeptuneLog(component, level, text, static_cast<ULONG>(size)));
}

}  // namespace

extern "C" {

ULONG DbgPrint(PCSTR Format, ...) {
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = print(0, warning_level, Format, arguments);
    va_end(arguments);
    return status;
}

ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...) {
    va_list arguments;
    va_start(arguments, Format);
    const ULONG status = print(ComponentId, Level, Format, arguments);
    va_end(arguments);
    return status;
}

ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments) {
    return print(ComponentId, Level, Format, Arguments);
}

void NTAPI DbgBreakPoint(void) {
    __asm__ volatile("int3");
}
void NTAPI DbgUserBreakPoint(void) {
    __asm__ volatile("int3");
}

}  // extern "C"
