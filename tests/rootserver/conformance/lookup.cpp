// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

// A CSpace of two levels: the root takes a guard of 8 bits (0x12) and 8 bits of index; its slot 1 leads to an
// inner CNode with a guard of 40 zero bits and 8 bits of index; slot 2 holds an endpoint; slot 3 an inner
// CNode that wants more bits than are left.
constexpr Word kGuard = 0x12;
constexpr Word kInner = 1;
constexpr Word kShort = 2;
constexpr Word kTooDeep = 3;
constexpr Word kFault = 4;

constexpr Word path(Word outer, Word inner = 0, Word guard = kGuard) {
    return (guard << 56) | (outer << 48) | inner;
}

struct Space {
    Word outer = rt::object(seL4_CapTableObject, 8);
    Word inner = rt::object(seL4_CapTableObject, 8);
    Word notification = rt::object(seL4_NotificationObject);
    Word fault_endpoint = rt::object(seL4_EndpointObject);

    Space() {
        const Word zeros = seL4_CNode_CapData_new(0, 40).words[0];
        const Word deep = seL4_CNode_CapData_new(0, 44).words[0];
        seL4_CNode_Mint(outer, kInner, 8, kRoot, inner, 64, seL4_AllRights, zeros);
        seL4_CNode_Mint(outer, kTooDeep, 8, kRoot, inner, 64, seL4_AllRights, deep);
        seL4_CNode_Copy(outer, kShort, 8, kRoot, notification, 64, seL4_AllRights);
        seL4_CNode_Copy(outer, kFault, 8, kRoot, fault_endpoint, 64, seL4_AllRights);
        seL4_CNode_Copy(inner, 7, 8, kRoot, notification, 64, seL4_AllRights);
    }
};

// A Call through the path signals the notification.
bool reached(Puppet& puppet, Word notification, Word cptr) {
    const Result result = puppet.run({seL4_SysCall, cptr});
    // An unbadged signal leaves no trace but this: a receiver would not block.
    Puppet receiver;
    const Result received = receiver.run({seL4_SysRecv, notification});
    return result.outcome == Outcome::returned && result.info == 0 && received.outcome == Outcome::returned;
}

void expect_fault(const char* name, const Result& result, Word cptr, bool receiving, Word type,
                  std::initializer_list<Word> words) {
    bool good = result.outcome == Outcome::faulted && result.fault == seL4_Fault_CapFault &&
                result.fault_words[0] == reinterpret_cast<Word>(puppet_syscall) &&
                result.fault_words[1] == cptr && result.fault_words[2] == (receiving ? 1 : 0) &&
                result.fault_words[3] == type;
    int i = 4;
    for (const Word word : words)
        good = good && result.fault_words[i++] == word;
    if (!good) {
        rt::print("saw fault ", result.fault, " cptr ", rt::Hex{result.fault_words[1]}, " phase ",
                  result.fault_words[2], " type ", result.fault_words[3], " ", result.fault_words[4], " ",
                  rt::Hex{result.fault_words[5]}, " ", result.fault_words[6]);
    }
    expect(name, good);
}

void check_paths(Puppet& puppet, const Space& space) {
    expect("lookup: two levels", reached(puppet, space.notification, path(kInner, 7)));
    expect("lookup: a path may end early", reached(puppet, space.notification, path(kShort)));
    expect("lookup: bits left over are ignored", reached(puppet, space.notification, path(kShort, 0x1234)));
    const Result empty = puppet.run({seL4_SysCall, path(kInner, 8)});
    expect("lookup: Call on an empty slot is an error",
           empty.outcome == Outcome::returned && empty.label() == seL4_InvalidCapability && empty.mr[0] == 0);
    expect("lookup: Send on an empty slot is nothing",
           puppet.run({seL4_SysSend, path(kInner, 8)}).outcome == Outcome::returned);
}

void check_faults(Puppet& puppet) {
    const Word wrong = path(kInner, 7, 0x13);
    expect_fault("lookup: wrong guard", puppet.run({seL4_SysCall, wrong}), wrong, false, seL4_GuardMismatch,
                 {64, kGuard, 8});
    const Word inner_guard = path(kInner, 0x107);
    expect_fault("lookup: wrong inner guard", puppet.run({seL4_SysCall, inner_guard}), inner_guard, false,
                 seL4_GuardMismatch, {48, 0, 40});
    const Word deep = path(kTooDeep, 1);
    expect_fault("lookup: too few bits", puppet.run({seL4_SysCall, deep}), deep, false, seL4_DepthMismatch,
                 {48, 52});
    expect("lookup: NBSend drops it silently",
           puppet.run({seL4_SysNBSend, wrong}).outcome == Outcome::returned);
    expect_fault("lookup: Recv", puppet.run({seL4_SysRecv, wrong}), wrong, true, seL4_GuardMismatch,
                 {64, kGuard, 8});
    expect_fault("lookup: NBRecv", puppet.run({seL4_SysNBRecv, wrong}), wrong, true, seL4_GuardMismatch,
                 {64, kGuard, 8});
    const Word empty = path(kInner, 8);
    expect_fault("lookup: Recv on an empty slot", puppet.run({seL4_SysRecv, empty}), empty, true,
                 seL4_MissingCapability, {0});
}

void check_cnode_paths(const Space& space) {
    const Word to = rt::slot();
    const Answer left_over = invoke(kRoot, seL4_Label_CNode_Copy, {to, 64, 2ul << 8, 16, 15}, {space.outer});
    expect_error_begins("lookup: CNode operations mind bits left over", left_over, seL4_FailedLookup,
                        {1, seL4_DepthMismatch});
    const Answer through = invoke(kRoot, seL4_Label_CNode_Copy,
                                  {to, 64, path(kInner, 7) & 0x00ffffffffffffff, 56, 15}, {space.outer});
    expect_success("lookup: CNode operations walk two levels", through);
    const Answer partial = invoke(kRoot, seL4_Label_CNode_Delete, {0, 13}, {});
    expect_error_begins("lookup: the guard counts", partial, seL4_FailedLookup, {0, seL4_GuardMismatch});
}

}  // namespace

void lookup_suite() {
    const Space space;
    const Word guard = seL4_CNode_CapData_new(kGuard, 8).words[0];
    Puppet puppet(space.outer, guard, path(kFault), space.fault_endpoint);
    check_paths(puppet, space);
    check_faults(puppet);
    check_cnode_paths(space);
}

}  // namespace conformance
