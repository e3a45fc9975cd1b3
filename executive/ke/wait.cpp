// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/wait.hpp"

#include "executive/ke/claim.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

// One wait of one thread. It ends once: by its objects, its deadline, an alert, an APC or the thread's end.
class Wait final : public Cancellable, public Timer {
public:
    Wait(Thread& thread, std::span<WaitBlock> blocks, WAIT_TYPE type, bool alertable)
        : thread_(thread), blocks_(blocks), type_(type), alertable_(alertable) {}

    Thread& thread() { return thread_; }
    // Tries without waiting; true when the wait is over.
    bool poll() {
        for (size_t i = 0; i < blocks_.size(); ++i)
            if (!blocks_[i].object->others_first() && try_end(i)) return true;
        return blocks_.empty() ? false : ended_;
    }
    // Ends the wait if the object of this block allows it now; `passed` when it did, whatever it has become
    // since.
    bool try_end(size_t index, bool passed = false) {
        if (type_ == WaitAny) {
            Waitable& object = *blocks_[index].object;
            if (!passed && !object.signaled(thread_)) return false;
            NTSTATUS status = object.consume(thread_);
            end(static_cast<NTSTATUS>(index) + status);
            return true;
        }
        for (const WaitBlock& block : blocks_) {
            bool sure = passed && block.object == blocks_[index].object;
            if (!sure && !block.object->signaled(thread_)) return false;
        }
        NTSTATUS result = STATUS_SUCCESS;
        for (size_t i = 0; i < blocks_.size(); ++i) {
            NTSTATUS status = blocks_[i].object->consume(thread_);
            if (status == STATUS_ABANDONED) result = STATUS_ABANDONED;
        }
        end(result);
        return true;
    }
    void end(NTSTATUS status) {
        if (ended_) return;
        ended_ = true;
        status_ = status;
        for (WaitBlock& block : blocks_)
            block.unlink();
        Timer::cancel();
        thread_.leave_wait(*this);
        done.signal(status);
    }
    void enqueue() {
        for (WaitBlock& block : blocks_) {
            block.wait = this;
            block.object->waiters_.push_back(block);
        }
        thread_.enter_wait(*this);
    }
    bool cancel(NTSTATUS status) override {
        bool early = !ended_;
        end(status);
        return early;
    }
    bool alertable() const override { return alertable_; }
    void expired() override { end(STATUS_TIMEOUT); }
    Urgency urgency() const override { return thread_.important() ? Urgency::Urgent : Urgency::Prompt; }
    NTSTATUS status() const { return status_; }
    size_t index_of(const WaitBlock& block) const { return static_cast<size_t>(&block - blocks_.data()); }

    Event done;

private:
    Thread& thread_;
    std::span<WaitBlock> blocks_;
    WAIT_TYPE type_;
    bool alertable_;
    bool ended_ = false;
    NTSTATUS status_ = STATUS_SUCCESS;
};

// Goes on through the waiters of an object where wake() stopped, by a mark among them. What an object that
// keeps its state has let pass is decided by a second mark: whoever waited when it was signalled passes,
// whatever it has become.
class WakePass final : public PacedWork {
public:
    // REQUIRES: the object has no pass; `next` waits for it.
    WakePass(Waitable& object, WaitBlock& next) : object_(&object), keeps_state_(object.keeps_state()) {
        object.waiters_.insert_before(next, at_);
        object.pass_ = this;
        if (keeps_state_) object.waiters_.push_back(end_);
        Pacer::instance().add(*this);
    }
    // The object was signalled again.
    void extend() {
        if (keeps_state_) {
            end_.unlink();
            object_->waiters_.push_back(end_);
        } else {
            at_.unlink();
            object_->waiters_.push_front(at_);
        }
    }
    // The object goes.
    void abandon() {
        at_.unlink();
        end_.unlink();
        object_->pass_ = nullptr;
        object_ = nullptr;
    }
    bool slice() override {
        Slice slice;
        while (object_) {
            WaitBlock* block = object_->waiters_.next(at_);
            if (!block || block == &end_) break;
            // Nothing is left to take.
            if (!keeps_state_ && !object_->signaled(block->wait->thread())) break;
            if (slice.over()) return false;
            block->unlink();
            object_->waiters_.insert_before(at_, *block);
            Wait& wait = *block->wait;
            wait.try_end(wait.index_of(*block), keeps_state_);
        }
        if (object_) abandon();
        delete this;
        return true;
    }

private:
    Waitable* object_;
    bool keeps_state_;
    WaitBlock at_;
    WaitBlock end_;
};

void Waitable::abandon_pass() {
    pass_->abandon();
}

void Waitable::wake_waiters() {
    constexpr unsigned kAtOnce = 16;
    if (pass_) [[unlikely]]
        return pass_->extend();
    unsigned count = 0;
    for (WaitBlock* block = waiters_.front(); block;) {
        if (++count > kAtOnce) {
            if (!keeps_state() && !signaled(block->wait->thread())) return;
            if (new (std::nothrow) WakePass(*this, *block)) return;
        }
        // Ending a wait unlinks all its blocks, which may be several on this list.
        Wait& wait = *block->wait;
        size_t index = wait.index_of(*block);
        WaitBlock* next = waiters_.next(*block);
        while (next && next->wait == &wait)
            next = waiters_.next(*next);
        wait.try_end(index);
        block = next;
    }
}

namespace {

Task<NTSTATUS> run(Thread& thread, std::span<WaitBlock> blocks, WAIT_TYPE type, bool alertable,
                   Deadline deadline) {
    Wait wait(thread, blocks, type, alertable);
    if (wait.poll()) co_return wait.status();
    if (auto refusal = thread.refuse_wait(alertable)) {
        if (*refusal == STATUS_USER_APC) thread.deliver_apc();
        co_return *refusal;
    }
    if (deadline.is_now()) co_return STATUS_TIMEOUT;
    wait.enqueue();
    if (!deadline.is_never()) wait.schedule(deadline.due());
    NTSTATUS status = co_await wait.done;
    acting_thread = &thread;
    if (status == STATUS_USER_APC) thread.deliver_apc();
    co_return status;
}

}  // namespace

Task<NTSTATUS> wait(Thread& thread, Waitable& object, bool alertable, Deadline deadline) {
    WaitBlock block;
    block.object = &object;
    co_return co_await run(thread, {&block, 1}, WaitAny, alertable, deadline);
}

Task<NTSTATUS> wait_many(Thread& thread, std::span<Waitable* const> objects, WAIT_TYPE type, bool alertable,
                         Deadline deadline) {
    ASSERT(!objects.empty() && objects.size() <= kMaximumWaitObjects);
    WaitBlock* blocks = new (std::nothrow) WaitBlock[objects.size()];
    if (!blocks) co_return STATUS_INSUFFICIENT_RESOURCES;
    for (size_t i = 0; i < objects.size(); ++i)
        blocks[i].object = objects[i];
    NTSTATUS status = co_await run(thread, {blocks, objects.size()}, type, alertable, deadline);
    delete[] blocks;
    co_return status;
}

Task<NTSTATUS> delay(Thread& thread, bool alertable, Deadline deadline) {
    co_return co_await run(thread, {}, WaitAny, alertable, deadline);
}

bool EventWait::await_ready() {
    if (waiter_.await_ready()) return true;
    refusal_ = thread_.refuse_wait(alertable_);
    return refusal_.has_value();
}

void EventWait::await_suspend(std::coroutine_handle<> handle) {
    thread_.enter_wait(*this);
    waiter_.await_suspend(handle);
}

NTSTATUS EventWait::await_resume() {
    acting_thread = &thread_;
    thread_.leave_wait(*this);
    return refusal_.value_or(waiter_.await_resume());
}

}  // namespace ke
