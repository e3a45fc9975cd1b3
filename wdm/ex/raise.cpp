// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ex/raise.hpp"

#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"

namespace ex {

void raise_status(NTSTATUS status) {
    RtlRaiseStatus(status);
}

}  // namespace ex

extern "C" {

[[noreturn]] VOID ExRaiseStatus(NTSTATUS status) {
    RtlRaiseStatus(status);
}

[[noreturn]] VOID ExRaiseAccessViolation(void) {
    RtlRaiseStatus(STATUS_ACCESS_VIOLATION);
}

[[noreturn]] VOID ExRaiseDatatypeMisalignment(void) {
    RtlRaiseStatus(STATUS_DATATYPE_MISALIGNMENT);
}

// The buffers of a request are mapped in the host before it is submitted, for the request's direction:
// touching a page is the probe, and the fault of a wrong one is the exception that NT raises.
VOID ProbeForRead(const volatile VOID* address, SIZE_T length, ULONG alignment) {
    if (length == 0) return;
    auto start = reinterpret_cast<ULONG_PTR>(address);
    if ((start & (alignment - 1)) != 0) ExRaiseDatatypeMisalignment();
    if (start + length < start || start + length > NEPTUNE_HIGHEST_USER_ADDRESS) ExRaiseAccessViolation();
}

VOID ProbeForWrite(volatile VOID* address, SIZE_T length, ULONG alignment) {
    ProbeForRead(address, length, alignment);
    auto* byte = static_cast<volatile UCHAR*>(address);
    for (SIZE_T i = 0; i < length; i += 4096)
        byte[i] = byte[i];
    if (length != 0) byte[length - 1] = byte[length - 1];
}

}  // extern "C"
