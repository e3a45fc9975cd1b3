// SPDX-License-Identifier: GPL-3.0-only
//
// Endpoints and notifications: the two objects threads wait on. Both hold a first-in first-out queue of
// threads, linked through the threads themselves, which therefore must be taken out before they are destroyed
// (cancel()).
#pragma once
#include "kernel/api/message.hpp"
#include "kernel/api/result.hpp"

namespace kernel {

struct WaitQueue {
    Tcb* head;
    Tcb* tail;

    void append(Tcb& tcb) {
        tcb.wait_previous = tail;
        tcb.wait_next = nullptr;
        (tail ? tail->wait_next : head) = &tcb;
        tail = &tcb;
    }
    void remove(Tcb& tcb) {
        (tcb.wait_previous ? tcb.wait_previous->wait_next : head) = tcb.wait_next;
        (tcb.wait_next ? tcb.wait_next->wait_previous : tail) = tcb.wait_previous;
    }
};

// All threads in the queue wait for the same thing: to send or to receive.
struct Endpoint {
    enum class State : Word { idle = 0, senders = 1, receivers = 2 };

    Tcb* head;
    Word tail_and_state;

    State state() const { return static_cast<State>(tail_and_state & 3); }
    WaitQueue queue() const { return {head, reinterpret_cast<Tcb*>(tail_and_state & ~Word{3})}; }
    void set(const WaitQueue& queue, State state) {
        head = queue.head;
        tail_and_state = queue.head ? reinterpret_cast<Word>(queue.tail) | static_cast<Word>(state) : 0;
    }
};
static_assert(sizeof(Endpoint) == 1 << seL4_EndpointBits);

struct Notification {
    WaitQueue queue;
    Word badge;           // the signals since the last receive, while active
    Word bound_and_flag;  // the thread bound to it; bit 0: active

    Tcb* bound() const { return reinterpret_cast<Tcb*>(bound_and_flag & ~Word{1}); }
    bool active() const { return bound_and_flag & 1; }
    void set_bound(Tcb* tcb) { bound_and_flag = reinterpret_cast<Word>(tcb) | (bound_and_flag & 1); }
    void activate(Word new_badge) {
        badge = new_badge;
        bound_and_flag |= 1;
    }
    Word take() {
        bound_and_flag &= ~Word{1};
        return badge;
    }
};
static_assert(sizeof(Notification) == 1 << seL4_NotificationBits);

inline Endpoint* endpoint_of(const EndpointCap& cap) {
    return arch::from_physical<Endpoint>(cap.address);
}
inline Notification* notification_of(const NotificationCap& cap) {
    return arch::from_physical<Notification>(cap.address);
}

struct SendOptions {
    Word badge;
    bool blocking;
    bool call;
    bool grant;
    bool grant_reply;
};
// Sends the message (or the fault) of `sender`: to the first receiver, or by waiting for one, or not at all.
void send(Endpoint& endpoint, Tcb& sender, const SendOptions& options);
void receive(Tcb& receiver, const EndpointCap& cap, bool blocking);
// Answers the thread behind the reply capability in `slot`, which is used up.
void reply(Tcb& sender, Cte& slot);
// Forgets whom `receiver` could answer.
void delete_caller(Tcb& receiver);

void signal(Notification& notification, Word badge);
void wait(Tcb& receiver, Notification& notification, bool blocking);
void bind(Tcb& tcb, Notification& notification);
void unbind(Tcb& tcb);

// Takes the thread out of whatever it waits for. What becomes of it is the caller's business.
void cancel(Tcb& tcb);
// Everyone waiting makes his system call again. Preempted: some still wait, come again.
Status cancel_all(Endpoint& endpoint);
Status cancel_all(Notification& notification);
Status cancel_badged_sends(Endpoint& endpoint, Word badge);

}  // namespace kernel
