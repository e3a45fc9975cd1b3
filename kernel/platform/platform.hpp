// SPDX-License-Identifier: GPL-3.0-only
// What the machine around the CPU offers to the kernel: interrupt lines, the tick, a debug console.
// An irq here is the number of an IRQ handler object: 0..107, CPU vector minus 48.
#pragma once
#include <cstdint>

namespace platform {

inline constexpr unsigned kIrqCount = 108;
inline constexpr unsigned kFirstIrqVector = 48;
inline constexpr unsigned kTimerVector = 157;
inline constexpr unsigned kFirstUserTrapVector = 158;
inline constexpr unsigned kSpuriousVector = 255;

// Interrupt controllers with pins, and the number of pins of each.
unsigned ioapic_count();
unsigned ioapic_pins(unsigned ioapic);

// Ties a pin to an irq; it is unmasked at once, as in seL4. REQUIRES: valid ioapic and pin.
void irq_route_pin(unsigned irq, unsigned ioapic, unsigned pin, bool level, bool active_low);
// An irq raised by messages has no pin and is never masked.
void irq_use_messages(unsigned irq);
// Masks the pin, if any, and forgets the routing.
void irq_release(unsigned irq);

void irq_mask(unsigned irq);
void irq_unmask(unsigned irq);

// The scheduler's tick. Off, none is made up for later.
void set_tick(bool on);

// Tells the local APIC that the interrupt in service has been dealt with.
void end_of_interrupt();

}  // namespace platform
