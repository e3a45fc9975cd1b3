// SPDX-License-Identifier: GPL-3.0-only
#include "puppet.hpp"

namespace conformance {
namespace {

alignas(4096) unsigned char page[4096];

void check_configure() {
    const Word tcb = rt::object(seL4_TCBObject);
    const Word frame = rt::frame_of(page);
    const Word address = reinterpret_cast<Word>(page);
    const Word endpoint = rt::object(seL4_EndpointObject);
    const auto configure = [&](Word cspace, Word vspace, Word buffer, Word buffer_frame) {
        return invoke(tcb, seL4_Label_TCB_Configure, {0, 0, 0, buffer}, {cspace, vspace, buffer_frame});
    };
    expect_error("configure: two capabilities",
                 invoke(tcb, seL4_Label_TCB_Configure, {0, 0, 0, 0}, {kRoot, kSpace}), seL4_TruncatedMessage);
    expect_error("configure: three words",
                 invoke(tcb, seL4_Label_TCB_Configure, {0, 0, 0}, {kRoot, kSpace, frame}),
                 seL4_TruncatedMessage);
    expect_error("configure: CSpace is no CNode", configure(endpoint, kSpace, address, frame),
                 seL4_IllegalOperation);
    expect_error("configure: VSpace is no PML4", configure(kRoot, endpoint, address, frame),
                 seL4_IllegalOperation);
    const Word unassigned = rt::object(seL4_X64_PML4Object);
    expect_error("configure: VSpace without ASID", configure(kRoot, unassigned, address, frame),
                 seL4_IllegalOperation);
    expect_error("configure: buffer is no frame", configure(kRoot, kSpace, address, endpoint),
                 seL4_IllegalOperation);
    expect_error("configure: buffer misaligned", configure(kRoot, kSpace, address + 8, frame),
                 seL4_AlignmentError);
    expect_success("configure: no buffer", configure(kRoot, kSpace, 0, 0));
    expect_success("configure", configure(kRoot, kSpace, address, frame));
    expect_success("set buffer: none", invoke(tcb, seL4_Label_TCB_SetIPCBuffer, {0}, {frame}));
    expect_error("set buffer: misaligned", invoke(tcb, seL4_Label_TCB_SetIPCBuffer, {address + 16}, {frame}),
                 seL4_AlignmentError);
    expect_error("set buffer: no frame", invoke(tcb, seL4_Label_TCB_SetIPCBuffer, {address}, {}),
                 seL4_TruncatedMessage);
    expect_error("set space: one capability", invoke(tcb, seL4_Label_TCB_SetSpace, {0, 0, 0}, {kRoot}),
                 seL4_TruncatedMessage);
    expect_success("set space", invoke(tcb, seL4_Label_TCB_SetSpace, {0, 0, 0}, {kRoot, kSpace}));
    expect_error("tcb: unknown label", invoke(tcb, seL4_Label_Untyped_Retype, {0, 0, 0, 0, 0, 0}, {kRoot}),
                 seL4_IllegalOperation);
}

void check_priorities() {
    const Word tcb = rt::object(seL4_TCBObject);
    const Word weak = rt::object(seL4_TCBObject);
    expect_code("priority: MCP", seL4_TCB_SetMCPriority(weak, kSelf, 50));
    expect_error("priority: without authority", invoke(tcb, seL4_Label_TCB_SetPriority, {10}),
                 seL4_TruncatedMessage);
    expect_error("priority: authority is no TCB", invoke(tcb, seL4_Label_TCB_SetPriority, {10}, {kRoot}),
                 seL4_InvalidCapability, {1});
    expect_error("priority: above the authority's MCP", invoke(tcb, seL4_Label_TCB_SetPriority, {51}, {weak}),
                 seL4_RangeError, {0, 50});
    expect_error("MCP: above the authority's", invoke(tcb, seL4_Label_TCB_SetMCPriority, {51}, {weak}),
                 seL4_RangeError, {0, 50});
    expect_error("sched params: MCP", invoke(tcb, seL4_Label_TCB_SetSchedParams, {51, 10}, {weak}),
                 seL4_RangeError, {0, 50});
    expect_error("sched params: priority", invoke(tcb, seL4_Label_TCB_SetSchedParams, {10, 51}, {weak}),
                 seL4_RangeError, {0, 50});
    expect_success("sched params", invoke(tcb, seL4_Label_TCB_SetSchedParams, {50, 50}, {weak}));
}

void check_flags() {
    const Word tcb = rt::object(seL4_TCBObject);
    const auto flags = [tcb](Word clear, Word set) {
        return invoke(tcb, seL4_Label_TCB_SetFlags, {clear, set});
    };
    expect_error("flags: one word", invoke(tcb, seL4_Label_TCB_SetFlags, {0}), seL4_TruncatedMessage);
    const Answer first = flags(0, 0);
    expect("flags: none at first", first.label == 0 && first.length == 1 && first.mr[0] == 0);
    expect_equal("flags: set", flags(0, 0xff).mr[0], 1);
    expect_equal("flags: clear", flags(1, 0).mr[0], 0);
}

volatile Word counter;

void check_suspend() {
    Puppet puppet(kOwnPriority - 1);
    seL4_UserContext context{};
    context.rdi = reinterpret_cast<Word>(&counter);
    puppet.run_at(puppet_spin, context);
    expect_code("suspend: a runnable thread", seL4_TCB_Suspend(puppet.tcb()));
    expect_code("suspend: again", seL4_TCB_Suspend(puppet.tcb()));
    expect_code("resume", seL4_TCB_Resume(puppet.tcb()));
    expect_code("resume: a running thread is nothing", seL4_TCB_Resume(puppet.tcb()));
    const Word endpoint = rt::object(seL4_EndpointObject);
    Puppet sender;
    sender.run({seL4_SysSend, endpoint, message(4, 1), {5}});
    seL4_TCB_Suspend(sender.tcb());
    Puppet receiver;
    expect("suspend: cancels a Send", receiver.run({seL4_SysRecv, endpoint}).outcome == Outcome::blocked);
    seL4_TCB_Resume(sender.tcb());
    const Result got = receiver.poll();
    expect("resume: the Send is made again", got.outcome == Outcome::returned && got.info == message(4, 1));
}

void check_deletion() {
    const Word endpoint = rt::object(seL4_EndpointObject);
    const Word tcb_copy = rt::slot();
    Puppet server;
    {
        Puppet client;
        seL4_CNode_Copy(kRoot, tcb_copy, 64, kRoot, client.tcb(), 64, seL4_AllRights);
        client.run({seL4_SysCall, endpoint});
        server.run({seL4_SysRecv, endpoint});
    }
    rt::remove(tcb_copy);
    expect("deletion: the reply to a dead caller is nothing",
           server.run({seL4_SysReply, 0, message(0, 0)}).outcome == Outcome::returned);
    expect("deletion: the server receives again",
           server.run({seL4_SysRecv, endpoint}).outcome == Outcome::blocked);
}

}  // namespace

void thread_suite() {
    check_configure();
    check_priorities();
    check_flags();
    check_suspend();
    check_deletion();
}

}  // namespace conformance
