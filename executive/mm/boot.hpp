// SPDX-License-Identifier: GPL-3.0-only
//
// How mm takes over the machine. Once, first thing in main.
#pragma once

#include "abi/sel4/types.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// Builds the CSpace, takes the first RAM, makes the heap usable. The image bounds say where the boot image's
// frames are mapped (linker symbols).
Result<void> initialize(const seL4_BootInfo& boot_info, uint64_t image_start, uint64_t image_end);

}  // namespace mm
