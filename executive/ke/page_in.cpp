// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/page_in.hpp"

namespace ke {

namespace {

[[clang::no_destroy]] constinit std::optional<PageIn> waiting;

}  // namespace

void PageIn::leave(Ref<RefCounted> transfer, Event& done, Until until) {
    waiting = PageIn(std::move(transfer), done, until);
}

void PageIn::leave_nothing() {
    waiting.reset();
}

bool PageIn::left(NTSTATUS status) {
    return status == STATUS_IN_PAGE_ERROR && waiting;
}

std::optional<PageIn> PageIn::take(NTSTATUS status) {
    if (!left(status)) return {};
    return std::exchange(waiting, std::nullopt);
}

NTSTATUS PageIn::outcome(NTSTATUS status) const {
    bool over = until_ == Until::Over && status != STATUS_THREAD_IS_TERMINATING;
    return over ? STATUS_SUCCESS : status;
}

Task<NTSTATUS> PageIn::wait(Thread& thread) {
    Ref<RefCounted> keep = transfer_;
    co_return outcome(co_await EventWait(thread, *done_));
}

Task<NTSTATUS> PageIn::wait() {
    Ref<RefCounted> keep = transfer_;
    co_return outcome(co_await *done_);
}

}  // namespace ke
