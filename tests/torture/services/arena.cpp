// SPDX-License-Identifier: GPL-3.0-only
#include "tests/torture/services/arena.hpp"

#include "abi/nt/ntdll.h"

namespace torture {
namespace {

NTSTATUS allocate(ULONG64 at, SIZE_T size, ULONG type, ULONG protection) {
    PVOID base = reinterpret_cast<PVOID>(at);
    return NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &size, type, protection);
}

}  // namespace

NTSTATUS build_arena(ULONG slots) {
    constexpr ULONG kBoth = MEM_RESERVE | MEM_COMMIT;
    NTSTATUS status = STATUS_SUCCESS;
    for (ULONG slot = 0; slot < slots && NT_SUCCESS(status); ++slot) {
        status = allocate(scratch(slot), kScratchStride, MEM_RESERVE, PAGE_NOACCESS);
        if (NT_SUCCESS(status)) status = allocate(scratch(slot), kScratchSize, MEM_COMMIT, PAGE_READWRITE);
    }
    if (NT_SUCCESS(status)) status = allocate(kPaths, slots * kScratchSize, kBoth, PAGE_READWRITE);
    if (NT_SUCCESS(status)) status = allocate(kReadOnly, 0x1000, kBoth, PAGE_READONLY);
    if (NT_SUCCESS(status)) status = allocate(kGuarded, 0x1000, kBoth, PAGE_READWRITE | PAGE_GUARD);
    if (NT_SUCCESS(status)) status = allocate(kNoAccess, 0x1000, kBoth, PAGE_NOACCESS);
    if (NT_SUCCESS(status)) status = allocate(kReserved, 0x10000, MEM_RESERVE, PAGE_READWRITE);
    return status;
}

}  // namespace torture
