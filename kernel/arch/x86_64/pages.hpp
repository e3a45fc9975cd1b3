// SPDX-License-Identifier: GPL-3.0-only
// The kernel's own page tables, made once at boot. No page of theirs is both writable and executable, under
// any of its names; the page below the stack is missing.
#pragma once
#include <cstdint>

namespace arch {

// Builds the tables: window over physical [0, ram_end) at least, the image, the pages of the devices.
// `new_page` yields the physical address of a zeroed page below 4 GiB; it is called only on CPUs without 1
// GiB pages.
void build_kernel_pages(std::uint64_t ram_end, std::uint64_t (*new_page)());
// Adds an uncached page at a kernel address below the image (platform/pc/device_pages.hpp).
void map_device_page(std::uint64_t address, std::uint64_t physical);
// Leaves the boot loader's mappings for these.
void load_kernel_pages();

// The parts of the image that only boot needs, code and data. They are in use until the next function is
// called.
struct PhysicalRange {
    std::uint64_t begin, end;
};
void boot_memory(PhysicalRange (&ranges)[2]);
// Forgets those parts and enters the first thread. REQUIRES: it can be switched to; nothing of boot is needed
// again.
[[noreturn]] void give_away_boot_memory();

}  // namespace arch
