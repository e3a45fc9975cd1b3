// SPDX-License-Identifier: GPL-3.0-only
// TCB.SetDebugRegisters: what may be a breakpoint, and that none outlives its thread.
#include <gtest/gtest.h>

#include "abi/sel4/extensions.h"
#include "tests/host/kernel/fake_machine.hpp"

namespace {

using namespace kernel;
using fake::Kernel;

constexpr Word kRoot = seL4_CapInitThreadCNode;
constexpr Word kAddress = 0x40'1000;
constexpr Word kWriteFour = 13 << 16 | 1;  // the first breakpoint: four bytes, written

class DebugRegisters : public testing::Test {
protected:
    DebugRegisters() : thread_(kernel_.make_thread(100)) {}
    fake::Answer set(const std::vector<Word>& words) {
        return kernel_.call(thread_, NEPTUNE_Label_TCB_SetDebugRegisters, words, {});
    }
    const arch::Breakpoints& now() { return kernel_.thread(thread_).arch.breakpoints; }
    void expect_invalid(const fake::Answer& answer, Word number) {
        EXPECT_EQ(answer.label, Word{seL4_InvalidArgument});
        EXPECT_EQ(answer.mr[0], number);
    }

    Kernel kernel_;
    Word thread_;
};

TEST_F(DebugRegisters, WhatIsEnabledIsKeptAndNothingElse) {
    constexpr Word kGeneralDetect = 1 << 13, kReserved = 1 << 11 | 1 << 12 | Word{5} << 40;
    EXPECT_FALSE(now().any());
    EXPECT_EQ(set({kAddress, 7, 8, 9, kWriteFour | kGeneralDetect | kReserved | 0x300}).label, 0u);
    EXPECT_EQ(now().control, kWriteFour | 0x300);
    EXPECT_EQ(now().address[0], kAddress);
    EXPECT_EQ(now().address[1], 0u);
    EXPECT_EQ(set({kAddress, 7, 8, 9, 13 << 16}).label, 0u);
    EXPECT_EQ(now().control, 0u);
}

TEST_F(DebugRegisters, NoneIsOfTheKernelOrOfAnUnknownKind) {
    EXPECT_EQ(set({1, 2, 3, 4}).label, Word{seL4_TruncatedMessage});
    constexpr Word kThird = 1 << 4;
    for (Word address : {arch::kUserTop, arch::kUserTop - 7, Word{0xffff'8000'0000'0000}, ~Word{0}})
        expect_invalid(set({0, 0, address, 0, kThird | Word{1} << 24}), 2);
    EXPECT_EQ(set({0, 0, arch::kUserTop - 8, 0, kThird | Word{1} << 24}).label, 0u);
    expect_invalid(set({kAddress, 0, 0, 0, 1 | 2 << 16}), 0);             // input and output
    expect_invalid(set({0, 0, 0, kAddress, 1 << 6 | Word{4} << 28}), 3);  // execution of two bytes
    // A refusal changes nothing.
    EXPECT_EQ(now().address[2], arch::kUserTop - 8);
    // What is not enabled may be anything.
    EXPECT_EQ(set({~Word{0}, ~Word{0}, ~Word{0}, ~Word{0}, Word{0xffff'ff00}}).label, 0u);
    EXPECT_FALSE(now().any());
}

TEST_F(DebugRegisters, TrapAndResumeFlagAreForWhoHasBreakpoints) {
    constexpr Word kTrap = 1 << 8, kResume = 1 << 16, kNested = 1 << 14;
    std::vector<Word> words(22);
    words[1] = 20;
    words[4] = kTrap | kResume | kNested;
    const auto write = [&] {
        EXPECT_EQ(kernel_.call(thread_, seL4_Label_TCB_WriteRegisters, words, {}).label, 0u);
        return kernel_.thread(thread_).arch.context.rflags & (kTrap | kResume | kNested);
    };
    EXPECT_EQ(write(), 0u);
    EXPECT_EQ(set({kAddress, 0, 0, 0, 1}).label, 0u);
    EXPECT_EQ(write(), kTrap | kResume);
    EXPECT_EQ(set({kAddress, 0, 0, 0, 0}).label, 0u);
    EXPECT_EQ(write(), 0u);
}

TEST_F(DebugRegisters, EndWithTheThread) {
    EXPECT_EQ(set({kAddress, 0, 0, 0, kWriteFour}).label, 0u);
    const arch::Breakpoints& breakpoints = now();
    EXPECT_EQ(kernel_.call(kRoot, seL4_Label_CNode_Delete, {thread_, 64}, {kRoot}).label, 0u);
    EXPECT_FALSE(breakpoints.any());
}

}  // namespace
