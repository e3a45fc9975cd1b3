// SPDX-License-Identifier: GPL-3.0-only
// The process and the services ntdll's code finds on the host: a TEB behind gs, the shared page, memory from
// mmap, alerts between real threads.
#pragma once

#include "ntdll/ntdll.hpp"

namespace fake {

// What RtlRaiseStatus throws.
struct Raised {
    NTSTATUS status;
};

// Gives the calling thread a TEB; the first call also makes the PEB and the process heap.
void enter();

// Bytes committed through the fake virtual memory.
SIZE_T committed();
// After this many more calls NtAllocateVirtualMemory fails; -1: never.
extern int allocations_left;

inline UNICODE_STRING string(const WCHAR* text) {
    UNICODE_STRING result;
    RtlInitUnicodeString(&result, text);
    return result;
}

}  // namespace fake
