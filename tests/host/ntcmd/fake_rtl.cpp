// SPDX-License-Identifier: GPL-3.0-only
//
// The few ntdll functions that the shell's pure parts use, over the host's heap.
#include <cstdlib>

#include "abi/nt/ntdll.h"

extern "C" {
PVOID NTAPI RtlAllocateHeap(PVOID, ULONG, SIZE_T size) { return std::malloc(size); }
PVOID NTAPI RtlReAllocateHeap(PVOID, ULONG, PVOID memory, SIZE_T size) { return std::realloc(memory, size); }
BOOLEAN NTAPI RtlFreeHeap(PVOID, ULONG, PVOID memory) {
    std::free(memory);
    return TRUE;
}
PVOID NTAPI RtlProcessHeap(void) { return nullptr; }
void NTAPI RtlRaiseStatus(NTSTATUS) { std::abort(); }
}
