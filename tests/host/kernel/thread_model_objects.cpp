// SPDX-License-Identifier: GPL-3.0-only
// Invocations of threads, CNodes and interrupts, and what the end of an object means.
#include <algorithm>
#include <sstream>

#include "tests/host/kernel/bits.hpp"
#include "tests/host/kernel/thread_model.hpp"

namespace thread_model {

bool Model::covers() {
    const Thread& t = thread(running);
    const Found invoked = resolve(t.cspace, t.registers[rdi]);
    if (!invoked.slot) return true;
    const Cap& cap = at(*invoked.slot);
    const Word label = t.registers[rsi] >> 12;
    if (cap.kind == Kind::thread)
        return label != seL4_Label_TCB_Configure && label != seL4_Label_TCB_SetSpace;
    if (cap.kind != Kind::cnode) return cap.kind != Kind::other && (cap.kind != Kind::frame || label == 0);
    if (label == seL4_Label_CNode_Mutate || label == seL4_Label_CNode_Rotate) return false;
    // What is copied, moved or deleted, if it is anything; of most CNode operations the first slot, else the
    // second. Originals alone can be revoked.
    const bool second = label >= seL4_Label_CNode_Copy && label <= seL4_Label_CNode_Move;
    Slot slot;
    if (lookup(cap, t.registers[second ? r9 : r10], t.registers[second ? r15 : r8], false, &slot))
        return true;
    const Kind kind = at(slot).kind;
    if (label == seL4_Label_CNode_Revoke && kind != Kind::null && !at(slot).original) return false;
    return kind != Kind::cnode && kind != Kind::domain && kind != Kind::other;
}

Model::Failure Model::perform(const Invocation& call) {
    const Cap& cap = call.cap;
    switch (cap.kind) {
        case Kind::endpoint:
            if (!cap.write) break;
            begin(call);
            send(cap.object, call.caller, {cap.badge, call.blocking, call.call, cap.grant, cap.grant_reply});
            return {};
        case Kind::notification:
            if (!cap.write) break;
            begin(call);
            signal(cap.object, cap.badge);
            return {};
        case Kind::reply:
            begin(call);
            reply(call.caller, at(call.slot));
            return {};
        case Kind::thread:
            return perform_thread(call);
        case Kind::cnode:
            return perform_cnode(call);
        case Kind::irq_handler:
            return perform_irq(call);
        case Kind::domain:
            return perform_domain(call);
        case Kind::frame:
        case Kind::other:
            return Answer{seL4_IllegalOperation, {}};
        case Kind::null:
            break;
    }
    return Answer{seL4_InvalidCapability, {0}};
}

Model::Failure Model::perform_thread(const Invocation& call) {
    const int target = call.cap.object;
    switch (call.label) {
        case seL4_Label_TCB_ReadRegisters:
            return read_registers(call);
        case seL4_Label_TCB_WriteRegisters:
            return write_registers(call);
        case seL4_Label_TCB_CopyRegisters:
            return copy_registers(call);
        case seL4_Label_TCB_SetPriority:
        case seL4_Label_TCB_SetMCPriority:
        case seL4_Label_TCB_SetSchedParams:
            return set_priorities(call);
        case seL4_Label_TCB_SetIPCBuffer:
            return set_buffer(call);
        case seL4_Label_TCB_Suspend:
            begin(call);
            suspend(target);
            return {};
        case seL4_Label_TCB_Resume:
            begin(call);
            resume(target);
            return {};
        case seL4_Label_TCB_BindNotification:
            return bind(call);
        case seL4_Label_TCB_UnbindNotification:
            if (thread(target).bound == kNone) break;
            begin(call);
            unbind(target);
            return {};
        case seL4_Label_TCB_SetTLSBase:
            if (call.words.empty()) return Answer{seL4_TruncatedMessage, {}};
            begin(call);
            thread(target).registers[fs_base] = sane(fs_base, call.words[0]);
            return {};
        case seL4_Label_TCB_SetFlags:
            return set_flags(call);
        default:
            break;
    }
    return Answer{seL4_IllegalOperation, {}};
}

// All three: MCP first, then priority.
Model::Failure Model::set_priorities(const Invocation& call) {
    const bool mcp = call.label != seL4_Label_TCB_SetPriority;
    const bool priority = call.label != seL4_Label_TCB_SetMCPriority;
    const Word count = mcp && priority ? 2 : 1;
    if (call.words.size() < count || call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    const Cap authority = at(call.extra[0]);
    if (authority.kind != Kind::thread) return Answer{seL4_InvalidCapability, {1}};
    const auto limit = static_cast<Word>(thread(authority.object).mcp);
    for (Word i = 0; i < count; i++)
        if (call.words[i] > limit) return Answer{seL4_RangeError, {0, limit}};
    begin(call);
    if (mcp) thread(call.cap.object).mcp = static_cast<int>(call.words[0]);
    if (priority) set_priority(call.cap.object, call.words[count - 1]);
    return {};
}

Model::Failure Model::bind(const Invocation& call) {
    if (call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    Thread& target = thread(call.cap.object);
    const Cap cap = at(call.extra[0]);
    if (target.bound != kNone || cap.kind != Kind::notification || !cap.read)
        return Answer{seL4_IllegalOperation, {}};
    Notification& notification = this->notification(cap.object);
    if (!notification.waiters.empty() || notification.bound != kNone)
        return Answer{seL4_IllegalOperation, {}};
    begin(call);
    target.bound = cap.object;
    notification.bound = call.cap.object;
    return {};
}

Model::Failure Model::read_registers(const Invocation& call) {
    if (call.words.size() < 2) return Answer{seL4_TruncatedMessage, {}};
    const Word count = call.words[1];
    if (count < 1 || count > kRegisters) return Answer{seL4_RangeError, {1, kRegisters}};
    const int source = call.cap.object;
    if (source == call.caller) return Answer{seL4_IllegalOperation, {}};
    begin(call);
    if (call.words[0] & 1) suspend(source);
    if (!call.call) return {};
    const Word* registers = thread(source).registers;
    answer(call.caller, {seL4_NoError, {registers, registers + count}});
    thread(call.caller).state = State::running;
    return {};
}

Model::Failure Model::set_flags(const Invocation& call) {
    if (call.words.size() < 2) return Answer{seL4_TruncatedMessage, {}};
    begin(call);
    Word& flag = thread(call.cap.object).fpu_disabled;
    flag = ((flag & ~call.words[0]) | call.words[1]) & 1;
    if (!call.call) return {};
    answer(call.caller, {seL4_NoError, {flag}});
    thread(call.caller).state = State::running;
    return {};
}

Model::Failure Model::copy_registers(const Invocation& call) {
    if (call.words.empty() || call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    const Cap from = at(call.extra[0]);
    if (from.kind != Kind::thread) return Answer{seL4_InvalidCapability, {1}};
    begin(call);
    if (call.words[0] & 1) suspend(from.object);
    if (call.words[0] & 2) resume(call.cap.object);
    Thread& target = thread(call.cap.object);
    const Thread& source = thread(from.object);
    const bool frame = call.words[0] & 4, bases = call.words[0] & 8;
    if (frame) std::copy(source.registers, source.registers + fs_base, target.registers);
    if (bases)
        std::copy(source.registers + fs_base, source.registers + kRegisters, target.registers + fs_base);
    if (frame) target.next_ip = target.registers[ip];
    if (call.cap.object == running) {
        reschedule();
    } else {
        target.all_restored = true;
    }
    return {};
}

Model::Failure Model::set_buffer(const Invocation& call) {
    if (call.words.empty() || call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    Cap frame;
    if (call.words[0] != 0) {
        frame = at(call.extra[0]);
        if (frame.kind != Kind::frame) return Answer{seL4_IllegalOperation, {}};
        frame.original = false;
        if (call.words[0] % 1024) return Answer{seL4_AlignmentError, {}};
    }
    begin(call);
    thread(call.cap.object).buffer = frame;
    thread(call.cap.object).buffer_index = call.words[0] / 1024 % 4;
    if (call.cap.object == running) reschedule();
    return {};
}

void Model::unbind(int number) {
    notification(thread(number).bound).bound = kNone;
    thread(number).bound = kNone;
}

// Takes it out of whatever it waits for.
void Model::cancel(int number) {
    Thread& t = thread(number);
    t.fault = {};
    if (t.state == State::on_reply) {
        for (Cap* cap : every_cap())
            if (cap->kind == Kind::reply && cap->object == number) *cap = {};
        return;
    }
    if (t.state == State::on_send) std::erase(endpoint(t.object).senders, number);
    if (t.state == State::on_receive) std::erase(endpoint(t.object).receivers, number);
    if (t.state == State::on_notification) std::erase(notification(t.object).waiters, number);
    if (!is_runnable(number)) set_state(number, State::inactive);
}

void Model::suspend(int number) {
    cancel(number);
    Thread& t = thread(number);
    if (t.state == State::running) t.registers[ip] = t.next_ip;
    set_state(number, State::inactive);
    leave_queue(number);
}

void Model::resume(int number) {
    if (is_runnable(number)) return;
    cancel(number);
    set_state(number, State::restart);
    to_head(number);
    wake(number);
}

void Model::restart_all(std::deque<int> waiting) {
    for (int number : waiting) {
        cancel(number);
        set_state(number, State::restart);
        to_head(number);
        reschedule();
    }
}

// --- CNodes ---

Model::Failure Model::lookup(const Cap& root, Word index, Word depth, bool source, Slot* slot) const {
    if (root.kind != Kind::cnode) return Answer{seL4_FailedLookup, {source, seL4_InvalidRoot}};
    if (depth < 1 || depth > 64) return Answer{seL4_RangeError, {1, 64}};
    const Found found = resolve(root, index, depth);
    std::vector<Word> words = {source};
    words.insert(words.end(), found.failure.begin(), found.failure.end());
    if (!found.slot) return Answer{seL4_FailedLookup, words};
    if (found.bits_left) return Answer{seL4_FailedLookup, {source, seL4_DepthMismatch, found.bits_left, 0}};
    *slot = *found.slot;
    return {};
}

Model::Failure Model::perform_cnode(const Invocation& call) {
    if (call.label < seL4_Label_CNode_Revoke || call.label > seL4_Label_CNode_SaveCaller)
        return Answer{seL4_IllegalOperation, {}};
    if (call.words.size() < 2) return Answer{seL4_TruncatedMessage, {}};
    Slot target;
    if (const auto failed = lookup(call.cap, call.words[0], call.words[1], false, &target)) return failed;
    Cap& slot = at(target);
    switch (call.label) {
        case seL4_Label_CNode_Revoke: {
            begin(call);
            const Cap parent = slot;
            for (Cap* cap : every_cap())
                if (parent.original && cap != &slot && cap->kind == parent.kind &&
                    cap->object == parent.object)
                    remove(*cap);
            return {};
        }
        case seL4_Label_CNode_Delete:
            begin(call);
            remove(slot);
            return {};
        case seL4_Label_CNode_CancelBadgedSends: {
            const bool all = slot.write && slot.read && slot.grant && slot.grant_reply;
            if (slot.kind != Kind::endpoint || !all) return Answer{seL4_IllegalOperation, {}};
            begin(call);
            std::deque<int> found;
            for (int sender : endpoint(slot.object).senders)
                if (slot.badge != 0 && thread(sender).badge == slot.badge) found.push_back(sender);
            restart_all(found);
            return {};
        }
        case seL4_Label_CNode_SaveCaller:
            if (slot.kind != Kind::null) return Answer{seL4_DeleteFirst, {}};
            begin(call);
            slot = thread(call.caller).caller;
            thread(call.caller).caller = {};
            return {};
        default:
            return copy_or_move(call, target);
    }
}

Model::Failure Model::copy_or_move(const Invocation& call, const Slot& target) {
    const bool copy = call.label == seL4_Label_CNode_Copy, mint = call.label == seL4_Label_CNode_Mint;
    if (call.words.size() < 4 || call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
    if (at(target).kind != Kind::null) return Answer{seL4_DeleteFirst, {}};
    Slot from;
    const Word depth = call.words[3];
    if (const auto failed = lookup(at(call.extra[0]), call.words[2], depth, true, &from)) return failed;
    Cap cap = at(from);
    if (cap.kind == Kind::null) return Answer{seL4_FailedLookup, {1, seL4_MissingCapability, depth}};
    if (copy || mint) {
        if (call.words.size() < (mint ? 6 : 5)) return Answer{seL4_TruncatedMessage, {}};
        if (cap.kind == Kind::reply) return Answer{seL4_IllegalOperation, {}};
        const Word rights = call.words[4];
        cap.read = cap.read && (rights & 2);
        cap.write = cap.write && (rights & 1) && (cap.read || cap.kind != Kind::frame);
        cap.grant = cap.grant && (rights & 4);
        cap.grant_reply = cap.grant_reply && (rights & 8);
        if (mint && (cap.kind == Kind::endpoint || cap.kind == Kind::notification)) {
            if (cap.badge != 0) return Answer{seL4_IllegalOperation, {}};
            cap.badge = call.words[5];
        }
        cap.original = false;
    }
    begin(call);
    if (!copy && !mint) at(from) = {};
    at(target) = cap;
    return {};
}

Model::Failure Model::perform_irq(const Invocation& call) {
    Interrupt& line = interrupts[call.cap.object];
    switch (call.label) {
        case seL4_Label_IRQHandler_Ack:
            begin(call);
            line.masked = false;
            return {};
        case seL4_Label_IRQHandler_SetNotification: {
            if (call.extra.empty()) return Answer{seL4_TruncatedMessage, {}};
            Cap cap = at(call.extra[0]);
            if (cap.kind != Kind::notification || !cap.write) return Answer{seL4_InvalidCapability, {0}};
            begin(call);
            remove(line.notification);
            cap.original = false;
            line.notification = cap;
            return {};
        }
        case seL4_Label_IRQHandler_Clear:
            begin(call);
            remove(line.notification);
            return {};
        default:
            return Answer{seL4_IllegalOperation, {}};
    }
}

// --- the end of things ---

// Wherever a capability can be.
std::vector<Cap*> Model::every_cap() {
    std::vector<Cap*> caps;
    for (CNode& cnode : cnodes)
        for (Cap& cap : cnode.slots)
            caps.push_back(&cap);
    for (Thread& t : threads) {
        caps.push_back(&t.caller);
        caps.push_back(&t.buffer);
    }
    for (auto& [irq, line] : interrupts)
        caps.push_back(&line.notification);
    return caps;
}

void Model::remove(Cap& slot) {
    const Cap gone = slot;
    slot = {};
    if (gone.kind == Kind::null) return;
    for (const Cap* cap : every_cap())
        if (cap->kind == gone.kind && cap->object == gone.object) return;
    finalise(gone);
}

// It was the last capability of its object.
void Model::finalise(const Cap& cap) {
    switch (cap.kind) {
        case Kind::endpoint:
            restart_all(endpoint(cap.object).senders);
            restart_all(endpoint(cap.object).receivers);
            break;
        case Kind::notification:
            if (notification(cap.object).bound != kNone) unbind(notification(cap.object).bound);
            restart_all(notification(cap.object).waiters);
            break;
        case Kind::thread:
            destroy(cap.object);
            break;
        case Kind::irq_handler:
            remove(interrupts[cap.object].notification);
            interrupts[cap.object].masked = false;
            break;
        default:
            break;
    }
}

void Model::destroy(int number) {
    if (thread(number).bound != kNone) unbind(number);
    suspend(number);
    thread(number).caller = thread(number).buffer = {};
    thread(number).alive = false;
}

std::string Cap::text() const {
    static const char* const names[] = {"nothing", "endpoint", "notification", "reply",  "thread",
                                        "cnode",   "frame",    "irq handler",  "domain", "other"};
    std::ostringstream out;
    out << names[static_cast<int>(kind)] << " " << object << " badge " << std::hex << badge << " rights "
        << write << read << grant << grant_reply;
    return out.str();
}

}  // namespace thread_model
