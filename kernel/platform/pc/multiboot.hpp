// SPDX-License-Identifier: GPL-3.0-only
// What the boot loader says, by Multiboot 1 or 2, in one shape. The parsers trust no length and read nothing
// but what PhysicalReader lets them.
#pragma once
#include <cstdint>

#include "abi/sel4/bootinfo_blocks.h"
#include "kernel/boot/ranges.hpp"
#include "kernel/platform/pc/acpi.hpp"

namespace platform {

struct Framebuffer {
    std::uint64_t address;
    std::uint32_t pitch;
    std::uint32_t width;
    std::uint32_t height;
    std::uint8_t bits_per_pixel;
    std::uint8_t type;
};

// An entry of a Multiboot 1 memory map, as BootInfo hands it on.
using MapEntry = seL4_X86_mb_mmap_t;
static_assert(sizeof(MapEntry) == 24);

struct VideoMode {
    std::uint8_t control_info[512];
    std::uint8_t mode_info[256];
    std::uint32_t mode;
    std::uint32_t interface_segment;
    std::uint32_t interface_offset;
    std::uint32_t interface_length;
};

struct BootRecord {
    boot::RangeList ram;      // usable memory, whole pages
    boot::Range module;       // the root server's ELF file; empty when none was given
    boot::Range loader_data;  // the loader's own information, in use until the parsers are done
    bool has_rsdp;
    Rsdp rsdp;
    bool has_framebuffer;  // Multiboot 2 only
    Framebuffer framebuffer;
    bool has_video_mode;  // Multiboot 1 only
    VideoMode video_mode;
    static constexpr unsigned kMapEntries = SEL4_MULTIBOOT_MAX_MMAP_ENTRIES;
    std::uint32_t map_count;  // Multiboot 1 only
    MapEntry map[kMapEntries];
};

inline constexpr std::uint32_t kMultiboot1Magic = 0x2badb002;
inline constexpr std::uint32_t kMultiboot2Magic = 0x36d76289;

// False when the magic is neither, or the record makes no sense. `result` is zeroed by the caller.
bool parse_boot_record(const PhysicalReader& memory, std::uint32_t magic, std::uint64_t address,
                       BootRecord& result);

}  // namespace platform
