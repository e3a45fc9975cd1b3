// SPDX-License-Identifier: GPL-3.0-only
// The blocks of extra information behind the BootInfo page, in the contract's order: VBE mode, ACPI root
// pointer, framebuffer, memory map, TSC frequency.
#pragma once
#include <cstdint>

#include "kernel/platform/pc/multiboot.hpp"

namespace boot {

// Bytes that write_extra_blocks will write.
std::uint64_t extra_blocks_size(const platform::BootRecord& record);
void write_extra_blocks(const platform::BootRecord& record, std::uint32_t tsc_mhz, std::uint8_t* target);

}  // namespace boot
