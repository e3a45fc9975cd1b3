// SPDX-License-Identifier: GPL-3.0-only
//
// Waiting. A Waitable is the dispatcher half of an NT object: events, mutants, semaphores, timers, processes,
// threads, files, ports derive from it or hold one. A wait takes effect at the moment of the signal (the
// object is consumed for the waiter then); only the waiter's continuation is queued. Waiters are served first
// come, first served.
#pragma once

#include <optional>
#include <span>

#include "abi/nt/ntdef.h"
#include "base/list.hpp"
#include "base/task.hpp"
#include "executive/ke/timer.hpp"

namespace ke {

class Thread;
class Wait;
class Waitable;

// One object of one wait.
class WakePass;
class WaitBlock : public ListLink<struct WaitBlockTag> {
public:
    Wait* wait = nullptr;
    Waitable* object = nullptr;
};

class Waitable {
public:
    constexpr Waitable() = default;
    Waitable(const Waitable&) = delete;
    Waitable& operator=(const Waitable&) = delete;

    // Would a wait of this thread pass?
    virtual bool signaled(const Thread& thread) const = 0;
    // Takes what a passing wait takes. STATUS_SUCCESS, or STATUS_ABANDONED for an abandoned mutant.
    virtual NTSTATUS consume(Thread& thread) {
        (void)thread;
        return STATUS_SUCCESS;
    }
    // True when no wait takes anything: all who wait at the moment of a signal pass.
    virtual bool keeps_state() const { return false; }
    // The same for a wait that need not wait: what it ends with, nothing when it would have to wait.
    std::optional<NTSTATUS> try_wait(Thread& thread) {
        if (!signaled(thread) || others_first()) return std::nullopt;
        return consume(thread);
    }
    // To be called after every change that may let somebody pass. The first few pass at once; when many wait,
    // the others do in a WakePass, in their order and before whoever comes later.
    void wake() {
        if (!waiters_.empty()) [[unlikely]]
            wake_waiters();
    }
    bool has_waiters() const { return !waiters_.empty(); }

protected:
    ~Waitable() {
        if (pass_) [[unlikely]]
            abandon_pass();
        ASSERT(waiters_.empty());
    }

private:
    friend class Wait;
    friend class WakePass;
    bool others_first() const { return pass_ && !keeps_state(); }
    void wake_waiters();
    void abandon_pass();
    List<WaitBlock, WaitBlockTag> waiters_;
    WakePass* pass_ = nullptr;  // while one is under way
};

// A state with no more to it than set or not: what threads, processes and files need.
class Latch final : public Waitable {
public:
    constexpr explicit Latch(bool set = false) : set_(set) {}
    bool signaled(const Thread&) const override { return set_; }
    bool keeps_state() const override { return true; }
    void set() {
        set_ = true;
        wake();
    }
    void clear() { set_ = false; }
    bool is_set() const { return set_; }

private:
    bool set_;
};

// The token of a wait that a thread is in: all that ends a wait early (the thread's end, alerts, user APCs,
// NtCancelSynchronousIoFile) does it through the token, never by signalling what is waited for. A thread has
// at most one, for it is in at most one wait.
class Cancellable {
public:
    // Ends the wait with this status; the waiter unwinds through its normal path. False when it is over
    // already: what it ended with stays.
    virtual bool cancel(NTSTATUS status) = 0;
    // True when an alert or a user APC may end it too (an alertable wait).
    virtual bool alertable() const { return false; }
    // NtCancelSynchronousIoFile: asks for the end of the I/O request that is waited for, of the one with this
    // address of its status block, or whichever (0). False: there is no such.
    virtual bool cancel_request(uint64_t status_block) {
        (void)status_block;
        return false;
    }

protected:
    ~Cancellable() = default;
};

// Something that belongs to a thread and must hear of its end: an owned mutant, a timer with an APC. It takes
// itself off the thread's list by unlink() when it is given up before.
class ThreadBound : public ListLink<struct ThreadBoundTag> {
public:
    // Called once, off the list already, before the thread counts as ended.
    virtual void thread_ended(Thread& thread) = 0;

protected:
    ~ThreadBound() = default;
};

inline constexpr size_t kMaximumWaitObjects = 64;

// STATUS_WAIT_0 + index, STATUS_ABANDONED_WAIT_0 + index, STATUS_TIMEOUT, STATUS_USER_APC, STATUS_ALERTED, or
// STATUS_THREAD_IS_TERMINATING. The objects must outlive the wait: the caller holds references.
Task<NTSTATUS> wait(Thread& thread, Waitable& object, bool alertable, Deadline deadline);
// REQUIRES: 1 to kMaximumWaitObjects objects; the array must live as long as the wait.
Task<NTSTATUS> wait_many(Thread& thread, std::span<Waitable* const> objects, WAIT_TYPE type, bool alertable,
                         Deadline deadline);
// STATUS_TIMEOUT, STATUS_USER_APC, STATUS_ALERTED or STATUS_THREAD_IS_TERMINATING.
Task<NTSTATUS> delay(Thread& thread, bool alertable, Deadline deadline);

// co_await EventWait(thread, event): the event's status, or STATUS_THREAD_IS_TERMINATING, or for an alertable
// wait STATUS_ALERTED or STATUS_USER_APC, whose APC stays queued. The event must outlive the wait; it is left
// alone when the wait is cancelled.
class EventWait : public Cancellable {
public:
    EventWait(Thread& thread, Event& event, bool alertable = false)
        : thread_(thread), waiter_(event), alertable_(alertable) {}
    bool await_ready();
    void await_suspend(std::coroutine_handle<> handle);
    NTSTATUS await_resume();

    bool cancel(NTSTATUS status) override { return waiter_.cancel(status); }
    bool alertable() const override { return alertable_; }

private:
    Thread& thread_;
    Event::Waiter waiter_;
    bool alertable_;
    std::optional<NTSTATUS> refusal_;  // why the wait did not begin
};

}  // namespace ke
