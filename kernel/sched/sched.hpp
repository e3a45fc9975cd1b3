// SPDX-License-Identifier: GPL-3.0-only
//
// Who runs next: 256 priorities, round robin among equals, per domain. Every runnable thread except the
// running one is in a ready queue. Objects say what changed (wake, reschedule); the decision falls once, in
// schedule(), at the end of the kernel entry.
#pragma once
#include "kernel/object/tcb.hpp"

namespace kernel::sched {

inline constexpr Word kPriorities = 256;

// One ready queue per priority, and a bitmap of those that are not empty.
struct ReadyQueues {
    struct Queue {
        Tcb* head;
        Tcb* tail;
    };
    Queue queues[kPriorities];
    Word occupied[kPriorities / 64];
    Word summary;  // which words of `occupied` are not zero
};

struct State {
    Tcb* candidate;  // woken in this kernel entry, not queued yet: runs next if it deserves to
    bool choose;     // look through the ready queues
    std::uint8_t domain;
    ReadyQueues ready[seL4_NumDomains];
};
extern State state;

inline bool is_runnable(const Tcb& tcb) {
    return tcb.state == ThreadState::running || tcb.state == ThreadState::restart;
}
// Not runnable, and Resume would make it so.
inline bool is_stopped(const Tcb& tcb) {
    return !is_runnable(tcb) && tcb.state != ThreadState::idle;
}

// The highest priority with a ready thread, or -1.
inline int highest(const ReadyQueues& ready) {
    if (ready.summary == 0) [[likely]]
        return -1;
    const int word = 63 - __builtin_clzll(ready.summary);
    return word * 64 + 63 - __builtin_clzll(ready.occupied[word]);
}
// No ready thread of the current domain has a higher priority.
inline bool is_highest(std::uint8_t priority) {
    return highest(state.ready[state.domain]) <= priority;
}

void enqueue(Tcb& tcb);  // at the head; nothing if queued already
void append(Tcb& tcb);   // at the tail
void dequeue(Tcb& tcb);

// The thread has become runnable: it may run next.
void wake(Tcb& tcb);
void reschedule();
// Threads change state through this: when the running one stops, or the one to run next, another must be
// found.
inline void set_state(Tcb& tcb, ThreadState to) {
    tcb.state = to;
    if (is_runnable(tcb)) return;
    if (&tcb == state.candidate) {
        state.candidate = nullptr;
        state.choose = true;
    } else if (&tcb == kernel_current && !state.candidate) {
        state.choose = true;
    }
}

// Decides, switches, and makes the new current thread ready to leave the kernel. Every kernel entry ends with
// it.
void schedule();
// Switches to this thread at once; the fastpath's way.
void switch_to(Tcb& tcb);
// The running thread has just stopped, and that is all: switches to whoever is next.
void run_next();
void tick();

void set_priority(Tcb& tcb, std::uint8_t priority);
void set_domain(Tcb& tcb, std::uint8_t domain);

// At boot: the idle thread, and the root server's as the first to run.
void start(Tcb& first);

}  // namespace kernel::sched
