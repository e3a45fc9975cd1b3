// SPDX-License-Identifier: GPL-3.0-only
// Makes the first user process: its image, its VSpace, its thread, its CNode with every capability of the
// machine, and the BootInfo page that tells it what it got. Runs once; when it returns, the first thread can
// be switched to.
#pragma once
#include "elf.hpp"
#include "kernel/platform/pc/multiboot.hpp"

namespace boot {

struct Machine {
    const platform::BootRecord* record;
    RangeList* free;                     // RAM that nobody uses yet
    std::span<const Range> withheld;     // device pages that stay with the kernel
    std::span<const Range> boot_memory;  // free as soon as the first thread runs
    std::uint32_t tsc_mhz;
};

// Stops with a message when memory does not suffice.
void start_root_server(const ElfImage& image, std::uint64_t image_address, const Machine& machine);

}  // namespace boot
