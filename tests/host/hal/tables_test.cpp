// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <vector>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/rtc.hpp"
#include "executive/hal/smbios.hpp"
#include "tests/host/hal/fakes.hpp"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes madt(const Bytes& entries) {
    Bytes table(44);
    table.insert(table.end(), entries.begin(), entries.end());
    return table;
}

const Bytes kPcEntries = {1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0,  0, 0, 0,   // I/O APIC, GSI 0
                          2, 10, 0, 0, 2, 0, 0,    0,    0,  0,         // IRQ 0 is GSI 2
                          2, 10, 0, 9, 9, 0, 0,    0,    13, 0,         // IRQ 9: level, high
                          1, 12, 1, 0, 0, 0, 0xc1, 0xfe, 24, 0, 0, 0};  // a second one from GSI 24

void sum_up(Bytes& bytes, size_t at, size_t length, size_t sum) {
    uint8_t total = 0;
    bytes[at + sum] = 0;
    for (size_t i = 0; i < length; ++i)
        total = static_cast<uint8_t>(total + bytes[at + i]);
    bytes[at + sum] = static_cast<uint8_t>(-total);
}

TEST(Smbios, EntryPointsAreFoundAndMistrusted) {
    Bytes bios(0x1000);
    EXPECT_FALSE(hal::find_smbios(bios));
    const Bytes older = {'_', 'S', 'M', '_', 0,   0x1f, 2,    8,    0,    0,    0,    0,    0, 0, 0,   0,
                         '_', 'D', 'M', 'I', '_', 0,    0x34, 0x12, 0x00, 0x00, 0x0f, 0x00, 9, 0, 0x28};
    std::copy(older.begin(), older.end(), bios.begin() + 0x800);
    EXPECT_FALSE(hal::find_smbios(bios));
    sum_up(bios, 0x800, 0x1f, 4);
    auto entry = hal::find_smbios(bios);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->address, 0xf0000u);
    EXPECT_EQ(entry->length, 0x1234u);
    EXPECT_EQ(entry->major, 2u);
    EXPECT_EQ(entry->minor, 8u);
    const Bytes newer = {'_', 'S', 'M', '3', '_', 0, 0x18, 3,    2, 0, 1, 0,
                         0,   2,   0,   0,   0,   0, 0,    0x40, 1, 0, 0, 0};
    std::copy(newer.begin(), newer.end(), bios.begin() + 0xfe0);
    sum_up(bios, 0xfe0, 0x18, 5);
    entry = hal::find_smbios(bios);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->address, 0x140000000u);
    EXPECT_EQ(entry->length, 0x200u);
    EXPECT_EQ(entry->major, 3u);
    // Cut short, longer than it can be, of no length: the older one is left.
    bios.resize(0xff0);
    EXPECT_EQ(hal::find_smbios(bios)->major, 2u);
    bios[0x800 + 5] = 0xff;
    sum_up(bios, 0x800, 0xff, 4);
    EXPECT_TRUE(hal::find_smbios(bios));
    bios[0x800 + 5] = 0;
    EXPECT_FALSE(hal::find_smbios(bios));
}

TEST(Madt, OverridesAndPins) {
    Bytes table = madt(kPcEntries);
    EXPECT_EQ(hal::madt_isa_interrupt(table, 0).gsi, 2u);
    EXPECT_EQ(hal::madt_isa_interrupt(table, 1).gsi, 1u);
    EXPECT_FALSE(hal::madt_isa_interrupt(table, 1).level);
    EXPECT_TRUE(hal::madt_isa_interrupt(table, 9).level);
    EXPECT_FALSE(hal::madt_isa_interrupt(table, 9).active_low);
    auto pin = hal::madt_interrupt_pin(table, 30);
    ASSERT_TRUE(pin);
    EXPECT_EQ(pin->ioapic, 1u);
    EXPECT_EQ(pin->pin, 6u);
}

TEST(Madt, Nonsense) {
    EXPECT_EQ(hal::madt_isa_interrupt({}, 5).gsi, 5u);
    EXPECT_TRUE(hal::madt_interrupt_pin({}, 5));
    EXPECT_FALSE(hal::madt_interrupt_pin({}, 500));
    // Every truncation, and lengths of 0, 1 and too much.
    for (size_t length = 0; length <= kPcEntries.size(); ++length) {
        Bytes table = madt(Bytes(kPcEntries.begin(), kPcEntries.begin() + static_cast<long>(length)));
        hal::madt_isa_interrupt(table, 9);
        (void)hal::madt_interrupt_pin(table, 30);
    }
    for (uint8_t length : {0, 1, 200}) {
        Bytes entries = kPcEntries;
        entries[1] = length;
        hal::madt_isa_interrupt(madt(entries), 0);
    }
}

TEST(Aml, FindsSoftOff) {
    Bytes dsdt(36);
    for (uint8_t byte : Bytes{0x5b, 0x80, 'D', 'B', 'G', '_', 1, '_', 'S', '5', '_', 0x12, 0x0a})
        dsdt.push_back(byte);  // a name that is not declared here
    for (uint8_t byte : Bytes{0x08, '_', 'S', '5', '_', 0x12, 0x08, 0x04, 0x0a, 0x05, 0x01, 0x00, 0x00})
        dsdt.push_back(byte);
    auto types = hal::find_soft_off(dsdt);
    ASSERT_TRUE(types);
    EXPECT_EQ(types->a, 5);
    EXPECT_EQ(types->b, 1);
    for (size_t length = 0; length < dsdt.size(); ++length)
        (void)hal::find_soft_off(std::span(dsdt).first(length));
}

TEST(Checksum, Sums) {
    EXPECT_TRUE(hal::acpi_checksum_ok(Bytes{1, 255}));
    EXPECT_FALSE(hal::acpi_checksum_ok(Bytes{1, 2}));
}

TEST(Clock, ConvertsAndReads) {
    EXPECT_EQ(hal::to_system_time({1601, 1, 1, 0, 0, 0}), 0u);
    EXPECT_EQ(hal::to_system_time({1970, 1, 1, 0, 0, 0}), 116444736000000000u);
    EXPECT_EQ(hal::to_system_time({2024, 2, 29, 12, 30, 15}), 133536834150000000u);
    EXPECT_EQ(hal::to_system_time({0, 0, 99, 99, 99, 99}), hal::to_system_time({1601, 1, 31, 23, 59, 59}));
    const uint8_t bcd[10] = {0x15, 0, 0x30, 0, 0x12, 0, 5, 0x29, 0x02, 0x24};
    std::copy_n(bcd, 10, fakes::cmos);
    fakes::cmos[0x0b] = 0x02;
    EXPECT_EQ(hal::read_clock(), 133536834150000000u);
    fakes::cmos[4] = 0x81;  // one in the afternoon, twelve-hour clock
    fakes::cmos[0x0b] = 0;
    EXPECT_EQ(hal::read_clock(), hal::to_system_time({2024, 2, 29, 13, 30, 15}));
}

}  // namespace
