// SPDX-License-Identifier: GPL-3.0-only
// Messages: sending, receiving, replies, notifications.
#include <algorithm>

#include "tests/host/kernel/thread_model.hpp"

namespace thread_model {

namespace {

constexpr Register kMessage[] = {r10, r8, r9, r15};

}  // namespace

seL4_IPCBuffer* Model::memory_of(int number) {
    const Thread& t = thread(number);
    if (t.buffer.kind != Kind::frame) return nullptr;
    return &frames[static_cast<unsigned>(t.buffer.object)].buffers[t.buffer_index];
}

// The buffer as the kernel may use it.
seL4_IPCBuffer* Model::buffer(int number, bool write) {
    const Cap& frame = thread(number).buffer;
    return frame.read && (frame.write || !write) ? memory_of(number) : nullptr;
}

// In registers and, as far as there is one, the buffer; returns how many found a place.
Word Model::put_words(int to, const std::vector<Word>& words) {
    seL4_IPCBuffer* target = buffer(to, true);
    Word count = 0;
    for (Word word : words) {
        if (count < 4) {
            thread(to).registers[kMessage[count++]] = word;
        } else if (target) {
            target->msg[count++] = word;
        }
    }
    return count;
}

// The slots of the capabilities that go with a message; nothing when one is not found, and `fault` says which
// and why.
std::optional<std::vector<Slot>> Model::extra_caps(int sender, std::vector<Word>* fault) {
    std::vector<Slot> slots;
    const seL4_IPCBuffer* from = buffer(sender, false);
    const Word count = (thread(sender).registers[rsi] >> 7) & 3;
    for (Word i = 0; from && i < count; i++) {
        const Found found = resolve(thread(sender).cspace, from->caps_or_badges[i]);
        if (!found.slot) {
            *fault = {from->caps_or_badges[i]};
            fault->insert(fault->end(), found.failure.begin(), found.failure.end());
            return std::nullopt;
        }
        slots.push_back(*found.slot);
    }
    return slots;
}

void Model::transfer(int from, int to, int endpoint, Word badge, bool grant) {
    Thread &sender = thread(from), &receiver = thread(to);
    receiver.registers[rdi] = badge;
    if (sender.fault.type != seL4_Fault_NullFault) {
        std::vector<Word> words;
        for (Register index : sender.fault.registers)
            words.push_back(sender.registers[index]);
        words.insert(words.end(), sender.fault.words.begin(), sender.fault.words.end());
        receiver.registers[rsi] = sender.fault.type << 12 | put_words(to, words);
        return;
    }
    const Word info = sender.registers[rsi];
    Word length = std::min(info & 127, Word{seL4_MsgMaxLength});
    const seL4_IPCBuffer* source = buffer(from, false);
    if (!source) length = std::min(length, Word{4});
    std::vector<Word> words;
    for (Word i = 0; i < length; i++)
        words.push_back(i < 4 ? sender.registers[kMessage[i]] : source->msg[i]);
    length = put_words(to, words);

    std::vector<Word> ignored;
    Word unwrapped = 0, count = 0;
    const auto caps = extra_caps(from, &ignored);
    if (grant && caps) count = transfer_caps(*caps, endpoint, to, &unwrapped);
    receiver.registers[rsi] = (info >> 12) << 12 | unwrapped << 9 | count << 7 | length;
}

Word Model::transfer_caps(const std::vector<Slot>& caps, int endpoint, int to, Word* unwrapped) {
    seL4_IPCBuffer* target = buffer(to, true);
    if (!target || caps.empty()) return 0;
    std::optional<Slot> free = receive_slot(to);
    for (Word i = 0; i < caps.size(); i++) {
        Cap cap = at(caps[i]);
        if (cap.kind == Kind::endpoint && cap.object == endpoint) {
            target->caps_or_badges[i] = cap.badge;
            *unwrapped |= Word{1} << i;
            continue;
        }
        if (!free || cap.kind == Kind::null || cap.kind == Kind::reply) return i;
        cap.original = false;
        at(*free) = cap;
        free.reset();
    }
    return caps.size();
}

// The slot in which the receiver wants a capability, if it names an empty one.
std::optional<Slot> Model::receive_slot(int to) {
    const seL4_IPCBuffer* target = buffer(to, true);
    const Found root = resolve(thread(to).cspace, target->receiveCNode);
    Slot slot;
    if (!root.slot || lookup(at(*root.slot), target->receiveIndex, target->receiveDepth, false, &slot))
        return {};
    return at(slot).kind == Kind::null ? std::optional(slot) : std::nullopt;
}

void Model::send(int number, int from, const Sending& sending) {
    Endpoint& endpoint = this->endpoint(number);
    Thread& sender = thread(from);
    if (endpoint.receivers.empty()) {
        if (!sending.blocking) return;
        sender.object = number;
        sender.badge = sending.badge;
        sender.grant = sending.grant;
        sender.grant_reply = sending.grant_reply;
        sender.is_call = sending.call;
        endpoint.senders.push_back(from);
        return set_state(from, State::on_send);
    }
    const int to = endpoint.receivers.front();
    endpoint.receivers.pop_front();
    transfer(from, to, number, sending.badge, sending.grant);
    set_state(to, State::running);
    wake(to);
    if (sending.call) stop_or_hand_reply(from, to, sending.grant || sending.grant_reply, thread(to).grant);
}

void Model::receive(int to, const Cap& cap, bool blocking) {
    Thread& receiver = thread(to);
    if (receiver.bound != kNone && notification(receiver.bound).active) {
        receiver.registers[rdi] = notification(receiver.bound).word;
        notification(receiver.bound).active = false;
        return;
    }
    Endpoint& endpoint = this->endpoint(cap.object);
    if (endpoint.senders.empty()) {
        if (!blocking) {
            receiver.registers[rdi] = 0;
            return;
        }
        receiver.object = cap.object;
        receiver.grant = cap.grant;
        endpoint.receivers.push_back(to);
        return set_state(to, State::on_receive);
    }
    const int from = endpoint.senders.front();
    endpoint.senders.pop_front();
    const Thread& sender = thread(from);
    transfer(from, to, cap.object, sender.badge, sender.grant);
    if (sender.is_call) return stop_or_hand_reply(from, to, sender.grant || sender.grant_reply, cap.grant);
    set_state(from, State::running);
    wake(from);
}

// A caller's message has arrived: it waits for the answer, if there can be one.
void Model::stop_or_hand_reply(int from, int to, bool may_reply, bool grant) {
    if (!may_reply) return set_state(from, State::inactive);
    set_state(from, State::on_reply);
    thread(to).caller = {.kind = Kind::reply, .object = from, .grant = grant};
}

void Model::reply(int from, Cap& slot) {
    const Cap cap = slot;
    const int to = cap.object;
    if (thread(to).fault.type != seL4_Fault_NullFault) {
        slot = {};
        return fault_reply(from, to);
    }
    transfer(from, to, kNone, 0, cap.grant);
    slot = {};
    set_state(to, State::running);
    wake(to);
}

void Model::signal(int number, Word badge) {
    Notification& notification = this->notification(number);
    int woken = kNone;
    if (!notification.waiters.empty()) {
        woken = notification.waiters.front();
        notification.waiters.pop_front();
    } else if (!notification.active && notification.bound != kNone &&
               thread(notification.bound).state == State::on_receive) {
        woken = notification.bound;
        cancel(woken);
    }
    if (woken != kNone) {
        thread(woken).registers[rdi] = badge;
        set_state(woken, State::running);
        return wake(woken);
    }
    notification.word = notification.active ? notification.word | badge : badge;
    notification.active = true;
}

void Model::wait(int to, int number, bool blocking) {
    Notification& notification = this->notification(number);
    if (notification.active) {
        thread(to).registers[rdi] = notification.word;
        notification.active = false;
    } else if (blocking) {
        notification.waiters.push_back(to);
        thread(to).object = number;
        set_state(to, State::on_notification);
    } else {
        thread(to).registers[rdi] = 0;
    }
}

}  // namespace thread_model
