// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/thread.hpp"

#include <string.h>

#include "abi/nt/neptune.h"
#include "executive/ke/balance.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/kernel.hpp"
#include "executive/ke/registers.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

namespace {

// What the stub of a service finds behind its system call.
void put_answer(seL4_UserContext& registers, NTSTATUS status) {
    registers.rax = registers.rsp;
    registers.rsi = seL4_MessageInfo_new(NEPTUNE_REPLY_STATUS, 0, 0, 1).words[0];
    registers.r10 = static_cast<uint32_t>(status);
}

constexpr uint64_t kTrapFlag = 0x100;  // in the flags register

// The kernel takes the trap flag from those who have breakpoints only.
bool needs_help(uint64_t flags, const DebugRegisters& registers) {
    return (flags & kTrapFlag) && !registers.armed();
}

// syscall; mov rsp, rax
constexpr uint8_t kCallAndBack[] = {0x0f, 0x05, 0x48, 0x89, 0xc4};
static_assert(kSyscallLength == 2);

// Is it at the system call of a service's stub, or right behind it? From there to there the kernel's stack
// pointer is 0 or of earlier; the stub has the true one in rax.
bool at_system_call(UserMemory& memory, uint64_t ip) {
    for (uint64_t start : {ip - kSyscallLength, ip}) {
        uint8_t code[sizeof kCallAndBack];
        if (memory.copy_in(code, start, sizeof code) && memcmp(code, kCallAndBack, sizeof code) == 0)
            return true;
    }
    return false;
}

template <typename Position>
void put(seL4_UserContext& registers, const Position& position) {
    registers.rip = position.ip;
    registers.rsp = position.sp;
    registers.rflags = position.flags;
}

Result<void> check(seL4_Error error) {
    return error ? Result<void>(fail(from_kernel(error))) : Result<void>();
}

}  // namespace

Thread::~Thread() {
    Dispatcher::instance().forget(*this);
    for (auto* apcs : {&special_apcs_, &apcs_})
        while (Apc* apc = apcs->pop_front())
            delete apc;
}

Result<void> Thread::start(const ThreadStart& start) {
    uint64_t badge = reinterpret_cast<uint64_t>(this);
    constexpr uint8_t radix = NEPTUNE_CSPACE_RADIX;
    // Where nothing is granted the thread's own CNode resolves all bits, which the kernel does quickest.
    const bool alone = start.grants == 0;
    const uint32_t service = alone ? NEPTUNE_CPTR_SERVICE : 0;
    const uint32_t fault = service + 1;
    const CPtr fault_pointer = alone ? fault : NEPTUNE_CPTR(fault);
    const seL4_Word guard =
        seL4_CNode_CapData_new(0, 64u - radix - (alone ? 0 : NEPTUNE_GRANTS_RADIX)).words[0];
    seL4_CapRights_t rights = seL4_CapRights_new(1, 0, 0, 1);
    TRY(check(seL4_CNode_Mint(resources_.cspace, service, radix, cspace_root(), service_endpoint(), kDepth,
                              rights, badge)));
    TRY(check(seL4_CNode_Mint(resources_.cspace, fault, radix, cspace_root(), service_endpoint(), kDepth,
                              rights, badge | Dispatcher::kFaultBit)));
    if (!alone)
        TRY(check(seL4_CNode_Copy(resources_.cspace, NEPTUNE_SLOT_GRANTS, radix, cspace_root(), start.grants,
                                  kDepth, seL4_AllRights)));
    has_grants_ = !alone;
    TRY(check(seL4_TCB_Configure(resources_.tcb, fault_pointer, resources_.cspace, guard, start.vspace, 0,
                                 start.message_buffer, start.message_frame)));
    base_priority_ = static_cast<uint8_t>(start.priority);
    kernel_priority_ = static_cast<uint8_t>(kernel_priority());
    TRY(check(seL4_TCB_SetSchedParams(resources_.tcb, seL4_CapInitThreadTCB, 0, kernel_priority_)));
    seL4_UserContext registers{};
    registers.rip = start.ip;
    registers.rsp = start.stack;
    registers.rflags = 0x202;
    registers.rcx = start.argument1;
    registers.rdx = start.argument2;
    registers.gs_base = start.gs_base;
    suspend_count_ = start.suspended ? 1 : 0;
    update_attention();
    resources_.message_words = start.message_alias + 1;
    TRY(check(seL4_TCB_WriteRegisters(resources_.tcb, !start.suspended, 0, kRegisterCount, &registers)));
    started_ = true;
    Balancer::instance().add(*this);
    Balancer::instance().sort(*this);
    return {};
}

std::optional<NTSTATUS> Thread::refuse_wait(bool alertable) {
    if (terminating_) return STATUS_THREAD_IS_TERMINATING;
    if (alertable && test_alert()) return STATUS_ALERTED;
    if (alertable && apc_pending()) return STATUS_USER_APC;
    return {};
}

bool Thread::end_alertable_wait(NTSTATUS status) {
    return wait_ && wait_->alertable() && wait_->cancel(status);
}

void Thread::queue_apc(Own<Apc> apc) {
    bool special = apc->special;
    (special ? special_apcs_ : apcs_).push_back(*apc.leak());
    if (special) update_attention();
    end_alertable_wait(STATUS_USER_APC);
}

bool Thread::drop_apcs() {
    Slice slice;
    while (Apc* apc = special_apcs_.empty() ? apcs_.pop_front() : special_apcs_.pop_front()) {
        delete apc;
        if (slice.over()) return !apc_pending();
    }
    return true;
}

Own<Apc> Thread::take_apc() {
    bool wanted = std::exchange(deliver_apc_, false);
    Apc* apc = special_apcs_.pop_front();
    if (!apc && wanted) apc = apcs_.pop_front();
    return Own<Apc>(apc);
}

void Thread::alert() {
    if (!end_alertable_wait(STATUS_ALERTED)) alerted_ = true;
}

bool Thread::test_alert() {
    bool was = alerted_;
    alerted_ = false;
    return was;
}

void Thread::set_alert_by_id() {
    alert_by_id_.set = true;
    alert_by_id_.wake();
}

Result<uint32_t> Thread::suspend() {
    if (terminating_) return fail(STATUS_THREAD_IS_TERMINATING);
    if (suspend_count_ >= kMaximumSuspendCount) return fail(STATUS_SUSPEND_COUNT_EXCEEDED);
    // A thread inside a call is left alone: its answer is held back instead.
    if (!stopped() && in_user_code() && started_) seL4_TCB_Suspend(resources_.tcb);
    uint32_t before = suspend_count_++;
    update_attention();
    return before;
}

uint32_t Thread::resume() {
    uint32_t before = suspend_count_;
    if (before == 0 || place_ == Place::Dead) return before;
    --suspend_count_;
    if (!stopped()) go_on();
    return before;
}

void Thread::go_on() {
    update_attention();
    if (reply_held_) {
        reply_held_ = false;
        Dispatcher::instance().complete(*this, held_status_);
    } else if (in_user_code() && started_) {
        seL4_TCB_Resume(resources_.tcb);
        Balancer::instance().wake();
    }
}

void Thread::freeze() {
    if (frozen_ || place_ == Place::Dead) return;
    if (!stopped() && in_user_code() && started_) seL4_TCB_Suspend(resources_.tcb);
    frozen_ = true;
    update_attention();
}

void Thread::thaw() {
    if (!frozen_) return;
    frozen_ = false;
    if (place_ != Place::Dead && !stopped()) go_on();
}

void Thread::terminate() {
    if (terminating_) return;
    terminating_ = true;
    update_attention();
    if (task_) {
        // The call at hand unwinds first; its end is the thread's.
        if (wait_) wait_->cancel(STATUS_THREAD_IS_TERMINATING);
        return;
    }
    // In the midst of a plain service, or on the way to its answer.
    if (place_ == Place::Call && !reply_held_) return;
    end();
}

void Thread::end() {
    if (place_ == Place::Dead) return;
    if (started_) seL4_TCB_Suspend(resources_.tcb);
    drop_debug_registers();
    place_ = Place::Dead;
    call_.forget_progress();
    Balancer::instance().remove(*this);
    no_errand_.set();
    Loop::instance().post(completion_);
}

bool Thread::release_bound() {
    Slice slice;
    while (ThreadBound* bound = bound_.pop_front()) {
        bound->thread_ended(*this);
        if (slice.over()) break;
    }
    return !bound_.empty();
}

void Thread::Completion::run() {
    Thread& thread = thread_;
    if (thread.place_ == Place::Dead) [[unlikely]]
        return thread.release_bound() ? Loop::instance().post(*this) : thread.terminated();
    NTSTATUS status = thread.task_->take();
    thread.task_.reset();
    if (thread.place_ == Place::Fault) [[unlikely]]
        return Dispatcher::instance().page_came(thread, status);
    Dispatcher::instance().complete(thread, status);
}

Result<void> Thread::get_context(CONTEXT& context) {
    if (place_ == Place::Dead || !started_) return fail(STATUS_THREAD_IS_TERMINATING);
    seL4_UserContext registers;
    TRY(check(seL4_TCB_ReadRegisters(resources_.tcb, 0, 0, kRegisterCount, &registers)));
    // Inside a call the kernel's stack pointer is stale; the stub keeps the true one in rax. Where the call
    // returns to is behind the syscall instruction, with an answer: a thread may be given this context again.
    bool in_call = place_ == Place::Call || place_ == Place::Again;
    if (in_call) {
        registers.rsp = registers.rax;
        registers.rip = call_.return_ip_ ? call_.return_ip_ : registers.rip + kSyscallLength;
        put_answer(registers, STATUS_SUCCESS);
    } else if (at_system_call(client_.memory(), registers.rip)) {
        registers.rsp = registers.rax;
    } else {
        Position position{registers.rip, registers.rsp, registers.rflags};
        read_trap_flag(position);
        put(registers, position);
    }
    to_context(registers, context);
    show_debug_registers(context);
    if (new_context_) merge_context(*new_context_, context);
    return {};
}

void Thread::note_return() {
    seL4_UserContext registers;
    if (!seL4_TCB_ReadRegisters(resources_.tcb, 0, 0, kRegisterCount, &registers))
        call_.return_ip_ = registers.rip + kSyscallLength;
}

// A thread that is left where its call returns to, whatever else it was given, gets the call's answer there.
Result<void> Thread::write_registers(const CONTEXT& context, bool resume, NTSTATUS status) {
    seL4_UserContext registers;
    TRY(check(seL4_TCB_ReadRegisters(resources_.tcb, 0, 0, kRegisterCount, &registers)));
    uint64_t return_ip = call_.return_ip_ ? call_.return_ip_ : registers.rip + kSyscallLength;
    bool returns = place_ == Place::Call && context.Rip == return_ip;
    Position position{registers.rip, registers.rsp, registers.rflags};
    if (place_ != Place::Call) read_trap_flag(position);
    put(registers, position);
    uint64_t ip = registers.rip;
    bool at_call = place_ != Place::Call && at_system_call(client_.memory(), ip);
    if (place_ == Place::Call || at_call) registers.rsp = registers.rax;
    from_context(context, registers);
    if (returns) put_answer(registers, status);
    if (at_call && registers.rip == ip) registers.rax = registers.rsp;
    if (needs_help(registers.rflags, debug_registers_)) {
        position = {registers.rip, registers.rsp, registers.rflags};
        load_trap_flag(position);
        put(registers, position);
    }
    return check(seL4_TCB_WriteRegisters(resources_.tcb, resume, 0, kRegisterCount, &registers));
}

Result<void> Thread::set_context(const CONTEXT& context) {
    if (place_ == Place::Dead || !started_) return fail(STATUS_THREAD_IS_TERMINATING);
    if (place_ == Place::Call || place_ == Place::Again || waits_at_fault()) {
        Own<CONTEXT> now;
        if (!new_context_) {
            now = Own<CONTEXT>(new (std::nothrow) CONTEXT{});
            if (!now) return fail(STATUS_INSUFFICIENT_RESOURCES);
            TRY(get_context(*now));
        }
        TRY(set_debug_registers(context));
        if (now) new_context_ = std::move(now);
        merge_context(context, *new_context_);
        update_attention();
        return {};
    }
    TRY(set_debug_registers(context));
    if (place_ == Place::User) return write_registers(context, false);
    // At a fault: writing with resume cancels the fault and goes on at the new place.
    TRY(write_registers(context, !stopped()));
    place_ = Place::User;
    call_.forget_progress();
    update_attention();
    return {};
}

}  // namespace ke
