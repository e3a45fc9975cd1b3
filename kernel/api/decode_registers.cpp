// SPDX-License-Identifier: GPL-3.0-only
//
// TCB.ReadRegisters, WriteRegisters, CopyRegisters.
#include "arch/switch.hpp"
#include "kernel/api/decode_tcb.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

using Context = arch::UserContext;

// The order of seL4_UserContext. rip is the address to restart at.
constexpr Word Context::* kRegisters[] = {
    &Context::fault_ip, &Context::rsp, &Context::rflags, &Context::rax,     &Context::rbx,
    &Context::rcx,      &Context::rdx, &Context::rsi,    &Context::rdi,     &Context::rbp,
    &Context::r8,       &Context::r9,  &Context::r10,    &Context::r11,     &Context::r12,
    &Context::r13,      &Context::r14, &Context::r15,    &Context::fs_base, &Context::gs_base};
constexpr Word kRegisterCount = sizeof(kRegisters) / sizeof(kRegisters[0]);
constexpr Word kFrameRegisters = 18;  // those before the bases
static_assert(kRegisterCount * sizeof(Word) == sizeof(seL4_UserContext));

// Who has breakpoints may go on at one, and stop behind its instruction.
Word flags_for(const Tcb& target, Word value) {
    constexpr Word kTrap = 1 << 8, kResume = 1 << 16;
    return sanitise_flags(value) | (target.arch.breakpoints.any() ? value & (kTrap | kResume) : 0);
}

Word sanitise(const Tcb& target, Word index, Word value) {
    if (kRegisters[index] == &Context::rflags) return flags_for(target, value);
    const bool address = index == 0 || index >= kFrameRegisters;
    return address ? sanitise_address(value) : value;
}

// After its registers were set: where it continues, and that all of them are to be loaded.
void finish_edit(Tcb& tcb, bool moved) {
    Context& context = tcb.arch.context;
    if (moved) context.rip = context.fault_ip;
    if (&tcb == kernel_current) {
        sched::reschedule();
    } else {
        context.trap = arch::kTrapEdited;
    }
}

}  // namespace

Status read_registers(const Invocation& call) {
    if (call.length < 2) return Error::truncated();
    const Word count = call.argument(1);
    if (count < 1 || count > kRegisterCount) return Error::range(1, kRegisterCount);
    Tcb& source = *tcb_of(call.cap.as<TcbCap>());
    if (&source == &call.caller) return Error::illegal_operation();
    const bool stop = call.argument(0) & 1;

    call.begin();
    if (stop) suspend(source);
    if (!call.is_call) return {};
    IpcBuffer* buffer = ipc_buffer(call.caller, true);
    const Word length = count > kMessageRegisters && !buffer ? kMessageRegisters : count;
    for (Word i = 0; i < length; i++) {
        set_message_word(call.caller.arch.context, buffer, i, source.arch.context.*kRegisters[i]);
    }
    call.caller.arch.context.rdi = 0;
    call.caller.arch.context.rsi = MessageInfo::make(0, length).word;
    call.caller.state = ThreadState::running;
    return {};
}

Status write_registers(const Invocation& call) {
    if (call.length < 2) return Error::truncated();
    Word count = call.argument(1);
    if (call.length - 2 < count) return Error::truncated();
    Tcb& target = *tcb_of(call.cap.as<TcbCap>());
    if (&target == &call.caller) return Error::illegal_operation();
    const bool start = call.argument(0) & 1;
    if (count > kRegisterCount) count = kRegisterCount;

    call.begin();
    for (Word i = 0; i < count; i++)
        target.arch.context.*kRegisters[i] = sanitise(target, i, call.argument(i + 2));
    finish_edit(target, true);
    if (start) resume(target);
    return {};
}

Status copy_registers(const Invocation& call) {
    if (call.length < 1 || call.extra.count < 1) return Error::truncated();
    const Word flags = call.argument(0);
    const Cap& source_cap = call.extra.slots[0]->cap;
    if (!source_cap.is(CapTag::tcb)) return Error::invalid_capability(1);
    Tcb& source = *tcb_of(source_cap.as<TcbCap>());
    Tcb& target = *tcb_of(call.cap.as<TcbCap>());
    const bool frame = flags & 4, bases = flags & 8;

    call.begin();
    if (&source == kernel_current || &target == kernel_current)
        arch::save_bases(kernel_current->arch.context);
    if (flags & 1) suspend(source);
    if (flags & 2) resume(target);
    const Word first = frame ? 0 : kFrameRegisters;
    const Word end = bases ? kRegisterCount : kFrameRegisters;
    for (Word i = first; i < end; i++)
        target.arch.context.*kRegisters[i] = source.arch.context.*kRegisters[i];
    if (&target == kernel_current) arch::load_bases(target.arch.context);
    finish_edit(target, frame);
    return {};
}

}  // namespace kernel
