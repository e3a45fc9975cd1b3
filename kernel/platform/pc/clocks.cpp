// SPDX-License-Identifier: GPL-3.0-only
// Measures the local APIC's timer and the time stamp counter against a clock whose rate is known: the ACPI
// timer, or channel 2 of the PIT on machines that have none. All are read together, and the readings that lie
// closest count, so that a pause of the whole machine (an emulator's, whose host is busy) costs nothing. A
// pause in which the PIT comes round (55 ms) is seen by its length, and the round is repeated.
#include "apic.hpp"
#include "arch/cpu.hpp"
#include "kernel/console.hpp"

namespace platform {
namespace {

constexpr std::uint16_t kChannel2 = 0x42;
constexpr std::uint16_t kCommand = 0x43;
constexpr std::uint16_t kSpeakerGate = 0x61;
constexpr unsigned kPatience = 200'000;  // readings before a clock counts as standing still
constexpr unsigned kTicksPerSecond = 500;
constexpr unsigned kMeasurementsPerSecond = 200;
constexpr unsigned kRounds = 3;
constexpr unsigned kReadings = 4;        // of which the closest is taken
constexpr unsigned kPausedRounds = 100;  // more than a busy host spoils

// When no clock runs: what emulators have.
constexpr ClockRates kGuess{.timer_counts_per_tick = 2'000'000, .tsc_mhz = 1000};

// A counter that runs upwards, modulo mask + 1.
struct Reference {
    const char* name;
    std::uint64_t hz;
    std::uint32_t mask;
    void (*start)();
    std::uint32_t (*read)(std::uint16_t port);
    std::uint16_t port;
};

// Counts down from 65535 once, speaker silent.
void start_pit() {
    arch::out8(kSpeakerGate, static_cast<std::uint8_t>((arch::in8(kSpeakerGate) & ~0x02) | 0x01));
    arch::out8(kCommand, 0xb0);
    arch::out8(kChannel2, 0xff);
    arch::out8(kChannel2, 0xff);
}

std::uint32_t read_pit(std::uint16_t) {
    arch::out8(kCommand, 0x80);  // latch channel 2
    const std::uint32_t low = arch::in8(kChannel2);
    const std::uint32_t high = arch::in8(kChannel2);
    return 0xffff - (low | (high << 8));
}

constexpr Reference kPit{"PIT", 1'193'182, 0xffff, start_pit, read_pit, 0};

Reference acpi_timer(std::uint16_t port) {
    return {"ACPI timer", 3'579'545, 0xff'ffff, [] {}, arch::in32, port};
}

struct Sample {
    std::uint32_t reference;
    std::uint32_t timer;
    std::uint64_t tsc;
};

Sample sample(const Reference& clock) {
    const std::uint32_t reference = clock.read(clock.port);
    const std::uint32_t timer = timer_counts_passed();
    return {reference, timer, arch::read_tsc()};
}

// The sample whose three readings lie closest together.
Sample closest_sample(const Reference& clock) {
    Sample closest{};
    std::uint64_t least = ~std::uint64_t{0};
    for (unsigned i = 0; i < kReadings; ++i) {
        const std::uint64_t before = arch::read_tsc();
        const Sample next = sample(clock);
        if (next.tsc - before >= least) continue;
        least = next.tsc - before;
        closest = next;
    }
    return closest;
}

enum class Measured { Well, Paused, StandsStill };

Measured measure(const Reference& clock, ClockRates& rates) {
    clock.start();
    start_timer_unheard();
    // A PIT loads its counter at the first edge; before that it may show anything.
    unsigned patience = kPatience;
    Sample begin = sample(clock);
    for (unsigned edges = 0; edges < 8;) {
        const Sample next = sample(clock);
        if (next.reference != begin.reference) ++edges;
        begin = next;
        if (--patience == 0) return Measured::StandsStill;
    }
    begin = closest_sample(clock);
    Sample end = begin;
    std::uint64_t longest = 0;  // between two samples, in TSC counts
    std::uint64_t passed = 0;
    while (passed < clock.hz / kMeasurementsPerSecond) {
        if (--patience == 0) return Measured::StandsStill;
        const Sample next = closest_sample(clock);
        if (next.tsc - end.tsc > longest) longest = next.tsc - end.tsc;
        end = next;
        passed = (end.reference - begin.reference) & clock.mask;
    }
    // A pause of four times the rest of the round may hide that the clock came round.
    if (longest > (end.tsc - begin.tsc) / 5 * 4) return Measured::Paused;
    const std::uint64_t timer_hz = (end.timer - begin.timer) * clock.hz / passed;
    const std::uint64_t tsc_hz = (end.tsc - begin.tsc) * clock.hz / passed;
    rates.timer_counts_per_tick = static_cast<std::uint32_t>(timer_hz / kTicksPerSecond);
    rates.tsc_mhz = static_cast<std::uint32_t>((tsc_hz + 500'000) / 1'000'000);
    return rates.timer_counts_per_tick != 0 && rates.tsc_mhz != 0 ? Measured::Well : Measured::StandsStill;
}

template <typename Field>
std::uint32_t median(const ClockRates (&rounds)[kRounds], Field field) {
    const std::uint32_t a = rounds[0].*field;
    const std::uint32_t b = rounds[1].*field;
    const std::uint32_t c = rounds[2].*field;
    const std::uint32_t low = a < b ? a : b;
    const std::uint32_t high = a < b ? b : a;
    return c < low ? low : (c > high ? high : c);
}

bool measure_against(const Reference& clock, ClockRates& result) {
    ClockRates rounds[kRounds];
    unsigned paused = 0;
    for (unsigned i = 0; i < kRounds;) {
        const Measured measured = measure(clock, rounds[i]);
        if (measured == Measured::StandsStill) {
            console::log("the ", clock.name, " does not count");
            return false;
        }
        // On a machine that only ever pauses, what was measured last has to do.
        if (measured == Measured::Well || ++paused > kPausedRounds) ++i;
    }
    result = {median(rounds, &ClockRates::timer_counts_per_tick), median(rounds, &ClockRates::tsc_mhz)};
    return true;
}

}  // namespace

ClockRates measure_clocks(std::uint16_t acpi_timer_port) {
    ClockRates rates = kGuess;
    if (acpi_timer_port != 0 && measure_against(acpi_timer(acpi_timer_port), rates)) return rates;
    const bool by_pit = measure_against(kPit, rates);
    arch::out8(kSpeakerGate, static_cast<std::uint8_t>(arch::in8(kSpeakerGate) & ~0x03));
    return by_pit ? rates : kGuess;
}

}  // namespace platform
