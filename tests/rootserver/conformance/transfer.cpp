// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

void set_receive_slot(const Puppet& puppet, Word slot) {
    puppet.buffer()->receiveCNode = kRoot;
    puppet.buffer()->receiveIndex = slot;
    puppet.buffer()->receiveDepth = 64;
}

struct Pair {
    Word endpoint = rt::object(seL4_EndpointObject);
    Puppet sender;
    Puppet receiver;

    Result send(Word cap, std::initializer_list<Word> caps) {
        receiver.run({seL4_SysRecv, endpoint});
        int i = 0;
        for (const Word extra : caps)
            sender.buffer()->caps_or_badges[i++] = extra;
        sender.run({seL4_SysSend, cap, message(1, 0, caps.size())});
        return receiver.poll();
    }
};

void check_one() {
    Pair pair;
    const Word gift = rt::object(seL4_NotificationObject);
    const Word slot = rt::slot();
    set_receive_slot(pair.receiver, slot);
    const Result got = pair.send(pair.endpoint, {gift});
    expect("transfer: one capability", got.extra_caps() == 1 && got.unwrapped() == 0 && !is_empty(slot));
    const Result occupied = pair.send(pair.endpoint, {gift});
    expect("transfer: not into a full slot",
           occupied.outcome == Outcome::returned && occupied.extra_caps() == 0);
    rt::revoke(gift);
    expect("transfer: the copy descends from the original", is_empty(slot));
    const Word weak = rt::mint(pair.endpoint, seL4_CanWrite, 1);
    const Result refused = pair.send(weak, {gift});
    expect("transfer: not without Grant", refused.extra_caps() == 0 && is_empty(slot));
    set_receive_slot(pair.receiver, 0);
    pair.receiver.buffer()->receiveCNode = 0;
    expect("transfer: not without a place", pair.send(pair.endpoint, {gift}).extra_caps() == 0);
}

void check_unwrapping() {
    Pair pair;
    const Word badged = rt::mint(pair.endpoint, seL4_AllRights, 0x77);
    const Word gift = rt::object(seL4_NotificationObject);
    const Word slot = rt::slot();
    set_receive_slot(pair.receiver, slot);
    const Result got = pair.send(pair.endpoint, {badged});
    expect("unwrap: a capability of the same endpoint",
           got.extra_caps() == 1 && got.unwrapped() == 1 && is_empty(slot));
    expect_equal("unwrap: its badge", pair.receiver.buffer()->caps_or_badges[0], 0x77);
    const Result mixed = pair.send(pair.endpoint, {badged, gift, badged});
    expect("unwrap: mixed", mixed.extra_caps() == 3 && mixed.unwrapped() == 5 && !is_empty(slot));
    const Word other = rt::object(seL4_NotificationObject);
    rt::remove(slot);
    const Result two = pair.send(pair.endpoint, {gift, other});
    expect("transfer: stops after the one slot", two.extra_caps() == 1 && !is_empty(slot));
    rt::remove(slot);
}

void check_sender_faults() {
    Pair pair;
    Word guard_fault = Word{1} << 40;  // not in the guard of the root CNode
    pair.receiver.run({seL4_SysRecv, pair.endpoint});
    pair.sender.buffer()->caps_or_badges[0] = guard_fault;
    const Result result = pair.sender.run({seL4_SysSend, pair.endpoint, message(1, 0, 1)});
    expect("transfer: a path that leads nowhere is a fault of the sender",
           result.outcome == Outcome::faulted && result.fault == seL4_Fault_CapFault &&
               result.fault_words[1] == guard_fault);
}

void check_reply_grant() {
    Pair pair;
    const Word gift = rt::object(seL4_NotificationObject);
    const Word slot = rt::slot();
    Puppet& client = pair.sender;
    Puppet& server = pair.receiver;
    set_receive_slot(client, slot);
    server.run({seL4_SysRecv, pair.endpoint});
    client.run({seL4_SysCall, pair.endpoint});
    server.buffer()->caps_or_badges[0] = gift;
    server.run({seL4_SysReply, 0, message(0, 0, 1)});
    expect("reply: carries a capability", client.poll().extra_caps() == 1 && !is_empty(slot));
    rt::remove(slot);
    const Word no_grant = rt::mint(pair.endpoint, seL4_CapRights_new(0, 0, 1, 0), 0);
    server.run({seL4_SysRecv, no_grant});
    client.run({seL4_SysCall, pair.endpoint});
    server.run({seL4_SysReply, 0, message(0, 0, 1)});
    const Result answer = client.poll();
    expect("reply: not where the receiver lacked Grant",
           answer.outcome == Outcome::returned && answer.extra_caps() == 0 && is_empty(slot));
}

}  // namespace

void transfer_suite() {
    check_one();
    check_unwrapping();
    check_sender_faults();
    check_reply_grant();
}

}  // namespace conformance
