// SPDX-License-Identifier: GPL-3.0-only
//
// Who runs, as far as the Executive can tell: seL4 schedules strictly by priority and tells nobody who ran.
// So while any thread is in user code this looks at the threads every 1/64 s:
// - The time since the last look is charged to the threads of the highest priority that are in user code, in
//   equal parts. What nobody can be charged with was idle. A driver host's interrupt and request threads wait
//   in the kernel, where nobody sees it: they are never charged.
// - A boost that a charged thread got at the end of a wait goes down by one level.
// - A thread in user code that was not charged for 4 s while others were runs at priority 15 for two looks
//   (what NT's balance set manager does).
// - What serves requests in driver hosts runs at the level of an ordinary program that has just been woken. A
//   thread above its client goes to sleep between two requests and costs a signal and two switches for each;
//   one that is not finds the next request when it looks. As soon as anything is seen to compute above that
//   level at two looks, without a wait between them, all of them go before every program, until nothing is
//   any more. Who is seen there once may have been woken for a moment's work, and is not kept from it.
// Of more than kLook threads another part is looked at each time.
#pragma once

#include <stdint.h>

#include "base/list.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

class Thread;
struct BalancedTag;
struct ServerTag;

class Balancer final : public Timer {
public:
    static constexpr uint64_t kInterval = kTicksPerSecond / 64;
    static constexpr unsigned kLook = 256;
    static constexpr uint64_t kStarved = 40'000'000;  // 100 ns: 4 s
    static constexpr unsigned kRescued = 2;           // looks
    static constexpr unsigned kServed = 9;            // NT's priority: an ordinary program's 8 and its boost
    static constexpr unsigned kToldAtOnce = 32;

    static Balancer& instance();

    void add(Thread& thread);
    void remove(Thread& thread);
    // Its priority has changed: it may serve requests now, or no longer.
    void sort(Thread& thread);
    // Something computes at more than kServed.
    bool crowded() const { return crowded_; }
    // A thread goes on in user code, after a wait or for the first time.
    void wake() {
        if (!scheduled()) [[unlikely]]
            begin();
    }
    // In units of 100 ns: all that was charged to any thread since boot.
    uint64_t busy_time() const { return busy_time_; }

private:
    void begin();
    void expired() override;
    // Takes what is to be looked at to seen_, the highest priority of those that compute to top_, how many
    // have it to sharers_, the highest of those that go on to goes_on_.
    void look();
    void judge(Thread& thread, uint64_t passed);
    // Decides whether it is crowded, and tells those whom it concerns, some at each look.
    void make_room();

    List<Thread, BalancedTag> threads_;
    uint32_t thread_count_ = 0;
    Thread* seen_[kLook] = {};
    unsigned seen_count_ = 0;
    unsigned top_ = 0;
    unsigned sharers_ = 0;
    unsigned goes_on_ = 0;
    uint32_t quiet_ = 0;  // threads looked at since one was last seen to compute
    List<Thread, ServerTag> servers_;
    uint32_t server_count_ = 0;
    uint32_t untold_ = 0;  // servers, from the front
    uint32_t calm_ = 0;    // threads looked at since one was last seen to compute above kServed
    bool crowded_ = false;
    uint64_t last_look_ = 0;
    uint64_t busy_time_ = 0;
};

}  // namespace ke
