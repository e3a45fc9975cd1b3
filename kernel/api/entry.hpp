// SPDX-License-Identifier: GPL-3.0-only
// The doors of the kernel: what the entry code calls after it has saved the registers of the running thread
// in its context. Each runs with interrupts off on the kernel's one stack, does its work, and returns with
// `kernel_current` being the thread to run next; the exit code does the rest.
#pragma once
#include <cstdint>

#include "arch/calling.hpp"

namespace kernel {
struct Tcb;
}

extern "C" {

// The system call whose number, capability and message info are in the context of the running thread.
void kernel_syscall();
// The two frequent ones. They return the thread to leave the kernel with, or null where kernel_current has to
// be looked at. They keep no register: the entry code has saved what there is.
ARCH_KEEPS_NOTHING kernel::Tcb* kernel_call();
ARCH_KEEPS_NOTHING kernel::Tcb* kernel_reply_recv();

// Page fault of the running thread; `fsr` is the low five bits of the error code.
void kernel_vm_fault(std::uint64_t address, std::uint64_t fsr, bool prefetch);
// Any other exception below vector 32.
void kernel_user_exception(std::uint64_t vector, std::uint64_t error);
// `int n` with a vector that nobody owns; number = n << 24 | eax & 0xffffff, as a signed 32-bit number.
void kernel_unknown_trap(std::uint64_t number);

// An interrupt, acknowledged by the caller afterwards. Returns after choosing the thread to run.
void kernel_interrupt(unsigned irq);
void kernel_timer_tick();
// While nothing runs, ticks decide nothing.
bool kernel_idle_needs_no_tick();
}
