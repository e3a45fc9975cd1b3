// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include <vector>

#include "executive/hal/acpi_tables.hpp"
#include "executive/hal/rtc.hpp"
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
