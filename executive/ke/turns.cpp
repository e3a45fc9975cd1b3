// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/turns.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit TurnMeter meter;

}  // namespace

TurnMeter& TurnMeter::instance() {
    return meter;
}

void TurnMeter::end() {
    if (start_ == 0) return;
    uint64_t ticks = __builtin_ia32_rdtsc() - start_;
    Longest& longest = longest_[static_cast<uint32_t>(cause_)];
    ++longest.turns;
    if (ticks > longest.ticks) longest.ticks = ticks;
}

void TurnMeter::reset() {
    for (Longest& longest : longest_)
        longest = {};
}

const char* turn_cause_name(TurnCause cause) {
    switch (cause) {
        case TurnCause::Fault:
            return "(fault)";
        case TurnCause::Signal:
            return "(signals)";
        case TurnCause::Work:
            return "(queued work)";
        case TurnCause::Helper:
            return "(pacer)";
        default: {
            auto number = static_cast<uint32_t>(cause);
            return number < service_count && services[number].name ? services[number].name : "(no service)";
        }
    }
}

}  // namespace ke
