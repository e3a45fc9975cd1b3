// SPDX-License-Identifier: GPL-3.0-only
//
// Memory of a driver host. Blocks below a page come from the process heap. Larger ones are page aligned
// regions of their own, which start at 64 KiB boundaries: that is how a block to be freed shows where it came
// from, so a heap block that happens to lie on such a boundary is never given out.
#include "abi/nt/ntdll.h"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/platform/platform.hpp"

namespace platform {
namespace {

constexpr SIZE_T kPageBytes = 4096;
constexpr ULONG64 kRegionMask = 0xffff;

void* allocate_region(SIZE_T bytes, ULONG protection) {
    PVOID base = nullptr;
    NTSTATUS status =
        NtAllocateVirtualMemory(NtCurrentProcess(), &base, 0, &bytes, MEM_RESERVE | MEM_COMMIT, protection);
    return NT_SUCCESS(status) ? base : nullptr;
}

bool looks_like_region(const void* block) {
    return (reinterpret_cast<ULONG64>(block) & kRegionMask) == 0;
}

void* allocate_block(SIZE_T bytes) {
    void* block = RtlAllocateHeap(RtlProcessHeap(), 0, bytes);
    if (block == nullptr || !looks_like_region(block)) [[likely]]
        return block;
    void* other = RtlAllocateHeap(RtlProcessHeap(), 0, bytes + 16);
    RtlFreeHeap(RtlProcessHeap(), 0, block);
    if (other == nullptr || !looks_like_region(other)) return other;
    RtlFreeHeap(RtlProcessHeap(), 0, other);
    return nullptr;
}

}  // namespace

void* allocate(SIZE_T bytes) {
    return bytes < kPageBytes ? allocate_block(bytes) : allocate_region(bytes, PAGE_READWRITE);
}

void* allocate_executable(SIZE_T bytes) {
    return allocate_region(bytes, PAGE_EXECUTE_READWRITE);
}

void release(void* block) {
    if (block == nullptr) ke::bug_check(ke::kBadPoolCaller);
    bool freed;
    if (looks_like_region(block)) {
        SIZE_T size = 0;
        freed = NT_SUCCESS(NtFreeVirtualMemory(NtCurrentProcess(), &block, &size, MEM_RELEASE));
    } else {
        freed = RtlFreeHeap(RtlProcessHeap(), 0, block);
    }
    if (!freed) ke::bug_check(ke::kBadPoolCaller, reinterpret_cast<ULONG64>(block));
}

}  // namespace platform
