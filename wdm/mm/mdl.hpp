// SPDX-License-Identifier: GPL-3.0-only
//
// Memory descriptor lists. In a driver host every buffer that a driver is handed has its addresses already (a
// window, whose pages the Executive maps when they are touched), so "locking" and "mapping" an MDL only sets
// flags. An MDL of a client's buffer has the numbers of its pages, as far as they came with the request,
// which up to 768 KiB they do; others get them when a driver wants to program DMA.
#pragma once

#include "abi/wdm/iotypes.h"

constexpr ULONG kPageSize = 4096;

namespace mm {

constexpr SIZE_T mdl_size(ULONG64 address, SIZE_T length) {
    SIZE_T pages = ((address & (kPageSize - 1)) + length + kPageSize - 1) / kPageSize;
    return sizeof(MDL) + pages * sizeof(ULONG_PTR);
}

// Describes memory that is mapped and stays so.
void initialise_mdl(MDL& mdl, PVOID base, ULONG length);
void mark_mapped(MDL& mdl);
// Its pages stay where they are; it gets their numbers if any driver of this host asks for such.
void mark_locked(MDL& mdl);
// The same of a window onto a client's buffer, whose numbers came with the request.
void number_pages(MDL& mdl, const ULONG* numbers);

}  // namespace mm

extern "C" {
PMDL IoAllocateMdl(PVOID Address, ULONG Length, BOOLEAN Secondary, BOOLEAN Quota, PIRP Irp);
VOID MmBuildMdlForNonPagedPool(PMDL Mdl);
}
