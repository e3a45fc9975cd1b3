// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "memory.hpp"

namespace {

using boot_test::Memory;

constexpr std::uint64_t kRsdp = 0xf0000;
constexpr std::uint64_t kRsdt = 0x1000;
constexpr std::uint64_t kMadt = 0x2000;
constexpr std::uint32_t kMadtLength = 44 + 12 + 8;

void put_header(Memory& memory, std::uint64_t at, const char* signature, std::uint32_t length) {
    memory.put_text(at, signature);
    memory.put(at + 4, length);
}

Memory machine() {
    Memory memory(0x100000);
    memory.put_text(kRsdp, "RSD PTR ");
    memory.put<std::uint32_t>(kRsdp + 16, kRsdt);
    memory.balance(kRsdp, 20, kRsdp + 8);
    put_header(memory, kRsdt, "RSDT", 44);
    memory.put<std::uint32_t>(kRsdt + 36, 0x7000);  // a table that is none
    memory.put<std::uint32_t>(kRsdt + 40, kMadt);
    memory.balance(kRsdt, 44, kRsdt + 9);
    put_header(memory, kMadt, "APIC", kMadtLength);
    memory.put<std::uint32_t>(kMadt + 36, 0xfee00000);
    memory.put<std::uint8_t>(kMadt + 44, 1);  // an IOAPIC
    memory.put<std::uint8_t>(kMadt + 45, 12);
    memory.put<std::uint32_t>(kMadt + 48, 0xfec00000);
    memory.put<std::uint8_t>(kMadt + 56, 0);  // a processor
    memory.put<std::uint8_t>(kMadt + 57, 8);
    memory.balance(kMadt, kMadtLength, kMadt + 9);
    return memory;
}

TEST(Acpi, FindsTheControllers) {
    const Memory memory = machine();
    platform::Rsdp rsdp;
    ASSERT_TRUE(platform::find_rsdp(memory, rsdp));
    platform::InterruptHardware hardware;
    ASSERT_TRUE(platform::find_interrupt_hardware(memory, rsdp, hardware));
    EXPECT_EQ(hardware.local_apic, 0xfee00000u);
    EXPECT_EQ(hardware.ioapic_count, 1u);
    EXPECT_EQ(hardware.ioapics[0], 0xfec00000u);
}

// The kernel serves one, the first that the table names; the others are left alone.
TEST(Acpi, TakesTheFirstOfSeveralIoapics) {
    Memory memory = machine();
    constexpr std::uint32_t kLonger = kMadtLength + 2 * 12;
    put_header(memory, kMadt, "APIC", kLonger);
    for (std::uint64_t i = 0; i < 2; ++i) {
        const std::uint64_t entry = kMadt + kMadtLength + i * 12;
        memory.put<std::uint8_t>(entry, 1);
        memory.put<std::uint8_t>(entry + 1, 12);
        memory.put(entry + 4, static_cast<std::uint32_t>(0xfec01000 + i * 0x1000));
    }
    memory.balance(kMadt, kLonger, kMadt + 9);
    platform::Rsdp rsdp;
    ASSERT_TRUE(platform::find_rsdp(memory, rsdp));
    platform::InterruptHardware hardware;
    ASSERT_TRUE(platform::find_interrupt_hardware(memory, rsdp, hardware));
    EXPECT_EQ(hardware.ioapic_count, 1u);
    EXPECT_EQ(hardware.ioapics[0], 0xfec00000u);
}

TEST(Acpi, WantsChecksums) {
    Memory memory = machine();
    memory.bytes()[kMadt + 50] ^= 1;
    platform::Rsdp rsdp;
    ASSERT_TRUE(platform::find_rsdp(memory, rsdp));
    platform::InterruptHardware hardware;
    EXPECT_FALSE(platform::find_interrupt_hardware(memory, rsdp, hardware));
    memory.bytes()[kRsdp + 10] ^= 1;
    EXPECT_FALSE(platform::find_rsdp(memory, rsdp));
}

TEST(Acpi, SurvivesDamagedTables) {
    std::mt19937 random(1);
    for (int round = 0; round < 300; ++round) {
        Memory memory = machine();
        std::vector<std::uint8_t> table(memory.bytes().begin() + kMadt,
                                        memory.bytes().begin() + kMadt + kMadtLength);
        boot_test::damage(table, table.size(), random);
        std::copy(table.begin(), table.end(), memory.bytes().begin() + kMadt);
        memory.balance(kMadt, kMadtLength, kMadt + 9);
        std::vector<std::uint8_t> root(memory.bytes().begin() + kRsdt, memory.bytes().begin() + kRsdt + 44);
        if (random() % 2 == 0) boot_test::damage(root, root.size(), random);
        std::copy(root.begin(), root.end(), memory.bytes().begin() + kRsdt);
        memory.balance(kRsdt, 44, kRsdt + 9);
        platform::Rsdp rsdp;
        ASSERT_TRUE(platform::find_rsdp(memory, rsdp));
        platform::InterruptHardware hardware{};
        if (platform::find_interrupt_hardware(memory, rsdp, hardware)) {
            EXPECT_LE(hardware.ioapic_count, platform::kMaxIoapics);
        }
    }
}

}  // namespace
