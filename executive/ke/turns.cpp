// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/turns.hpp"

#include <algorithm>
#include <new>

namespace ke {

namespace {

[[clang::no_destroy]] constinit TurnMeter meter;

}  // namespace

TurnMeter& TurnMeter::instance() {
    return meter;
}

bool TurnMeter::prepare() {
    if (enabled && !longest_) longest_ = new (std::nothrow) Longest[kCauses];
    return longest_;
}

void TurnMeter::end() {
    if (start_ == 0) return;
    uint64_t ticks = __builtin_ia32_rdtsc() - start_;
    Longest& longest = longest_[static_cast<uint32_t>(cause_)];
    ++longest.turns;
    if (ticks > longest.ticks) longest.ticks = ticks;
}

void TurnMeter::reset() {
    if (longest_) std::fill_n(longest_, kCauses, Longest());
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
