// SPDX-License-Identifier: GPL-3.0-only
//
// All scheduled timers by due time, and the hardware alarm for the first of them. ke's own.
#pragma once

#include "base/result.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
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
    // Expires what is due, the urgent first, and sets the alarm for the next. When more is due than a turn
    // allows, patient timers follow by the pacer and the others with the next alarm, which lets threads run
    // for as long as the turn took.
    void run_due();
    // Sets the alarm for the next, not before this interrupt_time(). For what is scheduled before there is
    // one.
    void arm(uint64_t earliest = 0);

private:
    static constexpr uint64_t kBreath = kTicksPerSecond / kSlicesPerSecond;
    friend class Timer;
    using Timers = Tree<Timer, TimerTag, TimerKeyOf>;
    // Many patient timers that are due.
    class Rush final : public PacedWork {
    public:
        explicit constexpr Rush(TimerQueue& queue) : queue_(queue) {}
        bool slice() override;

    private:
        TimerQueue& queue_;
    };
    Timers& timers_of(const Timer& timer) {
        switch (timer.urgency_) {
            case Timer::Urgency::Urgent:
                return urgent_;
            case Timer::Urgency::Patient:
                return patient_;
            default:
                return prompt_;
        }
    }
    // False when the slice was over before all that are due have expired.
    static bool expire(Timers& timers, const Slice& slice);

    Timers urgent_;
    Timers prompt_;
    Timers patient_;
    Rush rush_{*this};
};

// The clock hardware interrupts at or soon after this interrupt_time().
void arm_alarm(uint64_t due);
// Finds the clock hardware and routes its interrupt to `target`. STATUS_DEVICE_CONFIGURATION_ERROR when there
// is none.
Result<void> initialize_clock(uint64_t alarm_capability);
// The alarm's interrupt came.
void acknowledge_alarm();

}  // namespace ke
