// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "kernel/object/cap_rules.hpp"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRetype = seL4_Label_Untyped_Retype;
constexpr Word kRoot = seL4_CapInitThreadCNode;

TEST(Layouts, FieldsAreWhereTheFastPathReadsThem) {
    const Cap endpoint = EndpointCap{.badge = 1, .address = 0x12340, .write = 1, .grant_reply = 1};
    EXPECT_EQ(endpoint.high(), EndpointCap::kTagBits | EndpointCap::kWrite | EndpointCap::kGrantReply);
    const Cap node = CNodeCap{.address = 0x4000, .radix = 10, .guard_size = 54};
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&node);
    EXPECT_EQ(bytes[CNodeCap::kRadixByte], 10);
    EXPECT_EQ(bytes[CNodeCap::kGuardSizeByte], 54);
    EXPECT_EQ(bytes[kTagByte], tag_byte(CapTag::cnode));
    EXPECT_EQ(Cap(ZombieCap{}).tag(), CapTag::zombie);
    EXPECT_EQ(control_cap(CapTag::io_port_control).tag(), CapTag::io_port_control);
}

TEST(Untyped, ObjectsAreAlignedContiguousAndZero) {
    Kernel kernel;
    __builtin_memset(arch::from_physical(Kernel::kUntypedAddress), 0xff, 65536);
    const Word endpoint = kernel.make(seL4_EndpointObject);
    const Word frames = kernel.make(seL4_X86_4K, 0, 3);
    EXPECT_EQ(kernel.slot(endpoint).cap.as<EndpointCap>().address, Kernel::kUntypedAddress);
    for (Word i = 0; i < 3; i++) {
        const auto frame = kernel.slot(frames + i).cap.as<FrameCap>();
        EXPECT_EQ(frame.address, Kernel::kUntypedAddress + 4096 * (i + 1));
        for (Word j = 0; j < 512; j++)
            ASSERT_EQ(arch::from_physical<Word>(frame.address)[j], 0u);
    }
}

TEST(Untyped, ErrorsComeInTheContractsOrder) {
    Kernel kernel;
    auto error = [&](std::initializer_list<Word> words, Word root = kRoot) {
        return kernel.call(Kernel::kUntyped, kRetype, words, {root});
    };
    EXPECT_EQ(kernel.call(Kernel::kUntyped, 99, {}, {}).label, seL4_IllegalOperation);
    EXPECT_EQ(kernel.call(Kernel::kUntyped, kRetype, {1, 0, 0, 0, 40}, {kRoot}).label, seL4_TruncatedMessage);
    EXPECT_EQ(kernel.call(Kernel::kUntyped, kRetype, {1, 0, 0, 0, 40, 1}, {}).label, seL4_TruncatedMessage);
    EXPECT_EQ(error({12, 0, 0, 0, 40, 1}).label, seL4_InvalidArgument);
    EXPECT_EQ(error({seL4_TCBObject, 64, 0, 0, 40, 1}).label, seL4_RangeError);
    EXPECT_EQ(error({seL4_CapTableObject, 43, 0, 0, 40, 1}).mr[1], 47u);
    EXPECT_EQ(error({seL4_CapTableObject, 0, 0, 0, 40, 1}).mr[0], 1u);
    EXPECT_EQ(error({seL4_UntypedObject, 3, 0, 0, 40, 1}).label, seL4_InvalidArgument);
    EXPECT_EQ(error({seL4_TCBObject, 0, 0, 0, 40, 1}, Kernel::kUntyped).label, seL4_FailedLookup);
    EXPECT_EQ(error({seL4_TCBObject, 0, 0, 0, 1024, 1}).mr[1], 1023u);
    EXPECT_EQ(error({seL4_TCBObject, 0, 0, 0, 40, 257}).mr[1], 256u);
    EXPECT_EQ(error({seL4_TCBObject, 0, 0, 0, 1020, 5}).mr[1], 4u);
    EXPECT_EQ(error({seL4_TCBObject, 0, 0, 0, 16, 1}).label, seL4_DeleteFirst);
    EXPECT_EQ(error({seL4_UntypedObject, 48, 0, 0, 40, 1}).label, seL4_RangeError);
    EXPECT_EQ(error({seL4_UntypedObject, 47, 0, 0, 40, 1}).label, seL4_NotEnoughMemory);
    const auto full = error({seL4_X86_LargePageObject, 0, 0, 0, 40, 3});
    EXPECT_EQ(full.label, seL4_NotEnoughMemory);
    EXPECT_EQ(full.mr[0], Word{1} << Kernel::kUntypedBits);
    EXPECT_EQ(kernel.call(Kernel::kDeviceUntyped, kRetype, {seL4_TCBObject, 0, 0, 0, 40, 1}, {kRoot}).mr[0],
              1u);
}

TEST(Untyped, MemoryComesBackOnlyWhenAllChildrenAreGone) {
    Kernel kernel;
    const Word frame = kernel.make(seL4_X86_4K);
    const Word second = kernel.make(seL4_X86_4K);
    kernel.call(kRoot, seL4_Label_CNode_Delete, {frame, 64}, {});
    EXPECT_EQ(kernel.slot(kernel.make(seL4_X86_4K)).cap.as<FrameCap>().address,
              Kernel::kUntypedAddress + 2 * 4096);
    kernel.call(kRoot, seL4_Label_CNode_Revoke, {Kernel::kUntyped, 64}, {});
    EXPECT_TRUE(kernel.slot(second).is_empty());
    EXPECT_EQ(kernel.slot(kernel.make(seL4_X86_4K)).cap.as<FrameCap>().address, Kernel::kUntypedAddress);
}

TEST(Untyped, PreemptedRetypeStillGivesZeroedMemory) {
    Kernel kernel;
    __builtin_memset(arch::from_physical(Kernel::kUntypedAddress), 0xff, Word{1} << Kernel::kUntypedBits);
    fake::interrupts.every = 50;
    const Word page = kernel.make(seL4_X86_LargePageObject);
    EXPECT_GE(fake::interrupts.handled, 4u);
    const auto* words = arch::from_physical<Word>(kernel.slot(page).cap.as<FrameCap>().address);
    for (Word i = 0; i < (Word{1} << 21) / 8; i++)
        ASSERT_EQ(words[i], 0u);
}

TEST(Untyped, ACopyTakesTheRightToAllocate) {
    Kernel kernel;
    const Word copy = kernel.free_slot();
    const Word copy_call = seL4_Label_CNode_Copy;
    EXPECT_EQ(kernel.call(kRoot, copy_call, {copy, 64, Kernel::kUntyped, 64, 15}, {kRoot}).label,
              seL4_NoError);
    const Word slot = kernel.free_slot();
    // The source now has a child, the copy, and its memory counts as used.
    EXPECT_EQ(kernel.call(Kernel::kUntyped, kRetype, {seL4_X86_4K, 0, 0, 0, slot, 1}, {kRoot}).label,
              seL4_NotEnoughMemory);
    EXPECT_EQ(kernel.call(copy, kRetype, {seL4_X86_4K, 0, 0, 0, slot, 1}, {kRoot}).label, seL4_NoError);
    const Word third = kernel.free_slot();
    EXPECT_EQ(kernel.call(kRoot, copy_call, {third, 64, copy, 64, 15}, {kRoot}).label, seL4_RevokeFirst);
}

TEST(Untyped, DeviceMemoryMakesFramesOfWhichNoneIsABuffer) {
    Kernel kernel;
    const Word frame = kernel.free_slot();
    ASSERT_EQ(kernel.call(Kernel::kDeviceUntyped, kRetype, {seL4_X86_4K, 0, 0, 0, frame, 1}, {kRoot}).label,
              seL4_NoError);
    EXPECT_EQ(kernel.call(frame, seL4_Label_Page_GetAddress).mr[0], Kernel::kDeviceAddress);
    const Word tcb = kernel.make(seL4_TCBObject);
    EXPECT_EQ(kernel.call(tcb, seL4_Label_TCB_SetIPCBuffer, {0x1000}, {frame}).label, seL4_IllegalOperation);
}

}  // namespace
