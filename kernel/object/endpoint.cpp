// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/endpoint.hpp"

#include "kernel/api/fault.hpp"
#include "kernel/object/finalise.hpp"
#include "kernel/object/transfer.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

void block(Endpoint& endpoint, Tcb& tcb, ThreadState state, Endpoint::State queue_state) {
    WaitQueue queue = endpoint.queue();
    queue.append(tcb);
    endpoint.set(queue, queue_state);
    tcb.blocking_object = &endpoint;
    sched::set_state(tcb, state);
}

Tcb& take_first(Endpoint& endpoint) {
    WaitQueue queue = endpoint.queue();
    Tcb& first = *queue.head;
    const auto state = endpoint.state();
    queue.remove(first);
    endpoint.set(queue, state);
    return first;
}

// The receiver gets the only capability to answer; the sender waits for it.
void give_reply_cap(Tcb& sender, Tcb& receiver, bool grant) {
    sched::set_state(sender, ThreadState::blocked_on_reply);
    const ReplyCap cap{.address = arch::to_physical(&sender), .grant = grant};
    insert_derived_cap(cap, sender.reply, receiver.caller);
}

void make_running(Tcb& tcb) {
    sched::set_state(tcb, ThreadState::running);
    sched::wake(tcb);
}

}  // namespace

void send(Endpoint& endpoint, Tcb& sender, const SendOptions& options) {
    if (endpoint.state() != Endpoint::State::receivers) {
        if (!options.blocking) return;
        sender.blocking_badge = options.badge;
        sender.can_grant = options.grant;
        sender.can_grant_reply = options.grant_reply;
        sender.is_call = options.call;
        block(endpoint, sender, ThreadState::blocked_on_send, Endpoint::State::senders);
        return;
    }
    Tcb& receiver = take_first(endpoint);
    transfer(sender, receiver, &endpoint, options.badge, options.grant);
    const bool reply_may_grant = receiver.can_grant;
    make_running(receiver);
    if (!options.call) return;
    if (options.grant || options.grant_reply) {
        give_reply_cap(sender, receiver, reply_may_grant);
    } else {
        sched::set_state(sender, ThreadState::inactive);
    }
}

void receive(Tcb& receiver, const EndpointCap& cap, bool blocking) {
    Notification* bound = receiver.bound_notification;
    if (bound && bound->active()) {
        receiver.arch.context.rdi = bound->take();
        return;
    }
    Endpoint& endpoint = *endpoint_of(cap);
    if (endpoint.state() != Endpoint::State::senders) {
        if (!blocking) {
            receiver.arch.context.rdi = 0;
            return;
        }
        receiver.can_grant = cap.grant;
        block(endpoint, receiver, ThreadState::blocked_on_receive, Endpoint::State::receivers);
        return;
    }
    forget_cursor(*endpoint.head);
    Tcb& sender = take_first(endpoint);
    transfer(sender, receiver, &endpoint, sender.blocking_badge, sender.can_grant);
    if (!sender.is_call) {
        make_running(sender);
    } else if (sender.can_grant || sender.can_grant_reply) {
        give_reply_cap(sender, receiver, cap.grant);
    } else {
        sched::set_state(sender, ThreadState::inactive);
    }
}

void reply(Tcb& sender, Cte& slot) {
    const auto cap = slot.cap.as<ReplyCap>();
    Tcb& receiver = *arch::from_physical<Tcb>(cap.address);
    if (receiver.fault.type == seL4_Fault_NullFault) [[likely]] {
        const MessageInfo info{sender.arch.context.rsi};
        if (info.length() <= 1 && info.extra_caps() == 0) [[likely]] {
            receiver.arch.context.rdi = 0;
            receiver.arch.context.rsi = info.received(0, 0, info.length()).word;
            if (info.length() == 1)
                message_registers(receiver.arch.context)[0] = message_registers(sender.arch.context)[0];
        } else {
            transfer(sender, receiver, nullptr, 0, cap.grant);
        }
        unlink_cap(slot);
        make_running(receiver);
        return;
    }
    unlink_cap(slot);
    const bool restart = fault_reply_restarts(sender, receiver);
    apply_fault_reply(sender, receiver);
    if (!restart) {
        sched::set_state(receiver, ThreadState::inactive);
        return;
    }
    sched::set_state(receiver, ThreadState::restart);
    sched::wake(receiver);
}

void delete_caller(Tcb& receiver) {
    if (!receiver.caller.is_empty()) unlink_cap(receiver.caller);
}

namespace {

void leave_queue(Tcb& tcb) {
    if (tcb.state == ThreadState::blocked_on_notification) {
        static_cast<Notification*>(tcb.blocking_object)->queue.remove(tcb);
        return;
    }
    Endpoint& endpoint = *static_cast<Endpoint*>(tcb.blocking_object);
    WaitQueue queue = endpoint.queue();
    const auto state = endpoint.state();
    queue.remove(tcb);
    endpoint.set(queue, state);
}

}  // namespace

void cancel(Tcb& tcb) {
    switch (tcb.state) {
        case ThreadState::blocked_on_send:
        case ThreadState::blocked_on_receive:
        case ThreadState::blocked_on_notification:
            forget_cursor(tcb);
            leave_queue(tcb);
            sched::set_state(tcb, ThreadState::inactive);
            break;
        case ThreadState::blocked_on_reply:
            // Whoever holds the right to answer loses it.
            if (has_children(tcb.reply)) unlink_cap(*tcb.reply.next());
            break;
        default:
            break;
    }
    tcb.fault.type = seL4_Fault_NullFault;
}

}  // namespace kernel
