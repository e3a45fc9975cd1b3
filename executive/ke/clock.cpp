// SPDX-License-Identifier: GPL-3.0-only
//
// Time from the TSC; the alarm is one HPET comparator in one-shot mode or, without an HPET, PIT channel 0.
#include "executive/ke/clock.hpp"

#include <string.h>

#include "base/mmio.hpp"
#include "executive/hal/acpi.hpp"
#include "executive/hal/log.hpp"
#include "executive/hal/machine.hpp"
#include "executive/hal/rtc.hpp"
#include "executive/ke/alarm.hpp"
#include "executive/ke/hardware.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/timer_queue.hpp"

namespace ke {

namespace {

constexpr uint64_t kAssumedMegahertz = 1000;

constinit uint64_t tsc_start;
constinit uint64_t tsc_scale;  // 100 ns per TSC tick, 32.32 fixed point
constinit uint64_t boot_system_time;
constinit uint32_t tsc_megahertz;
constinit Alarm* alarm_device;
constinit Interrupt* alarm_interrupt;

uint64_t read_tsc() {
    return __builtin_ia32_rdtsc();
}

uint64_t scaled(uint64_t ticks) {
    return static_cast<uint64_t>(static_cast<unsigned __int128>(ticks) * tsc_scale >> 32);
}

void set_frequency(uint64_t hertz) {
    tsc_scale = static_cast<uint64_t>((static_cast<unsigned __int128>(kTicksPerSecond) << 32) / hertz);
    slice_ticks = hertz / kSlicesPerSecond;
}

// The kernel says how fast the TSC runs, in whole MHz; the alarm hardware knows better.
void find_frequency() {
    uint32_t megahertz = 0;
    std::span<const uint8_t> block = hal::boot_block(hal::kBootBlockTsc);
    if (block.size() >= sizeof megahertz) memcpy(&megahertz, block.data(), sizeof megahertz);
    if (megahertz == 0) log.warning("the kernel does not tell how fast the TSC runs");
    tsc_megahertz = megahertz ? megahertz : static_cast<uint32_t>(kAssumedMegahertz);
    set_frequency(uint64_t{tsc_megahertz} * 1'000'000);
}

}  // namespace

uint64_t interrupt_time() {
    return scaled(read_tsc() - tsc_start);
}

uint64_t performance_counter() {
    return interrupt_time();
}

uint64_t system_time() {
    return boot_system_time + interrupt_time();
}

void set_system_time(uint64_t time) {
    boot_system_time = time - interrupt_time();
}

uint32_t processor_megahertz() {
    return tsc_megahertz;
}

uint64_t boot_time() {
    return boot_system_time;
}

void arm_alarm(uint64_t due) {
    if (!alarm_device) return;
    uint64_t now = interrupt_time();
    alarm_device->arm(due > now ? due - now : 1);
}

void acknowledge_alarm() {
    if (!alarm_interrupt) return;
    alarm_device->acknowledge();
    alarm_interrupt->acknowledge();
}

Result<void> initialize_clock(uint64_t alarm_capability) {
    tsc_start = read_tsc();
    find_frequency();
    boot_system_time = hal::read_clock();
    alarm_device = find_hpet();
    if (!alarm_device) alarm_device = find_pit();
    Interrupt::Route route = TRY(alarm_device->route());
    alarm_interrupt = TRY(Interrupt::connect(route, alarm_capability)).leak();
    log.info("clock: {} on pin {}", alarm_device->name(), route.pin);
    hal::set_log_clock(interrupt_time);
    TimerQueue::instance().arm();
    return {};
}

}  // namespace ke
