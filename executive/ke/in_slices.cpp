// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/in_slices.hpp"

#include "executive/ke/claim.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/wait.hpp"

namespace ke {

namespace {

class SlicedWork final : public PacedWork {
public:
    SlicedWork(const SlicesFor& whom, SliceStep& step) : whom_(whom), step_(step) {}
    // True when nothing is left.
    bool begin() {
        Result<bool> all = do_step();
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
    Result<bool> do_step() {
        ActingFor acting(whom_.thread);
        if (!whom_.program) return step_();
        ActingForProgram for_program;
        return step_();
    }

    const SlicesFor& whom_;
    SliceStep& step_;
    Event done_;
    NTSTATUS status_ = STATUS_SUCCESS;
    bool over_ = false;
    std::optional<PageIn> page_;
};

}  // namespace

Task<NTSTATUS> in_slices(SlicesFor whom, SliceStep step, FirstSlice first) {
    for (;; first = FirstSlice::AtOnce) {
        SlicedWork work(whom, step);
        if (first == FirstSlice::Paced || !work.begin()) {
            unsigned priority = whom.priority;
            if (whom.thread && whom.thread->kernel_priority() > priority)
                priority = whom.thread->kernel_priority();
            Pacer::instance().add(work, priority);
            NTSTATUS waited;
            if (whom.thread) {
                waited = co_await EventWait(*whom.thread, work.done());
            } else {
                waited = co_await work.done();
            }
            if (!work.over()) co_return waited;
        }
        if (!work.page()) co_return work.status();
        NTSTATUS status;
        if (whom.thread) {
            status = co_await work.page()->wait(*whom.thread);
        } else {
            status = co_await work.page()->wait();
        }
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
        if (!NT_SUCCESS(status)) co_return STATUS_IN_PAGE_ERROR;
    }
}

}  // namespace ke
