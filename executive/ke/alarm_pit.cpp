// SPDX-License-Identifier: GPL-3.0-only
//
// Intel 8254, channel 0 in mode 0: counts down once from at most 65535 at 1,193,182 Hz. Longer intervals are
// made of several alarms: an early one is allowed.
#include <new>

#include "executive/hal/acpi.hpp"
#include "executive/hal/machine.hpp"
#include "executive/ke/alarm.hpp"

namespace ke {

namespace {

constexpr uint16_t kChannel0 = 0x40;
constexpr uint16_t kCommand = 0x43;
constexpr uint8_t kOneShot = 0x30;  // channel 0, low then high byte, mode 0
constexpr uint64_t kFrequency = 1'193'182;

class Pit final : public Alarm {
public:
    const char* name() const override { return "PIT"; }
    Result<Interrupt::Route> route() override {
        hal::InterruptLine line = hal::isa_interrupt(0);
        hal::InterruptPin pin = TRY(hal::interrupt_pin(line.gsi));
        return Interrupt::Route{pin.ioapic, pin.pin, line.level, line.active_low};
    }
    void arm(uint64_t interval) override {
        uint64_t ticks = interval > 500'000 ? 0xffff : interval * kFrequency / 10'000'000 + 1;
        if (ticks > 0xffff) ticks = 0xffff;
        hal::out8(kCommand, kOneShot);
        hal::out8(kChannel0, static_cast<uint8_t>(ticks));
        hal::out8(kChannel0, static_cast<uint8_t>(ticks >> 8));
    }
};

alignas(Pit) constinit unsigned char storage[sizeof(Pit)];

}  // namespace

Alarm* find_pit() {
    return new (storage) Pit;
}

}  // namespace ke
