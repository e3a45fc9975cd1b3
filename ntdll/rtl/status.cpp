// SPDX-License-Identifier: GPL-3.0-only
// NTSTATUS to Win32 error code.
#include "ntdll/ntdll.hpp"
#include "ntdll/rtl/status_table.hpp"

namespace {

using rtl::status_errors;
constexpr SIZE_T count = sizeof(status_errors) / sizeof(status_errors[0]);
constexpr ULONG no_translation = 317;  // ERROR_MR_MID_NOT_FOUND

constexpr bool sorted() {
    for (SIZE_T i = 1; i < count; ++i) {
        if (status_errors[i - 1].status >= status_errors[i].status) return false;
    }
    return true;
}
static_assert(sorted());

// Facilities whose statuses wrap a Win32 code in their low half.
constexpr bool wraps_win32(ULONG status) {
    return status >> 16 == 0xc001 || status >> 16 == 0xc007 || status >> 16 == 0x8007;
}

}  // namespace

extern "C" {

ULONG NTAPI RtlNtStatusToDosErrorNoTeb(NTSTATUS Status) {
    ULONG status = static_cast<ULONG>(Status);
    // Codes that are the program's own.
    if (status & 0x20000000) return status;
    // HRESULT_FROM_NT sets this bit.
    if (status >> 28 == 0xd) status &= ~0x10000000u;
    SIZE_T low = 0;
    for (SIZE_T high = count; low < high;) {
        const SIZE_T middle = low + (high - low) / 2;
        if (status_errors[middle].status == status) return status_errors[middle].error;
        if (status_errors[middle].status < status) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return wraps_win32(status) ? status & 0xffff : no_translation;
}

ULONG NTAPI RtlNtStatusToDosError(NTSTATUS Status) {
    if (PTEB teb = rtl::teb()) teb->LastStatusValue = Status;
    return RtlNtStatusToDosErrorNoTeb(Status);
}

}  // extern "C"
