// SPDX-License-Identifier: GPL-3.0-only
//
// Memory descriptor lists. In a driver host every buffer that a driver is handed is mapped in the host
// already (the Executive maps a client's frames before it submits the request), so "locking" and "mapping" an
// MDL only sets flags; the page frame numbers are asked of the Executive when a driver wants to program DMA.
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

}  // namespace mm

extern "C" {
PMDL IoAllocateMdl(PVOID Address, ULONG Length, BOOLEAN Secondary, BOOLEAN Quota, PIRP Irp);
VOID MmBuildMdlForNonPagedPool(PMDL Mdl);
}
