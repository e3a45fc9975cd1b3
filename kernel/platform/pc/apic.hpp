// SPDX-License-Identifier: GPL-3.0-only
// The interrupt hardware of a PC, brought up once at boot. platform.hpp is what the rest of the kernel uses.
#pragma once
#include <cstdint>

namespace platform {

// Silences the two 8259 controllers; their vectors are moved out of the exceptions' way.
void disable_legacy_pics();

// Enables the local APIC with everything masked, and drops what firmware has left waiting or in service.
// REQUIRES: the other controllers are silent.
void set_up_local_apic();
// Starts the tick. `ticks_per_period` counts of the APIC's own clock.
void start_timer(std::uint32_t ticks_per_period);
// The timer's counter, for calibration: runs down from its largest value after this call.
void start_timer_unheard();
std::uint32_t timer_counts_passed();

// The physical id that interrupts and messages address.
std::uint32_t boot_cpu_apic_id();

// The page that holds this IOAPIC, at that physical address, is mapped already; masks all its pins.
void set_up_ioapic(unsigned ioapic, std::uint64_t physical);

struct ClockRates {
    std::uint32_t timer_counts_per_tick;  // of the local APIC, for one scheduler tick of 2 ms
    std::uint32_t tsc_mhz;
};
// Measures against the ACPI timer at that port, or the PIT (0: there is none).
ClockRates measure_clocks(std::uint16_t acpi_timer_port);

}  // namespace platform
