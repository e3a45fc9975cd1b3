// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/fault.hpp"

#include "config/config.hpp"
#include "kernel/api/debug_syscalls.hpp"
#include "kernel/api/lookup.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

using Context = arch::UserContext;

// The registers of an UnknownSyscall message, in its order.
constexpr Word Context::* kSyscallRegisters[] = {
    &Context::rax, &Context::rbx, &Context::rcx, &Context::rdx,      &Context::rsi, &Context::rdi,
    &Context::rbp, &Context::r8,  &Context::r9,  &Context::r10,      &Context::r11, &Context::r12,
    &Context::r13, &Context::r14, &Context::r15, &Context::fault_ip, &Context::rsp, &Context::rflags};
constexpr Word Context::* kExceptionRegisters[] = {&Context::fault_ip, &Context::rsp, &Context::rflags};

template <Word N>
constexpr Word size_of(Word Context::* const (&)[N]) {
    return N;
}
static_assert(size_of(kSyscallRegisters) == seL4_UnknownSyscall_Syscall);
static_assert(size_of(kExceptionRegisters) == seL4_UserException_Number);

// Fills message registers one after the other; those without a place are cut off.
struct MessageWriter {
    Word* registers;
    IpcBuffer* buffer;
    Word length = 0;

    void put(Word word) {
        if (length < kMessageRegisters) {
            registers[length++] = word;
        } else if (buffer) {
            buffer->msg[length++] = word;
        }
    }
    void put_registers(const Context& context, Word Context::* const* list, Word count) {
        for (Word i = 0; i < count; i++)
            put(context.*list[i]);
    }
};

void put_cap_fault(MessageWriter& out, const Context& context, const Fault& fault) {
    out.put(context.fault_ip);
    out.put(fault.a);
    out.put(fault.in_receive);
    Word words[4];
    const Word count = lookup_failure_words(fault.lookup, words);
    for (Word i = 0; i < count; i++)
        out.put(words[i]);
}

bool is_usable_handler(const Cap& cap) {
    if (!cap.is(CapTag::endpoint)) return false;
    const auto endpoint = cap.as<EndpointCap>();
    return endpoint.write && (endpoint.grant || endpoint.grant_reply);
}

Word sanitise(Word Context::* where, Word value) {
    if (where == &Context::fault_ip) return sanitise_address(value);
    if (where == &Context::rflags) return sanitise_flags(value);
    return value;
}

void read_reply(const Tcb& handler, Tcb& faulted, Word Context::* const* list, Word count) {
    const Word length = MessageInfo{handler.arch.context.rsi}.length();
    const IpcBuffer* buffer = ipc_buffer(handler, false);
    const Word* registers = &handler.arch.context.r10;
    for (Word i = 0; i < count && i < length; i++) {
        if (i >= kMessageRegisters && !buffer) break;
        const Word value = i < kMessageRegisters ? registers[i] : buffer->msg[i];
        faulted.arch.context.*list[i] = sanitise(list[i], value);
    }
}

}  // namespace

const Cap* fault_handler(const Tcb& tcb) {
    const Resolved handler = resolve(tcb, tcb.fault_handler);
    return handler.slot && is_usable_handler(handler.slot->cap) ? &handler.slot->cap : nullptr;
}

void raise_fault(Tcb& tcb) {
    const Cap* handler = fault_handler(tcb);
    if (!handler) {
        if constexpr (config::kDebugSyscalls) report_unhandled_fault(tcb);
        tcb.fault.type = seL4_Fault_NullFault;
        sched::set_state(tcb, ThreadState::inactive);
        return;
    }
    const auto cap = handler->as<EndpointCap>();
    send(*endpoint_of(cap), tcb,
         {.badge = cap.badge,
          .blocking = true,
          .call = true,
          .grant = cap.grant != 0,
          .grant_reply = cap.grant_reply != 0});
}

MessageInfo write_fault_message(const Tcb& faulted, Tcb& handler, IpcBuffer* buffer) {
    MessageWriter out{message_registers(handler.arch.context), buffer};
    const Context& context = faulted.arch.context;
    const Fault& fault = faulted.fault;
    switch (fault.type) {
        case seL4_Fault_CapFault:
            put_cap_fault(out, context, fault);
            break;
        case seL4_Fault_UnknownSyscall:
            out.put_registers(context, kSyscallRegisters, size_of(kSyscallRegisters));
            out.put(fault.a);
            break;
        case seL4_Fault_UserException:
            out.put_registers(context, kExceptionRegisters, size_of(kExceptionRegisters));
            out.put(fault.a);
            out.put(fault.b);
            break;
        case seL4_Fault_VMFault:
            out.put(context.fault_ip);
            out.put(fault.a);
            out.put(fault.prefetch);
            out.put(fault.b);
            break;
        case seL4_Fault_NullFault:
            break;
    }
    return MessageInfo::make(fault.type, out.length);
}

bool fault_reply_restarts(const Tcb& handler, const Tcb& faulted) {
    const auto type = faulted.fault.type;
    if (type != seL4_Fault_UnknownSyscall && type != seL4_Fault_UserException) return true;
    return MessageInfo{handler.arch.context.rsi}.label() == 0;
}

void apply_fault_reply(const Tcb& handler, Tcb& faulted) {
    if (faulted.fault.type == seL4_Fault_UnknownSyscall)
        read_reply(handler, faulted, kSyscallRegisters, size_of(kSyscallRegisters));
    if (faulted.fault.type == seL4_Fault_UserException)
        read_reply(handler, faulted, kExceptionRegisters, size_of(kExceptionRegisters));
    faulted.fault.type = seL4_Fault_NullFault;
}

}  // namespace kernel
