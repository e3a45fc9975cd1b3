// SPDX-License-Identifier: GPL-3.0-only
//
// The wait of a thread for a message: for any that comes to a port, or for the answer to the one that it has
// sent. It ends once: by a message, its deadline, an alert, an APC, the end of the connection or the
// thread's. Who brings the message only hands it over; it is written from the event loop, on behalf of the
// waiter, whose coroutine is this wait and nothing else.
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
                      public ListLink<struct ReceiverTag> {
public:
    Receive(ps::Thread& thread, Port& port, const Place& place, bool alertable);
    ~Receive();

    struct How {
        ke::Deadline deadline = ke::Deadline::never();
        bool alertable = false;
    };
    // Waits for what comes to the port, or for the answer to `request`; `send` is called when the wait has
    // begun, to send the request or whatever else makes the other end go on; what it needs it owns, or it is
    // there until the caller's task is started. REQUIRES: the thread's refuse_wait() has said nothing.
    template <typename Send>
    static base::Task<NTSTATUS> wait(ps::Thread& thread, Port& port, Place place, Message* request, How how,
                                     Send send);

    // Gives it the message. REQUIRES: it waits.
    void take(Message& message);
    // There will be none.
    void end(NTSTATUS status);
    // Its request is no more, and there will be no answer. REQUIRES: it waits.
    void end_unanswered(NTSTATUS status);

    // --- ke::Cancellable, ke::Timer, base::Ready
    bool cancel(NTSTATUS status) override;
    bool alertable() const override { return alertable_; }
    void expired() override { (void)cancel(STATUS_TIMEOUT); }
    Urgency urgency() const override { return thread_.important() ? Urgency::Urgent : Urgency::Prompt; }
    void run() override { handle_.resume(); }

    // --- awaited once, when it has begun
    bool await_ready() const { return false; }
    void await_suspend(std::coroutine_handle<> handle) { handle_ = handle; }
    NTSTATUS await_resume();

private:
    void begin(Message* request, ke::Deadline deadline);
    void leave();

    ps::Thread& thread_;
    std::coroutine_handle<> handle_;
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
base::Task<NTSTATUS> Receive::wait(ps::Thread& thread, Port& port, Place place, Message* request, How how,
                                   Send send) {
    Receive receive(thread, port, place, how.alertable);
    receive.begin(request, how.deadline);
    send();
    co_return co_await receive;
}

}  // namespace lpc
