// SPDX-License-Identifier: GPL-3.0-only
// One step of the unwinder over tables, code bytes and stacks made by hand.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "ntdll/seh/refine.hpp"
#include "tests/host/ntdll/fake.hpp"

namespace {

constexpr ULONG code_at = 0x100;
constexpr ULONG code_size = 0x80;
constexpr ULONG info_at = 0x40;
constexpr ULONG chained_at = 0x60;

// An "image" with one function: its code is nops, its unwind info is what the test puts there.
class UnwindTest : public testing::Test {
protected:
    UnwindTest() { memset(image_ + code_at, 0x90, code_size); }

    ULONG64 base() const { return reinterpret_cast<ULONG64>(image_); }
    UNWIND_INFO* info(ULONG at, UCHAR prologue, UCHAR flags = 0) {
        auto* made = reinterpret_cast<UNWIND_INFO*>(image_ + at);
        made->Version = 1;
        made->Flags = flags;
        made->SizeOfProlog = prologue;
        return made;
    }
    static void code(UNWIND_INFO* info, UCHAR offset, UCHAR op, UCHAR value) {
        info->UnwindCode[info->CountOfCodes].CodeOffset = offset;
        info->UnwindCode[info->CountOfCodes].UnwindOp = op;
        info->UnwindCode[info->CountOfCodes++].OpInfo = value;
    }
    static void operand(UNWIND_INFO* info, USHORT value) {
        info->UnwindCode[info->CountOfCodes++].FrameOffset = value;
    }
    void put(ULONG offset, std::initializer_list<UCHAR> bytes) {
        UCHAR* at = image_ + code_at + offset;
        for (UCHAR byte : bytes)
            *at++ = byte;
    }
    PEXCEPTION_ROUTINE step(ULONG offset, ULONG type = UNW_FLAG_NHANDLER) {
        function_ = {code_at, code_at + code_size, {info_at}};
        context_.Rsp = reinterpret_cast<ULONG64>(&stack_[at_]);
        return RtlVirtualUnwind(type, base(), base() + code_at + offset, &function_, &context_, &data_,
                                &frame_, nullptr);
    }
    ULONG64 slot(unsigned index) const { return reinterpret_cast<ULONG64>(&stack_[index]); }

    alignas(16) UCHAR image_[0x200] = {};
    alignas(16) ULONG64 stack_[64] = {};
    unsigned at_ = 0;
    CONTEXT context_ = {};
    RUNTIME_FUNCTION function_ = {};
    PVOID data_ = nullptr;
    ULONG64 frame_ = 0;
};

TEST_F(UnwindTest, PushesAndAllocation) {
    UNWIND_INFO* info = this->info(info_at, 8);
    code(info, 8, UWOP_ALLOC_SMALL, 3);  // 32 bytes
    code(info, 4, UWOP_PUSH_NONVOL, 3);  // rbx
    code(info, 2, UWOP_PUSH_NONVOL, 6);  // rsi
    stack_[4] = 33;
    stack_[5] = 66;
    stack_[6] = 0x1111;
    EXPECT_EQ(step(0x20), nullptr);
    EXPECT_EQ(context_.Rbx, 33u);
    EXPECT_EQ(context_.Rsi, 66u);
    EXPECT_EQ(context_.Rip, 0x1111u);
    EXPECT_EQ(context_.Rsp, slot(7));
    EXPECT_EQ(frame_, slot(0));
}

TEST_F(UnwindTest, InsideThePrologueOnlyWhatRan) {
    UNWIND_INFO* info = this->info(info_at, 8, UNW_FLAG_EHANDLER);
    code(info, 8, UWOP_ALLOC_SMALL, 3);
    code(info, 2, UWOP_PUSH_NONVOL, 3);
    stack_[0] = 33;
    stack_[1] = 0x2222;
    EXPECT_EQ(step(4, UNW_FLAG_EHANDLER), nullptr);  // no handler there
    EXPECT_EQ(context_.Rbx, 33u);
    EXPECT_EQ(context_.Rip, 0x2222u);
}

TEST_F(UnwindTest, LargeAllocations) {
    UNWIND_INFO* info = this->info(info_at, 8);
    code(info, 8, UWOP_ALLOC_LARGE, 0);
    operand(info, 20);  // 160 bytes
    code(info, 4, UWOP_ALLOC_LARGE, 1);
    operand(info, 16);
    operand(info, 0);
    stack_[22] = 0x3333;
    step(0x20);
    EXPECT_EQ(context_.Rip, 0x3333u);
    EXPECT_EQ(context_.Rsp, slot(23));
}

TEST_F(UnwindTest, FrameRegisterAndSavedRegisters) {
    UNWIND_INFO* info = this->info(info_at, 16);
    info->FrameRegister = 5;  // rbp
    info->FrameOffset = 1;    // = rsp + 16
    code(info, 16, UWOP_SAVE_XMM128, 7);
    operand(info, 2);
    code(info, 12, UWOP_SAVE_NONVOL, 12);
    operand(info, 3);
    code(info, 8, UWOP_SET_FPREG, 0);
    code(info, 4, UWOP_ALLOC_SMALL, 7);
    stack_[3] = 0x1212;
    stack_[4] = 0x77;
    stack_[5] = 0x78;
    stack_[8] = 0x4444;
    context_.Rbp = slot(2);
    at_ = 0;
    step(0x20);
    EXPECT_EQ(frame_, slot(0));
    EXPECT_EQ(context_.R12, 0x1212u);
    EXPECT_EQ(context_.Xmm7.Low, 0x77u);
    EXPECT_EQ(context_.Xmm7.High, 0x78);
    EXPECT_EQ(context_.Rip, 0x4444u);
}

TEST_F(UnwindTest, MachineFrame) {
    UNWIND_INFO* info = this->info(info_at, 0);
    code(info, 0, UWOP_ALLOC_SMALL, 0);
    code(info, 0, UWOP_PUSH_MACHFRAME, 1);
    stack_[1] = 0xe0;  // error code
    stack_[2] = 0x5555;
    stack_[5] = 0x123450;
    step(0x20);
    EXPECT_EQ(context_.Rip, 0x5555u);
    EXPECT_EQ(context_.Rsp, 0x123450u);
}

TEST_F(UnwindTest, EpilogueIsFollowedNotUndone) {
    UNWIND_INFO* info = this->info(info_at, 8, UNW_FLAG_EHANDLER);
    code(info, 8, UWOP_ALLOC_SMALL, 3);
    code(info, 4, UWOP_PUSH_NONVOL, 3);
    code(info, 2, UWOP_PUSH_NONVOL, 12);
    put(0x40, {0x48, 0x83, 0xc4, 0x20, 0x5b, 0x41, 0x5c, 0xc3});  // add rsp,32; pop rbx; pop r12; ret
    stack_[4] = 33;
    stack_[5] = 120;
    stack_[6] = 0x6666;
    EXPECT_EQ(step(0x40, UNW_FLAG_EHANDLER), nullptr);
    EXPECT_EQ(context_.Rbx, 33u);
    EXPECT_EQ(context_.R12, 120u);
    EXPECT_EQ(context_.Rip, 0x6666u);
    // After the add and the first pop.
    stack_[0] = 121;
    stack_[1] = 0x7777;
    EXPECT_EQ(step(0x45, UNW_FLAG_EHANDLER), nullptr);
    EXPECT_EQ(context_.R12, 121u);
    EXPECT_EQ(context_.Rip, 0x7777u);
    EXPECT_EQ(context_.Rsp, slot(2));
}

TEST_F(UnwindTest, TailCallIsAnEpilogueOwnLoopIsNot) {
    info(info_at, 0);
    put(0x40, {0xe9, 0x00, 0x10, 0x00, 0x00});  // jmp out of the function
    stack_[0] = 0x8888;
    step(0x40);
    EXPECT_EQ(context_.Rip, 0x8888u);
    UNWIND_INFO* info = this->info(info_at, 4);
    code(info, 4, UWOP_ALLOC_SMALL, 0);
    put(0x50, {0xeb, 0xf0});  // jmp back inside
    stack_[1] = 0x9999;
    step(0x50);
    EXPECT_EQ(context_.Rip, 0x9999u);
}

TEST_F(UnwindTest, HandlersAndChains) {
    UNWIND_INFO* chained = info(chained_at, 0, UNW_FLAG_EHANDLER);
    code(chained, 0, UWOP_PUSH_NONVOL, 3);
    auto* tail = reinterpret_cast<ULONG*>(&chained->UnwindCode[2]);
    tail[0] = 0x150;
    tail[1] = 0xdada;
    UNWIND_INFO* info = this->info(info_at, 2, UNW_FLAG_CHAININFO);
    code(info, 2, UWOP_ALLOC_SMALL, 0);
    auto* parent = reinterpret_cast<RUNTIME_FUNCTION*>(&info->UnwindCode[2]);
    *parent = {code_at, code_at + 0x20, {chained_at}};
    stack_[1] = 33;
    stack_[2] = 0xaaaa;
    EXPECT_EQ(reinterpret_cast<ULONG64>(step(0x30, UNW_FLAG_EHANDLER)), base() + 0x150);
    EXPECT_EQ(*static_cast<ULONG*>(data_), 0xdadau);
    EXPECT_EQ(context_.Rbx, 33u);
    EXPECT_EQ(context_.Rip, 0xaaaau);
    EXPECT_EQ(step(0x30, UNW_FLAG_UHANDLER), nullptr);
}

TEST(FunctionTables, RegisteredTablesAreSearched) {
    static RUNTIME_FUNCTION table[] = {
        {0x100, 0x180, {0x40}}, {0x200, 0x240, {0x50}}, {0x240, 0x280, {0x60}}};
    constexpr ULONG64 where = 0x500000000000;
    ASSERT_TRUE(RtlAddFunctionTable(table, 3, where));
    ULONG64 base = 0;
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x100, &base, nullptr), &table[0]);
    EXPECT_EQ(base, where);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x23f, &base, nullptr), &table[1]);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x240, &base, nullptr), &table[2]);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x190, &base, nullptr), nullptr);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x280, &base, nullptr), nullptr);
    EXPECT_TRUE(RtlDeleteFunctionTable(table));
    EXPECT_FALSE(RtlDeleteFunctionTable(table));
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x100, &base, nullptr), nullptr);
    PVOID growable = nullptr;
    ASSERT_EQ(RtlAddGrowableFunctionTable(&growable, table, 1, 3, where, where + 0x1000), STATUS_SUCCESS);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x210, &base, nullptr), nullptr);
    RtlGrowFunctionTable(growable, 3);
    EXPECT_EQ(RtlLookupFunctionEntry(where + 0x210, &base, nullptr), &table[1]);
    RtlDeleteGrowableFunctionTable(growable);
}

// `jmp rax` with REX.W, and through memory, ends a function; without it is a jump of its own.
TEST_F(UnwindTest, JumpsWithRexEndAFunction) {
    const struct {
        std::initializer_list<UCHAR> bytes;
        bool ends;
    } rows[] = {{{0x48, 0xff, 0xe0}, true},
                {{0x49, 0xff, 0xe3}, true},
                {{0x48, 0xff, 0x20}, true},
                {{0x4c, 0xff, 0x24, 0xc1}, true},
                {{0xff, 0xe0}, false},
                {{0xff, 0x25, 0, 0, 0, 0}, true},
                {{0x48, 0xff, 0x25, 0, 0, 0, 0}, true},
                {{0x48, 0xff, 0xd0}, false}};
    for (const auto& row : rows) {
        context_ = {};
        UNWIND_INFO* made = info(info_at, 4);
        made->CountOfCodes = 0;
        code(made, 4, UWOP_ALLOC_SMALL, 3);  // sub rsp, 0x20
        memset(image_ + code_at, 0x90, code_size);
        put(0x20, {0x48, 0x83, 0xc4, 0x20});
        put(0x24, row.bytes);
        stack_[0] = 0x1111;
        stack_[4] = 0x2222;
        step(0x24);
        // In the epilogue the allocation is gone already.
        EXPECT_EQ(context_.Rip, row.ends ? 0x1111u : 0x2222u) << std::to_string(*(row.bytes.begin() + 1));
    }
}

TEST(Refine, DivisionsByOverflowAndByZero) {
    CONTEXT context = {};
    ULONG64 memory = 0;
    const auto status = [&](std::initializer_list<UCHAR> bytes) {
        UCHAR code[16] = {};
        std::copy(bytes.begin(), bytes.end(), code);
        context.Rip = reinterpret_cast<ULONG64>(code);
        return seh::refine(STATUS_INTEGER_DIVIDE_BY_ZERO, context);
    };
    context.Rcx = 0x100;
    context.R9 = 0xffffffff00000000;
    EXPECT_EQ(status({0xf7, 0xf9}), STATUS_INTEGER_OVERFLOW);              // idiv ecx
    EXPECT_EQ(status({0xf6, 0xf9}), STATUS_INTEGER_DIVIDE_BY_ZERO);        // idiv cl
    EXPECT_EQ(status({0xf6, 0xfd}), STATUS_INTEGER_OVERFLOW);              // idiv ch
    EXPECT_EQ(status({0x40, 0xf6, 0xfd}), STATUS_INTEGER_DIVIDE_BY_ZERO);  // idiv bpl
    EXPECT_EQ(status({0x41, 0xf7, 0xf1}), STATUS_INTEGER_DIVIDE_BY_ZERO);  // div r9d
    EXPECT_EQ(status({0x49, 0xf7, 0xf1}), STATUS_INTEGER_OVERFLOW);        // div r9
    context.Rax = reinterpret_cast<ULONG64>(&memory) - 8;
    context.R12 = 1;
    memory = 0x10000;
    EXPECT_EQ(status({0xf7, 0x70, 8}), STATUS_INTEGER_OVERFLOW);              // div dword [rax+8]
    EXPECT_EQ(status({0x66, 0xf7, 0x70, 8}), STATUS_INTEGER_DIVIDE_BY_ZERO);  // div word [rax+8]
    EXPECT_EQ(status({0x4a, 0xf7, 0x34, 0xe0}), STATUS_INTEGER_OVERFLOW);     // div qword [rax+r12*8]
    EXPECT_EQ(status({0xf7, 0xb0, 8, 0, 0, 0}), STATUS_INTEGER_OVERFLOW);     // div dword [rax+8]
    EXPECT_EQ(status({0xf7, 0x35, 0, 0, 0, 0, 0, 0}), STATUS_INTEGER_DIVIDE_BY_ZERO);  // div dword [rip]
    EXPECT_EQ(status({0xf7, 0x35, 0, 0, 0, 0, 1, 0}), STATUS_INTEGER_OVERFLOW);
    EXPECT_EQ(status({0xd4, 0}), STATUS_INTEGER_DIVIDE_BY_ZERO);  // no division
}

TEST(Refine, FloatingPointByCause) {
    CONTEXT context = {};
    const auto x87 = [&](USHORT status, USHORT control) {
        context.FltSave.StatusWord = status;
        context.FltSave.ControlWord = control;
        return seh::refine(STATUS_FLOAT_INVALID_OPERATION, context);
    };
    EXPECT_EQ(x87(0x84, 0x27b), STATUS_FLOAT_DIVIDE_BY_ZERO);
    EXPECT_EQ(x87(0xc1, 0x27e), STATUS_FLOAT_STACK_CHECK);
    EXPECT_EQ(x87(0x81, 0x27e), STATUS_FLOAT_INVALID_OPERATION);
    EXPECT_EQ(x87(0x85, 0x27b), STATUS_FLOAT_DIVIDE_BY_ZERO);  // the invalid one is masked
    EXPECT_EQ(x87(0x28 | 0x80, 0x240), STATUS_FLOAT_OVERFLOW);
    EXPECT_EQ(x87(0xb0, 0x240), STATUS_FLOAT_UNDERFLOW);
    EXPECT_EQ(x87(0xa0, 0x240), STATUS_FLOAT_INEXACT_RESULT);
    EXPECT_EQ(x87(0x82, 0x240), STATUS_FLOAT_DENORMAL_OPERAND);
    const auto sse = [&](ULONG word) {
        context.MxCsr = word;
        return seh::refine(STATUS_FLOAT_MULTIPLE_TRAPS, context);
    };
    EXPECT_EQ(sse(0x1d84), STATUS_FLOAT_DIVIDE_BY_ZERO);
    EXPECT_EQ(sse(0x1f01 & ~0x80u), STATUS_FLOAT_INVALID_OPERATION);
    EXPECT_EQ(sse(0x1b28), STATUS_FLOAT_OVERFLOW);
    EXPECT_EQ(seh::refine(STATUS_ACCESS_VIOLATION, context), STATUS_ACCESS_VIOLATION);
}

}  // namespace
