// SPDX-License-Identifier: GPL-3.0-only
#include "boot_info.hpp"

#include "abi/sel4/bootinfo_blocks.h"
#include "abi/sel4/extensions.h"
#include "arch/features.hpp"
#include "config/config.hpp"

namespace boot {
namespace {

static_assert(sizeof(platform::VideoMode) == sizeof(seL4_X86_BootInfo_VBE) - sizeof(seL4_BootInfoHeader));
static_assert(sizeof(platform::Rsdp) == SEL4_BOOTINFO_RSDP_BYTES);
static_assert(sizeof(seL4_X86_BootInfo_mmap_t) == 0x4c4);
static_assert(sizeof(neptune_ExecuteDisableBlock) == sizeof(seL4_BootInfoHeader) + sizeof(seL4_Word));
static_assert(sizeof(neptune_DebugRegistersBlock) == sizeof(seL4_BootInfoHeader) + sizeof(seL4_Word));
static_assert(sizeof(neptune_PageRunsBlock) == sizeof(seL4_BootInfoHeader) + sizeof(seL4_Word));

template <typename Body>
constexpr std::uint64_t kBlockSize = sizeof(seL4_BootInfoHeader) + sizeof(Body);

// Writes header and body, and returns the place of the next block.
template <typename Body>
std::uint8_t* put(std::uint8_t* target, seL4_Word id, const Body& body) {
    const seL4_BootInfoHeader header{id, kBlockSize<Body>};
    __builtin_memcpy(target, &header, sizeof header);
    __builtin_memcpy(target + sizeof header, &body, sizeof body);
    return target + header.len;
}

std::uint8_t* put_map(std::uint8_t* target, const platform::BootRecord& record) {
    seL4_X86_BootInfo_mmap_t map{};
    map.header = {SEL4_BOOTINFO_HEADER_X86_MBMMAP, sizeof map};
    map.mmap_length = record.map_count * static_cast<seL4_Uint32>(sizeof(platform::MapEntry));
    __builtin_memcpy(map.mmap, record.map, map.mmap_length);
    __builtin_memcpy(target, &map, sizeof map);
    return target + sizeof map;
}

std::uint8_t* put_framebuffer(std::uint8_t* target, const platform::Framebuffer& frame) {
    const seL4_X86_BootInfo_fb_t body{.addr = frame.address,
                                      .pitch = frame.pitch,
                                      .width = frame.width,
                                      .height = frame.height,
                                      .bpp = frame.bits_per_pixel,
                                      .type = frame.type};
    return put(target, SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER, body);
}

}  // namespace

std::uint64_t extra_blocks_size(const platform::BootRecord& record) {
    return (record.has_video_mode ? kBlockSize<platform::VideoMode> : 0) +
           (record.has_rsdp ? kBlockSize<platform::Rsdp> : 0) +
           (record.has_framebuffer ? kBlockSize<seL4_X86_BootInfo_fb_t> : 0) +
           sizeof(seL4_X86_BootInfo_mmap_t) + kBlockSize<seL4_X86_BootInfo_tsc_mhz> +
           (arch::features.no_execute ? kBlockSize<seL4_Word> : 0) +
           (config::kExtensions ? 2 * kBlockSize<seL4_Word> : 0);
}

void write_extra_blocks(const platform::BootRecord& record, std::uint32_t tsc_mhz, std::uint8_t* target) {
    if (record.has_video_mode) target = put(target, SEL4_BOOTINFO_HEADER_X86_VBE, record.video_mode);
    if (record.has_rsdp) target = put(target, SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP, record.rsdp);
    if (record.has_framebuffer) target = put_framebuffer(target, record.framebuffer);
    target = put_map(target, record);
    target = put(target, SEL4_BOOTINFO_HEADER_X86_TSC_FREQ, seL4_X86_BootInfo_tsc_mhz{tsc_mhz});
    if (arch::features.no_execute) target = put(target, NEPTUNE_BOOTINFO_EXECUTE_DISABLE, seL4_Word{1});
    if constexpr (config::kExtensions) {
        target = put(target, NEPTUNE_BOOTINFO_PAGE_RUNS, seL4_Word{1});
        put(target, NEPTUNE_BOOTINFO_DEBUG_REGISTERS, seL4_Word{1});
    }
}

}  // namespace boot
