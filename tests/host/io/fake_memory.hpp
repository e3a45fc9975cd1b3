// SPDX-License-Identifier: GPL-3.0-only
//
// Frames and address spaces of the host: mm's public interface over ordinary memory, counting what is in use.
#pragma once

#include "executive/ke/claim.hpp"
#include "executive/mm/address_space.hpp"

namespace test {

// Frames with a reference.
size_t frames_in_use();
// Frames given out before allocation fails; SIZE_MAX: no limit.
void limit_frames(size_t count);
// What a program sees at an address, within one page; null when nothing is mapped.
uint8_t* at(mm::AddressSpace& space, uint64_t address);
// Views that map_frames() made and that are still there.
size_t windows(mm::AddressSpace& space);

// For whose sake everything is done.
inline ke::Claim claim = ke::Claim::Own;

}  // namespace test
