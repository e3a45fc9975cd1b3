// SPDX-License-Identifier: GPL-3.0-only
// Text for the debugger: here it goes to the system's log.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/crt/format.hpp"
#include "ntdll/rtl/debugger.hpp"

namespace {

constexpr SIZE_T longest = rtl::longest_debug_text;

// What is said without a level is shown without being asked for.
constexpr ULONG warning_level = 1;

ULONG print(ULONG component, ULONG level, PCSTR format, va_list arguments) {
    char text[longest];
    SIZE_T size = crt::format(text, sizeof(text), format, arguments);
    if (size > sizeof(text)) size = sizeof(text);
    if (rtl::peb()->BeingDebugged && rtl::tell_debugger(text, size)) return STATUS_SUCCESS;
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

// The prefix and the text are one piece of the log.
ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments) {
    char text[longest];
    SIZE_T size = 0;
    for (; Prefix[size] && size < sizeof(text); ++size)
        text[size] = Prefix[size];
    const SIZE_T room = sizeof(text) - size;
    const SIZE_T more = crt::format(text + size, room, Format, Arguments);
    size += more < room ? more : room;
    return static_cast<ULONG>(NtNeptuneLog(ComponentId, Level, text, static_cast<ULONG>(size)));
}

void NTAPI DbgBreakPoint(void) {
    __asm__ volatile("int3");
}
void NTAPI DbgUserBreakPoint(void) {
    __asm__ volatile("int3");
}

}  // extern "C"
