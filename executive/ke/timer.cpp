// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/timer.hpp"

#include <algorithm>

#include "executive/ke/slice.hpp"
#include "executive/ke/timer_queue.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit TimerQueue queue;

}  // namespace

TimerQueue& TimerQueue::instance() {
    return queue;
}

void TimerQueue::add(Timer& timer) {
    Timers& timers = timers_of(timer);
    timers.insert(timer);
    if (timers.first() == &timer) arm();
}

void TimerQueue::remove(Timer& timer) {
    // The alarm stays set: an early one finds nothing due and sets the next.
    timers_of(timer).remove(timer);
}

void TimerQueue::arm(uint64_t earliest) {
    Timer* next = urgent_.first();
    for (Timer* other : {prompt_.first(), rush_.linked() ? nullptr : patient_.first()})
        if (other && (!next || other->due() < next->due())) next = other;
    if (next) arm_alarm(std::max(next->due(), earliest));
}

bool TimerQueue::expire(Timers& timers, const Slice& slice) {
    uint64_t now = interrupt_time();
    for (Timer* timer = timers.first(); timer && timer->due() <= now; timer = timers.first()) {
        if (slice.over()) return false;
        timer->cancel();
        timer->expired();
    }
    return true;
}

void TimerQueue::run_due() {
    Slice slice;
    bool all = expire(urgent_, slice) && expire(prompt_, slice);
    if (all && !rush_.linked() && !expire(patient_, slice)) Pacer::instance().add(rush_);
    arm(all ? 0 : interrupt_time() + kBreath);
}

bool TimerQueue::Rush::slice() {
    if (!expire(queue_.patient_, Slice())) return false;
    queue_.arm();
    return true;
}

void Timer::schedule(uint64_t due) {
    cancel();
    due_ = due;
    scheduled_ = true;
    urgency_ = urgency();
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
