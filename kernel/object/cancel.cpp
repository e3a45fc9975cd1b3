// SPDX-License-Identifier: GPL-3.0-only
//
// Emptying the queues of endpoints and notifications, in bounded steps.
#include "arch/steps.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/finalise.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

// Where a preempted cancel_badged_sends() goes on: without it a queue longer than one step that holds few
// matches would be searched from its beginning for ever.
struct Cursor {
    const Endpoint* endpoint;
    Word badge;
    Tcb* next;
};
Cursor cursor;

void restart(Tcb& tcb) {
    tcb.fault.type = seL4_Fault_NullFault;
    sched::set_state(tcb, ThreadState::restart);
    sched::enqueue(tcb);
    sched::reschedule();
}

}  // namespace

void forget_cursor(const Tcb& tcb) {
    if (cursor.next == &tcb) cursor.next = tcb.wait_next;
}

Status cancel_all(Endpoint& endpoint) {
    if (endpoint.head) TRY(before_long_step());
    WaitQueue queue = endpoint.queue();
    const auto state = endpoint.state();
    while (queue.head) {
        Tcb& tcb = *queue.head;
        forget_cursor(tcb);
        queue.remove(tcb);
        endpoint.set(queue, state);
        restart(tcb);
        if (queue.head) TRY(work_done(1));
    }
    return {};
}

Status cancel_all(Notification& notification) {
    if (notification.queue.head) TRY(before_long_step());
    while (notification.queue.head) {
        Tcb& tcb = *notification.queue.head;
        notification.queue.remove(tcb);
        restart(tcb);
        if (notification.queue.head) TRY(work_done(1));
    }
    return {};
}

Status cancel_badged_sends(Endpoint& endpoint, Word badge) {
    if (endpoint.state() != Endpoint::State::senders) return {};
    const bool resumed = cursor.endpoint == &endpoint && cursor.badge == badge && cursor.next;
    Tcb* tcb = resumed ? cursor.next : endpoint.head;
    cursor.endpoint = nullptr;
    for (unsigned steps = 1; tcb; steps++) {
        Tcb* next = tcb->wait_next;
        if (tcb->blocking_badge == badge) {
            WaitQueue queue = endpoint.queue();
            queue.remove(*tcb);
            endpoint.set(queue, Endpoint::State::senders);
            restart(*tcb);
        }
        tcb = next;
        if (tcb && steps % arch::kWorkPerCheck == 0 && !preemption_point().ok()) {
            cursor = {&endpoint, badge, tcb};
            return Error::preempted();
        }
    }
    return {};
}

}  // namespace kernel
