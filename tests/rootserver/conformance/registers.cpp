// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

constexpr Word kNonCanonical = 0x0000'8000'0000'0000;
constexpr Word kUpperHalf = 0xffff'8000'0000'0000;

void check_arguments() {
    Puppet puppet;
    expect_error("read: one word", invoke(puppet.tcb(), seL4_Label_TCB_ReadRegisters, {0}),
                 seL4_TruncatedMessage);
    expect_error("read: no registers", invoke(puppet.tcb(), seL4_Label_TCB_ReadRegisters, {0, 0}),
                 seL4_RangeError, {1, 20});
    expect_error("read: 21 registers", invoke(puppet.tcb(), seL4_Label_TCB_ReadRegisters, {0, 21}),
                 seL4_RangeError, {1, 20});
    expect_error("read: of oneself", invoke(kSelf, seL4_Label_TCB_ReadRegisters, {0, 20}),
                 seL4_IllegalOperation);
    expect_equal("read: as many as asked for",
                 invoke(puppet.tcb(), seL4_Label_TCB_ReadRegisters, {0, 3}).length, 3);
    expect_error("write: one word", invoke(puppet.tcb(), seL4_Label_TCB_WriteRegisters, {0}),
                 seL4_TruncatedMessage);
    expect_error("write: fewer than counted",
                 invoke(puppet.tcb(), seL4_Label_TCB_WriteRegisters, {0, 3, 1, 2}), seL4_TruncatedMessage);
    expect_error("write: oneself", invoke(kSelf, seL4_Label_TCB_WriteRegisters, {0, 1, 1}),
                 seL4_IllegalOperation);
    expect_error("copy: without source", invoke(puppet.tcb(), seL4_Label_TCB_CopyRegisters, {0}),
                 seL4_TruncatedMessage);
    expect_error("copy: source is no TCB", invoke(puppet.tcb(), seL4_Label_TCB_CopyRegisters, {0}, {kRoot}),
                 seL4_InvalidCapability, {1});
}

void check_order() {
    Puppet puppet;
    seL4_UserContext wanted{};
    auto* words = reinterpret_cast<Word*>(&wanted);
    for (Word i = 0; i < 20; ++i)
        words[i] = 0x1000 + i;
    wanted.rip = reinterpret_cast<Word>(puppet_return);
    wanted.rflags = 0x202;
    seL4_TCB_WriteRegisters(puppet.tcb(), 1, 0, 20, &wanted);
    expect("registers: the thread ran", puppet.poll().outcome == Outcome::returned);
    const seL4_UserContext seen = puppet.registers();
    const auto* got = reinterpret_cast<const Word*>(&seen);
    bool same = true;
    for (Word i = 0; i < 20; ++i) {
        if (i == 2) continue;
        if (got[i] != words[i])
            rt::print("register ", i, " ", rt::Hex{got[i]}, " wanted ", rt::Hex{words[i]});
        same = same && got[i] == words[i];
    }
    expect("registers: all twenty survive user code", same);
    expect_equal("registers: flags", seen.rflags & 0xfff & ~Word{0x8d5}, 0x202);
}

seL4_UserContext write_and_read(Word rip, Word rflags, Word base) {
    const Word tcb = rt::object(seL4_TCBObject);
    seL4_UserContext context{};
    context.rip = rip;
    context.rflags = rflags;
    context.fs_base = base;
    context.gs_base = base;
    seL4_TCB_WriteRegisters(tcb, 0, 0, 20, &context);
    seL4_TCB_ReadRegisters(tcb, 0, 0, 20, &context);
    return context;
}

void check_sanitising() {
    const seL4_UserContext bad = write_and_read(kNonCanonical, ~Word{0}, kNonCanonical);
    expect_equal("sanitise: rip", bad.rip, 0);
    expect_equal("sanitise: fs base", bad.fs_base, 0);
    expect_equal("sanitise: gs base", bad.gs_base, 0);
    expect_equal("sanitise: flags", bad.rflags, 0xfff & ~(Word{0x100} | 0x8 | 0x20));
    const seL4_UserContext high = write_and_read(kUpperHalf, 0, kUpperHalf);
    expect_equal("sanitise: an upper-half rip stays", high.rip, kUpperHalf);
    expect_equal("sanitise: an upper-half base stays", high.gs_base, kUpperHalf);
    expect_equal("sanitise: interrupts stay on", high.rflags, 0x202);
}

void check_blocked() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet puppet;
    seL4_UserContext context{};
    context.rdx = static_cast<Word>(Word{0} - 5);
    context.rdi = endpoint;
    context.rsp = 0x1234560;
    context.rbx = 0x7654320;
    puppet.run_at(puppet_syscall, context);
    const seL4_UserContext seen = puppet.registers();
    expect_equal("blocked: rip is the syscall instruction", seen.rip, reinterpret_cast<Word>(puppet_syscall));
    expect_equal("blocked: preserved registers show", seen.rbx, 0x7654320);
    seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 0));
    expect("blocked: the thread goes on", puppet.poll().outcome == Outcome::returned);
    expect_equal("syscall: rsp comes back as zero", puppet.registers().rsp, 0);
    expect_equal("syscall: rcx holds the return address", puppet.registers().rcx,
                 reinterpret_cast<Word>(puppet_syscall) + 2);
}

void check_copy() {
    const Word source = rt::object(seL4_TCBObject);
    const Word target = rt::object(seL4_TCBObject);
    seL4_UserContext context{};
    auto* words = reinterpret_cast<Word*>(&context);
    for (Word i = 0; i < 20; ++i)
        words[i] = 0x2000 + i;
    context.rflags = 0x202;
    seL4_TCB_WriteRegisters(source, 0, 0, 20, &context);
    expect_code("copy: frame registers", seL4_TCB_CopyRegisters(target, source, 0, 0, 1, 0, 0));
    seL4_UserContext seen;
    seL4_TCB_ReadRegisters(target, 0, 0, 20, &seen);
    expect("copy: frame registers arrive, bases do not",
           seen.rip == 0x2000 && seen.rdi == 0x2008 && seen.r15 == 0x2011 && seen.fs_base == 0);
    expect_code("copy: integer registers", seL4_TCB_CopyRegisters(target, source, 0, 0, 0, 1, 0));
    seL4_TCB_ReadRegisters(target, 0, 0, 20, &seen);
    expect("copy: bases arrive", seen.fs_base == 0x2012 && seen.gs_base == 0x2013);
}

void check_bases() {
    const Word tcb = rt::object(seL4_TCBObject);
    expect_error("TLS base: no word", invoke(tcb, seL4_Label_TCB_SetTLSBase, {}), seL4_TruncatedMessage);
    expect_success("TLS base", invoke(tcb, seL4_Label_TCB_SetTLSBase, {0x5000}));
    seL4_UserContext seen;
    seL4_TCB_ReadRegisters(tcb, 0, 0, 20, &seen);
    expect_equal("TLS base: is the fs base", seen.fs_base, 0x5000);
}

}  // namespace

void register_suite() {
    check_arguments();
    check_order();
    check_sanitising();
    check_blocked();
    check_copy();
    check_bases();
}

}  // namespace conformance
