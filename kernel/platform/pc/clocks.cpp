// SPDX-License-Identifier: GPL-3.0-only
// Measures the local APIC's timer and the time stamp counter against channel 2 of the PIT, the one clock of a
// PC whose rate is known. All three are read together, so that a pause of the whole machine (an emulator's)
// costs little.
#include "apic.hpp"
#include "arch/cpu.hpp"
#include "kernel/console.hpp"

namespace platform {
namespace {

constexpr std::uint64_t kPitHz = 1193182;
constexpr std::uint16_t kChannel2 = 0x42;
constexpr std::uint16_t kCommand = 0x43;
constexpr std::uint16_t kSpeakerGate = 0x61;
constexpr std::uint32_t kWindow = 6000;  // PIT counts of one measurement, about 5 ms
constexpr unsigned kPatience = 10'000'000;
constexpr unsigned kTicksPerSecond = 500;
constexpr unsigned kRounds = 3;

// As if the PIT had told us: used when it does not run.
constexpr ClockRates kGuess{.timer_counts_per_tick = 2'000'000, .tsc_mhz = 1000};

std::uint32_t pit_counts_passed() {
    arch::out8(kCommand, 0x80);  // latch channel 2
    const std::uint32_t low = arch::in8(kChannel2);
    const std::uint32_t high = arch::in8(kChannel2);
    return 0xffff - (low | (high << 8));
}

// Counts down from 65535 once, speaker silent.
void pit_start() {
    arch::out8(kSpeakerGate, static_cast<std::uint8_t>((arch::in8(kSpeakerGate) & ~0x02) | 0x01));
    arch::out8(kCommand, 0xb0);
    arch::out8(kChannel2, 0xff);
    arch::out8(kChannel2, 0xff);
}

struct Sample {
    std::uint64_t pit, timer, tsc;
};

Sample sample() {
    const std::uint64_t pit = pit_counts_passed();
    const std::uint64_t timer = timer_counts_passed();
    return {pit, timer, arch::read_tsc()};
}

// Returns false when the PIT stands still.
bool measure(ClockRates& rates) {
    pit_start();
    start_timer_unheard();
    // The counter loads at the first edge after it was written; before that it may show anything.
    unsigned patience = kPatience;
    while (pit_counts_passed() > 0x8000 || pit_counts_passed() < 8) {
        if (--patience == 0) return false;
    }
    const Sample begin = sample();
    Sample end = begin;
    while (end.pit - begin.pit < kWindow) {
        if (--patience == 0) return false;
        end = sample();
    }
    const std::uint64_t pit = end.pit - begin.pit;
    const std::uint64_t timer_hz = (end.timer - begin.timer) * kPitHz / pit;
    const std::uint64_t tsc_hz = (end.tsc - begin.tsc) * kPitHz / pit;
    rates.timer_counts_per_tick = static_cast<std::uint32_t>(timer_hz / kTicksPerSecond);
    rates.tsc_mhz = static_cast<std::uint32_t>((tsc_hz + 500'000) / 1'000'000);
    return rates.timer_counts_per_tick != 0 && rates.tsc_mhz != 0;
}

template <typename Field>
std::uint32_t median(ClockRates (&rounds)[kRounds], Field field) {
    const std::uint32_t a = rounds[0].*field;
    const std::uint32_t b = rounds[1].*field;
    const std::uint32_t c = rounds[2].*field;
    const std::uint32_t low = a < b ? a : b;
    const std::uint32_t high = a < b ? b : a;
    return c < low ? low : (c > high ? high : c);
}

}  // namespace

ClockRates measure_clocks() {
    ClockRates rounds[kRounds];
    for (ClockRates& round : rounds) {
        if (!measure(round)) {
            console::log("the PIT does not count; clock rates are guessed");
            return kGuess;
        }
    }
    arch::out8(kSpeakerGate, static_cast<std::uint8_t>(arch::in8(kSpeakerGate) & ~0x03));
    return {median(rounds, &ClockRates::timer_counts_per_tick), median(rounds, &ClockRates::tsc_mhz)};
}

}  // namespace platform
