// SPDX-License-Identifier: GPL-3.0-only
//
// Empty capability slots for copies: the spare slot of every page taken so far, and what the boot CNode has
// left. A slot is named by 28 bits where many are kept.
#pragma once

#include "executive/mm/pages.hpp"

namespace mm {

using SlotNumber = uint32_t;
inline constexpr SlotNumber kNoSlot = 0;

// Where none is left, or no memory to take note of one more, of those that can be had back (page_tables.hpp).
// STATUS_INSUFFICIENT_RESOURCES, or as mm::later() says.
Result<SlotNumber> take_slot();
// REQUIRES: empty.
void give_slot(SlotNumber slot);
CPtr slot_pointer(SlotNumber slot);
SlotNumber slot_number(CPtr pointer);

// The boot CNode's empty region. Once.
void add_boot_slots(CPtr first, CPtr end);

}  // namespace mm
