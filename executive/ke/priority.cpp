// SPDX-License-Identifier: GPL-3.0-only
//
// Priorities of threads: NT's 1-31 with their boosts, inside the kernel's 0-255.
#include <algorithm>

#include "executive/ke/balance.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

namespace {

// The kernel's: helper threads that may wait have less than 64, the Executive has 255.
constexpr unsigned kLowest = 64;
constexpr unsigned kStep = 4;
constexpr unsigned kHostLowest = 190;  // a driver host's 16
constexpr unsigned kHostUrgent = 220;
constexpr unsigned kHostInterrupts = 230;
constexpr unsigned kHostRaised = 250;
constexpr unsigned kHighest = 31;

// What NT gives waits for events, semaphores and the like.
constexpr unsigned kEventIncrement = 1;
constexpr unsigned kHighestBoosted = 15;

}  // namespace

unsigned Thread::current_priority() const {
    if (base_priority_ >= kRealTime) return base_priority_;
    if (rescue_ > 0) return kHighestBoosted;
    return std::min(unsigned{base_priority_} + boost_, kHighestBoosted);
}

unsigned Thread::kernel_priority() const {
    if (base_priority_ == kRaisedPriority) return kHostRaised;
    unsigned priority = current_priority();
    if (priority < kRealTime || !client_.is_driver_host()) return kLowest + kStep * priority;
    if (priority == kHighest) return kHostInterrupts;
    if (priority == kHighest - 1) return kHostUrgent;
    if (priority < kServing) return kHostLowest + 2 * (priority - kRealTime);
    return Balancer::instance().crowded() ? kHostUrgent : kLowest + kStep * Balancer::kServed;
}

void Thread::update_kernel_priority() {
    unsigned wanted = kernel_priority();
    if (wanted == kernel_priority_ || !started_ || place_ == Place::Dead) return;
    kernel_priority_ = static_cast<uint8_t>(wanted);
    seL4_TCB_SetPriority(resources_.tcb, seL4_CapInitThreadTCB, wanted);
}

void Thread::set_priority(unsigned nt_priority) {
    base_priority_ = static_cast<uint8_t>(std::min(nt_priority, kRaisedPriority));
    boost_ = 0;
    Balancer::instance().sort(*this);
    update_kernel_priority();
}

void Thread::disable_boost(bool disabled) {
    boost_disabled_ = disabled;
    if (disabled) boost_ = 0;
    update_kernel_priority();
}

void Thread::woken(NTSTATUS status) {
    Balancer::instance().wake();
    unsigned increment = status == STATUS_TIMEOUT ? 0 : kEventIncrement;
    unsigned boost = std::max<unsigned>(std::exchange(next_boost_, 0), increment);
    passed_over_ = 0;
    bool raised = boost > boost_ && boostable();
    if (!raised && rescue_ == 0) [[likely]]
        return;
    rescue_ = 0;
    if (raised) boost_ = static_cast<uint8_t>(boost);
    update_kernel_priority();
}

void Thread::charge(uint64_t time) {
    cpu_time_ += time;
    client_.cpu_time += time;
    if (client_.counted) client_.has_computed(time);
    passed_over_ = 1;
    if (rescue_ > 0) {
        --rescue_;
    } else if (boost_ > 0) {
        --boost_;
    }
    update_kernel_priority();
}

void Thread::passed_over(uint64_t time, uint64_t starved, unsigned rescued) {
    passed_over_ += time;
    if (base_priority_ >= kRealTime || passed_over_ < starved) return;
    passed_over_ = 1;
    rescue_ = static_cast<uint8_t>(rescued);
    update_kernel_priority();
}

}  // namespace ke
