// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/bugcheck.hpp"

#include <initializer_list>

#include "base/assert.hpp"
#include "wdm/platform/platform.hpp"

namespace ke {
namespace {

const char* describe(ULONG code) {
    switch (code) {
        case kIrqlNotGreaterOrEqual:
            return "a driver lowered the IRQL by raising it";
        case kIrqlNotLessOrEqual:
            return "a driver waited or lowered at too high an IRQL";
        case kSpinLockAlreadyOwned:
            return "a driver acquired a spin lock that it holds";
        case kInconsistentIrp:
            return "a driver passed on something that is not an IRP";
        case kMultipleIrpCompleteRequests:
            return "a driver completed an IRP twice";
        case kNoMoreIrpStackLocations:
            return "a driver passed an IRP down a stack higher than the IRP has room for";
        case kCancelStateInCompletedIrp:
            return "a driver completed an IRP with its cancel routine still set";
        case kBadPoolCaller:
            return "a driver freed memory that is not its own";
        case kResourceNotOwned:
            return "a driver released a resource that it does not hold";
        case kThreadNotMutexOwner:
            return "a driver released a mutex that it does not hold";
        case kIrqlUnexpectedValue:
            return "a DPC returned at another IRQL than DISPATCH_LEVEL";
        case kWorkerThreadReturnedAtBadIrql:
            return "a work item returned at a raised IRQL";
        default:
            return "a driver stopped its host";
    }
}

}  // namespace

void bug_check(ULONG code, ULONG64 p1, ULONG64 p2, ULONG64 p3, ULONG64 p4) {
    const char* text = describe(code);
    platform::end_host(code, {p1, p2, p3, p4}, text, __builtin_strlen(text));
}

void bug_check_text(ULONG code, const char* text, const char* subject) {
    char line[160];
    SIZE_T length = 0;
    for (const char* part : {text, subject})
        for (; *part != 0 && length < sizeof line; part++)
            line[length++] = *part;
    platform::end_host(code, {reinterpret_cast<ULONG64>(subject), 0, 0, 0}, line, length);
}

void bug_check_driver(ULONG code, const UNICODE_STRING& driver, std::string_view what, ULONG64 p1, ULONG64 p2,
                      ULONG64 p3, ULONG64 p4) {
    char line[160];
    SIZE_T length = 0;
    for (USHORT i = 0; i < driver.Length / sizeof(WCHAR) && length < sizeof line / 2; i++)
        line[length++] = static_cast<char>(driver.Buffer[i] < 0x7f ? driver.Buffer[i] : '?');
    line[length++] = ' ';
    for (char c : what)
        if (length < sizeof line) line[length++] = c;
    platform::end_host(code, {p1, p2, p3, p4}, line, length);
}

}  // namespace ke

extern "C" {

[[noreturn]] VOID KeBugCheckEx(ULONG code, ULONG_PTR p1, ULONG_PTR p2, ULONG_PTR p3, ULONG_PTR p4) {
    ke::bug_check(code, p1, p2, p3, p4);
}

[[noreturn]] VOID KeBugCheck(ULONG code) {
    ke::bug_check(code);
}

}  // extern "C"

// A mistake of the toolkit's own.
void base::assertion_failed(const char* expression, const char* file, int) {
    ke::bug_check_text(ke::kKmodeExceptionNotHandled, expression, file);
}
