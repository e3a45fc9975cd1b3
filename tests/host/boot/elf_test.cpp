// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/boot/elf.hpp"

#include <gtest/gtest.h>

#include "memory.hpp"

namespace {

constexpr std::size_t kFileSize = 0x300;

template <typename T>
void put(std::vector<std::uint8_t>& file, std::size_t at, T value) {
    std::memcpy(&file.at(at), &value, sizeof value);
}

void put_segment(std::vector<std::uint8_t>& file, unsigned index, std::uint64_t offset, std::uint64_t address,
                 std::uint64_t file_size, std::uint64_t memory_size) {
    const std::size_t at = 64 + index * 56u;
    put<std::uint32_t>(file, at, 1);
    put<std::uint64_t>(file, at + 8, offset);
    put<std::uint64_t>(file, at + 16, address);
    put<std::uint64_t>(file, at + 32, file_size);
    put<std::uint64_t>(file, at + 40, memory_size);
}

std::vector<std::uint8_t> program() {
    std::vector<std::uint8_t> file(kFileSize);
    std::memcpy(file.data(),
                "\x7f"
                "ELF\x02\x01\x01",
                7);
    put<std::uint16_t>(file, 16, 2);
    put<std::uint16_t>(file, 18, 62);
    put<std::uint64_t>(file, 24, 0x401234);
    put<std::uint64_t>(file, 32, 64);
    put<std::uint16_t>(file, 54, 56);
    put<std::uint16_t>(file, 56, 2);
    put_segment(file, 0, 0x200, 0x400010, 0x80, 0x80);
    put_segment(file, 1, 0x280, 0x402000, 0x40, 0x1800);
    file[0x200] = 0xaa;
    file[0x280] = 0xbb;
    return file;
}

TEST(Elf, LaysOutTheSegments) {
    const auto file = program();
    boot::ElfImage image;
    ASSERT_EQ(boot::parse_elf(file, image), nullptr);
    EXPECT_EQ(image.begin, 0x400000u);
    EXPECT_EQ(image.end, 0x404000u);
    EXPECT_EQ(image.entry, 0x401234u);
    std::vector<std::uint8_t> block(image.size());
    boot::load_elf(image, block.data());
    EXPECT_EQ(block[0x10], 0xaa);
    EXPECT_EQ(block[0x2000], 0xbb);
    EXPECT_EQ(block[0x2040], 0);
}

TEST(Elf, RefusesWhatItCannotLoad) {
    boot::ElfImage image;
    EXPECT_NE(boot::parse_elf({}, image), nullptr);
    auto file = program();
    file[4] = 1;  // 32 bits
    EXPECT_NE(boot::parse_elf(file, image), nullptr);
    file = program();
    put_segment(file, 1, 0x280, 0x402000, 0x100, 0x1800);  // beyond the file
    EXPECT_NE(boot::parse_elf(file, image), nullptr);
    file = program();
    put_segment(file, 1, 0x280, 0xffff800000000000, 0x40, 0x40);
    EXPECT_NE(boot::parse_elf(file, image), nullptr);
    file = program();
    put<std::uint16_t>(file, 56, 0);
    EXPECT_NE(boot::parse_elf(file, image), nullptr);
}

TEST(Elf, RefusesAnEntryOutsideUserMemory) {
    boot::ElfImage image;
    auto file = program();
    put<std::uint64_t>(file, 24, 0x800000000000);
    EXPECT_NE(boot::parse_elf(file, image), nullptr);
}

TEST(Elf, PassesOverSegmentsWithoutSize) {
    boot::ElfImage image;
    auto file = program();
    put_segment(file, 1, 0xffffffff, 0xffff800000000000, 0, 0);
    ASSERT_EQ(boot::parse_elf(file, image), nullptr);
    EXPECT_EQ(image.begin, 0x400000u);
    EXPECT_EQ(image.end, 0x401000u);
    std::vector<std::uint8_t> block(image.size());
    boot::load_elf(image, block.data());
}

TEST(Elf, TakesProgramsThatRelocateThemselves) {
    boot::ElfImage image;
    auto file = program();
    put<std::uint16_t>(file, 16, 3);
    EXPECT_EQ(boot::parse_elf(file, image), nullptr);
}

TEST(Elf, SurvivesDamage) {
    std::mt19937 random(7);
    for (int round = 0; round < 20000; ++round) {
        auto file = program();
        boot_test::damage(file, 64 + 2 * 56, random);
        boot::ElfImage image;
        if (boot::parse_elf(file, image) != nullptr || image.size() > (1u << 20)) continue;
        std::vector<std::uint8_t> block(image.size());
        boot::load_elf(image, block.data());
    }
}

}  // namespace
