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
// Of more than kLook threads another part is looked at each time.
#pragma once

#include <stdint.h>

#include "base/list.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

class Thread;
struct BalancedTag;

class Balancer final : public Timer {
public:
    static constexpr uint64_t kInterval = kTicksPerSecond / 64;
    static constexpr unsigned kLook = 256;
    static constexpr unsigned kStarved = 256;  // looks: 4 s
    static constexpr unsigned kRescued = 2;    // looks

    static Balancer& instance();

    void add(Thread& thread);
    void remove(Thread& thread);
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
    // have it to sharers_.
    void look();
    void judge(Thread& thread, uint64_t share);

    List<Thread, BalancedTag> threads_;
    uint32_t thread_count_ = 0;
    Thread* seen_[kLook] = {};
    unsigned seen_count_ = 0;
    unsigned top_ = 0;
    unsigned sharers_ = 0;
    uint32_t quiet_ = 0;  // threads looked at since one was last seen to compute
    uint64_t last_look_ = 0;
    uint64_t busy_time_ = 0;
};

}  // namespace ke
