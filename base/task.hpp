// SPDX-License-Identifier: GPL-3.0-only
//
// Cooperative tasks on one thread.
//
//   Task<T>   a lazy coroutine, awaited once, or a result that is there already and costs no frame: a
//   function
//             marked coro_wrapper may return either. T must be constructible from Failure<NTSTATUS>, for a
//             frame that cannot be allocated makes the task complete with STATUS_INSUFFICIENT_RESOURCES.
//   Event     something that will happen once, with a status; tasks await it. A wait for it can be cancelled
//             by itself, with a status of its own: the event and its other waiters do not notice.
//   Loop      the ready queue. Signalling only queues; the loop resumes, so nothing is ever re-entered.
//
// A suspended frame is never destroyed from outside: who wants a task to end cancels the wait it is in.
#pragma once

#include <coroutine>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/list.hpp"
#include "base/result.hpp"

namespace base {

// Provided by the program: memory of coroutine frames, charged to whoever is being served.
void* allocate_frame(size_t size);
void free_frame(void* frame, size_t size);

// One entry of the ready queue.
class Ready : public ListLink<struct ReadyTag> {
public:
    virtual void run() = 0;

protected:
    ~Ready() = default;
};

class Loop {
public:
    static Loop& instance();

    // Queues an entry once; an entry already queued stays where it is.
    void post(Ready& entry) {
        if (entry.linked()) return;
        queue_.push_back(entry);
        ++posted_;
    }
    // Entries that were queued, ever.
    uint64_t posted() const { return posted_; }
    bool idle() const { return queue_.empty(); }
    // Runs the first of what is queued; true when more is left.
    bool run_one() {
        Ready* entry = queue_.pop_front();
        if (!entry) return false;
        entry->run();
        return !queue_.empty();
    }
    // The same, at most `limit` entries.
    bool run(unsigned limit) {
        while (limit-- > 0)
            if (!run_one()) return false;
        return !queue_.empty();
    }

private:
    List<Ready, ReadyTag> queue_;
    uint64_t posted_ = 0;
};

class Event {
public:
    constexpr Event() = default;
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event() { ASSERT(waiters_.empty()); }

    bool happened() const { return happened_; }
    // The first signal counts; later ones are ignored.
    void signal(NTSTATUS status = STATUS_SUCCESS) {
        if (happened_) return;
        happened_ = true;
        status_ = status;
        while (Waiter* waiter = waiters_.pop_front())
            waiter->finish(status);
    }
    // REQUIRES: nobody waits.
    void reset() {
        ASSERT(waiters_.empty());
        happened_ = false;
    }

    struct WaitTag;
    class Waiter final : public Ready, public ListLink<WaitTag> {
    public:
        explicit Waiter(Event& event) : event_(event) {}
        bool await_ready() {
            status_ = event_.status_;
            return event_.happened_;
        }
        void await_suspend(std::coroutine_handle<> handle) {
            handle_ = handle;
            event_.waiters_.push_back(*this);
        }
        NTSTATUS await_resume() const { return status_; }
        void run() override { handle_.resume(); }
        // Ends this wait alone. False: it has ended already, and keeps the status it ended with.
        bool cancel(NTSTATUS status) {
            if (!ListLink<WaitTag>::linked()) return false;
            ListLink<WaitTag>::unlink();
            finish(status);
            return true;
        }

    private:
        friend class Event;
        // REQUIRES: off the event's list.
        void finish(NTSTATUS status) {
            status_ = status;
            Loop::instance().post(*this);
        }

        Event& event_;
        std::coroutine_handle<> handle_;
        NTSTATUS status_ = STATUS_SUCCESS;
    };
    Waiter operator co_await() { return Waiter(*this); }

private:
    friend class Waiter;
    bool happened_ = false;
    NTSTATUS status_ = STATUS_SUCCESS;
    List<Waiter, WaitTag> waiters_;
};

template <typename T>
class [[nodiscard, clang::coro_return_type, clang::coro_only_destroy_when_complete]] Task {
public:
    struct promise_type {
        std::coroutine_handle<> continuation;
        Ready* completion = nullptr;
        union {
            T value;
        };

        promise_type() {}
        ~promise_type() {}
        static void* operator new(size_t size) noexcept { return allocate_frame(size); }
        static void operator delete(void* frame, size_t size) noexcept { free_frame(frame, size); }
        static Task get_return_object_on_allocation_failure() {
            return Task(fail(STATUS_INSUFFICIENT_RESOURCES));
        }
        Task get_return_object() { return Task(Handle::from_promise(*this)); }
        std::suspend_always initial_suspend() noexcept { return {}; }
        struct FinalAwaiter {
            bool await_ready() noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> handle) noexcept {
                promise_type& promise = handle.promise();
                if (promise.continuation) return promise.continuation;
                if (promise.completion) Loop::instance().post(*promise.completion);
                return std::noop_coroutine();
            }
            void await_resume() noexcept {}
        };
        FinalAwaiter final_suspend() noexcept { return {}; }
        template <typename U>
        void return_value(U&& result) {
            new (&value) T(std::forward<U>(result));
        }
        void unhandled_exception() {}
    };

    // Done already, with this result.
    template <typename U>
        requires(std::is_constructible_v<T, U &&> && !std::is_same_v<std::remove_cvref_t<U>, Task>)
    Task(U&& result) : result_(std::in_place, std::forward<U>(result)) {}
    Task(Task&& other) noexcept
        : handle_(std::exchange(other.handle_, nullptr)), result_(std::move(other.result_)) {}
    Task& operator=(Task&& other) noexcept {
        std::swap(handle_, other.handle_);
        std::swap(result_, other.result_);
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    // Runs the task to its first suspension. When it is not done then, `completion` is posted once it is.
    // REQUIRES: not started.
    void start(Ready* completion) {
        if (!handle_) return;
        handle_.resume();
        if (!handle_.done()) handle_.promise().completion = completion;
    }
    bool done() const { return !handle_ || handle_.done(); }
    // REQUIRES: done().
    T take() {
        if (!handle_) return *std::move(result_);
        ASSERT(handle_.done());
        T result = std::move(handle_.promise().value);
        handle_.promise().value.~T();
        std::exchange(handle_, nullptr).destroy();
        return result;
    }

    struct Awaiter {
        Task& task;
        bool await_ready() const { return !task.handle_; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<> caller) {
            task.handle_.promise().continuation = caller;
            return task.handle_;
        }
        T await_resume() { return task.take(); }
    };
    Awaiter operator co_await() && { return Awaiter{*this}; }

private:
    using Handle = std::coroutine_handle<promise_type>;

    explicit Task(Handle handle) : handle_(handle) {}

    Handle handle_ = nullptr;
    std::optional<T> result_;  // of a task without a frame
};

}  // namespace base
