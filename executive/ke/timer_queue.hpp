// SPDX-License-Identifier: GPL-3.0-only
//
// All scheduled timers by due time, and the hardware alarm for the first of them. ke's own.
#pragma once

#include "base/result.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

struct TimerKey {
    uint64_t due;
    uint64_t address;
    bool operator<(const TimerKey& other) const {
        return due != other.due ? due < other.due : address < other.address;
    }
};
struct TimerKeyOf {
    TimerKey operator()(const Timer& timer) const {
        return {timer.due(), reinterpret_cast<uint64_t>(&timer)};
    }
};

class TimerQueue {
public:
    static TimerQueue& instance();
    void add(Timer& timer);
    void remove(Timer& timer);
    // Expires what is due and sets the alarm for the next.
    void run_due();

private:
    Tree<Timer, TimerTag, TimerKeyOf> timers_;
};

// The clock hardware interrupts at or soon after this interrupt_time().
void arm_alarm(uint64_t due);
// Finds the clock hardware and routes its interrupt to `target`. STATUS_DEVICE_CONFIGURATION_ERROR when there
// is none.
Result<void> initialize_clock(uint64_t alarm_capability);
// The alarm's interrupt came.
void acknowledge_alarm();

}  // namespace ke
