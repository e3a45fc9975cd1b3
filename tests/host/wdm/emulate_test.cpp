// SPDX-License-Identifier: GPL-3.0-only
//
// Privileged instructions of drivers.
#include "wdm/pump/emulate.hpp"

#include "tests/host/wdm/wdm.hpp"

namespace {

struct FakePort {
    ULONG value = 0, written = 0, width = 0;
    explicit FakePort(USHORT number) {
        platform::host::ports()[number] = {[this](USHORT, ULONG bytes) {
                                               width = bytes;
                                               return value;
                                           },
                                           [this](USHORT, ULONG bytes, ULONG data) {
                                               width = bytes;
                                               written = data;
                                           }};
    }
};

TEST(Emulate, PortInstructions) {
    static FakePort& port = *new FakePort(0x60);
    static FakePort& second = *new FakePort(0x61);
    static FakePort& wide = *new FakePort(0x70);
    for (USHORT more : {0x71, 0x72, 0x73})
        platform::host::ports()[more] = {};
    (void)second;
    CONTEXT context{};
    context.Rax = 0x1122334455667788;
    port.value = 0xab;
    const UCHAR in_al[] = {0xe4, 0x60};
    EXPECT_TRUE(pump::emulate(context, in_al));
    EXPECT_EQ(context.Rax, 0x11223344556677abu);
    EXPECT_EQ(context.Rip, 2u);

    context.Rdx = 0x70;
    wide.value = 0xdeadbeef;
    const UCHAR in_eax[] = {0xed};
    EXPECT_TRUE(pump::emulate(context, in_eax));
    EXPECT_EQ(context.Rax, 0xdeadbeefu);
    EXPECT_EQ(wide.width, 4u);

    const UCHAR out_ax[] = {0x66, 0xef};
    EXPECT_TRUE(pump::emulate(context, out_ax));
    EXPECT_EQ(wide.width, 2u);
    EXPECT_EQ(context.Rip, 5u);

    UCHAR bytes[3] = {};
    context.Rdx = 0x60;
    context.Rcx = 3;
    context.Rdi = reinterpret_cast<ULONG64>(bytes);
    const UCHAR rep_insb[] = {0xf3, 0x6c};
    EXPECT_TRUE(pump::emulate(context, rep_insb));
    EXPECT_EQ(bytes[2], 0xab);
    EXPECT_EQ(context.Rcx, 0u);

    context.Rdx = 0x3f8;
    EXPECT_FALSE(pump::emulate(context, in_eax)) << "a port that is not granted";
}

TEST(Emulate, TaskPriorityAndInterruptFlag) {
    CONTEXT context{};
    context.Rcx = DISPATCH_LEVEL;
    const UCHAR write_cr8[] = {0x44, 0x0f, 0x22, 0xc1};  // mov cr8, rcx
    const UCHAR read_cr8[] = {0x44, 0x0f, 0x20, 0xc0};   // mov rax, cr8
    EXPECT_TRUE(pump::emulate(context, write_cr8));
    EXPECT_EQ(KeGetCurrentIrql(), DISPATCH_LEVEL);
    EXPECT_TRUE(pump::emulate(context, read_cr8));
    EXPECT_EQ(context.Rax, DISPATCH_LEVEL);
    context.Rcx = PASSIVE_LEVEL;
    EXPECT_TRUE(pump::emulate(context, write_cr8));
    const UCHAR cli[] = {0xfa}, sti[] = {0xfb};
    EXPECT_TRUE(pump::emulate(context, cli));
    EXPECT_EQ(KeGetCurrentIrql(), HIGH_LEVEL);
    EXPECT_TRUE(pump::emulate(context, sti));
    EXPECT_EQ(KeGetCurrentIrql(), PASSIVE_LEVEL);
    const UCHAR read_cr3[] = {0x0f, 0x20, 0xd8}, rdmsr[] = {0x0f, 0x32};
    EXPECT_FALSE(pump::emulate(context, read_cr3));
    EXPECT_FALSE(pump::emulate(context, rdmsr));
}

}  // namespace
