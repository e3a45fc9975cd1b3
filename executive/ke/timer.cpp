// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/timer.hpp"

#include "executive/ke/timer_queue.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit TimerQueue queue;

}  // namespace

TimerQueue& TimerQueue::instance() {
    return queue;
}

void TimerQueue::add(Timer& timer) {
    timers_.insert(timer);
    if (timers_.first() == &timer) arm_alarm(timer.due());
}

void TimerQueue::remove(Timer& timer) {
    // The alarm stays set: an early one finds nothing due and sets the next.
    timers_.remove(timer);
}

void TimerQueue::run_due() {
    uint64_t now = interrupt_time();
    // A timer that schedules itself again in the past would hold the loop for ever.
    for (unsigned limit = 256; limit > 0; --limit) {
        Timer* timer = timers_.first();
        if (!timer) return;
        if (timer->due() > now) break;
        timer->cancel();
        timer->expired();
    }
    if (Timer* next = timers_.first()) arm_alarm(next->due());
}

void Timer::schedule(uint64_t due) {
    cancel();
    due_ = due;
    scheduled_ = true;
    queue.add(*this);
}

bool Timer::cancel() {
    if (!scheduled_) return false;
    queue.remove(*this);
    scheduled_ = false;
    return true;
}

Deadline Deadline::from_timeout(int64_t timeout) {
    if (timeout == 0) return now();
    uint64_t current = interrupt_time();
    if (timeout < 0) {
        uint64_t interval = 0 - static_cast<uint64_t>(timeout);
        return interval > INT64_MAX - current ? never() : Deadline(current + interval);
    }
    uint64_t system = system_time();
    uint64_t wanted = static_cast<uint64_t>(timeout);
    if (wanted <= system) return now();
    return Deadline(current + (wanted - system));
}

}  // namespace ke
