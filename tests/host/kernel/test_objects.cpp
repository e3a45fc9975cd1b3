// SPDX-License-Identifier: GPL-3.0-only
// Threads, address spaces, interrupts, ports, domains.
#include <gtest/gtest.h>

#include "arch/cpu.hpp"
#include "arch/switch.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/platform/platform.hpp"
#include "kernel/sched/domain.hpp"
#include "kernel/sched/sched.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kSpace = seL4_CapInitThreadVSpace;
constexpr Word kTcb = seL4_CapInitThreadTCB;

class Objects : public testing::Test {
protected:
    void expect_error(const fake::Answer& answer, seL4_Error code) { EXPECT_EQ(answer.label, Word{code}); }
    Kernel kernel_;
};

using Threads = Objects;

TEST_F(Threads, RegistersAreWrittenAndReadSanitised) {
    const Word tcb = kernel_.make_thread(10);
    std::vector<Word> words = {0, 20};
    for (Word i = 0; i < 20; i++)
        words.push_back(100 + i);
    words[2] = Word{1} << 50;   // rip
    words[4] = ~Word{0};        // rflags
    words[20] = Word{1} << 47;  // fs base
    words[21] = ~Word{0} << 47;
    EXPECT_EQ(kernel_.call(tcb, seL4_Label_TCB_WriteRegisters, words, {}).label, seL4_NoError);
    const auto answer = kernel_.call(tcb, seL4_Label_TCB_ReadRegisters, {0, 20});
    EXPECT_EQ(answer.length, 20u);
    EXPECT_EQ(answer.mr[0], 0u);
    EXPECT_EQ(answer.mr[1], 101u);
    EXPECT_EQ(answer.mr[2], 0xed7u);
    EXPECT_EQ(answer.mr[3], 103u);
    EXPECT_EQ(kernel_.buffer().msg[18], 0u);
    EXPECT_EQ(kernel_.buffer().msg[19], ~Word{0} << 47);
    EXPECT_EQ(kernel_.thread(tcb).arch.context.trap, arch::kTrapEdited);
}

TEST_F(Threads, RegisterCallsCheckTheirArguments) {
    const Word tcb = kernel_.make_thread(10);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_ReadRegisters, {0}), seL4_TruncatedMessage);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_ReadRegisters, {0, 21}), seL4_RangeError);
    expect_error(kernel_.call(kTcb, seL4_Label_TCB_ReadRegisters, {0, 20}), seL4_IllegalOperation);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_WriteRegisters, {0, 3, 1, 2}), seL4_TruncatedMessage);
    expect_error(kernel_.call(kTcb, seL4_Label_TCB_WriteRegisters, {0, 1, 1}), seL4_IllegalOperation);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_CopyRegisters, {0}, {kRoot}), seL4_InvalidCapability);
}

TEST_F(Threads, ConfigureChecksWhatItIsGiven) {
    const Word tcb = kernel_.make(seL4_TCBObject), frame = kernel_.make(seL4_X86_4K);
    const Word space = kernel_.make(seL4_X64_PML4Object);
    const Word configure = seL4_Label_TCB_Configure;
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0}, {kRoot, kSpace}), seL4_TruncatedMessage);
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0x1000}, {kRoot, kSpace, kRoot}),
                 seL4_IllegalOperation);
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0x1001}, {kRoot, kSpace, frame}),
                 seL4_AlignmentError);
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0}, {frame, kSpace, 0}), seL4_IllegalOperation);
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0}, {kRoot, space, 0}), seL4_IllegalOperation);
    expect_error(kernel_.call(tcb, configure, {0, 0, 0, 0}, {kRoot, kSpace, 0}), seL4_NoError);
    EXPECT_TRUE(kernel_.thread(tcb).cspace.cap.is(CapTag::cnode));
    // Revoking what it runs with strips the thread.
    EXPECT_EQ(kernel_.call(tcb, configure, {0, 0, 0, 0x1000}, {kRoot, kSpace, frame}).label, seL4_NoError);
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {frame, 64});
    EXPECT_TRUE(kernel_.thread(tcb).buffer.is_empty());
}

TEST_F(Threads, PriorityStaysWithinTheAuthority) {
    const Word tcb = kernel_.make_thread(10);
    kernel_.call(tcb, seL4_Label_TCB_SetMCPriority, {20}, {kTcb});
    const auto answer = kernel_.call(kTcb, seL4_Label_TCB_SetPriority, {21}, {tcb});
    EXPECT_EQ(answer.label, seL4_RangeError);
    EXPECT_EQ(answer.mr[1], 20u);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_SetPriority, {20}, {tcb}), seL4_NoError);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_SetPriority, {20}, {kRoot}), seL4_InvalidCapability);
    expect_error(kernel_.call(tcb, seL4_Label_TCB_SetSchedParams, {256, 0}, {kTcb}), seL4_RangeError);
}

TEST_F(Threads, TicksRotateEqualsAndHigherOnesWin) {
    const Word equal = kernel_.make_thread(255), low = kernel_.make_thread(10);
    kernel_.call(equal, seL4_Label_TCB_Resume);
    kernel_.call(low, seL4_Label_TCB_Resume);
    EXPECT_EQ(kernel_current, &kernel_.root());
    for (int i = 0; i < Tcb::kTimeSlice; i++)
        kernel_timer_tick();
    EXPECT_EQ(kernel_current, &kernel_.thread(equal));
    for (int i = 0; i < Tcb::kTimeSlice; i++)
        kernel_timer_tick();
    EXPECT_EQ(kernel_current, &kernel_.root());
    kernel_.call(equal, seL4_Label_TCB_Suspend);
    kernel_.call(kTcb, seL4_Label_TCB_Suspend);
    EXPECT_EQ(kernel_current, &kernel_.thread(low));
    kernel_.call(low, seL4_Label_TCB_Suspend);
    EXPECT_EQ(kernel_current, &kernel_idle);
}

TEST_F(Threads, DeletedThreadLeavesEverything) {
    const Word tcb = kernel_.make_thread(255), endpoint = kernel_.make(seL4_EndpointObject);
    kernel_.call(tcb, seL4_Label_TCB_Resume);
    kernel_.syscall(seL4_SysYield, 0, 0);
    ASSERT_EQ(kernel_current, &kernel_.thread(tcb));
    Tcb& thread = *kernel_current;
    kernel_.syscall(seL4_SysRecv, endpoint, 0);
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {tcb, 64});
    EXPECT_EQ(thread.state, ThreadState::inactive);
    EXPECT_EQ(arch::released_fpu, &thread.arch);
    for (Word i = 0; i < Tcb::kSlots; i++)
        EXPECT_TRUE(thread.slots()[i].is_empty());
}

TEST_F(Threads, FlagsAreSetAndTold) {
    const Word tcb = kernel_.make_thread(10);
    EXPECT_EQ(kernel_.call(tcb, seL4_Label_TCB_SetFlags, {0, 0xff}).mr[0], 1u);
    EXPECT_EQ(kernel_.thread(tcb).arch.fpu_disabled, 1);
    EXPECT_EQ(kernel_.call(tcb, seL4_Label_TCB_SetFlags, {1, 0}).mr[0], 0u);
}

TEST_F(Threads, DomainsTakeTurns) {
    const Word tcb = kernel_.make_thread(10);
    const Word domain = seL4_CapDomain;
    expect_error(kernel_.call(domain, seL4_Label_DomainSet_Set, {16}, {tcb}), seL4_InvalidArgument);
    expect_error(kernel_.call(domain, seL4_Label_DomainSet_Set, {3}, {kRoot}), seL4_InvalidArgument);
    expect_error(kernel_.call(domain, seL4_Label_DomainSet_Set, {3}, {tcb}), seL4_NoError);
    kernel_.call(tcb, seL4_Label_TCB_Resume);
    const Word configure = seL4_Label_DomainSet_ScheduleConfigure;
    expect_error(kernel_.call(domain, configure, {98, 0, 1}), seL4_NoError);
    expect_error(kernel_.call(domain, configure, {98, 0, 0}), seL4_NoError);
    expect_error(kernel_.call(domain, configure, {99, 0, 1}), seL4_RangeError);
    expect_error(kernel_.call(domain, configure, {100, 0, 1}), seL4_RangeError);
    expect_error(kernel_.call(domain, configure, {1, 3, 0}), seL4_InvalidArgument);
    expect_error(kernel_.call(domain, configure, {0, 0, 0}), seL4_InvalidArgument);
    expect_error(kernel_.call(domain, seL4_Label_DomainSet_ScheduleSetStart, {5}), seL4_InvalidArgument);
    kernel_.call(domain, configure, {0, 0, 2});
    kernel_.call(domain, configure, {1, 3, 1});
    kernel_.call(domain, seL4_Label_DomainSet_ScheduleSetStart, {0});
    EXPECT_EQ(kernel_current, &kernel_.root());
    kernel_timer_tick();
    kernel_timer_tick();
    EXPECT_EQ(kernel_current, &kernel_.thread(tcb));
    kernel_timer_tick();
    EXPECT_EQ(kernel_current, &kernel_.root());
    kernel_.call(domain, configure, {0, 0, sched::kMaxDuration});
    kernel_.call(domain, seL4_Label_DomainSet_ScheduleSetStart, {0});
}

TEST_F(Threads, AreBornIntoTheDomainThatRuns) {
    const Word domain = seL4_CapDomain;
    expect_error(kernel_.call(domain, seL4_Label_DomainSet_ScheduleConfigure, {1, 3, 9}), seL4_NoError);
    kernel_.call(domain, seL4_Label_DomainSet_ScheduleSetStart, {1});
    ASSERT_EQ(kernel_current, &kernel_idle);
    sched::set_domain(kernel_.root(), 3);
    sched::reschedule();
    sched::schedule();
    ASSERT_EQ(kernel_current, &kernel_.root());
    EXPECT_EQ(kernel_.thread(kernel_.make(seL4_TCBObject)).domain, 3);
    EXPECT_TRUE(sched::configure_domain(0, 0, sched::kMaxDuration).ok());
    EXPECT_TRUE(sched::start_schedule_at(0).ok());
    sched::next_domain();
    EXPECT_TRUE(sched::configure_domain(1, 0, 0).ok());
}

using Spaces = Objects;

TEST_F(Spaces, EveryLevelHasToBeThere) {
    constexpr Word kAddress = 0x12'3456'7000;
    const Word frame = kernel_.make(seL4_X86_4K);
    auto map = [&](Word slot, Word address) {
        return kernel_.call(slot, seL4_Label_Page_Map, {address, 3, 0}, {kSpace});
    };
    auto missing = map(frame, kAddress);
    EXPECT_EQ(missing.label, seL4_FailedLookup);
    EXPECT_EQ(missing.mr[1], Word{seL4_MissingCapability});
    EXPECT_EQ(missing.mr[2], 39u);
    kernel_.call(kernel_.make(seL4_X86_PDPTObject), seL4_Label_PDPT_Map, {kAddress, 0}, {kSpace});
    EXPECT_EQ(map(frame, kAddress).mr[2], 30u);
    kernel_.call(kernel_.make(seL4_X86_PageDirectoryObject), seL4_Label_PageDirectory_Map, {kAddress, 0},
                 {kSpace});
    EXPECT_EQ(map(frame, kAddress).mr[2], 21u);
    const Word table = kernel_.make(seL4_X86_PageTableObject);
    kernel_.call(table, seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace});
    expect_error(kernel_.call(table, seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace}),
                 seL4_InvalidCapability);
    const Word second = kernel_.make(seL4_X86_PageTableObject);
    expect_error(kernel_.call(second, seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace}), seL4_DeleteFirst);
    EXPECT_EQ(map(frame, kAddress + 1).label, seL4_AlignmentError);
    EXPECT_EQ(map(frame, kAddress).label, seL4_NoError);
    EXPECT_EQ(map(frame, kAddress + 4096).label, seL4_InvalidArgument);
    Word* root = vspace::find_root(1);
    Word* entry = vspace::find_entry(root, kAddress, 12).entry;
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(*entry, kernel_.slot(frame).cap.as<FrameCap>().address | 7);
    // The table goes, and the page with it; its capability is harmless then.
    expect_error(kernel_.call(table, seL4_Label_PageTable_Unmap), seL4_NoError);
    expect_error(kernel_.call(frame, seL4_Label_Page_Unmap), seL4_NoError);
    EXPECT_EQ(vspace::find_entry(root, kAddress, 12).bits_left, 21u);
}

TEST_F(Spaces, RightsAndAttributesBecomeEntryBits) {
    constexpr Word kAddress = 0x40'0000;
    kernel_.call(kernel_.make(seL4_X86_PDPTObject), seL4_Label_PDPT_Map, {kAddress, 0}, {kSpace});
    kernel_.call(kernel_.make(seL4_X86_PageDirectoryObject), seL4_Label_PageDirectory_Map, {kAddress, 0},
                 {kSpace});
    kernel_.call(kernel_.make(seL4_X86_PageTableObject), seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace});
    const Word frame = kernel_.make(seL4_X86_4K);
    const Word address = kernel_.slot(frame).cap.as<FrameCap>().address;
    Word* entry = vspace::find_entry(vspace::find_root(1), kAddress, 12).entry;
    auto mapped = [&](Word rights, Word attributes) {
        kernel_.call(frame, seL4_Label_Page_Map, {kAddress, rights, attributes}, {kSpace});
        return *entry & ~address;
    };
    EXPECT_EQ(mapped(3, 0), 7u);
    EXPECT_EQ(mapped(2, 1), 5u | 8);
    EXPECT_EQ(mapped(1, 2), 1u | 16);
    EXPECT_EQ(mapped(3, 4), 7u | 128);
    expect_error(kernel_.call(frame, seL4_Label_Page_Unmap), seL4_NoError);
    EXPECT_EQ(*entry, 0u);
    expect_error(kernel_.call(frame, seL4_Label_Page_Map, {0x7fff'ffff'f000, 3, 0}, {kSpace}),
                 seL4_InvalidArgument);
    expect_error(kernel_.call(frame, seL4_Label_Page_Map, {kAddress, 3, 0}, {kRoot}), seL4_InvalidCapability);
}

TEST_F(Spaces, LargePagesDoNotReplaceTables) {
    constexpr Word kAddress = 0x40'0000;
    kernel_.call(kernel_.make(seL4_X86_PDPTObject), seL4_Label_PDPT_Map, {kAddress, 0}, {kSpace});
    kernel_.call(kernel_.make(seL4_X86_PageDirectoryObject), seL4_Label_PageDirectory_Map, {kAddress, 0},
                 {kSpace});
    const Word table = kernel_.make(seL4_X86_PageTableObject);
    kernel_.call(table, seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace});
    const Word large = kernel_.make(seL4_X86_LargePageObject);
    const Word map = seL4_Label_Page_Map;
    expect_error(kernel_.call(large, map, {kAddress, 3, 0}, {kSpace}), seL4_DeleteFirst);
    kernel_.call(table, seL4_Label_PageTable_Unmap);
    expect_error(kernel_.call(large, map, {kAddress, 3, 4}, {kSpace}), seL4_NoError);
    const Word entry = *vspace::find_entry(vspace::find_root(1), kAddress, 21).entry;
    EXPECT_EQ(entry, kernel_.slot(large).cap.as<FrameCap>().address | 7 | 128 | 4096);
    expect_error(kernel_.call(table, seL4_Label_PageTable_Map, {kAddress, 0}, {kSpace}), seL4_DeleteFirst);
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {large, 64});
    EXPECT_EQ(*vspace::find_entry(vspace::find_root(1), kAddress, 21).entry, 0u);
}

TEST_F(Spaces, AsidsAreAssignedAndComeBack) {
    const Word space = kernel_.make(seL4_X64_PML4Object), frame = kernel_.make(seL4_X86_4K);
    const Word pool = seL4_CapInitThreadASIDPool;
    expect_error(kernel_.call(frame, seL4_Label_Page_Map, {0x1000, 3, 0}, {space}), seL4_InvalidCapability);
    expect_error(kernel_.call(pool, seL4_Label_ASIDPool_Assign, {}, {space}), seL4_NoError);
    EXPECT_EQ(kernel_.slot(space).cap.as<TableCap>().asid, 2u);
    expect_error(kernel_.call(pool, seL4_Label_ASIDPool_Assign, {}, {space}), seL4_InvalidCapability);
    EXPECT_NE(vspace::find_root(2), nullptr);
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {space, 64});
    EXPECT_EQ(vspace::find_root(2), nullptr);
}

TEST_F(Spaces, PoolsCostAPageAndTakeTheirSpacesWithThem) {
    const Word memory = kernel_.make(seL4_UntypedObject, 12), pool = kernel_.free_slot();
    const Word make_pool = seL4_Label_ASIDControl_MakePool;
    expect_error(kernel_.call(seL4_CapASIDControl, make_pool, {pool, 64}, {Kernel::kUntyped, kRoot}),
                 seL4_InvalidCapability);
    expect_error(kernel_.call(seL4_CapASIDControl, make_pool, {pool, 64}, {memory, kRoot}), seL4_NoError);
    const Word space = kernel_.make(seL4_X64_PML4Object);
    kernel_.call(pool, seL4_Label_ASIDPool_Assign, {}, {space});
    EXPECT_EQ(kernel_.slot(space).cap.as<TableCap>().asid, 512u);
    const Word tcb = kernel_.make(seL4_TCBObject);
    kernel_.call(tcb, seL4_Label_TCB_Configure, {0, 0, 0, 0}, {kRoot, space, 0});
    EXPECT_NE(vspace::root_for(kernel_.thread(tcb)), nullptr);
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {memory, 64});
    EXPECT_EQ(vspace::root_for(kernel_.thread(tcb)), nullptr);
    EXPECT_EQ(vspace::find_pool(1), nullptr);
}

using Devices = Objects;

TEST_F(Devices, InterruptSignalsAndMasksUntilAcknowledged) {
    const Word handler = kernel_.free_slot(), notification = kernel_.make(seL4_NotificationObject);
    const Word get = seL4_Label_IRQControl_GetIOAPIC, control = seL4_CapIRQControl;
    expect_error(kernel_.call(control, get, {handler, 64, 0, 4, 0, 0, 108}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {handler, 64, 1, 4, 0, 0, 5}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {handler, 64, 0, 24, 0, 0, 5}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {handler, 64, 0, 4, 1, 1, 5}, {kRoot}), seL4_NoError);
    expect_error(kernel_.call(control, get, {kernel_.free_slot(), 64, 0, 4, 1, 1, 5}, {kRoot}),
                 seL4_RevokeFirst);
    EXPECT_TRUE(fake::lines[5].routed && fake::lines[5].level && fake::lines[5].low);
    expect_error(kernel_.call(handler, seL4_Label_IRQHandler_SetNotification, {}, {kRoot}),
                 seL4_InvalidCapability);
    expect_error(kernel_.call(handler, seL4_Label_IRQHandler_SetNotification, {}, {notification}),
                 seL4_NoError);
    kernel_interrupt(5);
    EXPECT_TRUE(fake::lines[5].masked);
    kernel_interrupt(platform::kIrqCount);  // nobody's
    EXPECT_TRUE(arch::from_physical<Notification>(
                    kernel_.slot(notification).cap.as<NotificationCap>().address) != nullptr);
    kernel_.call(handler, seL4_Label_IRQHandler_Ack);
    EXPECT_FALSE(fake::lines[5].masked);
    // Revoking the notification clears the handler; deleting the handler frees the vector.
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {notification, 64});
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {handler, 64});
    EXPECT_FALSE(irq_is_active(5));
}

TEST_F(Devices, PortsAreGivenOutOnceAndCheckedAtUse) {
    const Word ports = kernel_.free_slot(), control = seL4_CapIOPortControl;
    const Word issue = seL4_Label_IOPortControl_Issue;
    expect_error(kernel_.call(control, issue, {0x70, 0x60, ports, 64}, {kRoot}), seL4_InvalidArgument);
    expect_error(kernel_.call(control, issue, {0x60, 0x6f, ports, 64}, {kRoot}), seL4_NoError);
    const Word second = kernel_.free_slot();
    expect_error(kernel_.call(control, issue, {0x6f, 0x80, second, 64}, {kRoot}), seL4_RevokeFirst);
    expect_error(kernel_.call(control, issue, {0x70, 0x80, second, 64}, {kRoot}), seL4_NoError);
    expect_error(kernel_.call(ports, seL4_Label_IOPort_Out16, {0x60, 0x1234}), seL4_NoError);
    EXPECT_EQ(kernel_.call(ports, seL4_Label_IOPort_In8, {0x61}).mr[0], 0x12u);
    expect_error(kernel_.call(ports, seL4_Label_IOPort_In32, {0x6d}), seL4_IllegalOperation);
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {ports, 64});
    EXPECT_FALSE(kernel_.slot(second).is_empty());
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {ports, 64});
    expect_error(kernel_.call(control, issue, {0x60, 0x6f, ports, 64}, {kRoot}), seL4_NoError);
}

TEST_F(Devices, PortsAreTakenExactly) {
    const Word first = kernel_.free_slot(), second = kernel_.free_slot(), third = kernel_.free_slot();
    const Word control = seL4_CapIOPortControl, issue = seL4_Label_IOPortControl_Issue;
    expect_error(kernel_.call(control, issue, {0x43, 0x8f, first, 64}, {kRoot}), seL4_NoError);
    expect_error(kernel_.call(control, issue, {0x90, 0xff, second, 64}, {kRoot}), seL4_NoError);
    expect_error(kernel_.call(control, issue, {0x40, 0x42, third, 64}, {kRoot}), seL4_NoError);
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {first, 64});
    expect_error(kernel_.call(control, issue, {0x8f, 0x90, first, 64}, {kRoot}), seL4_RevokeFirst);
    expect_error(kernel_.call(control, issue, {0x42, 0x43, first, 64}, {kRoot}), seL4_RevokeFirst);
    expect_error(kernel_.call(control, issue, {0x43, 0x8f, first, 64}, {kRoot}), seL4_NoError);
}

TEST_F(Devices, PortsAndInterruptsStayUntilTheLastCopyGoes) {
    const Word ports = kernel_.free_slot(), copy = kernel_.free_slot(), handler = kernel_.free_slot();
    const Word control = seL4_CapIOPortControl, issue = seL4_Label_IOPortControl_Issue;
    kernel_.call(control, issue, {0x60, 0x6f, ports, 64}, {kRoot});
    kernel_.call(kRoot, seL4_Label_CNode_Copy, {copy, 64, ports, 64, 15}, {kRoot});
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {copy, 64});
    expect_error(kernel_.call(control, issue, {0x60, 0x60, copy, 64}, {kRoot}), seL4_RevokeFirst);
    kernel_.call(seL4_CapIRQControl, seL4_Label_IRQControl_GetMSI, {handler, 64, 0, 0, 0, 0, 5}, {kRoot});
    kernel_.call(kRoot, seL4_Label_CNode_Copy, {copy, 64, handler, 64, 15}, {kRoot});
    kernel_.call(kRoot, seL4_Label_CNode_Delete, {handler, 64});
    EXPECT_TRUE(irq_is_active(5));
    // What the control capabilities gave out they can take back.
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {control, 64});
    EXPECT_TRUE(kernel_.slot(ports).is_empty());
    kernel_.call(kRoot, seL4_Label_CNode_Revoke, {seL4_CapIRQControl, 64});
    EXPECT_TRUE(kernel_.slot(copy).is_empty());
    EXPECT_FALSE(irq_is_active(5));
}

TEST_F(Devices, MessageInterruptsComeFromABusDeviceAndFunction) {
    const Word get = seL4_Label_IRQControl_GetMSI, control = seL4_CapIRQControl;
    const Word slot = kernel_.free_slot();
    expect_error(kernel_.call(control, get, {slot, 64, 256, 31, 7, 0, 107}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {slot, 64, 255, 32, 7, 0, 107}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {slot, 64, 255, 31, 8, 0, 107}, {kRoot}), seL4_RangeError);
    expect_error(kernel_.call(control, get, {slot, 64, 255, 31, 7, 0, 107}, {kRoot}), seL4_NoError);
}

TEST_F(Devices, WithoutAnIoapicThereAreNoPins) {
    fake::ioapics = 0;
    expect_error(kernel_.call(seL4_CapIRQControl, seL4_Label_IRQControl_GetIOAPIC,
                              {kernel_.free_slot(), 64, 0, 4, 0, 0, 5}, {kRoot}),
                 seL4_IllegalOperation);
    fake::ioapics = 1;
}

}  // namespace
