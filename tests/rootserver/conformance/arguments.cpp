// SPDX-License-Identifier: GPL-3.0-only
// The argument checks that capability and thread invocations share: what one of them refuses, each of them
// must.
#include "harness.hpp"

namespace conformance {
namespace {

constexpr Word kEverything = 15;
constexpr Word kTooDeep = 65;

// An invocation of the root CNode whose words begin with the slot it is about.
struct SlotCall {
    Word label;
    const char* truncated;
    const char* depth;
    const char* lookup;
};

constexpr SlotCall kSlotCalls[] = {
    {seL4_Label_CNode_Revoke, "revoke: one word", "revoke: depth 65", "revoke: guard"},
    {seL4_Label_CNode_Delete, "delete: one word", "delete: depth 65", "delete: guard"},
    {seL4_Label_CNode_CancelBadgedSends, "cancel sends: one word", "cancel sends: depth 65",
     "cancel sends: guard"},
    {seL4_Label_CNode_SaveCaller, "save caller: one word", "save caller: depth 65", "save caller: guard"},
};

void check_slot_calls() {
    const Word slot = rt::slot();
    for (const SlotCall& call : kSlotCalls) {
        expect_error(call.truncated, invoke(kRoot, call.label, {slot}), seL4_TruncatedMessage);
        expect_error(call.depth, invoke(kRoot, call.label, {slot, kTooDeep}), seL4_RangeError, {1, 64});
        expect_error_begins(call.lookup, invoke(kRoot, call.label, {Word{1} << 63, 64}), seL4_FailedLookup,
                            {0, seL4_GuardMismatch});
    }
    expect_success("revoke: an empty slot", invoke(kRoot, seL4_Label_CNode_Revoke, {slot, 64}));
    expect_success("delete: an empty slot", invoke(kRoot, seL4_Label_CNode_Delete, {slot, 64}));
    expect_success("save caller: nobody called", invoke(kRoot, seL4_Label_CNode_SaveCaller, {slot, 64}));
}

// One that brings a capability from a source slot to a target slot.
struct Transport {
    Word label;
    const char* truncated;
    const char* depth;
    const char* source_depth;
    const char* lookup;
    const char* full;
    const char* good;
};

constexpr Transport kTransports[] = {
    {seL4_Label_CNode_Copy, "copy: three words", "copy: depth 65", "copy: source depth 0",
     "copy: no such source", "copy: onto a capability", "copy"},
    {seL4_Label_CNode_Mint, "mint: three words", "mint: depth 65", "mint: source depth 0",
     "mint: no such source", "mint: onto a capability", "mint"},
    {seL4_Label_CNode_Move, "move: three words", "move: depth 65", "move: source depth 0",
     "move: no such source", "move: onto a capability", "move"},
    {seL4_Label_CNode_Mutate, "mutate: three words", "mutate: depth 65", "mutate: source depth 0",
     "mutate: no such source", "mutate: onto a capability", "mutate"},
};

void check_transports() {
    const Word source = rt::object(seL4_CapTableObject, 2);
    Word current = source;
    for (const Transport& call : kTransports) {
        const Word to = rt::slot();
        const auto carry = [&](Word target, Word depth, Word from, Word from_depth) {
            return invoke(kRoot, call.label, {target, depth, from, from_depth, kEverything, 0}, {kRoot});
        };
        expect_error(call.truncated, invoke(kRoot, call.label, {to, 64, current}, {kRoot}),
                     seL4_TruncatedMessage);
        expect_error(call.depth, carry(to, kTooDeep, current, 64), seL4_RangeError, {1, 64});
        expect_error(call.source_depth, carry(to, 64, current, 0), seL4_RangeError, {1, 64});
        expect_error_begins(call.lookup, carry(to, 64, Word{1} << 63, 64), seL4_FailedLookup,
                            {1, seL4_GuardMismatch});
        expect_error(call.full, carry(kRoot, 64, current, 64), seL4_DeleteFirst);
        expect_success(call.good, carry(to, 64, current, 64));
        current = to;
    }
    const Word memory = rt::untyped(12);
    rt::retype(memory, seL4_EndpointObject, 0, rt::slot());
    expect_error("mint: untyped with children",
                 invoke(kRoot, seL4_Label_CNode_Mint, {rt::slot(), 64, memory, 64, kEverything, 0}, {kRoot}),
                 seL4_RevokeFirst);
}

void check_rotate() {
    const Word pivot = rt::object(seL4_EndpointObject), source = rt::object(seL4_EndpointObject);
    const Word target = rt::slot();
    const auto rotate = [&](Word depth, Word to) {
        return invoke(kRoot, seL4_Label_CNode_Rotate, {to, depth, 0, pivot, 64, 0, source, 64},
                      {kRoot, kRoot});
    };
    expect_error("rotate: depth 65", rotate(kTooDeep, target), seL4_RangeError, {1, 64});
    expect_error("rotate: onto a capability", rotate(64, kRoot), seL4_DeleteFirst);
    const Word nodes[] = {rt::object(seL4_CapTableObject, 2), rt::object(seL4_CapTableObject, 2)};
    expect_success("rotate: two CNodes change places",
                   invoke(kRoot, seL4_Label_CNode_Rotate, {nodes[0], 64, 0, nodes[1], 64, 0, nodes[0], 64},
                          {kRoot, kRoot}));
}

void check_thread_calls() {
    const Word tcb = rt::object(seL4_TCBObject);
    expect_success("set priority", invoke(tcb, seL4_Label_TCB_SetPriority, {50}, {kSelf}));
    expect_success("set MCP", invoke(tcb, seL4_Label_TCB_SetMCPriority, {50}, {kSelf}));
    expect_error("set MCP: no words", invoke(tcb, seL4_Label_TCB_SetMCPriority, {}, {kSelf}),
                 seL4_TruncatedMessage);
    expect_error("set MCP: authority is no TCB", invoke(tcb, seL4_Label_TCB_SetMCPriority, {50}, {kRoot}),
                 seL4_InvalidCapability, {1});
    expect_error("set scheduling: one word", invoke(tcb, seL4_Label_TCB_SetSchedParams, {50}, {kSelf}),
                 seL4_TruncatedMessage);
    expect_error("set scheduling: authority is no TCB",
                 invoke(tcb, seL4_Label_TCB_SetSchedParams, {50, 50}, {kRoot}), seL4_InvalidCapability, {1});
    expect_error("set space: CSpace is no CNode",
                 invoke(tcb, seL4_Label_TCB_SetSpace, {0, 0, 0}, {kSelf, kSpace}), seL4_IllegalOperation);
    expect_success("suspend", invoke(tcb, seL4_Label_TCB_Suspend, {}));
    expect_success("write registers: one", invoke(tcb, seL4_Label_TCB_WriteRegisters, {0, 1, 0x400000}));
    const Answer registers = invoke(tcb, seL4_Label_TCB_ReadRegisters, {0, 1});
    expect_success("read registers: one", registers);
    expect_equal("read registers: what was written", registers.mr[0], 0x400000);
    const Word other = rt::object(seL4_TCBObject);
    expect_success("copy registers", invoke(other, seL4_Label_TCB_CopyRegisters, {4}, {tcb}));
    const Word notification = rt::object(seL4_NotificationObject);
    expect_success("bind notification", invoke(tcb, seL4_Label_TCB_BindNotification, {}, {notification}));
    expect_success("unbind notification", invoke(tcb, seL4_Label_TCB_UnbindNotification, {}));
    const Answer flags = invoke(tcb, seL4_Label_TCB_SetFlags, {0, 1});
    expect_success("set flags", flags);
    expect_equal("set flags: the answer is what is set", flags.mr[0], 1);
    expect_success("resume: a thread without anything", invoke(tcb, seL4_Label_TCB_Resume, {}));
    expect_success("suspend: it again", invoke(tcb, seL4_Label_TCB_Suspend, {}));
}

void check_domain_schedule() {
    constexpr Word kDomain = seL4_CapDomain, kForever = (Word{1} << 56) - 1;
    constexpr Word kConfigure = seL4_Label_DomainSet_ScheduleConfigure;
    constexpr Word kStart = seL4_Label_DomainSet_ScheduleSetStart;
    expect_error("schedule: two words", invoke(kDomain, kConfigure, {1, 0}), seL4_TruncatedMessage);
    expect_error("schedule: index 99", invoke(kDomain, kConfigure, {99, 2, 5}), seL4_RangeError, {0, 98});
    expect_error("schedule: index 99 as an end", invoke(kDomain, kConfigure, {99, 0, 0}), seL4_RangeError,
                 {0, 98});
    expect_error("schedule: index 100", invoke(kDomain, kConfigure, {100, 0, 1}), seL4_RangeError, {0, 98});
    expect_error("schedule: domain 16", invoke(kDomain, kConfigure, {1, 16, 1}), seL4_RangeError, {0, 15});
    expect_error("schedule: 2^56 ticks", invoke(kDomain, kConfigure, {1, 0, kForever + 1}),
                 seL4_InvalidArgument, {2});
    expect_error("schedule: an end with a domain", invoke(kDomain, kConfigure, {1, 3, 0}),
                 seL4_InvalidArgument, {1});
    expect_error("schedule: an end at the start", invoke(kDomain, kConfigure, {0, 0, 0}),
                 seL4_InvalidArgument, {2});
    expect_success("schedule", invoke(kDomain, kConfigure, {98, 2, 5}));
    expect_success("schedule: an end", invoke(kDomain, kConfigure, {98, 0, 0}));
    expect_error("schedule start: no words", invoke(kDomain, kStart, {}), seL4_TruncatedMessage);
    expect_error("schedule start: index 100", invoke(kDomain, kStart, {100}), seL4_RangeError, {0, 99});
    expect_error("schedule start: at an end", invoke(kDomain, kStart, {99}), seL4_InvalidArgument, {0});
    expect_success("schedule start", invoke(kDomain, kStart, {0}));
}

}  // namespace

void argument_suite() {
    check_slot_calls();
    check_transports();
    check_rotate();
    check_thread_calls();
    check_domain_schedule();
}

}  // namespace conformance
