// SPDX-License-Identifier: GPL-3.0-only
//
// How long the turns of the Executive are: what runs between two looks for messages, kernel time included.
// Measured only when a boot option asks for it, by a loop of its own, so that the usual one pays nothing.
#pragma once

#include <stdint.h>

#include "executive/ke/dispatch.hpp"

namespace ke {

// What a turn was about: a service by its number, or one of these.
enum class TurnCause : uint32_t { Fault = service_count, Signal, Work, Helper, Count };

class TurnMeter {
public:
    // In ticks of the time-stamp counter, instructions under -icount shift=0.
    struct Longest {
        uint64_t ticks = 0;
        uint64_t turns = 0;
    };

    static TurnMeter& instance();
    // Ticks. A list of all causes would be a long turn itself.
    static constexpr uint64_t kWorthTelling = 10'000;
    // To be set before the Dispatcher runs.
    bool enabled = false;
    // Whether turns are measured: it is enabled, and there is memory for what is found.
    bool prepare();

    void begin(TurnCause cause) {
        cause_ = cause;
        start_ = __builtin_ia32_rdtsc();
    }
    void end();
    Longest longest(TurnCause cause) const {
        return longest_ ? longest_[static_cast<uint32_t>(cause)] : Longest();
    }
    void reset();

private:
    static constexpr size_t kCauses = static_cast<size_t>(TurnCause::Count);

    Longest* longest_ = nullptr;  // of each cause
    TurnCause cause_ = TurnCause::Work;
    uint64_t start_ = 0;
};

const char* turn_cause_name(TurnCause cause);

}  // namespace ke
