// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "kernel/api/entry.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/sched/sched.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;

Word info(Word label, Word length, Word extra = 0) {
    return (label << 12) | (extra << 7) | length;
}

// The root server as client, and a server thread that waits on an endpoint.
class Ipc : public testing::Test {
protected:
    Ipc() {
        endpoint_ = kernel_.make(seL4_EndpointObject);
        badged_ = mint(endpoint_, 15, 77);
        server_slot_ = kernel_.make_thread(255);
    }

    Word mint(Word source, Word rights, Word badge) {
        const Word slot = kernel_.free_slot();
        EXPECT_EQ(
            kernel_.call(kRoot, seL4_Label_CNode_Mint, {slot, 64, source, 64, rights, badge}, {kRoot}).label,
            seL4_NoError);
        return slot;
    }
    Tcb& server() { return kernel_.thread(server_slot_); }
    // Lets `tcb` be the running thread, as if it had been switched to.
    void run(Tcb& tcb) {
        if (kernel_current->state == ThreadState::running) sched::enqueue(*kernel_current);
        sched::switch_to(tcb);
        tcb.state = ThreadState::running;
    }
    void resume(Word slot) { kernel_.call(slot, seL4_Label_TCB_Resume); }
    void start_server() {
        resume(server_slot_);
        run(server());
        kernel_.syscall(seL4_SysRecv, endpoint_, 0);
        ASSERT_EQ(server().state, ThreadState::blocked_on_receive);
        ASSERT_EQ(kernel_current, &kernel_.root());
    }
    static arch::UserContext& registers(Tcb& tcb) { return tcb.arch.context; }

    Kernel kernel_;
    Word endpoint_, badged_, server_slot_;
};

TEST_F(Ipc, CallReachesTheWaitingServerAndTheReplyComesBack) {
    start_server();
    registers(kernel_.root()).r10 = 11;
    registers(kernel_.root()).r8 = 12;
    kernel_.syscall(seL4_SysCall, badged_, info(5, 2));
    ASSERT_EQ(kernel_current, &server());
    EXPECT_EQ(registers(server()).rdi, 77u);
    EXPECT_EQ(registers(server()).rsi, info(5, 2));
    EXPECT_EQ(registers(server()).r10, 11u);
    EXPECT_EQ(registers(server()).r8, 12u);
    EXPECT_EQ(kernel_.root().state, ThreadState::blocked_on_reply);
    registers(server()).r10 = 99;
    kernel_.syscall(seL4_SysReplyRecv, endpoint_, info(3, 1));
    ASSERT_EQ(kernel_current, &kernel_.root());
    EXPECT_EQ(registers(kernel_.root()).rdi, 0u);
    EXPECT_EQ(registers(kernel_.root()).rsi, info(3, 1));
    EXPECT_EQ(registers(kernel_.root()).r10, 99u);
    EXPECT_TRUE(server().caller.is_empty());
    EXPECT_EQ(kernel_.root().reply.next(), nullptr);
}

TEST_F(Ipc, CSpacesOfTwoLevelsWorkAlike) {
    const Word top = kernel_.make(seL4_CapTableObject, 2);
    constexpr Word kGuardSize = 64 - 2 - Kernel::kRadix;
    ASSERT_EQ(kernel_.call(top, seL4_Label_CNode_Mint, {1, 2, kRoot, 64, 15, kGuardSize}, {kRoot}).label,
              seL4_NoError);
    ASSERT_EQ(
        kernel_.call(server_slot_, seL4_Label_TCB_SetSpace, {0, 0, 0}, {top, seL4_CapInitThreadVSpace}).label,
        seL4_NoError);
    const Word far = Word{1} << 62 | endpoint_;
    resume(server_slot_);
    run(server());
    kernel_.syscall(seL4_SysRecv, far, 0);
    kernel_.syscall(seL4_SysCall, badged_, info(5, 0));
    ASSERT_EQ(kernel_current, &server());
    kernel_.syscall(seL4_SysReplyRecv, far, info(3, 0));
    ASSERT_EQ(kernel_current, &kernel_.root());
    EXPECT_EQ(registers(kernel_.root()).rsi, info(3, 0));
    EXPECT_EQ(server().state, ThreadState::blocked_on_receive);
}

TEST_F(Ipc, LongMessagesTakeTheBuffers) {
    start_server();
    for (Word i = 4; i < 120; i++)
        kernel_.buffer().msg[i] = i * 3;
    kernel_.syscall(seL4_SysCall, badged_, info(5, 120));
    const IpcBuffer* received = ipc_buffer(server(), true);
    for (Word i = 4; i < 120; i++)
        ASSERT_EQ(received->msg[i], i * 3);
    EXPECT_EQ(registers(server()).rsi, info(5, 120));
}

TEST_F(Ipc, WithoutABufferMessagesAreCutToFourWords) {
    start_server();
    server().buffer.cap = Cap{};
    kernel_.syscall(seL4_SysCall, badged_, info(5, 9));
    EXPECT_EQ(registers(server()).rsi, info(5, 4));
}

TEST_F(Ipc, SendersQueueInOrderAndSendDoesNotWaitForAReply) {
    kernel_.syscall(seL4_SysNBSend, endpoint_, info(1, 0));
    EXPECT_EQ(kernel_.root().state, ThreadState::running);
    resume(server_slot_);
    kernel_.syscall(seL4_SysSend, badged_, info(9, 0));
    EXPECT_EQ(kernel_.root().state, ThreadState::blocked_on_send);
    ASSERT_EQ(kernel_current, &server());
    kernel_.syscall(seL4_SysRecv, endpoint_, 0);
    EXPECT_EQ(registers(server()).rdi, 77u);
    EXPECT_EQ(registers(server()).rsi, info(9, 0));
    EXPECT_EQ(kernel_.root().state, ThreadState::running);
    EXPECT_TRUE(server().caller.is_empty());
}

TEST_F(Ipc, NonBlockingReceiveOfNothingGivesBadgeZero) {
    registers(kernel_.root()).r10 = 5;
    kernel_.syscall(seL4_SysNBRecv, endpoint_, 123);
    EXPECT_EQ(registers(kernel_.root()).rdi, 0u);
    EXPECT_EQ(registers(kernel_.root()).rsi, 123u);
    EXPECT_EQ(registers(kernel_.root()).r10, 5u);
}

TEST_F(Ipc, CallWithoutGrantLeavesTheCallerInactive) {
    start_server();
    const Word weak = mint(endpoint_, 3, 1);
    kernel_.syscall(seL4_SysCall, weak, info(1, 0));
    EXPECT_EQ(kernel_current, &server());
    EXPECT_EQ(kernel_.root().state, ThreadState::inactive);
    EXPECT_TRUE(server().caller.is_empty());
}

TEST_F(Ipc, SavedCallerAnswersOnceAndLater) {
    start_server();
    kernel_.syscall(seL4_SysCall, badged_, info(1, 0));
    const Word saved = kernel_.free_slot();
    EXPECT_EQ(kernel_.call(kRoot, seL4_Label_CNode_SaveCaller, {saved, 64}, {}).label, seL4_NoError);
    EXPECT_TRUE(kernel_.slot(saved).cap.is(CapTag::reply));
    EXPECT_EQ(
        kernel_.call(kRoot, seL4_Label_CNode_Copy, {kernel_.free_slot(), 64, saved, 64, 15}, {kRoot}).label,
        seL4_IllegalOperation);
    kernel_.syscall(seL4_SysSend, saved, info(4, 0));
    EXPECT_TRUE(kernel_.slot(saved).is_empty());
    EXPECT_EQ(kernel_.root().state, ThreadState::running);
    EXPECT_EQ(registers(kernel_.root()).rsi, info(4, 0));
}

TEST_F(Ipc, SuspendedCallerMakesItsCallAgain) {
    start_server();
    kernel_.syscall(seL4_SysCall, badged_, info(1, 0));
    EXPECT_EQ(kernel_.call(seL4_CapInitThreadTCB, seL4_Label_TCB_Suspend).label, seL4_NoError);
    EXPECT_TRUE(server().caller.is_empty());
    const Word call = registers(kernel_.root()).fault_ip;
    EXPECT_EQ(kernel_.call(seL4_CapInitThreadTCB, seL4_Label_TCB_Resume).label, seL4_NoError);
    run(kernel_.root());
    kernel_.root().state = ThreadState::restart;
    sched::schedule();
    EXPECT_EQ(registers(kernel_.root()).rip, call);
}

TEST_F(Ipc, CapabilitiesTravelAndComeUnwrapped) {
    start_server();
    const Word page = kernel_.make(seL4_X86_4K), target = kernel_.free_slot();
    IpcBuffer* receiving = ipc_buffer(server(), true);
    receiving->receiveCNode = kRoot;
    receiving->receiveIndex = target;
    receiving->receiveDepth = 64;
    kernel_.buffer().caps_or_badges[0] = badged_;
    kernel_.buffer().caps_or_badges[1] = page;
    kernel_.buffer().caps_or_badges[2] = page;
    kernel_.syscall(seL4_SysCall, badged_, info(1, 0, 3));
    // The endpoint itself is unwrapped, one capability is stored, for the third there is no place.
    EXPECT_EQ(registers(server()).rsi, info(1, 0, 2) | 1 << 9);
    EXPECT_EQ(receiving->caps_or_badges[0], 77u);
    EXPECT_TRUE(kernel_.slot(target).cap.is(CapTag::frame));
}

TEST_F(Ipc, WithoutGrantNoCapabilityTravels) {
    start_server();
    const Word weak = mint(endpoint_, 1 | 8, 3);
    kernel_.buffer().caps_or_badges[0] = badged_;
    kernel_.syscall(seL4_SysCall, weak, info(1, 0, 1));
    EXPECT_EQ(registers(server()).rsi, info(1, 0));
    EXPECT_TRUE(server().caller.cap.is(CapTag::reply));
}

TEST_F(Ipc, DeletedEndpointRestartsWhoWaits) {
    start_server();
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {endpoint_, 64});
    EXPECT_EQ(server().state, ThreadState::blocked_on_receive);
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {endpoint_, 64});
    EXPECT_EQ(server().state, ThreadState::restart);
}

TEST_F(Ipc, CancelBadgedSendsTakesOnlyThatBadge) {
    const Word other = mint(endpoint_, 15, 5);
    Word threads[40];
    for (Word i = 0; i < 40; i++) {
        threads[i] = kernel_.make_thread(100);
        resume(threads[i]);
        run(kernel_.thread(threads[i]));
        kernel_.syscall(seL4_SysSend, i % 2 ? badged_ : other, 0);
        ASSERT_EQ(kernel_current, &kernel_.root());
    }
    fake::interrupts.every = 1;
    EXPECT_EQ(kernel_.call(kRoot, seL4_Label_CNode_CancelBadgedSends, {badged_, 64}).label, seL4_NoError);
    EXPECT_GT(fake::interrupts.handled, 0u);
    for (Word i = 0; i < 40; i++) {
        const bool waits = kernel_.thread(threads[i]).state == ThreadState::blocked_on_send;
        EXPECT_EQ(waits, i % 2 == 0);
    }
    EXPECT_EQ(kernel_.call(kRoot, seL4_Label_CNode_Delete, {other, 64}).label, seL4_NoError);
}

TEST_F(Ipc, ACapabilityInAReplyMayExtendTheCSpace) {
    const Word top = kernel_.make(seL4_CapTableObject, 2), guarded = kernel_.free_slot();
    constexpr Word kGuardSize = 64 - 2 - Kernel::kRadix;
    kernel_.call(kRoot, seL4_Label_CNode_Mint, {guarded, 64, kRoot, 64, 15, kGuardSize}, {kRoot});
    kernel_.call(top, seL4_Label_CNode_Copy, {1, 2, guarded, 64, 15}, {kRoot});
    kernel_.call(server_slot_, seL4_Label_TCB_SetSpace, {0, 0, 0}, {top, seL4_CapInitThreadVSpace});
    resume(server_slot_);
    run(server());
    kernel_.syscall(seL4_SysRecv, Word{1} << 62 | endpoint_, 0);
    kernel_.buffer().receiveCNode = top;
    kernel_.buffer().receiveIndex = 3;
    kernel_.buffer().receiveDepth = 2;
    kernel_.syscall(seL4_SysCall, badged_, info(1, 0));
    ASSERT_EQ(kernel_current, &server());
    // Where the server is going to receive from there is nothing until its reply has put a CNode there.
    ipc_buffer(server(), true)->caps_or_badges[0] = Word{1} << 62 | guarded;
    kernel_.syscall(seL4_SysReplyRecv, Word{3} << 62 | endpoint_, info(0, 0, 1));
    EXPECT_EQ(registers(kernel_.root()).rsi, info(0, 0, 1));
    EXPECT_EQ(server().state, ThreadState::blocked_on_receive);
}

TEST_F(Ipc, NotificationCollectsBadges) {
    const Word notification = kernel_.make(seL4_NotificationObject);
    kernel_.syscall(seL4_SysSend, mint(notification, 15, 1), 0);
    kernel_.syscall(seL4_SysSend, mint(notification, 15, 4), 0);
    kernel_.syscall(seL4_SysRecv, notification, 55);
    EXPECT_EQ(registers(kernel_.root()).rdi, 5u);
    EXPECT_EQ(registers(kernel_.root()).rsi, 55u);
    kernel_.syscall(seL4_SysNBRecv, notification, 0);
    EXPECT_EQ(registers(kernel_.root()).rdi, 0u);
}

TEST_F(Ipc, BoundNotificationInterruptsAReceive) {
    const Word notification = kernel_.make(seL4_NotificationObject);
    const Word badged = mint(notification, 15, 0x100);
    EXPECT_EQ(kernel_.call(server_slot_, seL4_Label_TCB_BindNotification, {}, {notification}).label,
              seL4_NoError);
    EXPECT_EQ(kernel_.call(server_slot_, seL4_Label_TCB_BindNotification, {}, {notification}).label,
              seL4_IllegalOperation);
    start_server();
    kernel_.syscall(seL4_SysSend, badged, 0);
    EXPECT_EQ(registers(server()).rdi, 0x100u);
    EXPECT_EQ(server().state, ThreadState::running);
    // Bound to another thread: nobody else may receive from it.
    kernel_.root().fault_handler = 0;
    run(kernel_.root());
    kernel_.syscall(seL4_SysRecv, notification, 0);
    EXPECT_EQ(kernel_.root().state, ThreadState::inactive);
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {notification, 64});
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {notification, 64});
    EXPECT_EQ(server().bound_notification, nullptr);
}

class Faults : public Ipc {
protected:
    Faults() { client_slot_ = kernel_.make_thread(200, badged_); }
    Tcb& client() { return kernel_.thread(client_slot_); }
    void run_client() {
        start_server();
        resume(client_slot_);
        run(client());
        registers(client()).rip = registers(client()).fault_ip = 0x5000;
    }
    Word client_slot_;
};

TEST_F(Faults, PageFaultIsAMessageAndItsReplyRestarts) {
    run_client();
    kernel_vm_fault(0x123456, 6, false);
    ASSERT_EQ(kernel_current, &server());
    EXPECT_EQ(registers(server()).rsi, info(seL4_Fault_VMFault, 4));
    EXPECT_EQ(registers(server()).rdi, 77u);
    EXPECT_EQ(registers(server()).r10, 0x5000u);
    EXPECT_EQ(registers(server()).r8, 0x123456u);
    EXPECT_EQ(registers(server()).r9, 0u);
    EXPECT_EQ(registers(server()).r15, 6u);
    registers(server()).r10 = 0x9999;
    kernel_.syscall(seL4_SysReply, 0, info(1, 1));
    EXPECT_EQ(client().state, ThreadState::restart);
    EXPECT_EQ(registers(client()).fault_ip, 0x5000u);
}

TEST_F(Faults, ExceptionReplySetsInstructionPointer) {
    run_client();
    sched::dequeue(kernel_.root());
    kernel_.root().state = ThreadState::inactive;
    kernel_user_exception(6, 0);
    ASSERT_EQ(kernel_current, &server());
    EXPECT_EQ(registers(server()).rsi, info(seL4_Fault_UserException, 5));
    registers(server()).r10 = 0x5002;
    kernel_.syscall(seL4_SysReplyRecv, endpoint_, info(0, 1));
    ASSERT_EQ(kernel_current, &client());
    EXPECT_EQ(registers(client()).rip, 0x5002u);
    EXPECT_EQ(client().state, ThreadState::running);
}

TEST_F(Faults, ReplyWithALabelStopsTheThread) {
    run_client();
    kernel_user_exception(6, 0);
    kernel_.syscall(seL4_SysReply, 0, info(1, 0));
    EXPECT_EQ(client().state, ThreadState::inactive);
}

TEST_F(Faults, UnknownSystemCallShowsAndTakesAllRegisters) {
    run_client();
    registers(client()).rax = 42;
    kernel_unknown_trap(0x9e00002a);
    EXPECT_EQ(registers(server()).rsi, info(seL4_Fault_UnknownSyscall, 19));
    EXPECT_EQ(registers(server()).r10, 42u);
    IpcBuffer* buffer = ipc_buffer(server(), true);
    EXPECT_EQ(buffer->msg[seL4_UnknownSyscall_FaultIP], 0x5000u);
    EXPECT_EQ(buffer->msg[seL4_UnknownSyscall_Syscall], 0x9e00002au);
    registers(server()).r10 = 7;
    buffer->msg[seL4_UnknownSyscall_FaultIP] = 0x5002;
    buffer->msg[seL4_UnknownSyscall_FLAGS] = ~Word{0};
    kernel_.syscall(seL4_SysReply, 0, info(0, 18));
    EXPECT_EQ(registers(client()).rax, 7u);
    EXPECT_EQ(registers(client()).fault_ip, 0x5002u);
    EXPECT_EQ(registers(client()).rflags, 0xed7u);
}

TEST_F(Faults, BadCapabilityIsAFaultWithItsReason) {
    run_client();
    kernel_.syscall(seL4_SysCall, Word{1} << 63, 0);
    ASSERT_EQ(kernel_current, &server());
    EXPECT_EQ(registers(server()).rsi, info(seL4_Fault_CapFault, 7));
    EXPECT_EQ(registers(server()).r8, Word{1} << 63);
    EXPECT_EQ(registers(server()).r15, Word{seL4_GuardMismatch});
}

TEST_F(Faults, NonBlockingSendToABadCapabilityIsIgnored) {
    run_client();
    kernel_.syscall(seL4_SysNBSend, Word{1} << 63, 0);
    EXPECT_EQ(kernel_current, &client());
    EXPECT_EQ(client().state, ThreadState::running);
}

TEST_F(Faults, WithoutAHandlerTheThreadStops) {
    run_client();
    client().fault_handler = 0;
    kernel_user_exception(13, 0);
    EXPECT_EQ(client().state, ThreadState::inactive);
    EXPECT_EQ(client().fault.type, seL4_Fault_NullFault);
}

}  // namespace
