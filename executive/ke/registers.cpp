// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/registers.hpp"

namespace ke {

namespace {

// What every user thread of this kernel runs with after an interrupt (abi/sel4: the contract's GDT).
constexpr uint16_t kUserCode = 0x2b;
constexpr uint16_t kUserData = 0x33;

bool has(const CONTEXT& context, uint32_t part) {
    return (context.ContextFlags & part) == part;
}

void copy_integer(const CONTEXT& from, CONTEXT& to) {
    to.Rax = from.Rax;
    to.Rbx = from.Rbx;
    to.Rcx = from.Rcx;
    to.Rdx = from.Rdx;
    to.Rsi = from.Rsi;
    to.Rdi = from.Rdi;
    to.Rbp = from.Rbp;
    to.R8 = from.R8;
    to.R9 = from.R9;
    to.R10 = from.R10;
    to.R11 = from.R11;
    to.R12 = from.R12;
    to.R13 = from.R13;
    to.R14 = from.R14;
    to.R15 = from.R15;
}

}  // namespace

void to_context(const seL4_UserContext& registers, CONTEXT& context) {
    context.ContextFlags |= CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_SEGMENTS;
    context.Rip = registers.rip;
    context.Rsp = registers.rsp;
    context.EFlags = static_cast<ULONG>(registers.rflags);
    context.SegCs = kUserCode;
    context.SegSs = context.SegDs = context.SegEs = context.SegFs = context.SegGs = kUserData;
    context.Rax = registers.rax;
    context.Rbx = registers.rbx;
    context.Rcx = registers.rcx;
    context.Rdx = registers.rdx;
    context.Rsi = registers.rsi;
    context.Rdi = registers.rdi;
    context.Rbp = registers.rbp;
    context.R8 = registers.r8;
    context.R9 = registers.r9;
    context.R10 = registers.r10;
    context.R11 = registers.r11;
    context.R12 = registers.r12;
    context.R13 = registers.r13;
    context.R14 = registers.r14;
    context.R15 = registers.r15;
}

void from_context(const CONTEXT& context, seL4_UserContext& registers) {
    if (has(context, CONTEXT_CONTROL)) {
        registers.rip = context.Rip;
        registers.rsp = context.Rsp;
        registers.rflags = context.EFlags;
    }
    if (!has(context, CONTEXT_INTEGER)) return;
    registers.rax = context.Rax;
    registers.rbx = context.Rbx;
    registers.rcx = context.Rcx;
    registers.rdx = context.Rdx;
    registers.rsi = context.Rsi;
    registers.rdi = context.Rdi;
    registers.rbp = context.Rbp;
    registers.r8 = context.R8;
    registers.r9 = context.R9;
    registers.r10 = context.R10;
    registers.r11 = context.R11;
    registers.r12 = context.R12;
    registers.r13 = context.R13;
    registers.r14 = context.R14;
    registers.r15 = context.R15;
}

void merge_context(const CONTEXT& from, CONTEXT& to) {
    if (has(from, CONTEXT_CONTROL)) {
        to.Rip = from.Rip;
        to.Rsp = from.Rsp;
        to.EFlags = from.EFlags;
    }
    if (has(from, CONTEXT_INTEGER)) copy_integer(from, to);
}

}  // namespace ke
