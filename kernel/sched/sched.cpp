// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/sched/sched.hpp"

#include "arch/switch.hpp"
#include "kernel/sched/domain.hpp"
#include "kernel/vspace/vspace.hpp"

kernel::Tcb* kernel_current;
kernel::Tcb kernel_idle;

namespace kernel::sched {

State state;

namespace {

ReadyQueues& queues_of(const Tcb& tcb) {
    return state.ready[tcb.domain];
}

void mark(ReadyQueues& ready, std::uint8_t priority) {
    ready.occupied[priority / 64] |= Word{1} << (priority % 64);
    ready.summary |= Word{1} << (priority / 64);
}

void unmark(ReadyQueues& ready, std::uint8_t priority) {
    Word& word = ready.occupied[priority / 64];
    word &= ~(Word{1} << (priority % 64));
    if (word == 0) ready.summary &= ~(Word{1} << (priority / 64));
}

// REQUIRES: `tcb` is in no queue.
[[gnu::always_inline]] inline void go_on_with(Tcb& tcb) {
    if (&tcb != kernel_current) {
        arch::switch_to(kernel_current->arch, tcb.arch);
        kernel_current = &tcb;
    }
    vspace::load(vspace::root_for(tcb));
}

[[gnu::always_inline]] inline void choose() {
    if (domain_time_is_up()) next_domain();
    ReadyQueues& ready = state.ready[state.domain];
    const int priority = highest(ready);
    if (priority < 0) return go_on_with(kernel_idle);
    auto& queue = ready.queues[priority];
    Tcb& first = *queue.head;
    queue.head = first.ready_next;
    first.queued = false;
    if (queue.head) {
        queue.head->ready_previous = nullptr;
    } else {
        queue.tail = nullptr;
        unmark(ready, static_cast<std::uint8_t>(priority));
    }
    go_on_with(first);
}

// Whether the woken thread runs next; if not it goes to a ready queue, and the choice is made from there.
bool candidate_wins(Tcb& candidate, bool current_runs_on) {
    const bool lower = kernel_current != &kernel_idle && candidate.priority < kernel_current->priority;
    if (lower && !is_highest(candidate.priority)) {
        enqueue(candidate);
        return false;
    }
    if (current_runs_on && candidate.priority == kernel_current->priority) {
        append(candidate);
        return false;
    }
    return true;
}

// The usual case: the running thread woke another and could go on. Either the other one has a higher
// priority, or it queues up and nothing else changes. False: some third one comes before both, and nothing
// was done.
[[gnu::always_inline]] inline bool settle(Tcb& candidate) {
    Tcb& current = *kernel_current;
    if (candidate.priority > current.priority) {
        enqueue(current);
        switch_to(candidate);
        return true;
    }
    if (!is_highest(current.priority)) return false;
    candidate.priority < current.priority ? enqueue(candidate) : append(candidate);
    vspace::load(vspace::root_for(current));
    return true;
}

}  // namespace

void enqueue(Tcb& tcb) {
    if (tcb.queued) return;
    ReadyQueues& ready = queues_of(tcb);
    auto& queue = ready.queues[tcb.priority];
    tcb.ready_previous = nullptr;
    tcb.ready_next = queue.head;
    (queue.head ? queue.head->ready_previous : queue.tail) = &tcb;
    queue.head = &tcb;
    tcb.queued = true;
    mark(ready, tcb.priority);
}

void append(Tcb& tcb) {
    if (tcb.queued) return;
    ReadyQueues& ready = queues_of(tcb);
    auto& queue = ready.queues[tcb.priority];
    tcb.ready_next = nullptr;
    tcb.ready_previous = queue.tail;
    (queue.tail ? queue.tail->ready_next : queue.head) = &tcb;
    queue.tail = &tcb;
    tcb.queued = true;
    mark(ready, tcb.priority);
}

void dequeue(Tcb& tcb) {
    if (!tcb.queued) return;
    ReadyQueues& ready = queues_of(tcb);
    auto& queue = ready.queues[tcb.priority];
    (tcb.ready_previous ? tcb.ready_previous->ready_next : queue.head) = tcb.ready_next;
    (tcb.ready_next ? tcb.ready_next->ready_previous : queue.tail) = tcb.ready_previous;
    tcb.queued = false;
    if (!queue.head) unmark(ready, tcb.priority);
}

void wake(Tcb& tcb) {
    if (tcb.domain != state.domain) {
        enqueue(tcb);
    } else if (state.candidate || state.choose) {
        reschedule();
        enqueue(tcb);
    } else {
        state.candidate = &tcb;
    }
}

void reschedule() {
    if (state.candidate) {
        enqueue(*state.candidate);
        state.candidate = nullptr;
    }
    state.choose = true;
}

void schedule() {
    Tcb* candidate = state.candidate;
    if (candidate || state.choose) {
        const bool current_runs_on = is_runnable(*kernel_current);
        const bool only_woke = candidate && !state.choose && current_runs_on;
        state.candidate = nullptr;
        state.choose = false;
        if (!only_woke || !settle(*candidate)) {
            if (current_runs_on) enqueue(*kernel_current);
            if (candidate && candidate_wins(*candidate, current_runs_on)) {
                switch_to(*candidate);
            } else {
                choose();
            }
        }
    }
    if (kernel_current->state == ThreadState::restart) {
        kernel_current->arch.context.rip = kernel_current->arch.context.fault_ip;
        kernel_current->state = ThreadState::running;
    }
}

void switch_to(Tcb& tcb) {
    dequeue(tcb);
    go_on_with(tcb);
}

void run_next() {
    choose();
}

void tick() {
    Tcb& current = *kernel_current;
    if (current.state == ThreadState::running) {
        if (current.time_slice > 1) {
            current.time_slice--;
        } else {
            current.time_slice = Tcb::kTimeSlice;
            append(current);
            reschedule();
        }
    }
    domain_tick();
}

void set_priority(Tcb& tcb, std::uint8_t priority) {
    dequeue(tcb);
    tcb.priority = priority;
    if (!is_runnable(tcb)) return;
    if (&tcb == kernel_current) {
        reschedule();
    } else {
        wake(tcb);
    }
}

void set_domain(Tcb& tcb, std::uint8_t domain) {
    dequeue(tcb);
    tcb.domain = domain;
    if (is_runnable(tcb)) enqueue(tcb);
    if (&tcb == kernel_current) reschedule();
}

void start(Tcb& first) {
    arch::initialise_thread(kernel_idle.arch);
    kernel_idle.arch.fpu_disabled = arch::kFpuUnused;
    kernel_idle.state = ThreadState::idle;
    kernel_current = &kernel_idle;
    switch_to(first);
}

}  // namespace kernel::sched
