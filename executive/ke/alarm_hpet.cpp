// SPDX-License-Identifier: GPL-3.0-only
//
// IA-PC HPET specification 1.0a: registers at 0x000 (capabilities), 0x010 (configuration), 0x0f0 (counter),
// and a block of 0x20 bytes per comparator from 0x100.
#include <new>

#include "base/mmio.hpp"
#include "executive/hal/acpi.hpp"
#include "executive/hal/machine.hpp"
#include "executive/ke/alarm.hpp"

namespace ke {

namespace {

struct Comparator {
    Register<uint64_t> configuration;
    Register<uint64_t> value;
    Register<uint64_t> message;
    uint64_t reserved;
};
struct Registers {
    Register<uint64_t> capabilities;
    uint64_t reserved0;
    Register<uint64_t> configuration;
    uint64_t reserved1;
    Register<uint64_t> status;
    uint64_t reserved2[25];
    Register<uint64_t> counter;
    uint64_t reserved3;
    Comparator comparators[3];
};
static_assert(sizeof(Registers) == 0x160);

constexpr uint64_t kEnable = 1;
constexpr uint64_t kLegacyReplacement = 2;
constexpr unsigned kPitLine = 2;
constexpr uint64_t kInterruptEnable = 1 << 2;
constexpr uint64_t kForce32Bit = 1 << 8;
constexpr unsigned kRouteShift = 9;
constexpr uint64_t kLongestPeriod = 100'000'000;  // femtoseconds, by the specification

class Hpet final : public Alarm {
public:
    explicit Hpet(Registers& registers)
        : registers_(registers), period_(registers.capabilities.read() >> 32) {}

    const char* name() const override { return "HPET"; }
    Result<Interrupt::Route> route() override;
    void arm(uint64_t interval) override;

private:
    Comparator& comparator() { return registers_.comparators[0]; }

    Registers& registers_;
    uint64_t period_;  // femtoseconds per tick
};

Result<Interrupt::Route> Hpet::route() {
    uint32_t possible = static_cast<uint32_t>(comparator().configuration.read() >> 32);
    // A line above the ISA ones is nobody else's.
    unsigned line = 32;
    for (unsigned candidate = 0; candidate < 32; ++candidate)
        if ((possible >> candidate & 1) && (line == 32 || line < 16)) line = candidate;
    if (line == 32) return fail(STATUS_DEVICE_CONFIGURATION_ERROR);
    hal::InterruptPin pin = TRY(hal::interrupt_pin(line));
    comparator().configuration.write(uint64_t{line} << kRouteShift | kForce32Bit);
    // Line 2 is the PIT's unless the HPET takes it over.
    registers_.configuration.write(line == kPitLine ? kEnable | kLegacyReplacement : kEnable);
    comparator().configuration.write(uint64_t{line} << kRouteShift | kForce32Bit | kInterruptEnable);
    return Interrupt::Route{pin.ioapic, pin.pin, false, false};
}

void Hpet::arm(uint64_t interval) {
    constexpr uint64_t kLongest = 100'000'000;  // 10 s: far below the wrap of 32 bits
    constexpr uint32_t kMargin = 200;
    constexpr unsigned kAttempts = 16;  // the last leaves 65 ms: on a host that lets the machine run rarely
    if (interval > kLongest) interval = kLongest;
    uint32_t ticks = static_cast<uint32_t>(interval * 100'000'000 / period_) + 1;
    for (unsigned attempt = 0; attempt < kAttempts; ++attempt) {
        uint32_t target = static_cast<uint32_t>(registers_.counter.read()) + ticks;
        comparator().value.write(target);
        // Equality is what interrupts: the counter must not have passed the value meanwhile.
        if (static_cast<int32_t>(target - static_cast<uint32_t>(registers_.counter.read())) > 0) return;
        ticks += kMargin << attempt;
    }
}

alignas(Hpet) constinit unsigned char storage[sizeof(Hpet)];

}  // namespace

Alarm* find_hpet() {
    std::optional<uint64_t> address = hal::hpet_address();
    if (!address) return nullptr;
    Result<std::span<uint8_t>> mapped = hal::map_physical(*address, sizeof(Registers), hal::Cache::Uncached);
    if (!mapped) return nullptr;
    auto* registers = reinterpret_cast<Registers*>(mapped->data());
    uint64_t period = registers->capabilities.read() >> 32;
    if (period == 0 || period > kLongestPeriod) return nullptr;
    return new (storage) Hpet(*registers);
}

}  // namespace ke
