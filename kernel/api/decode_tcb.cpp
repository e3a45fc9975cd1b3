// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of threads: scheduling, binding, starting and stopping. Registers are in decode_registers.cpp,
// the capabilities a thread runs with in decode_tcb_space.cpp.
#include "kernel/api/decode_tcb.hpp"

#include "abi/sel4/extensions.h"
#include "abi/sel4/labels.h"
#include "arch/switch.hpp"
#include "config/config.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

Tcb& target_of(const Invocation& call) {
    return *tcb_of(call.cap.as<TcbCap>());
}

Result<Word> authority_limit(const Invocation& call) {
    const Cap& authority = call.extra.slots[0]->cap;
    if (!authority.is(CapTag::tcb)) return Error::invalid_capability(1);
    return Word{tcb_of(authority.as<TcbCap>())->mcp};
}

Status check_priority(Word priority, Word limit) {
    if (priority > limit) return Error::range(seL4_MinPrio, limit);
    return {};
}

Status set_priority(const Invocation& call) {
    if (call.length < 1 || call.extra.count < 1) return Error::truncated();
    const Word limit = TRY(authority_limit(call));
    TRY(check_priority(call.argument(0), limit));
    call.begin();
    sched::set_priority(target_of(call), static_cast<std::uint8_t>(call.argument(0)));
    return {};
}

Status set_mc_priority(const Invocation& call) {
    if (call.length < 1 || call.extra.count < 1) return Error::truncated();
    const Word limit = TRY(authority_limit(call));
    TRY(check_priority(call.argument(0), limit));
    call.begin();
    target_of(call).mcp = static_cast<std::uint8_t>(call.argument(0));
    return {};
}

Status set_sched_params(const Invocation& call) {
    if (call.length < 2 || call.extra.count < 1) return Error::truncated();
    const Word limit = TRY(authority_limit(call));
    TRY(check_priority(call.argument(0), limit));
    TRY(check_priority(call.argument(1), limit));
    call.begin();
    Tcb& target = target_of(call);
    target.mcp = static_cast<std::uint8_t>(call.argument(0));
    sched::set_priority(target, static_cast<std::uint8_t>(call.argument(1)));
    return {};
}

Status bind_notification(const Invocation& call) {
    if (call.extra.count < 1) return Error::truncated();
    Tcb& target = target_of(call);
    if (target.bound_notification) return Error::illegal_operation();
    const Cap& cap = call.extra.slots[0]->cap;
    if (!cap.is(CapTag::notification) || !cap.as<NotificationCap>().read) return Error::illegal_operation();
    Notification& notification = *notification_of(cap.as<NotificationCap>());
    if (notification.queue.head || notification.bound()) return Error::illegal_operation();
    call.begin();
    bind(target, notification);
    return {};
}

Status unbind_notification(const Invocation& call) {
    Tcb& target = target_of(call);
    if (!target.bound_notification) return Error::illegal_operation();
    call.begin();
    unbind(target);
    return {};
}

Status set_tls_base(const Invocation& call) {
    if (call.length < 1) return Error::truncated();
    call.begin();
    Tcb& target = target_of(call);
    const bool running = &target == kernel_current;
    arch::UserContext& context = target.arch.context;
    if (running) arch::save_bases(context);
    context.fs_base = sanitise_address(call.argument(0));
    if (running) arch::load_bases(context);
    return {};
}

Status set_flags(const Invocation& call) {
    if (call.length < 2) return Error::truncated();
    call.begin();
    Tcb& target = target_of(call);
    const Word flags =
        ((Word{target.arch.fpu_disabled} & ~call.argument(0)) | call.argument(1)) & seL4_TCBFlag_MASK;
    arch::fpu_set_disabled(target.arch, flags & seL4_TCBFlag_fpuDisabled, &target == kernel_current);
    call.answer(flags);
    return {};
}

}  // namespace

Status decode_tcb(const Invocation& call) {
    switch (call.label) {
        case seL4_Label_TCB_ReadRegisters:
            return read_registers(call);
        case seL4_Label_TCB_WriteRegisters:
            return write_registers(call);
        case seL4_Label_TCB_CopyRegisters:
            return copy_registers(call);
        case seL4_Label_TCB_Configure:
            return configure_tcb(call);
        case seL4_Label_TCB_SetPriority:
            return set_priority(call);
        case seL4_Label_TCB_SetMCPriority:
            return set_mc_priority(call);
        case seL4_Label_TCB_SetSchedParams:
            return set_sched_params(call);
        case seL4_Label_TCB_SetIPCBuffer:
            return set_ipc_buffer(call);
        case seL4_Label_TCB_SetSpace:
            return set_space(call);
        case seL4_Label_TCB_Suspend:
            call.begin();
            suspend(target_of(call));
            return {};
        case seL4_Label_TCB_Resume:
            call.begin();
            resume(target_of(call));
            return {};
        case seL4_Label_TCB_BindNotification:
            return bind_notification(call);
        case seL4_Label_TCB_UnbindNotification:
            return unbind_notification(call);
        case seL4_Label_TCB_SetTLSBase:
            return set_tls_base(call);
        case seL4_Label_TCB_SetFlags:
            return set_flags(call);
        case NEPTUNE_Label_TCB_SetDebugRegisters:
            return config::kExtensions ? set_debug_registers(call) : Error::illegal_operation();
        default:
            return Error::illegal_operation();
    }
}

}  // namespace kernel
