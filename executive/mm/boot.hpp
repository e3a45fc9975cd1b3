// SPDX-License-Identifier: GPL-3.0-only
//
// How mm takes over the machine. Once, first thing in main.
#pragma once

#include "abi/sel4/types.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// Where the parts of the boot image are mapped (linker symbols): code, what is only read, data, the archive.
struct BootImage {
    uint64_t start;
    uint64_t constants;
    uint64_t data;
    uint64_t archive;
    uint64_t end;
};

// Builds the CSpace, takes the first RAM, makes the heap usable.
Result<void> initialize(const seL4_BootInfo& boot_info, const BootImage& image);

// seL4 maps the whole root server writable and executable. This leaves each page what it needs; the code can
// no longer be written, and, where the kernel has execute-disable, nothing else executed.
Result<void> protect_boot_image(const seL4_BootInfo& boot_info, const BootImage& image);

// For hal::boot_block().
void set_boot_info(const seL4_BootInfo& boot_info);

}  // namespace mm
