// SPDX-License-Identifier: GPL-3.0-only
//
// How mm takes over the machine. Once, first thing in main.
#pragma once

#include <span>

#include "abi/sel4/types.h"
#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace mm {

// Where the parts of the boot image are mapped (linker symbols): code, what is only read, data, the page
// below the stack (one of data's), the archive. Addresses of pages.
struct BootImage {
    uint64_t start;
    uint64_t constants;
    uint64_t data;
    uint64_t stack_guard;
    uint64_t archive;
    uint64_t end;
};

// Builds the CSpace, takes the first RAM, makes the heap usable.
Result<void> initialize(const seL4_BootInfo& boot_info, const BootImage& image);

// seL4 maps the whole root server writable and executable. This leaves each page what it needs; the code can
// no longer be written, and, where the kernel has execute-disable, nothing else executed. Nothing is mapped
// below the stack.
Result<void> protect_boot_image(const seL4_BootInfo& boot_info, const BootImage& image);

// The VGA's text memory (4,000 bytes), over the page below the stack, for a boot that ends before mm works.
// It takes no memory, and mm cannot be used afterwards. STATUS_NO_SUCH_DEVICE.
Result<std::span<uint8_t>> map_text_screen(const seL4_BootInfo& boot_info, const BootImage& image);

// Bytes of RAM that the kernel gave the Executive.
uint64_t ram_given(const seL4_BootInfo& boot_info);

// For hal::boot_block().
void set_boot_info(const seL4_BootInfo& boot_info);

}  // namespace mm
