// SPDX-License-Identifier: GPL-3.0-only
#include "boot_info.hpp"

#include "abi/sel4/extensions.h"
#include "arch/features.hpp"

namespace boot {
namespace {

// The blocks as they lie in memory; packed, for some fields are not aligned to their size.
struct __attribute__((packed)) VideoBlock {
    seL4_BootInfoHeader header;
    platform::VideoMode mode;
};
static_assert(sizeof(VideoBlock) == 800);

struct __attribute__((packed)) RsdpBlock {
    seL4_BootInfoHeader header;
    platform::Rsdp rsdp;
};
static_assert(sizeof(RsdpBlock) == 0x34);

struct __attribute__((packed)) FramebufferBlock {
    seL4_BootInfoHeader header;
    std::uint64_t address;
    std::uint32_t pitch;
    std::uint32_t width;
    std::uint32_t height;
    std::uint8_t bits_per_pixel;
    std::uint8_t type;
};
static_assert(sizeof(FramebufferBlock) == 16 + 22);

struct __attribute__((packed)) MapBlock {
    seL4_BootInfoHeader header;
    std::uint32_t length;
    platform::MapEntry entries[platform::BootRecord::kMapEntries];
};
static_assert(sizeof(MapBlock) == 0x4c4);

struct __attribute__((packed)) TscBlock {
    seL4_BootInfoHeader header;
    std::uint32_t mhz;
};
static_assert(sizeof(TscBlock) == 20);

// Writes one block and returns the place of the next.
template <typename Block>
std::uint8_t* put(std::uint8_t* target, Block& block, seL4_Word id) {
    block.header = {id, sizeof(Block)};
    __builtin_memcpy(target, &block, sizeof(Block));
    return target + sizeof(Block);
}

}  // namespace

std::uint64_t extra_blocks_size(const platform::BootRecord& record) {
    return (record.has_video_mode ? sizeof(VideoBlock) : 0) + (record.has_rsdp ? sizeof(RsdpBlock) : 0) +
           (record.has_framebuffer ? sizeof(FramebufferBlock) : 0) + sizeof(MapBlock) + sizeof(TscBlock) +
           (arch::features.no_execute ? sizeof(neptune_ExecuteDisableBlock) : 0);
}

void write_extra_blocks(const platform::BootRecord& record, std::uint32_t tsc_mhz, std::uint8_t* target) {
    if (record.has_video_mode) {
        VideoBlock block{.header = {}, .mode = record.video_mode};
        target = put(target, block, SEL4_BOOTINFO_HEADER_X86_VBE);
    }
    if (record.has_rsdp) {
        RsdpBlock block{.header = {}, .rsdp = record.rsdp};
        target = put(target, block, SEL4_BOOTINFO_HEADER_X86_ACPI_RSDP);
    }
    if (record.has_framebuffer) {
        const platform::Framebuffer& frame = record.framebuffer;
        FramebufferBlock block{.header = {},
                               .address = frame.address,
                               .pitch = frame.pitch,
                               .width = frame.width,
                               .height = frame.height,
                               .bits_per_pixel = frame.bits_per_pixel,
                               .type = frame.type};
        target = put(target, block, SEL4_BOOTINFO_HEADER_X86_FRAMEBUFFER);
    }
    MapBlock map{};
    map.length = record.map_count * static_cast<std::uint32_t>(sizeof(platform::MapEntry));
    __builtin_memcpy(map.entries, record.map, map.length);
    target = put(target, map, SEL4_BOOTINFO_HEADER_X86_MBMMAP);
    TscBlock tsc{.header = {}, .mhz = tsc_mhz};
    target = put(target, tsc, SEL4_BOOTINFO_HEADER_X86_TSC_FREQ);
    if (arch::features.no_execute) {
        neptune_ExecuteDisableBlock block{.header = {}, .version = 1};
        put(target, block, NEPTUNE_BOOTINFO_EXECUTE_DISABLE);
    }
}

}  // namespace boot
