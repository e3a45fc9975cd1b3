// SPDX-License-Identifier: GPL-3.0-only
//
// Errands: a thread moves its own floating point state, because stock seL4 shows it to nobody else. A thread
// in user code is sent to a few instructions of ntdll and gets its registers back when it has called; a
// thread inside a call is answered with the order, calls again, and its call is where it was. What it was
// told meanwhile (suspended, ended, its call over) takes effect then.
#include <string.h>

#include "abi/nt/neptune.h"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/registers.hpp"

namespace ke {

namespace {

constexpr uint64_t kStepping = 0x10100;  // the trap and the resume flag, which are for its own instruction

}  // namespace

XSAVE_FORMAT& Thread::floating_area() const {
    uint64_t page = reinterpret_cast<uint64_t>(resources_.message_words - 1);
    return *reinterpret_cast<XSAVE_FORMAT*>(page + NEPTUNE_FLOATING_AREA - NEPTUNE_THREAD_PAGE);
}

// False: the thread cannot be sent.
bool Thread::begin_errand(uint64_t entry, bool load) {
    if (!started_ || terminating_) return false;
    if (place_ == Place::Call && reply_saved_) {
        Dispatcher::instance().send_errand(*this, load);
    } else if (in_user_code()) {
        Own<seL4_UserContext> kept(new (std::nothrow) seL4_UserContext);
        if (!kept) return false;
        seL4_TCB_Suspend(resources_.tcb);
        seL4_TCB_ReadRegisters(resources_.tcb, 0, 0, kRegisterCount, kept.get());
        seL4_UserContext sent = *kept;
        sent.rip = entry;
        sent.r8 = load;
        sent.rflags &= ~kStepping;
        seL4_TCB_WriteRegisters(resources_.tcb, true, 0, kRegisterCount, &sent);
        errand_.registers = std::move(kept);
    } else {
        return false;
    }
    place_ = Place::Errand;
    errand_.done = errand_.call_over = false;
    no_errand_.clear();
    return true;
}

void Thread::end_errand(bool done) {
    errand_.done = done;
    if (errand_.registers) {
        // Taking the thread out of its call takes the call back.
        seL4_TCB_Suspend(resources_.tcb);
        seL4_TCB_WriteRegisters(resources_.tcb, !stopped(), 0, kRegisterCount, errand_.registers.get());
        errand_.registers.reset();
        place_ = home();
    } else {
        place_ = Place::Call;
        // Without its thread page a thread can be given no answers.
        if (!done || !Dispatcher::instance().save_reply(*this)) terminate();
    }
    no_errand_.set();
    bool call_over = std::exchange(errand_.call_over, false);
    if (call_over && place_ == Place::Call) Dispatcher::instance().complete(*this, held_status_);
}

Task<NTSTATUS> Thread::settled(Thread& caller) {
    while (place_ == Place::Errand || waits_at_fault()) {
        NTSTATUS status = co_await wait(caller, no_errand_, false, Deadline::never());
        if (status != STATUS_SUCCESS) co_return status;
    }
    co_return STATUS_SUCCESS;
}

Task<NTSTATUS> Thread::errand(Thread& caller, uint64_t entry, bool load) {
    if (!begin_errand(entry, load)) co_return STATUS_NOT_SUPPORTED;
    NTSTATUS status = co_await settled(caller);
    if (status != STATUS_SUCCESS) co_return status;
    if (terminating_) co_return STATUS_THREAD_IS_TERMINATING;
    co_return errand_.done ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

Task<NTSTATUS> Thread::save_floating(Thread& caller, uint64_t entry, XSAVE_FORMAT& into) {
    NTSTATUS status = co_await settled(caller);
    if (status == STATUS_SUCCESS) status = co_await errand(caller, entry, false);
    if (status == STATUS_SUCCESS) memcpy(&into, &floating_area(), sizeof into);
    co_return status;
}

Task<NTSTATUS> Thread::load_floating(Thread& caller, uint64_t entry, XSAVE_FORMAT from) {
    constexpr ULONG kMxcsrBits = 0xffff;  // the others must be clear
    NTSTATUS status = co_await settled(caller);
    if (status != STATUS_SUCCESS) co_return status;
    // Of a thread that has ended the page is somebody else's.
    if (!started_ || terminating_) co_return STATUS_THREAD_IS_TERMINATING;
    from.MxCsr &= kMxcsrBits;
    memcpy(&floating_area(), &from, sizeof from);
    co_return co_await errand(caller, entry, true);
}

}  // namespace ke
