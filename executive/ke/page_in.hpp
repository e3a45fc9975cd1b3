// SPDX-License-Identifier: GPL-3.0-only
//
// A page that somebody has to wait for. mm fails an access to a page that is not there, and has to come from
// a slow backing, with STATUS_IN_PAGE_ERROR, and leaves here what brings it in. Whoever got that status, and
// has changed nothing yet, takes it, waits and does it all again: a service as a whole (Dispatcher), a step
// of a long one (in_slices), a fault. A page that could not be read leaves nothing: then the status is what
// it says.
#pragma once

#include <optional>

#include "base/ref.hpp"
#include "executive/ke/wait.hpp"

namespace ke {

class PageIn {
public:
    // `done` is a part of `transfer` and happens with the status of the transfer, which matters, or it only
    // has to be over.
    enum class Until : uint8_t { Succeeded, Over };
    static void leave(Ref<RefCounted> transfer, Event& done, Until until = Until::Succeeded);
    // The access fails for another reason.
    static void leave_nothing();
    // Whether something was left by the access that failed last, when it failed with this status.
    static bool left(NTSTATUS status);
    static std::optional<PageIn> take(NTSTATUS status);

    // A success: try again. STATUS_THREAD_IS_TERMINATING, or why the page could not be read.
    Task<NTSTATUS> wait(Thread& thread);
    // For work that is no thread's.
    Task<NTSTATUS> wait();

private:
    PageIn(Ref<RefCounted> transfer, Event& done, Until until)
        : transfer_(std::move(transfer)), done_(&done), until_(until) {}
    NTSTATUS outcome(NTSTATUS status) const;
    Ref<RefCounted> transfer_;
    Event* done_;
    Until until_;
};

}  // namespace ke
