// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/timer.hpp"
#include "executive/hal/log.hpp"

namespace ex {

const ob::Type Timer::kType{
    u"Timer",
    {STANDARD_RIGHTS_READ | TIMER_QUERY_STATE, STANDARD_RIGHTS_WRITE | TIMER_MODIFY_STATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, TIMER_ALL_ACCESS},
    TIMER_ALL_ACCESS};

Result<Ref<Timer>> Timer::create(TIMER_TYPE type) {
    return make_ref<Timer>(type);
}

void Timer::stop() {
    ke::Timer::cancel();
    ThreadBound::unlink();
    drop_apc();
    target_ = {};
}

bool Timer::set(uint64_t due, uint32_t period, const Target& target) {
    stop();
    bool was_set = set_;
    set_ = false;
    period_ = period;
    target_ = target;
    if (target_.thread) target_.thread->bind(*this);
    log.trace("timer set, due {}, period {} ms", due, period);
    schedule(due);
    return was_set;
}

bool Timer::cancel() {
    stop();
    return set_;
}

int64_t Timer::remaining() const {
    return static_cast<int64_t>(due() - ke::interrupt_time());
}

NTSTATUS Timer::consume(ke::Thread&) {
    if (timer_type_ == SynchronizationTimer) set_ = false;
    return STATUS_SUCCESS;
}

void Timer::queue_apc() {
    // Without memory for it the APC of this period is lost; the timer itself is not.
    auto apc = make_own<ke::Apc>();
    if (!apc) return;
    apc_ = apc->get();
    apc_->holder = &apc_;
    (*apc)->routine = target_.routine;
    (*apc)->context = target_.context;
    uint64_t now = ke::system_time();
    (*apc)->argument1 = now & 0xffffffffu;
    (*apc)->argument2 = now >> 32;
    target_.thread->queue_apc(std::move(*apc));
}

void Timer::expired() {
    set_ = true;
    log.trace("timer expired");
    wake();
    if (target_.thread && !apc_) queue_apc();
    if (period_ == 0) {
        ThreadBound::unlink();
        target_ = {};
        return;
    }
    // Periods that passed unserved are left out.
    uint64_t period = period_ * ke::kTicksPerMillisecond;
    uint64_t next = due() + period;
    uint64_t now = ke::interrupt_time();
    if (next <= now) next = now + period - (now - due()) % period;
    schedule(next);
}

void Timer::thread_ended(ke::Thread&) {
    stop();
}

}  // namespace ex
