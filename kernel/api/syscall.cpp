// SPDX-License-Identifier: GPL-3.0-only
//
// The eight system calls.
#include "abi/sel4/labels.h"
#include "arch/preempt.hpp"
#include "config/config.hpp"
#include "kernel/api/calls.hpp"
#include "kernel/api/contract.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/api/extra_syscalls.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/api/invocation.hpp"
#include "kernel/api/lookup.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/transfer.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

void Invocation::answer(Word word) const {
    if (!is_call) return;
    arch::UserContext& context = caller.arch.context;
    context.rdi = 0;
    context.rsi = MessageInfo::make(0, 1).word;
    message_registers(context)[0] = word;
    caller.state = ThreadState::running;
}

namespace {

struct CallKind {
    bool call;
    bool blocking;
};

void raise_cap_fault(Tcb& tcb, Word cptr, bool in_receive, const LookupFailure& failure) {
    tcb.fault = {.type = seL4_Fault_CapFault, .in_receive = in_receive, .lookup = failure, .a = cptr};
    raise_fault(tcb);
}

void answer_empty(Tcb& tcb) {
    tcb.arch.context.rdi = 0;
    tcb.arch.context.rsi = 0;
}

// The words of an error, in the order of the contract.
void answer_error(Tcb& tcb, const Error& error) {
    arch::UserContext& context = tcb.arch.context;
    Word words[6];
    Word length = 0;
    switch (error.code) {
        case seL4_InvalidArgument:
        case seL4_InvalidCapability:
        case seL4_NotEnoughMemory:
            words[length++] = error.a;
            break;
        case seL4_RangeError:
            words[length++] = error.a;
            words[length++] = error.b;
            break;
        case seL4_FailedLookup: {
            words[length++] = error.source;
            Word failure[4];
            const Word count = lookup_failure_words(error.lookup, failure);
            for (Word i = 0; i < count; i++)
                words[length++] = failure[i];
            break;
        }
        default:
            break;
    }
    IpcBuffer* buffer = length > kMessageRegisters ? ipc_buffer(tcb, true) : nullptr;
    if (length > kMessageRegisters && !buffer) length = kMessageRegisters;
    for (Word i = 0; i < length; i++) {
        set_message_word(context, buffer, i, words[i]);
    }
    context.rdi = 0;
    context.rsi = MessageInfo::make(error.code, length).word;
}

Status invoke_endpoint(const Invocation& call, bool blocking) {
    const auto cap = call.cap.as<EndpointCap>();
    if (!cap.write) return Error::invalid_capability(0);
    call.begin();
    send(*endpoint_of(cap), call.caller,
         {.badge = cap.badge,
          .blocking = blocking,
          .call = call.is_call,
          .grant = cap.grant != 0,
          .grant_reply = cap.grant_reply != 0});
    return {};
}

Status invoke_notification(const Invocation& call) {
    const auto cap = call.cap.as<NotificationCap>();
    if (!cap.write) return Error::invalid_capability(0);
    call.begin();
    signal(*notification_of(cap), cap.badge);
    return {};
}

Status invoke_reply(const Invocation& call) {
    if (call.cap.as<ReplyCap>().master) return Error::invalid_capability(0);
    call.begin();
    reply(call.caller, call.slot);
    return {};
}

Status decode(const Invocation& call, bool blocking) {
    switch (call.cap.tag()) {
        case CapTag::endpoint:
            return invoke_endpoint(call, blocking);
        case CapTag::notification:
            return invoke_notification(call);
        case CapTag::reply:
            return invoke_reply(call);
        case CapTag::frame:
            return decode_frame(call);
        case CapTag::cnode:
            return decode_cnode(call);
        case CapTag::tcb:
            return decode_tcb(call);
        case CapTag::untyped:
            return decode_untyped(call);
        case CapTag::page_table:
        case CapTag::page_directory:
        case CapTag::pdpt:
            return decode_table(call);
        case CapTag::pml4:
            // In the contract it has no invocations.
            return config::kExtensions ? decode_vspace(call) : Error::illegal_operation();
        case CapTag::io_port:
            return decode_io_port(call);
        case CapTag::irq_handler:
            return decode_irq_handler(call);
        case CapTag::irq_control:
            return decode_irq_control(call);
        case CapTag::asid_control:
            return decode_asid_control(call);
        case CapTag::asid_pool:
            return decode_asid_pool(call);
        case CapTag::io_port_control:
            return decode_io_port_control(call);
        case CapTag::domain:
            return decode_domain(call);
        case CapTag::null:
        case CapTag::zombie:
            break;
    }
    return Error::invalid_capability(0);
}

// What a finished or failed invocation means for its caller. True: preempted.
bool conclude(Tcb& caller, CallKind kind, const Status& status) {
    const Error& error = status.error();
    if (status.ok() || error.kind == Error::Kind::invocation) [[likely]] {
        if (!status.ok()) {
            if (kind.call) answer_error(caller, error);
            return false;
        }
        if (caller.state == ThreadState::restart) {
            if (kind.call) answer_empty(caller);
            caller.state = ThreadState::running;
        }
        return false;
    }
    if (error.kind == Error::Kind::preempted) return true;
    if (kind.blocking) raise_cap_fault(caller, error.a, false, error.lookup);
    return false;
}

Status invoke(Tcb& caller, Cte& slot, CallKind kind) {
    const arch::UserContext& context = caller.arch.context;
    const MessageInfo info{context.rsi};
    Word length = info.length();
    const bool wants_buffer = length > kMessageRegisters || info.extra_caps() != 0;
    const IpcBuffer* buffer = wants_buffer ? ipc_buffer(caller, false) : nullptr;
    if (length > kMessageRegisters && !buffer) length = kMessageRegisters;
    Invocation call{.caller = caller,
                    .slot = slot,
                    .cap = slot.cap,
                    .label = info.label(),
                    .length = length,
                    .buffer = buffer,
                    .is_call = kind.call};
    if (buffer && info.extra_caps() != 0) TRY(lookup_extra_caps(caller, *buffer, info, call.extra));
    contract::check_invocation(call);
    return decode(call, kind.blocking);
}

// A signal or a reply: neither takes arguments, fails half-way or stops its caller, so it needs no
// Invocation. False: it is something else, and nothing was done.
bool send_plainly(Tcb& caller, Cte& slot) {
    if (MessageInfo{caller.arch.context.rsi}.extra_caps() != 0) return false;
    if (slot.cap.is(CapTag::notification)) {
        const auto cap = slot.cap.as<NotificationCap>();
        if (!cap.write) return false;
        signal(*notification_of(cap), cap.badge);
        return true;
    }
    if (!slot.cap.is(CapTag::reply) || slot.cap.as<ReplyCap>().master) return false;
    reply(caller, slot);
    return true;
}

// SaveCaller with nothing amiss, a part of every call that a server does not answer at once. False: it is
// something else, and nothing was done.
bool save_caller_plainly(Tcb& caller, const Cte& node) {
    arch::UserContext& context = caller.arch.context;
    const MessageInfo info{context.rsi};
    if (info.label() != seL4_Label_CNode_SaveCaller || !is_cnode(node.cap)) return false;
    const Word* words = message_registers(context);
    if (info.length() < 2 || info.extra_caps() != 0 || words[1] != 64) return false;
    Cte* target = resolve_in_two<true>(node.cap, words[0]);
    if (!target || !target->is_empty()) return false;
    if (!caller.caller.is_empty()) move_cap(caller.caller.cap, caller.caller, *target);
    answer_empty(caller);
    return true;
}

// True: preempted, the caller will make the call again.
[[gnu::noinline]] bool send_slowly(Tcb& caller, CallKind kind) {
    const Resolved found = resolve(caller, caller.arch.context.rdi);
    if (found.slot) [[likely]] {
        return conclude(caller, kind, invoke(caller, *found.slot, kind));
    }
    if (kind.blocking) raise_cap_fault(caller, caller.arch.context.rdi, false, found.failure);
    return false;
}

bool send_call(Tcb& caller, CallKind kind) {
    Cte* slot = resolve_in_two(caller.cspace.cap, caller.arch.context.rdi);
    if (slot && send_plainly(caller, *slot)) [[likely]]
        return false;
    return send_slowly(caller, kind);
}

// Recv of an endpoint where nothing waits to be received: the thread blocks, and the next one runs. False:
// there is more to it, and nothing was done.
[[gnu::always_inline]] inline bool receive_nothing(Tcb& caller, const Cap& found) {
    if ((found.high() & (EndpointCap::kTagMask | EndpointCap::kRead)) !=
        (EndpointCap::kTagBits | EndpointCap::kRead))
        return false;
    const auto cap = found.as<EndpointCap>();
    Endpoint& endpoint = *endpoint_of(cap);
    const Notification* bound = caller.bound_notification;
    if (endpoint.state() == Endpoint::State::senders || (bound && bound->active())) return false;
    if (!caller.caller.is_empty()) return false;
    caller.can_grant = cap.grant;
    caller.blocking_object = &endpoint;
    caller.state = ThreadState::blocked_on_receive;
    WaitQueue queue = endpoint.queue();
    queue.append(caller);
    endpoint.set(queue, Endpoint::State::receivers);
    sched::run_next();
    return true;
}

void receive_from(Tcb& caller, const Cap cap, bool blocking) {
    if (cap.is(CapTag::endpoint) && cap.as<EndpointCap>().read) {
        delete_caller(caller);
        return receive(caller, cap.as<EndpointCap>(), blocking);
    }
    if (cap.is(CapTag::notification) && cap.as<NotificationCap>().read) {
        Notification& notification = *notification_of(cap.as<NotificationCap>());
        const Tcb* bound = notification.bound();
        if (!bound || bound == &caller) return wait(caller, notification, blocking);
    }
    raise_cap_fault(caller, caller.arch.context.rdi, true, LookupFailure::missing_capability(0));
}

// `slot` is null where it is still to be found.
[[gnu::noinline]] void receive_slowly(Tcb& caller, const Cte* slot, bool blocking) {
    if (slot) return receive_from(caller, slot->cap, blocking);
    const Resolved found = resolve(caller, caller.arch.context.rdi);
    if (!found.slot) return raise_cap_fault(caller, caller.arch.context.rdi, true, found.failure);
    receive_from(caller, found.slot->cap, blocking);
}

void receive_call(Tcb& caller, bool blocking) {
    const Cte* slot = resolve_in_two(caller.cspace.cap, caller.arch.context.rdi);
    if (slot && blocking && receive_nothing(caller, slot->cap)) [[likely]]
        return;
    receive_slowly(caller, slot, blocking);
}

void reply_call(Tcb& caller) {
    if (!caller.caller.is_empty()) reply(caller, caller.caller);
}

// True: preempted.
bool dispatch(Tcb& caller, std::int64_t number) {
    switch (number) {
        case seL4_SysSend:
            return send_call(caller, {.call = false, .blocking = true});
        case seL4_SysNBSend:
            return send_call(caller, {.call = false, .blocking = false});
        case seL4_SysRecv:
            receive_call(caller, true);
            return false;
        case seL4_SysReply:
            reply_call(caller);
            return false;
        case seL4_SysNBRecv:
            receive_call(caller, false);
            return false;
        case seL4_SysYield:
            sched::append(caller);
            sched::reschedule();
            return false;
        default:
            contract::check_syscall(caller, number);
            if (extra_syscall(caller, number)) return false;
            caller.fault.type = seL4_Fault_UnknownSyscall;
            caller.fault.a = static_cast<Word>(number);
            raise_fault(caller);
            return false;
    }
}

void finish(bool preempted) {
    if (preempted) arch::handle_pending_interrupt();
    sched::schedule();
}

}  // namespace

void call_slowly(Tcb& caller, Cte* slot) {
    constexpr CallKind kind{.call = true, .blocking = true};
    if (slot && save_caller_plainly(caller, *slot)) return;
    finish(slot ? conclude(caller, kind, invoke(caller, *slot, kind)) : send_slowly(caller, kind));
}

void reply_recv_slowly(Tcb& caller, const Cte* slot) {
    reply_call(caller);
    // Capabilities in the reply may have changed what the CPtr means.
    const bool same = slot && MessageInfo{caller.arch.context.rsi}.extra_caps() == 0;
    receive_slowly(caller, same ? slot : nullptr, true);
    finish(false);
}

}  // namespace kernel

void kernel_syscall() {
    using namespace kernel;
    Tcb& caller = *kernel_current;
    finish(dispatch(caller, static_cast<std::int64_t>(caller.arch.context.rdx)));
}
