// SPDX-License-Identifier: GPL-3.0-only
// The registers of a user thread, as the entry and exit code lay them out. It is the first member of every
// Tcb, and the CPU itself writes into it: while a thread runs, the interrupt stack (IST1) points at the end
// of its context, so an interrupt or exception pushes ss..rip straight into the frame at the end. Offsets are
// known to entry.S; the asserts below keep both in step.
#pragma once
#include <cstddef>
#include <cstdint>

namespace arch {

using Word = std::uint64_t;

// How the thread last entered the kernel, kept in UserContext::trap.
// A value of 0..255 is an interrupt or exception vector. The exit path asks only one thing: a thread that
// came by `syscall` leaves by `sysret` (rcx, r11 destroyed, rsp = 0), every other one by `iretq` with
// everything restored.
inline constexpr Word kTrapSyscall = ~Word{0};
// Written by whoever edits the registers of another thread: forces the full restore.
inline constexpr Word kTrapEdited = ~Word{0} - 1;

struct alignas(16) UserContext {
    Word unused;   // the frame must end on a 16-byte boundary: the CPU aligns the interrupt stack down to one
    Word fs_base;  // saved when the thread is switched away from, see switch_to()
    Word gs_base;
    Word fault_ip;  // address to restart at: the syscall instruction itself, or the faulting instruction
    Word rdi, rsi, rdx, r10, r8, r9, r15;  // capability, message info, system call number, MR0..MR3
    Word rax, rbx, rbp, r12, r13, r14;
    Word rcx, r11;                  // stale in a thread that entered by syscall
    Word trap;                      // kTrapSyscall, kTrapEdited or a vector number
    Word error;                     // error code of the exception, 0 where the CPU gives none
    Word rip, cs, rflags, rsp, ss;  // pushed by the CPU; rip is where the thread continues
};

static_assert(offsetof(UserContext, rdi) == 32);
static_assert(offsetof(UserContext, rax) == 88);
static_assert(offsetof(UserContext, rcx) == 136);
static_assert(offsetof(UserContext, trap) == 152);
static_assert(offsetof(UserContext, rip) == 168);
static_assert(sizeof(UserContext) == 208);
static_assert(sizeof(UserContext) == offsetof(UserContext, ss) + sizeof(Word));

inline constexpr Word kUserCodeSelector = 0x2b;
inline constexpr Word kUserDataSelector = 0x33;

// The flags of a thread that has never run: interrupts on. Bit 1 is always set.
inline constexpr Word kInitialFlags = 0x202;

}  // namespace arch
