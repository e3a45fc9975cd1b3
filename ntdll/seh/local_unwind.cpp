// SPDX-License-Identifier: GPL-3.0-only
#include "ntdll/ntdll.hpp"

// What the C run-time's goto out of a __try block is: an unwind to a place in the same frame.
extern "C" void NTAPI _local_unwind(PVOID frame, PVOID target) {
    RtlUnwind(frame, target, nullptr, nullptr);
}
