// SPDX-License-Identifier: GPL-3.0-only
//
// Call, ReplyRecv and faults between two threads that are ready for each other, with a message that fits in
// registers: the system calls everything else is built from. Nothing here is different from the way through
// kernel_syscall(); each function first makes sure that it is in the common case, and until then changes
// nothing.
#include "arch/switch.hpp"
#include "kernel/api/calls.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/api/fault.hpp"
#include "kernel/api/lookup.hpp"
#include "kernel/api/message.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/sched.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

namespace {

// Length and extra caps of the info word; up to kMessageRegisters it is a message in registers, without
// capabilities.
constexpr Word kShapeMask = 0x1ff;

// A message that does not fit in registers: copies the rest. False: it has to go the slow way.
[[gnu::noinline]] bool copy_long_message(const Tcb& from, const Tcb& to, Word shape) {
    const IpcBuffer* source = ipc_buffer(from, false);
    IpcBuffer* target = ipc_buffer(to, true);
    if (!source || !target || shape > seL4_MsgMaxLength) return false;
    for (Word i = kMessageRegisters; i < shape; i++)
        target->msg[i] = source->msg[i];
    return true;
}

[[gnu::always_inline]] inline void copy_registers(const Tcb& from, Tcb& to, Word badge, Word info) {
    constexpr Word kCapsMask = 0xf80;
    const Word length = info & kShapeMask;
    to.arch.context.rdi = badge;
    to.arch.context.rsi = info & ~kCapsMask;
    if (length == 0) return;
    to.arch.context.r10 = from.arch.context.r10;
    if (length == 1) return;
    to.arch.context.r8 = from.arch.context.r8;
    if (length == 2) return;
    to.arch.context.r9 = from.arch.context.r9;
    if (length == 3) return;
    to.arch.context.r15 = from.arch.context.r15;
}

[[gnu::always_inline]] inline Tcb* run(Tcb& from, Tcb& to, const Word* root) {
    to.state = ThreadState::running;
    kernel_current = &to;
    arch::switch_to(from.arch, to.arch);
    arch::load_root(vspace::root_word(root));
    return &to;
}

// A master reply capability has at most one child, and nothing else is in that tree: the links are known, and
// those of an empty slot are zero.
[[gnu::always_inline]] inline void give_reply_cap(Tcb& sender, Tcb& receiver) {
    const Cap cap =
        ReplyCap{.address = arch::window_offset(&sender), .grant = static_cast<Word>(receiver.can_grant)};
    receiver.caller.cap.words[1] = cap.words[1];
    receiver.caller.links.previous = reinterpret_cast<Word>(&sender.reply);
    sender.reply.links.next_and_flags =
        reinterpret_cast<Word>(&receiver.caller) | Derivation::kRevocable | Derivation::kFirstBadged;
}

[[gnu::always_inline]] inline void take_reply_cap(Tcb& sender, Tcb& receiver) {
    receiver.caller.cap.words[1] = 0;
    receiver.caller.links.previous = 0;
    sender.reply.links.next_and_flags = Derivation::kRevocable | Derivation::kFirstBadged;
}

// The thread that may take a message from `sender` at once, by the rules of the scheduler; null: the slow
// way.
struct Partner {
    Tcb* tcb = nullptr;
    const Word* root = nullptr;
};

[[gnu::always_inline]] inline Partner find_receiver(const Tcb& sender, const Endpoint& endpoint) {
    if (endpoint.state() != Endpoint::State::receivers) return {};
    Tcb& receiver = *endpoint.head;
    const Word* root = vspace::root_for(receiver);
    if (!root || receiver.domain != sched::state.domain) return {};
    if (receiver.priority < sender.priority && !sched::is_highest(receiver.priority)) return {};
    return {&receiver, root};
}

[[gnu::always_inline]] inline void take_receiver(Endpoint& endpoint, const Tcb& receiver) {
    Tcb* next = receiver.wait_next;
    endpoint.head = next;
    if (next) {
        next->wait_previous = nullptr;
    } else {
        endpoint.tail_and_state = 0;
    }
}

[[gnu::always_inline]] inline Tcb* call(Tcb& sender, const Cap& found, Word info) {
    if (!(found.high() & (EndpointCap::kGrant | EndpointCap::kGrantReply))) [[unlikely]]
        return nullptr;
    const auto cap = found.as<EndpointCap>();
    Endpoint& endpoint = *endpoint_of(cap);
    const Partner receiver = find_receiver(sender, endpoint);
    if (!receiver.tcb) return nullptr;
    const Word shape = info & kShapeMask;
    if (shape > kMessageRegisters && !copy_long_message(sender, *receiver.tcb, shape)) return nullptr;

    take_receiver(endpoint, *receiver.tcb);
    sender.state = ThreadState::blocked_on_reply;
    give_reply_cap(sender, *receiver.tcb);
    copy_registers(sender, *receiver.tcb, cap.badge, info);
    return run(sender, *receiver.tcb, receiver.root);
}

// The reply to a fault lets the thread restart.
[[gnu::noinline]] void restart_after_fault(const Tcb& handler, Tcb& faulted) {
    apply_fault_reply(handler, faulted);
    faulted.arch.context.rip = faulted.arch.context.fault_ip;
}

[[gnu::always_inline]] inline Tcb* reply_recv(Tcb& server, const Cap& found, Word info) {
    if ((found.high() & (EndpointCap::kTagMask | EndpointCap::kRead)) !=
        (EndpointCap::kTagBits | EndpointCap::kRead)) [[unlikely]]
        return nullptr;
    const auto cap = found.as<EndpointCap>();
    if (server.bound_notification && server.bound_notification->active()) return nullptr;
    Endpoint& endpoint = *endpoint_of(cap);
    if (endpoint.state() == Endpoint::State::senders) return nullptr;
    if (server.caller.is_empty()) return nullptr;
    Tcb& client = *arch::from_physical<Tcb>(server.caller.cap.as<ReplyCap>().address);
    const bool faulted = client.fault.type != seL4_Fault_NullFault;
    if (faulted && !fault_reply_restarts(server, client)) return nullptr;
    const Word* root = vspace::root_for(client);
    if (!root || client.domain != sched::state.domain) return nullptr;
    if (!sched::is_highest(client.priority)) return nullptr;
    const Word shape = info & kShapeMask;
    if (shape > kMessageRegisters && (faulted || !copy_long_message(server, client, shape))) return nullptr;

    server.state = ThreadState::blocked_on_receive;
    server.blocking_object = &endpoint;
    server.can_grant = cap.grant;
    WaitQueue queue = endpoint.queue();
    queue.append(server);
    endpoint.set(queue, Endpoint::State::receivers);
    take_reply_cap(client, server);
    if (faulted) [[unlikely]] {
        restart_after_fault(server, client);
    } else {
        copy_registers(server, client, 0, info);
    }
    return run(server, client, root);
}

// `slot` is where the CPtr leads, null if nowhere.
[[gnu::always_inline]] inline Tcb* call_through(Tcb& sender, Cte* slot) {
    constexpr std::uint32_t kSendable = EndpointCap::kTagBits | EndpointCap::kWrite;
    if (slot && (slot->cap.high() & (EndpointCap::kTagMask | EndpointCap::kWrite)) == kSendable) [[likely]] {
        Tcb* next = call(sender, slot->cap, sender.arch.context.rsi);
        if (next) [[likely]]
            return next;
    }
    call_slowly(sender, slot);
    return nullptr;
}

[[gnu::always_inline]] inline Tcb* reply_recv_through(Tcb& server, const Cte* slot) {
    if (slot) [[likely]] {
        Tcb* next = reply_recv(server, slot->cap, server.arch.context.rsi);
        if (next) [[likely]]
            return next;
    }
    reply_recv_slowly(server, slot);
    return nullptr;
}

// A CSpace of several levels costs a longer look-up, not the fast path; a copy of its own, so that it costs
// nobody else anything.
[[gnu::noinline]] Tcb* call_from_afar(Tcb& sender) {
    return call_through(sender, resolve(sender, sender.arch.context.rdi).slot);
}
[[gnu::noinline]] Tcb* reply_recv_from_afar(Tcb& server) {
    return reply_recv_through(server, resolve(server, server.arch.context.rdi).slot);
}

}  // namespace

bool deliver_fault(Tcb& tcb) {
    const Cte* slot = resolve(tcb, tcb.fault_handler).slot;
    if (!slot) return false;
    const std::uint32_t rights = slot->cap.high();
    if ((rights & (EndpointCap::kTagMask | EndpointCap::kWrite)) !=
        (EndpointCap::kTagBits | EndpointCap::kWrite))
        return false;
    if (!(rights & (EndpointCap::kGrant | EndpointCap::kGrantReply))) return false;
    const auto cap = slot->cap.as<EndpointCap>();
    Endpoint& endpoint = *endpoint_of(cap);
    const Partner handler = find_receiver(tcb, endpoint);
    if (!handler.tcb) return false;

    take_receiver(endpoint, *handler.tcb);
    tcb.state = ThreadState::blocked_on_reply;
    give_reply_cap(tcb, *handler.tcb);
    handler.tcb->arch.context.rdi = cap.badge;
    handler.tcb->arch.context.rsi =
        write_fault_message(tcb, *handler.tcb, ipc_buffer(*handler.tcb, true)).word;
    run(tcb, *handler.tcb, handler.root);
    return true;
}

}  // namespace kernel

// The doors tell these two from all others (kernel/arch/x86_64/entry.S).
static_assert(seL4_SysCall == -1 && seL4_SysReplyRecv == -2);

ARCH_KEEPS_NOTHING kernel::Tcb* kernel_call() {
    using namespace kernel;
    Tcb& sender = *kernel_current;
    Cte* slot = resolve_in_one(sender.cspace.cap, sender.arch.context.rdi);
    return slot ? call_through(sender, slot) : call_from_afar(sender);
}

ARCH_KEEPS_NOTHING kernel::Tcb* kernel_reply_recv() {
    using namespace kernel;
    Tcb& server = *kernel_current;
    const Cte* slot = resolve_in_one(server.cspace.cap, server.arch.context.rdi);
    return slot ? reply_recv_through(server, slot) : reply_recv_from_afar(server);
}
