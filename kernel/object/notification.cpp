// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

void deliver(Tcb& tcb, Word badge) {
    sched::set_state(tcb, ThreadState::running);
    tcb.arch.context.rdi = badge;
    sched::wake(tcb);
}

// As cancel() does for any state.
void stop_receiving(Tcb& tcb) {
    Endpoint& endpoint = *static_cast<Endpoint*>(tcb.blocking_object);
    WaitQueue queue = endpoint.queue();
    queue.remove(tcb);
    endpoint.set(queue, Endpoint::State::receivers);
}

}  // namespace

void signal(Notification& notification, Word badge) {
    if (notification.active()) {
        notification.badge |= badge;
        return;
    }
    if (Tcb* waiter = notification.queue.head) {
        notification.queue.remove(*waiter);
        deliver(*waiter, badge);
        return;
    }
    Tcb* bound = notification.bound();
    if (bound && bound->state == ThreadState::blocked_on_receive) {
        stop_receiving(*bound);
        deliver(*bound, badge);
        return;
    }
    notification.activate(badge);
}

void wait(Tcb& receiver, Notification& notification, bool blocking) {
    if (notification.active()) {
        receiver.arch.context.rdi = notification.take();
    } else if (blocking) {
        notification.queue.append(receiver);
        receiver.blocking_object = &notification;
        sched::set_state(receiver, ThreadState::blocked_on_notification);
    } else {
        receiver.arch.context.rdi = 0;
    }
}

void bind(Tcb& tcb, Notification& notification) {
    notification.set_bound(&tcb);
    tcb.bound_notification = &notification;
}

void unbind(Tcb& tcb) {
    tcb.bound_notification->set_bound(nullptr);
    tcb.bound_notification = nullptr;
}

}  // namespace kernel
