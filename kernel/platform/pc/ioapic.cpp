// SPDX-License-Identifier: GPL-3.0-only
// IOAPIC pins. Each irq with a pin remembers it, so that masking costs one register write.
#include "apic.hpp"
#include "kernel/platform/pc/device_pages.hpp"
#include "kernel/platform/platform.hpp"

namespace platform {
namespace {

constexpr std::uint8_t kNoPin = 0xff;
constexpr std::uint32_t kMasked = 1u << 16;
constexpr std::uint32_t kLevel = 1u << 15;
constexpr std::uint32_t kActiveLow = 1u << 13;
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kFirstRedirection = 16;
constexpr unsigned kMostPins = 120;  // a register's number has eight bits

struct Pin {
    std::uint8_t ioapic;
    std::uint8_t pin;  // kNoPin: the irq is unrouted or raised by messages
    std::uint32_t redirection;
};

unsigned found;
unsigned pin_counts[kMaxIoapics];
arch::Word offsets[kMaxIoapics];  // within their pages: chipsets place them at any KiB
Pin pins[kIrqCount];

struct Registers {
    volatile std::uint32_t select;
    std::uint32_t reserved[3];
    volatile std::uint32_t window;
};

Registers& registers(unsigned ioapic) {
    return *reinterpret_cast<Registers*>(ioapic_address(ioapic) + offsets[ioapic]);
}

std::uint32_t read(unsigned ioapic, std::uint32_t index) {
    registers(ioapic).select = index;
    return registers(ioapic).window;
}

void write(unsigned ioapic, std::uint32_t index, std::uint32_t value) {
    registers(ioapic).select = index;
    registers(ioapic).window = value;
}

void write_redirection(const Pin& pin, std::uint32_t extra) {
    write(pin.ioapic, kFirstRedirection + 2u * pin.pin, pin.redirection | extra);
}

}  // namespace

void set_up_ioapic(unsigned ioapic, std::uint64_t physical) {
    offsets[ioapic] = physical & (arch::kPageSize - 1);
    const unsigned pins_there = ((read(ioapic, kVersion) >> 16) & 0xff) + 1;
    pin_counts[ioapic] = pins_there < kMostPins ? pins_there : kMostPins;
    for (unsigned pin = 0; pin < pin_counts[ioapic]; ++pin) {
        write(ioapic, kFirstRedirection + 2 * pin, kMasked);
        write(ioapic, kFirstRedirection + 2 * pin + 1, 0);
    }
    if (found == 0) {
        for (Pin& pin : pins)
            pin.pin = kNoPin;
    }
    found = ioapic + 1;
}

unsigned ioapic_count() {
    return found;
}
unsigned ioapic_pins(unsigned ioapic) {
    return pin_counts[ioapic];
}

void irq_route_pin(unsigned irq, unsigned ioapic, unsigned pin, bool level, bool active_low) {
    Pin& entry = pins[irq];
    entry.ioapic = static_cast<std::uint8_t>(ioapic);
    entry.pin = static_cast<std::uint8_t>(pin);
    entry.redirection = (irq + kFirstIrqVector) | (level ? kLevel : 0) | (active_low ? kActiveLow : 0);
    write(ioapic, kFirstRedirection + 2 * pin + 1, boot_cpu_apic_id() << 24);
    write_redirection(entry, 0);
}

void irq_use_messages(unsigned irq) {
    pins[irq].pin = kNoPin;
}

void irq_release(unsigned irq) {
    irq_mask(irq);
    pins[irq].pin = kNoPin;
}

void irq_mask(unsigned irq) {
    if (pins[irq].pin != kNoPin) write_redirection(pins[irq], kMasked);
}

void irq_unmask(unsigned irq) {
    if (pins[irq].pin != kNoPin) write_redirection(pins[irq], 0);
}

}  // namespace platform
