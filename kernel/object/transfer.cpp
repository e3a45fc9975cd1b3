// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/transfer.hpp"

#include "kernel/api/fault.hpp"
#include "kernel/api/lookup.hpp"
#include "kernel/object/cap_rules.hpp"

namespace kernel {

namespace {

// Copies the message words that both sides have room for; returns how many.
Word copy_words(Tcb& sender, const IpcBuffer* from, Tcb& receiver, IpcBuffer* to, Word length) {
    const Word* source = message_registers(sender.arch.context);
    Word* target = message_registers(receiver.arch.context);
    const Word in_registers = length < kMessageRegisters ? length : kMessageRegisters;
    for (Word i = 0; i < in_registers; i++)
        target[i] = source[i];
    if (length <= kMessageRegisters || !from || !to) return in_registers;
    for (Word i = kMessageRegisters; i < length; i++)
        to->msg[i] = from->msg[i];
    return length;
}

// The one slot where the receiver wants a capability: null unless it names an empty one.
Cte* receive_slot(const Tcb& receiver, const IpcBuffer& buffer) {
    const Resolved root = resolve(receiver, buffer.receiveCNode);
    if (!root.slot) return nullptr;
    const auto slot = lookup_empty_target(root.slot->cap, buffer.receiveIndex, buffer.receiveDepth);
    return slot.ok() ? slot.value() : nullptr;
}

MessageInfo transfer_caps(MessageInfo info, const ExtraCaps& caps, const Endpoint* endpoint, Tcb& receiver,
                          IpcBuffer* buffer, Word length) {
    if (caps.count == 0 || !buffer) return info.received(0, 0, length);
    Cte* free_slot = receive_slot(receiver, *buffer);
    Word unwrapped = 0;
    Word done = 0;
    for (; done < caps.count; done++) {
        const Cap cap = caps.slots[done]->cap;
        if (endpoint && cap.is(CapTag::endpoint) && endpoint_of(cap.as<EndpointCap>()) == endpoint) {
            buffer->caps_or_badges[done] = cap.as<EndpointCap>().badge;
            unwrapped |= Word{1} << done;
            continue;
        }
        if (!free_slot) break;
        const auto derived = derive(*caps.slots[done], cap);
        if (!derived.ok() || derived.value().is_null()) break;
        insert_derived_cap(derived.value(), *caps.slots[done], *free_slot);
        free_slot = nullptr;
    }
    return info.received(unwrapped, done, length);
}

}  // namespace

void transfer(Tcb& sender, Tcb& receiver, const Endpoint* endpoint, Word badge, bool grant) {
    IpcBuffer* to = ipc_buffer(receiver, true);
    arch::UserContext& context = receiver.arch.context;
    context.rdi = badge;
    if (sender.fault.type != seL4_Fault_NullFault) [[unlikely]] {
        context.rsi = write_fault_message(sender, receiver, to).word;
        return;
    }
    const MessageInfo info{sender.arch.context.rsi};
    const Word wanted = info.length();
    const bool with_caps = grant && info.extra_caps() != 0;
    const IpcBuffer* from = wanted > kMessageRegisters || with_caps ? ipc_buffer(sender, false) : nullptr;
    const Word length = copy_words(sender, from, receiver, to, wanted);
    if (!with_caps) [[likely]] {
        context.rsi = info.received(0, 0, length).word;
        return;
    }
    ExtraCaps caps;
    if (from && !lookup_extra_caps(sender, *from, info, caps).ok()) caps.count = 0;
    context.rsi = transfer_caps(info, caps, endpoint, receiver, to, length).word;
}

}  // namespace kernel
