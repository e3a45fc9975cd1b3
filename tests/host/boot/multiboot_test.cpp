// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/platform/pc/multiboot.hpp"

#include <gtest/gtest.h>

#include "memory.hpp"

namespace {

using boot_test::Memory;

constexpr std::uint64_t kInfo = 0x1000;
constexpr std::uint64_t kMap = 0x2000;
constexpr std::uint64_t kModules = 0x3000;
constexpr std::uint64_t kMegabyte = 1 << 20;

Memory first_version(std::size_t size = 0x200000) {
    Memory memory(size);
    memory.put<std::uint32_t>(kInfo, (1u << 3) | (1u << 6));
    memory.put<std::uint32_t>(kInfo + 20, 1);
    memory.put<std::uint32_t>(kInfo + 24, kModules);
    memory.put<std::uint32_t>(kInfo + 44, 3 * 24);
    memory.put<std::uint32_t>(kInfo + 48, kMap);
    memory.put(kMap, platform::MapEntry{20, 0, 0x9fc00, 1});
    memory.put(kMap + 24, platform::MapEntry{20, kMegabyte, 127 * kMegabyte, 1});
    memory.put(kMap + 48, platform::MapEntry{20, 126 * kMegabyte, kMegabyte, 2});  // overlaps the RAM before
    memory.put<std::uint32_t>(kModules, 0x100000);
    memory.put<std::uint32_t>(kModules + 4, 0x180000);
    return memory;
}

constexpr std::uint32_t kTotal = 8 + 24 + (16 + 48) + 40 + 8;

Memory second_version(std::size_t size = 0x200000) {
    Memory memory(size);
    std::uint64_t at = kInfo;
    const auto word = [&](std::uint32_t value) {
        memory.put(at, value);
        at += 4;
    };
    const auto wide = [&](std::uint64_t value) {
        memory.put(at, value);
        at += 8;
    };
    word(kTotal), word(0);
    word(3), word(17), word(0x100000), word(0x180000), wide(0);  // module, padded to 24
    word(6), word(64), word(24), word(0);
    wide(kMegabyte), wide(31 * kMegabyte), word(1), word(0);
    wide(kMegabyte << 12), wide(kMegabyte), word(1), word(0);
    word(8), word(32), wide(0xfd000000), word(4096), word(1024), word(768), word(0x0120);
    wide(0);
    word(0), word(8);
    return memory;
}

TEST(Multiboot, ReadsVersion1) {
    const Memory memory = first_version();
    auto record = std::make_unique<platform::BootRecord>();
    ASSERT_TRUE(platform::parse_boot_record(memory, platform::kMultiboot1Magic, kInfo, *record));
    EXPECT_EQ(record->module.begin, 0x100000u);
    EXPECT_EQ(record->module.end, 0x180000u);
    EXPECT_EQ(record->map_count, 3u);
    const auto ranges = record->ram.ranges();
    ASSERT_EQ(ranges.size(), 3u);
    EXPECT_EQ(ranges[0].end, 0x9f000u);
    EXPECT_EQ(ranges[1].begin, kMegabyte);
    EXPECT_EQ(ranges[1].end, 126 * kMegabyte);
    EXPECT_EQ(ranges[2].begin, 127 * kMegabyte);
}

TEST(Multiboot, ReadsVersion2) {
    const Memory memory = second_version();
    auto record = std::make_unique<platform::BootRecord>();
    ASSERT_TRUE(platform::parse_boot_record(memory, platform::kMultiboot2Magic, kInfo, *record));
    EXPECT_EQ(record->module.end, 0x180000u);
    EXPECT_EQ(record->map_count, 0u);
    ASSERT_EQ(record->ram.ranges().size(), 2u);
    EXPECT_EQ(record->ram.ranges()[1].begin, kMegabyte << 12);
    ASSERT_TRUE(record->has_framebuffer);
    EXPECT_EQ(record->framebuffer.address, 0xfd000000u);
    EXPECT_EQ(record->framebuffer.width, 1024u);
    EXPECT_EQ(record->framebuffer.bits_per_pixel, 0x20);
    EXPECT_EQ(record->framebuffer.type, 1);
}

TEST(Multiboot, RefusesOtherLoaders) {
    const Memory memory = first_version();
    auto record = std::make_unique<platform::BootRecord>();
    EXPECT_FALSE(platform::parse_boot_record(memory, 0x12345678, kInfo, *record));
    EXPECT_FALSE(platform::parse_boot_record(memory, platform::kMultiboot1Magic, 0xfffffff0, *record));
}

void survive(Memory (*make)(std::size_t), std::uint32_t magic) {
    std::mt19937 random(magic);
    for (int round = 0; round < 4000; ++round) {
        Memory memory = make(0x4000);
        auto& bytes = memory.bytes();
        std::vector<std::uint8_t> low(bytes.begin() + kInfo, bytes.begin() + kModules + 16);
        boot_test::damage(low, round % 2 == 0 ? 128 : low.size(), random);
        std::copy(low.begin(), low.end(), bytes.begin() + kInfo);
        auto record = std::make_unique<platform::BootRecord>();
        if (!platform::parse_boot_record(memory, magic, kInfo, *record)) continue;
        EXPECT_LE(record->map_count, platform::BootRecord::kMapEntries);
        EXPECT_LE(record->module.begin, record->module.end);
    }
}

TEST(Multiboot, SurvivesDamageInVersion1) {
    survive(first_version, platform::kMultiboot1Magic);
}
TEST(Multiboot, SurvivesDamageInVersion2) {
    survive(second_version, platform::kMultiboot2Magic);
}

}  // namespace
