// SPDX-License-Identifier: GPL-3.0-only
//
// ACPI's static tables, as far as the Executive needs them: how interrupts are wired, where the HPET is, how
// the machine is switched off. The firmware's data is not trusted: every length is checked, every walk is
// bounded, and without usable tables the answers are those of a plain PC.
#pragma once

#include <stdint.h>

#include <optional>
#include <span>

#include "base/result.hpp"
#include "executive/prelude.hpp"

namespace hal {

// The whole table with its header, checksum verified; empty when the machine has none. `instance` counts
// tables of the same signature.
std::span<const uint8_t> acpi_table(const char (&signature)[5], unsigned instance = 0);
// The `index`th of all, in the firmware's order with the DSDT last; empty behind the last.
std::span<const uint8_t> acpi_table_at(unsigned index);
void acpi_initialize();

// How an ISA interrupt line reaches the I/O APICs: its global number, trigger and polarity.
struct InterruptLine {
    uint32_t gsi;
    bool level;
    bool active_low;
};
InterruptLine isa_interrupt(uint8_t irq);

// The I/O APIC input of a global interrupt: the `ioapic`th of the MADT, in its order.
struct InterruptPin {
    uint32_t ioapic;
    uint32_t pin;
};
// STATUS_INVALID_PARAMETER when no I/O APIC has that line.
Result<InterruptPin> interrupt_pin(uint32_t gsi);

// Physical address of the HPET's registers.
std::optional<uint64_t> hpet_address();

}  // namespace hal
