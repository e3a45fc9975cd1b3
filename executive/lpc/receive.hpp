// SPDX-License-Identifier: GPL-3.0-only
//
// The wait of a thread for a message: for any that comes to a port, or for the answer to the one that it has
// sent. It ends once: by a message, its deadline, an alert, an APC, the end of the connection or the
// thread's. Mostly it has no coroutine frame: who brings the message writes it into the waiter's memory, if
// all of that is there, and the waiter's call is answered at once. Otherwise it is written from the event
// loop, on behalf of the waiter.
#pragma once

#include "executive/lpc/message.hpp"

namespace lpc {

// Where a message goes. All addresses are the receiver's, and unchecked.
struct Place {
    uint64_t buffer = 0;
    size_t capacity = 0;
    ke::UserOut<SIZE_T> length;  // what it needed; null: nobody asks
    uint64_t attributes = 0;     // ALPC_MESSAGE_ATTRIBUTES; 0: none
    ULONG allocated = 0;         // those that there is room for
    ke::UserOut<PVOID> context;  // of the port that it came by; null: nobody asks
};

// Writes the message out. STATUS_BUFFER_TOO_SMALL, with the length. Whatever fails, the message is as it was.
NTSTATUS deliver(ps::Thread& thread, const Place& place, Message& message);

class Receive final : public ke::Cancellable,
                      public ke::Timer,
                      public base::Ready,
                      public base::Parked,
                      public ListLink<struct ReceiverTag> {
public:
    Receive(ps::Thread& thread, Port& port, const Place& place, bool alertable);
    ~Receive();

    struct How {
        ke::Deadline deadline = ke::Deadline::never();
        bool alertable = false;
    };
    // Waits for what comes to the port, or for the answer to `request`; `send` is called when the wait has
    // begun, to send the request or whatever else makes the other end go on. REQUIRES: the thread's
    // refuse_wait() has said nothing.
    template <typename Send>
    [[clang::coro_wrapper]] static base::Task<NTSTATUS> wait(ps::Thread& thread, Port& port,
                                                             const Place& place, Message* request,
                                                             const How& how, Send&& send);

    // Gives it the message. REQUIRES: it waits. The message is its or delivered.
    void take(Message& message);
    // There will be none.
    void end(NTSTATUS status);
    // Its request is no more, and there will be no answer.
    void end_unanswered(NTSTATUS status) {
        request_ = nullptr;
        end(status);
    }

    // --- ke::Cancellable, ke::Timer, base::Ready
    bool cancel(NTSTATUS status) override;
    bool alertable() const override { return alertable_; }
    void expired() override { (void)cancel(STATUS_TIMEOUT); }
    Urgency urgency() const override { return thread_.important() ? Urgency::Urgent : Urgency::Prompt; }
    void run() override;

    // --- base::Parked
    NTSTATUS take() override;

private:
    void begin(Message* request, ke::Deadline deadline);
    void leave();
    bool all_is_there(const Message& message) const;
    NTSTATUS conclude();
    void destroy();

    ps::Thread& thread_;
    Ref<Port> port_;
    Place place_;
    Message* request_ = nullptr;  // whose answer it waits for
    Held got_;
    NTSTATUS status_ = STATUS_SUCCESS;
    bool alertable_;
    bool ended_ = false;
    bool answered_ = false;  // by the answer to its request
};

template <typename Send>
base::Task<NTSTATUS> Receive::wait(ps::Thread& thread, Port& port, const Place& place, Message* request,
                                   const How& how, Send&& send) {
    void* memory = base::allocate_frame(sizeof(Receive));
    if (!memory) return STATUS_INSUFFICIENT_RESOURCES;
    auto* receive = new (memory) Receive(thread, port, place, how.alertable);
    receive->begin(request, how.deadline);
    send();
    return base::Task<NTSTATUS>(static_cast<base::Parked&>(*receive));
}

}  // namespace lpc
