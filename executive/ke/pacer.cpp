// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/pacer.hpp"

#include <algorithm>

namespace ke {

namespace {

[[clang::no_destroy]] constinit Pacer pacer;

}  // namespace

Pacer& Pacer::instance() {
    return pacer;
}

Result<void> Pacer::initialize() {
    return start(priority_);
}

void Pacer::run() {
    for (;; wait()) {
        while (call(0) != 0) {
        }
    }
}

void Pacer::queue(Works& works, PacedWork& work) {
    ASSERT(!work.linked());
    bool idle = !busy();
    works.push_back(work);
    choose_priority();
    if (!idle) return;
    // Before the pacer's thread is there, its first call finds the work.
    if (tcb() != 0) signal();
    seen_ = slices_;
    schedule(interrupt_time() + kPatience);
}

void Pacer::add(PacedWork& work, unsigned priority) {
    if (priority <= kPromptPriority) return add(work);
    urgency_ = urgent_.empty() ? priority : std::max(urgency_, priority);
    queue(urgent_, work);
}

// Of what is queued each gets its slice in turn.
bool Pacer::slice(Works& works) {
    PacedWork* work = works.pop_front();
    if (!work) return false;
    ++slices_;
    // It may have been added again by what it did.
    if (!work->slice() && !work->linked()) works.push_back(*work);
    return true;
}

// The most urgent first; but now and then what is less so, for a thread that asks for more and more has
// always something here, and what others wait for would never be done.
void Pacer::slice() {
    if (slices_ % kPromptShare == 0 && slice(prompt_)) return;
    if (slices_ % kIdleShare == 1 && slice(idle_)) return;
    if (!slice(urgent_) && !slice(prompt_)) slice(idle_);
}

uint64_t Pacer::called(uint64_t) {
    slice();
    if (raised_ == 2 && --left_ == 0) raised_ = 0;
    if (!busy()) {
        raised_ = 0;
        Timer::cancel();
    }
    choose_priority();
    return busy();
}

bool Pacer::relieve() {
    for (Works* works : {&urgent_, &prompt_, &idle_}) {
        for (PacedWork& work : *works) {
            if (!work.gives_memory()) continue;
            works->remove(work);
            ++slices_;
            if (!work.slice() && !work.linked()) works->push_front(work);
            return true;
        }
    }
    return false;
}

void Pacer::choose_priority() {
    unsigned wanted = raised_ == 2      ? kHighestPriority
                      : raised_ == 1    ? kRaisedPriority
                      : prompt_.empty() ? kIdlePriority
                                        : kPromptPriority;
    if (!urgent_.empty()) wanted = std::max(wanted, urgency_);
    if (wanted == priority_ || tcb() == 0) return;
    priority_ = wanted;
    set_priority(wanted);
}

void Pacer::expired() {
    if (!busy()) return;
    raised_ = slices_ != seen_ ? 0 : raised_ < 2 ? raised_ + 1 : 2;
    left_ = kSlicesAtHighest;
    seen_ = slices_;
    choose_priority();
    schedule(interrupt_time() + (raised_ ? kRaisedTime : kPatience));
}

}  // namespace ke
