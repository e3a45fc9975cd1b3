// SPDX-License-Identifier: GPL-3.0-only
//
// Pool is heap memory of the host: paged and nonpaged are the same here, and all of it goes with the host. A
// block of a page or more is page aligned, as drivers expect. Pool cannot be executed, as on Windows with
// memory integrity, but for what ExAllocatePool2 is asked for with POOL_FLAG_NON_PAGED_EXECUTE. Tags are not
// recorded; a wrong free stops the host.
#include "abi/nt/ntstatus.h"
#include "wdm/ex/raise.hpp"
#include "wdm/platform/platform.hpp"

namespace {

constexpr ULONG kRaiseOnFailure = 0x10;      // POOL_RAISE_IF_ALLOCATION_FAILURE
constexpr ULONG64 kFlagUninitialized = 0x2;  // POOL_FLAG_UNINITIALIZED
constexpr ULONG64 kFlagRaise = 0x20;         // POOL_FLAG_RAISE_ON_FAILURE
constexpr ULONG64 kFlagExecute = 0x80;       // POOL_FLAG_NON_PAGED_EXECUTE

PVOID allocate(SIZE_T bytes, bool raise, bool execute = false) {
    if (bytes == 0) bytes = 1;
    PVOID block = execute ? platform::allocate_executable(bytes) : platform::allocate(bytes);
    if (block == nullptr && raise) ex::raise_status(STATUS_INSUFFICIENT_RESOURCES);
    return block;
}

}  // namespace

extern "C" {

PVOID ExAllocatePoolWithTag(ULONG type, SIZE_T bytes, ULONG) {
    return allocate(bytes, (type & kRaiseOnFailure) != 0);
}

PVOID ExAllocatePool(ULONG type, SIZE_T bytes) {
    return ExAllocatePoolWithTag(type, bytes, 0);
}

PVOID ExAllocatePoolWithTagPriority(ULONG type, SIZE_T bytes, ULONG tag, ULONG) {
    return ExAllocatePoolWithTag(type, bytes, tag);
}

PVOID ExAllocatePoolWithQuotaTag(ULONG type, SIZE_T bytes, ULONG) {
    constexpr ULONG kQuotaFailInsteadOfRaise = 0x8;
    return allocate(bytes, (type & kQuotaFailInsteadOfRaise) == 0);
}

PVOID ExAllocatePoolWithQuota(ULONG type, SIZE_T bytes) {
    return ExAllocatePoolWithQuotaTag(type, bytes, 0);
}

PVOID ExAllocatePool2(ULONG64 flags, SIZE_T bytes, ULONG) {
    PVOID block = allocate(bytes, (flags & kFlagRaise) != 0, (flags & kFlagExecute) != 0);
    if (block != nullptr && (flags & kFlagUninitialized) == 0) __builtin_memset(block, 0, bytes);
    return block;
}

VOID ExFreePoolWithTag(PVOID block, ULONG) {
    platform::release(block);
}

VOID ExFreePool(PVOID block) {
    platform::release(block);
}

}  // extern "C"
