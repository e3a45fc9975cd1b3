// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/mm/mdl.hpp"

#include "wdm/platform/executive.hpp"
#include "wdm/platform/platform.hpp"

namespace mm {

void initialise_mdl(MDL& mdl, PVOID base, ULONG length) {
    auto address = reinterpret_cast<ULONG64>(base);
    mdl.Next = nullptr;
    mdl.Size = static_cast<SHORT>(mdl_size(address, length));
    mdl.MdlFlags = 0;
    mdl.Process = nullptr;
    mdl.MappedSystemVa = nullptr;
    mdl.StartVa = reinterpret_cast<PVOID>(address & ~ULONG64{kPageSize - 1});
    mdl.ByteCount = length;
    mdl.ByteOffset = static_cast<ULONG>(address & (kPageSize - 1));
}

void mark_mapped(MDL& mdl) {
    mdl.MappedSystemVa = static_cast<UCHAR*>(mdl.StartVa) + mdl.ByteOffset;
    mdl.MdlFlags |= MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED;
}

namespace {

// They cost a call to the Executive, so the numbers of the host's own pages are only filled in for drivers
// that do DMA: those ask for physical addresses or contiguous memory before they build their first transfer.
constinit bool driver_does_dma = false;

// Not by Size, which has 16 bits.
SIZE_T page_count(const MDL& mdl) {
    return (SIZE_T{mdl.ByteOffset} + mdl.ByteCount + kPageSize - 1) / kPageSize;
}

ULONG_PTR* page_numbers(MDL& mdl) {
    return reinterpret_cast<ULONG_PTR*>(&mdl + 1);
}

void fill_page_numbers(MDL& mdl) {
    if (driver_does_dma) platform::page_numbers(mdl.StartVa, page_numbers(mdl), page_count(mdl));
}

}  // namespace

void number_pages(MDL& mdl, const ULONG* numbers) {
    mdl.MdlFlags |= MDL_PAGES_LOCKED;
    for (SIZE_T i = 0; i < page_count(mdl); i++)
        page_numbers(mdl)[i] = numbers[i];
}

void mark_locked(MDL& mdl) {
    mdl.MdlFlags |= MDL_PAGES_LOCKED;
    fill_page_numbers(mdl);
}

}  // namespace mm

extern "C" {

SIZE_T MmSizeOfMdl(PVOID base, SIZE_T length) {
    return mm::mdl_size(reinterpret_cast<ULONG64>(base), length);
}

PMDL IoAllocateMdl(PVOID address, ULONG length, BOOLEAN secondary, BOOLEAN, PIRP irp) {
    if (length == 0 || length >= 0x8000'0000u) return nullptr;
    auto* mdl = static_cast<PMDL>(platform::allocate(MmSizeOfMdl(address, length)));
    if (mdl == nullptr) return nullptr;
    mm::initialise_mdl(*mdl, address, length);
    if (irp == nullptr) return mdl;
    PMDL* link = &irp->MdlAddress;
    while (secondary && *link != nullptr)
        link = &(*link)->Next;
    *link = mdl;
    return mdl;
}

VOID IoFreeMdl(PMDL mdl) {
    if ((mdl->MdlFlags & MDL_ALLOCATED_FIXED_SIZE) == 0) platform::release(mdl);
}

VOID IoBuildPartialMdl(PMDL source, PMDL target, PVOID address, ULONG length) {
    auto end = reinterpret_cast<ULONG64>(source->StartVa) + source->ByteOffset + source->ByteCount;
    if (length == 0) length = static_cast<ULONG>(end - reinterpret_cast<ULONG64>(address));
    SHORT size = target->Size;
    mm::initialise_mdl(*target, address, length);
    target->Size = size;
    target->MdlFlags |= MDL_PARTIAL | (source->MdlFlags & (MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
    if ((source->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0)
        mm::mark_mapped(*target);
    SIZE_T first =
        (reinterpret_cast<ULONG64>(address) - reinterpret_cast<ULONG64>(source->StartVa)) / kPageSize;
    __builtin_memcpy(mm::page_numbers(*target), mm::page_numbers(*source) + first,
                     mm::page_count(*target) * sizeof(ULONG_PTR));
}

VOID MmBuildMdlForNonPagedPool(PMDL mdl) {
    mm::mark_mapped(*mdl);
    mdl->MdlFlags &= static_cast<SHORT>(~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PAGES_LOCKED));
    mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
    mm::fill_page_numbers(*mdl);
}

VOID MmProbeAndLockPages(PMDL mdl, KPROCESSOR_MODE, ULONG) {
    mm::mark_locked(*mdl);
}

VOID MmUnlockPages(PMDL mdl) {
    mdl->MdlFlags &= static_cast<SHORT>(~(MDL_PAGES_LOCKED | MDL_MAPPED_TO_SYSTEM_VA));
}

PVOID MmMapLockedPages(PMDL mdl, KPROCESSOR_MODE) {
    mm::mark_mapped(*mdl);
    return mdl->MappedSystemVa;
}

PVOID MmMapLockedPagesSpecifyCache(PMDL mdl, KPROCESSOR_MODE mode, ULONG, PVOID, ULONG, ULONG) {
    return MmMapLockedPages(mdl, mode);
}

VOID MmUnmapLockedPages(PVOID, PMDL mdl) {
    mdl->MdlFlags &= static_cast<SHORT>(~(MDL_MAPPED_TO_SYSTEM_VA | MDL_PARTIAL_HAS_BEEN_MAPPED));
}

PVOID MmMapIoSpace(LARGE_INTEGER address, SIZE_T length, ULONG cache) {
    return platform::map_physical(static_cast<ULONG64>(address.QuadPart), length, cache);
}

VOID MmUnmapIoSpace(PVOID base, SIZE_T length) {
    platform::unmap_physical(base, length);
}

LARGE_INTEGER MmGetPhysicalAddress(PVOID address) {
    LARGE_INTEGER result;
    mm::driver_does_dma = true;
    result.QuadPart = static_cast<LONGLONG>(platform::physical_address(address));
    return result;
}

PVOID MmAllocateContiguousMemory(SIZE_T length, LARGE_INTEGER highest) {
    mm::driver_does_dma = true;
    return platform::allocate_contiguous(length, {0, static_cast<ULONG64>(highest.QuadPart), 0});
}

VOID MmFreeContiguousMemory(PVOID base) {
    platform::free_contiguous(base);
}

// The memory is cached on every x86 machine that has DMA at all: devices see what processors see.
PVOID MmAllocateContiguousMemorySpecifyCache(SIZE_T length, LARGE_INTEGER lowest, LARGE_INTEGER highest,
                                             LARGE_INTEGER boundary, ULONG) {
    mm::driver_does_dma = true;
    return platform::allocate_contiguous(
        length, {static_cast<ULONG64>(lowest.QuadPart), static_cast<ULONG64>(highest.QuadPart),
                 static_cast<ULONG64>(boundary.QuadPart)});
}

VOID MmFreeContiguousMemorySpecifyCache(PVOID base, SIZE_T, ULONG) {
    platform::free_contiguous(base);
}

// Pages of the host's own, described by an MDL of the caller's.
PMDL MmAllocatePagesForMdl(LARGE_INTEGER, LARGE_INTEGER, LARGE_INTEGER, SIZE_T length) {
    SIZE_T bytes = (length + kPageSize - 1) & ~SIZE_T{kPageSize - 1};
    PVOID pages = platform::allocate(bytes);
    if (pages == nullptr) return nullptr;
    PMDL mdl = IoAllocateMdl(pages, static_cast<ULONG>(bytes), FALSE, FALSE, nullptr);
    if (mdl == nullptr) {
        platform::release(pages);
        return nullptr;
    }
    mm::mark_locked(*mdl);
    return mdl;
}

VOID MmFreePagesFromMdl(PMDL mdl) {
    platform::release(mdl->StartVa);
}

PVOID MmAllocateNonCachedMemory(SIZE_T length) {
    return platform::allocate((length + kPageSize - 1) & ~SIZE_T{kPageSize - 1});
}

VOID MmFreeNonCachedMemory(PVOID base, SIZE_T) {
    platform::release(base);
}

BOOLEAN MmIsAddressValid(PVOID address) {
    return platform::is_readable(address);
}

ULONG MmQuerySystemSize(void) {
    return 1;  // MmMediumSystem
}

}  // extern "C"
