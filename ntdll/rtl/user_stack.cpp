// SPDX-License-Identifier: GPL-3.0-only
// Stacks as threads have them: reserved, committed at the top, a guard page below what is committed.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ntdll.hpp"

namespace {

constexpr SIZE_T default_reserve = 0x100000;
constexpr SIZE_T least_commit = PAGE_SIZE;

NTSTATUS commit(char* base, SIZE_T reserved, SIZE_T committed, INITIAL_TEB& teb) {
    char* top = base + reserved;
    const bool guarded = committed < reserved;
    PVOID start = top - committed - (guarded ? PAGE_SIZE : 0);
    SIZE_T size = committed + (guarded ? PAGE_SIZE : 0);
    const PVOID bottom = start;
    NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &start, 0, &size, MEM_COMMIT, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) return status;
    if (guarded) {
        PVOID guard = bottom;
        size = PAGE_SIZE;
        ULONG before;
        status =
            NtProtectVirtualMemory(NtCurrentProcess(), &guard, &size, PAGE_READWRITE | PAGE_GUARD, &before);
        if (!NT_SUCCESS(status)) return status;
    }
    teb = {};
    teb.StackBase = top;
    teb.StackLimit = top - committed;
    teb.StackAllocationBase = base;
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateUserStack(SIZE_T CommittedStackSize, SIZE_T MaximumStackSize, ULONG_PTR ZeroBits,
                                  SIZE_T PageSize, ULONG_PTR ReserveAlignment, PINITIAL_TEB InitialTeb) {
    if (!PageSize || !ReserveAlignment) return STATUS_INVALID_PARAMETER;
    if (!CommittedStackSize || !MaximumStackSize) {
        const auto* nt = RtlImageNtHeader(rtl::peb()->ImageBaseAddress);
        if (!CommittedStackSize)
            CommittedStackSize = nt ? nt->OptionalHeader.SizeOfStackCommit : least_commit;
        if (!MaximumStackSize)
            MaximumStackSize = nt ? nt->OptionalHeader.SizeOfStackReserve : default_reserve;
    }
    SIZE_T committed = rtl::round_up(CommittedStackSize, PAGE_SIZE);
    // As documented for CreateThread: a commitment above the reserve reserves whole megabytes.
    if (committed >= MaximumStackSize)
        MaximumStackSize = rtl::round_up(committed + PAGE_SIZE, default_reserve);
    SIZE_T reserved = rtl::round_up(MaximumStackSize, MM_ALLOCATION_GRANULARITY);
    if (reserved < MaximumStackSize || committed < CommittedStackSize) return STATUS_INVALID_PARAMETER;
    PVOID base = nullptr;
    NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, ZeroBits, &reserved, MEM_RESERVE, PAGE_READWRITE);
    if (!NT_SUCCESS(status)) return status;
    status = commit(static_cast<char*>(base), reserved, committed, *InitialTeb);
    if (!NT_SUCCESS(status)) RtlFreeUserStack(base);
    return status;
}

void NTAPI RtlFreeUserStack(PVOID AllocationBase) {
    SIZE_T size = 0;
    NtFreeVirtualMemory(NtCurrentProcess(), &AllocationBase, &size, MEM_RELEASE);
}

}  // extern "C"
