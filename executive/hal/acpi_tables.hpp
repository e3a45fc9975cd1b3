// SPDX-License-Identifier: GPL-3.0-only
//
// Reading ACPI structures out of bytes that may be wrong: pure functions, private to hal.
#pragma once

#include <string.h>

#include <optional>
#include <string_view>

#include "base/bits.hpp"
#include "executive/hal/acpi.hpp"

namespace hal {

struct [[gnu::packed]] AcpiHeader {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem[6];
    char oem_table[8];
    uint32_t oem_revision;
    uint32_t creator;
    uint32_t creator_revision;
};
static_assert(sizeof(AcpiHeader) == 36);

struct [[gnu::packed]] AcpiRsdp {
    char signature[8];
    uint8_t checksum;
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;  // from here on: revision 2
    uint64_t xsdt;
    uint8_t extended_checksum;
    uint8_t reserved[3];
};
static_assert(sizeof(AcpiRsdp) == 36);

// The value at an offset, 0 when it lies outside.
template <typename T>
T acpi_field(std::span<const uint8_t> table, size_t offset) {
    T value{};
    if (range_fits(offset, sizeof(T), table.size())) memcpy(&value, table.data() + offset, sizeof(T));
    return value;
}

bool acpi_checksum_ok(std::span<const uint8_t> bytes);

// Calls visit(type, entry) for each well-formed entry of a MADT until it returns false.
template <typename Visit>
void for_each_madt_entry(std::span<const uint8_t> madt, Visit&& visit) {
    constexpr size_t kFirstEntry = sizeof(AcpiHeader) + 8;
    size_t at = kFirstEntry;
    while (range_fits(at, 2, madt.size())) {
        size_t length = madt[at + 1];
        if (length < 2 || !range_fits(at, length, madt.size())) return;
        if (!visit(madt[at], madt.subspan(at, length))) return;
        at += length;
    }
}

InterruptLine madt_isa_interrupt(std::span<const uint8_t> madt, uint8_t irq);
Result<InterruptPin> madt_interrupt_pin(std::span<const uint8_t> madt, uint32_t gsi);

struct SleepTypes {
    uint8_t a;
    uint8_t b;
};
// Looks for the package \_S5 in a DSDT or SSDT without interpreting AML.
std::optional<SleepTypes> find_soft_off(std::span<const uint8_t> definition_block);

}  // namespace hal
