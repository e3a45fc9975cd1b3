// SPDX-License-Identifier: GPL-3.0-only
//
// Long work in the midst of a service that is a coroutine and has made things by then which no call of its
// client's could find again ("again", docs/decisions/0007, is for all others): its thread waits while the
// pacer does it slice by slice.
#pragma once

#include "executive/ke/claim.hpp"
#include "executive/ke/pacer.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ke/wait.hpp"

namespace ke {

template <typename Step>
class SlicedWork final : public PacedWork {
public:
    // For a thread, or for nobody.
    SlicedWork(Thread* thread, Step& step) : thread_(thread), step_(step) {}
    // True when nothing is left.
    bool begin() {
        ActingFor acting(thread_);
        Result<bool> all = step_();
        if (all && !*all) return false;
        status_ = all ? STATUS_SUCCESS : all.error();
        page_ = PageIn::take(status_);
        return over_ = true;
    }
    // What its waiter does next is another turn's work.
    bool slice() override {
        if (!over_) {
            begin();
            return false;
        }
        done_.signal(status_);
        return true;
    }
    Event& done() { return done_; }
    bool over() const { return over_; }
    // REQUIRES: it is over.
    NTSTATUS status() const { return status_; }
    // What the last step lacked.
    std::optional<PageIn>& page() { return page_; }

private:
    Thread* thread_;
    Step& step_;
    Event done_;
    NTSTATUS status_ = STATUS_SUCCESS;
    bool over_ = false;
    std::optional<PageIn> page_;
};

// Whether the first slice is done at once, or by the pacer too since much was done in this turn already.
enum class FirstSlice : uint8_t { AtOnce, Paced };

// `step` is a callable that does a slice and returns a Result<bool>: true when nothing is left. One that
// lacks a page of its client's (ke::PageIn) is done again when that has come. Ends with STATUS_SUCCESS, the
// error of a step, or STATUS_THREAD_IS_TERMINATING: no step follows then, and its caller takes back what they
// did. The pacer works at the thread's priority, or at this one of the kernel's where that is higher.
template <typename Step>
Task<NTSTATUS> in_slices(Thread& thread, Step step, FirstSlice first = FirstSlice::AtOnce,
                         unsigned least_priority = 0) {
    for (;; first = FirstSlice::AtOnce) {
        SlicedWork<Step> work(&thread, step);
        if (first == FirstSlice::Paced || !work.begin()) {
            unsigned priority = thread.kernel_priority();
            Pacer::instance().add(work, priority > least_priority ? priority : least_priority);
            NTSTATUS waited = co_await EventWait(thread, work.done());
            if (!work.over()) co_return waited;
        }
        if (!work.page()) co_return work.status();
        NTSTATUS status = co_await work.page()->wait(thread);
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
        if (!NT_SUCCESS(status)) co_return STATUS_IN_PAGE_ERROR;
    }
}

// The same for work of the Executive's own, that a thread of this priority of the kernel's might wait for.
template <typename Step>
Task<NTSTATUS> in_slices(unsigned kernel_priority, Step step, FirstSlice first = FirstSlice::AtOnce) {
    for (;; first = FirstSlice::AtOnce) {
        SlicedWork<Step> work(nullptr, step);
        if (first == FirstSlice::Paced || !work.begin()) {
            Pacer::instance().add(work, kernel_priority);
            co_await work.done();
        }
        if (!work.page()) co_return work.status();
        NTSTATUS status = co_await work.page()->wait();
        if (!NT_SUCCESS(status)) co_return STATUS_IN_PAGE_ERROR;
    }
}

}  // namespace ke
