// SPDX-License-Identifier: GPL-3.0-only
//
// Long work in the midst of a service that is a coroutine and has made things by then which no call of its
// client's could find again ("again", docs/decisions/0007, is for all others): its thread waits while the
// pacer does it slice by slice.
#pragma once

#include <new>
#include <type_traits>

#include "executive/ke/pacer.hpp"
#include "executive/ke/thread.hpp"

namespace ke {

// A callable that does a slice of some work and returns a Result<bool>: true when nothing is left. It refers
// to what it works on.
class SliceStep {
public:
    template <typename F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, SliceStep>)
    SliceStep(F step)
        : run_([](void* room) -> Result<bool> { return (*std::launder(static_cast<F*>(room)))(); }) {
        static_assert(std::is_trivially_copyable_v<F> && sizeof(F) <= sizeof room_ &&
                      alignof(F) <= alignof(uint64_t));
        new (room_) F(step);
    }
    Result<bool> operator()() { return run_(room_); }

private:
    uint64_t room_[6];
    Result<bool> (*run_)(void* room);
};

// Whether the first slice is done at once, or by the pacer too since much was done in this turn already.
enum class FirstSlice : uint8_t { AtOnce, Paced };

// For whom, and at which priority of the kernel's the pacer works.
struct SlicesFor {
    Thread* thread = nullptr;  // that waits; null: it is work of the Executive's own
    unsigned priority = 0;
    bool program = false;  // without a thread: what a program has left to be done (ActingForProgram)
};
Task<NTSTATUS> in_slices(SlicesFor whom, SliceStep step, FirstSlice first);

// A step that lacks a page of its client's (ke::PageIn) is done again when that has come. Ends with
// STATUS_SUCCESS, the error of a step, or STATUS_THREAD_IS_TERMINATING: no step follows then, and its caller
// takes back what they did. The pacer works at the thread's priority, or at this one of the kernel's where
// that is higher.
[[clang::coro_wrapper]] inline Task<NTSTATUS> in_slices(Thread& thread, SliceStep step,
                                                        FirstSlice first = FirstSlice::AtOnce,
                                                        unsigned least_priority = 0) {
    return in_slices(SlicesFor{&thread, least_priority, false}, step, first);
}

// The same for work of the Executive's own, that a thread of this priority of the kernel's might wait for.
[[clang::coro_wrapper]] inline Task<NTSTATUS> in_slices(unsigned kernel_priority, SliceStep step,
                                                        FirstSlice first = FirstSlice::AtOnce) {
    return in_slices(SlicesFor{nullptr, kernel_priority, false}, step, first);
}

}  // namespace ke
