// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

struct Fault {
    Word label;
    Word length;
    Word badge;
    Word words[20];
};

// Starts the puppet and takes its fault as a handler would, keeping the right to reply.
Fault provoke(Puppet& puppet, void (*where)(), seL4_UserContext context = {}) {
    context.rip = reinterpret_cast<Word>(where);
    context.rflags = 0x202;
    seL4_TCB_WriteRegisters(puppet.tcb(), 1, 0, 20, &context);
    Fault fault{};
    const seL4_MessageInfo_t info = seL4_NBRecv(puppet.fault_endpoint(), &fault.badge);
    fault.label = seL4_MessageInfo_get_label(info);
    fault.length = seL4_MessageInfo_get_length(info);
    for (int i = 0; i < 20; ++i)
        fault.words[i] = seL4_GetMR(i);
    return fault;
}

void reply(Word label, std::initializer_list<Word> words) {
    int i = 0;
    for (const Word word : words)
        seL4_SetMR(i++, word);
    seL4_Reply(seL4_MessageInfo_new(label, 0, 0, words.size()));
}

Word address_of(void (*function)()) {
    return reinterpret_cast<Word>(function);
}

void check_exceptions() {
    Puppet puppet;
    seL4_UserContext context{};
    context.rsp = 0x123400;
    const Fault ud = provoke(puppet, puppet_return, context);
    expect("exception: #UD is UserException 6",
           ud.label == seL4_Fault_UserException && ud.length == 5 && ud.words[3] == 6 && ud.words[4] == 0);
    expect_equal("exception: its address", ud.words[0], address_of(puppet_return));
    expect_equal("exception: its stack pointer", ud.words[1], 0x123400);
    reply(0, {address_of(puppet_int3), 0x567800});
    const Result next = puppet.poll();
    expect("exception: the reply sets ip",
           next.fault == seL4_Fault_UserException && next.fault_words[seL4_UserException_Number] == 3);
    expect_equal("exception: and sp", next.fault_words[seL4_UserException_SP], 0x567800);
    expect_equal("int3: the address is behind it", next.fault_words[0], address_of(puppet_int3) + 1);
    provoke(puppet, puppet_return);
    reply(1, {address_of(puppet_int3)});
    expect("exception: a reply with a label ends the thread", puppet.poll().outcome == Outcome::blocked);
    const Result restarted = puppet.run_at(puppet_return);
    expect("exception: which can be started again", restarted.outcome == Outcome::returned);
}

void check_single_steps() {
    constexpr Word kDebug = 1;
    Puppet puppet;
    seL4_UserContext context{};
    context.rsp = puppet.stack_top();
    const Fault step = provoke(puppet, puppet_single_step, context);
    expect("single step: is UserException 1",
           step.label == seL4_Fault_UserException && step.words[3] == kDebug);
    // Yield, with a trap armed that can only strike once the kernel has been entered.
    context.rdx = static_cast<Word>(static_cast<seL4_Int64>(seL4_SysYield));
    const Fault entry = provoke(puppet, puppet_single_step_syscall, context);
    expect("single step: into a system call leaves the kernel standing",
           entry.label == seL4_Fault_UserException);
}

void check_unknown_syscall() {
    Puppet puppet;
    seL4_UserContext context{};
    context.rdx = 77;
    context.rax = 1;
    context.rbx = 2;
    context.r12 = 12;
    context.r15 = 15;
    const Fault fault = provoke(puppet, puppet_syscall, context);
    expect("unknown syscall: 19 words", fault.label == seL4_Fault_UnknownSyscall && fault.length == 19);
    expect("unknown syscall: registers", fault.words[0] == 1 && fault.words[1] == 2 && fault.words[3] == 77 &&
                                             fault.words[11] == 12 && fault.words[14] == 15);
    expect_equal("unknown syscall: its address", fault.words[15], address_of(puppet_syscall));
    expect_equal("unknown syscall: its number", fault.words[18], 77);
    seL4_SetMR(0, 0x111);
    seL4_SetMR(1, 0x222);
    for (int i = 2; i < 15; ++i)
        seL4_SetMR(i, fault.words[i]);
    seL4_SetMR(15, fault.words[15] + 2);
    seL4_Reply(seL4_MessageInfo_new(0, 0, 0, 16));
    expect("unknown syscall: the reply skips it", puppet.poll().outcome == Outcome::returned);
    expect("unknown syscall: and sets registers",
           puppet.registers().rax == 0x111 && puppet.registers().rbx == 0x222);
    context.rax = 0xff123456;
    const Fault trap = provoke(puppet, puppet_int_200, context);
    expect_equal("int 200: is an unknown syscall", trap.words[18], 0xffffffffc8123456);
    expect_equal("int 200: address of the instruction", trap.words[15], address_of(puppet_int_200));
    reply(1, {});
    expect("unknown syscall: a reply with a label ends the thread",
           puppet.poll().outcome == Outcome::blocked);
}

void check_page_faults() {
    Puppet puppet;
    seL4_UserContext context{};
    context.rdi = 0x123450;
    const Fault data = provoke(puppet, puppet_spin, context);
    expect("page fault: a write", data.label == seL4_Fault_VMFault && data.length == 4 &&
                                      data.words[1] == 0x123450 && data.words[2] == 0 && data.words[3] == 6);
    expect_equal("page fault: its address", data.words[0], address_of(puppet_spin));
    reply(9, {1, 2, 3});
    const Result again = puppet.poll();
    expect("page fault: the reply restarts it, label or not", again.fault == seL4_Fault_VMFault);
    const Fault fetch = provoke(puppet, reinterpret_cast<void (*)()>(0x777000));
    expect("page fault: a fetch",
           fetch.label == seL4_Fault_VMFault && fetch.words[0] == 0x777000 && fetch.words[1] == 0x777000);
    const Fault kernel = provoke(puppet, reinterpret_cast<void (*)()>(0xffffffff80101000));
    expect("page fault: the kernel is out of reach", kernel.label == seL4_Fault_VMFault);
}

void check_handlers() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word badged = rt::mint(endpoint, seL4_CapRights_new(1, 0, 0, 1), 0xabc);
    const Word mute = rt::mint(endpoint, seL4_CanWrite, 1);
    rt::Thread thread = rt::make_thread(badged);
    rt::set_priority(thread.tcb, kOwnPriority + 1);
    seL4_UserContext context{};
    context.rip = address_of(puppet_return);
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 2, &context);
    Word badge = 0;
    seL4_NBRecv(endpoint, &badge);
    expect_equal("handler: the badge of its capability", badge, 0xabc);
    seL4_TCB_SetSpace(thread.tcb, mute, kRoot, 0, kSpace, 0);
    seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 2, &context);
    seL4_NBRecv(endpoint, &badge);
    expect_equal("handler: one that cannot reply gets nothing", badge, 0);
    seL4_TCB_SetSpace(thread.tcb, 0, kRoot, 0, kSpace, 0);
    expect_code("handler: none at all", seL4_TCB_WriteRegisters(thread.tcb, 1, 0, 2, &context));
    rt::stop(thread);
}

}  // namespace

void fault_suite() {
    check_exceptions();
    check_single_steps();
    check_unknown_syscall();
    check_page_faults();
    check_handlers();
}

}  // namespace conformance
