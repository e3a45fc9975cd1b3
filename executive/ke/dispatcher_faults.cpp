// SPDX-License-Identifier: GPL-3.0-only
//
// Faults, and what a call or a fault does that came upon a page that is not there yet: its thread waits, and
// then the call is made, or the instruction runs, once more.
#include <utility>

#include "executive/hal/log.hpp"
#include "executive/ke/claim.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/door.hpp"
#include "executive/ke/kernel.hpp"

namespace ke {

// A call came upon a guard page of its caller's: where it is the stack's, which grows, the call is made
// again.
NTSTATUS Dispatcher::after_guard(Thread& thread, NTSTATUS status) {
    if (status != STATUS_GUARD_PAGE_VIOLATION) return status;
    uint64_t guard = thread.call_.memory().take_guard();
    if (!guard || !thread.extend_stack(guard)) return status;
    return thread.call_.again(thread.call_.progress());
}

// A call that lacked memory which is being made is made again.
NTSTATUS Dispatcher::after_shortage(Thread& thread, NTSTATUS status) {
    Making* making = std::exchange(awaited_, nullptr);
    if (!making || (status != STATUS_INSUFFICIENT_RESOURCES && status != STATUS_NO_MEMORY)) return status;
    making->slice();
    return thread.call_.again(thread.call_.progress());
}

// A call failed that has not waited yet. True: the answer stands. False: it is made once more when a page has
// come.
bool Dispatcher::stands(Thread& thread, NTSTATUS& status) {
    status = after_guard(thread, status);
    status = after_shortage(thread, status);
    std::optional<PageIn> page = PageIn::take(status);
    if (!page) return true;
    keep_words(thread);
    served_quota_ = &thread.client_.quota();
    thread.task_.emplace(repeat(thread, std::move(*page)));
    thread.task_->start(&thread.completion_);
    served_quota_ = nullptr;
    if (thread.task_->done()) {
        status = thread.task_->take();
        thread.task_.reset();
        return true;
    }
    if (!save_reply(thread)) thread.terminate();
    return false;
}

// A call from its beginning, each time that a page it lacks has come. Once it has waited for something else
// its answer stands.
Task<NTSTATUS> Dispatcher::repeat(Thread& thread, PageIn page) {
    Call& call = thread.call_;
    for (;;) {
        NTSTATUS status = co_await page.wait(thread);
        if (status == STATUS_THREAD_IS_TERMINATING) co_return status;
        if (!NT_SUCCESS(status)) co_return STATUS_IN_PAGE_ERROR;
        const Service& service = services[call.service_];
        Words words{call.words_, thread.resources_.message_words + 4};
        thread.waited_ = false;
        status = open_door(call, service, words);
        if (status == STATUS_SUCCESS)
            status = service.plain ? service.plain(call, words) : co_await service.blocking(call, words);
        if (thread.waited_) co_return status;
        status = after_guard(thread, status);
        std::optional<PageIn> next = PageIn::take(status);
        if (!next) co_return status;
        page = std::move(*next);
    }
}

void Dispatcher::fault(Thread& thread) {
    Fault fault{};
    const seL4_Word* words = message_.words;
    const seL4_Word* rest = seL4_GetIPCBuffer()->msg;
    fault.ip = words[0];
    switch (message_.info >> 12) {
        case seL4_Fault_VMFault:
            fault.kind = Fault::Kind::Memory;
            fault.address = words[1];
            fault.fetch = words[2] != 0;
            fault.present = words[3] & 1;
            fault.write = words[3] & 2;
            break;
        case seL4_Fault_UserException:
            fault.kind = Fault::Kind::Exception;
            fault.vector = words[3];
            fault.error_code = rest[4];
            break;
        case seL4_Fault_UnknownSyscall:
            fault.kind = Fault::Kind::UnknownSyscall;
            fault.ip = rest[seL4_UnknownSyscall_FaultIP];
            fault.number = rest[seL4_UnknownSyscall_Syscall];
            break;
        default:
            fault.kind = Fault::Kind::Capability;
            break;
    }
    if (log.tracing()) [[unlikely]]
        log.trace("{}: fault message {} at {p}, address {p}", thread.client().image_name(),
                  message_.info >> 12, fault.ip, fault.address);
    if (!settle(thread, fault)) return;
    message_.info = seL4_MessageInfo_new(0, 0, 0, 0).words[0];
    answer_ready_ = true;
}

Task<NTSTATUS> Dispatcher::wait_for(Thread& thread, PageIn page) {
    co_return co_await page.wait(thread);
}

// True: the instruction can run again.
bool Dispatcher::settle(Thread& thread, const Fault& fault) {
    thread.place_ = Thread::Place::Fault;
    ActingFor acting(&thread);
    bool repeat = thread.handle_fault(fault);
    if (thread.place_ != Thread::Place::Fault) return false;
    if (repeat) {
        thread.place_ = thread.home();
        return true;
    }
    std::optional<PageIn> page = PageIn::take(STATUS_IN_PAGE_ERROR);
    if (thread.terminating_ || !page) return false;
    Quota* served = set_served_quota(&thread.client_.quota());
    thread.waiting_fault_ = fault;
    thread.no_errand_.clear();
    thread.task_.emplace(wait_for(thread, std::move(*page)));
    thread.task_->start(&thread.completion_);
    set_served_quota(served);
    if (thread.task_->done()) Loop::instance().post(thread.completion_);
    return false;
}

// What the thread was told meanwhile takes effect now. The kernel runs the instruction again when it resumes
// a thread that is stopped at a fault.
void Dispatcher::page_came(Thread& thread, NTSTATUS status) {
    Fault fault = *std::exchange(thread.waiting_fault_, std::nullopt);
    if (thread.terminating_) return thread.end();
    bool runs = !thread.stopped();
    if (thread.new_context_) {
        Own<CONTEXT> context = std::move(thread.new_context_);
        thread.call_.forget_progress();
        thread.update_attention();
        if (!thread.write_registers(*context, runs)) return thread.terminate();
        thread.place_ = Thread::Place::User;
    } else if (NT_SUCCESS(status) || !runs) {
        thread.place_ = thread.home();
        if (runs) seL4_TCB_Resume(thread.resources_.tcb);
    } else {
        fault.failure = status;
        if (settle(thread, fault)) seL4_TCB_Resume(thread.resources_.tcb);
        if (thread.waits_at_fault()) return;
    }
    if (!runs) seL4_TCB_Suspend(thread.resources_.tcb);
    thread.no_errand_.set();
}

}  // namespace ke
