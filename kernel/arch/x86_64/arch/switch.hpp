// SPDX-License-Identifier: GPL-3.0-only
// Changing the running thread. Registers live in the thread already; what is left is the address space, the
// FS and GS base, the interrupt stack, and the FPU.
//
// FS and GS base are saved here and not at kernel entry: user code may change them at any time, but only a
// switch, or reading the registers of the running thread, can tell.
#pragma once
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/thread.hpp"
#include "arch/translations.hpp"

namespace arch {

// The 64-bit task state segment; the only parts in use are the interrupt stacks.
struct __attribute__((packed)) TaskState {
    std::uint32_t reserved0;
    std::uint64_t stack_pointer[3];
    std::uint64_t reserved1;
    std::uint64_t interrupt_stack[7];
    std::uint64_t reserved2;
    std::uint16_t reserved3;
    std::uint16_t io_map_base;
};
static_assert(sizeof(TaskState) == 104);
static_assert(offsetof(TaskState, interrupt_stack) == 36);

extern TaskState task_state;

// XSAVEOPT is there, and no thread has breakpoints: nothing but the FPU's state is to be exchanged.
extern bool plain_switches;
// Where some have. While the idle thread runs the CPU keeps what it has.
void breakpoints_switch(Thread& to);
// Takes effect at once when the thread is the running one. Before a thread is destroyed it has none.
void breakpoints_set(Thread& thread, const Breakpoints& breakpoints, bool running);
// After exception 1 in this thread: what DR6 says, which is then as if nothing had been. 0 for a thread
// without breakpoints.
Word take_debug_status(Thread& thread);

// FPU state belongs to the last thread that ran with the FPU enabled; it stays in the registers until another
// such thread runs. fpu_current is that thread while the FPU may be used, null while its use traps.
extern Thread* fpu_current;
void fpu_switch(Thread& to);

// fpu_switch() with the common case in place.
inline void fpu_exchange(Thread& to) {
    if (!fpu_current || to.fpu_disabled || !plain_switches) [[unlikely]]
        return fpu_switch(to);
    asm volatile("xsaveopt64 %0\n\txrstor64 %1"
                 : "=m"(fpu_current->fpu)
                 : "m"(to.fpu), "a"(kFpuComponents), "d"(0));
    fpu_current = &to;
}

// Forgets that `thread` owns the FPU registers: before it is destroyed.
void fpu_release(Thread& thread);
// Sets the flag; takes effect at once when the thread is the running one.
void fpu_set_disabled(Thread& thread, bool disabled, bool running);

void load_bases_slowly(const UserContext& context);

// Brings the context of the running thread up to date: before its registers are read or copied.
inline void save_bases(UserContext& context) {
    if (features.fsgsbase) [[likely]] {
        context.fs_base = read_fs_base_direct();
        context.gs_base = read_gs_base_direct();
    }
}
inline void load_bases(const UserContext& context) {
    if (features.fsgsbase) [[likely]] {
        write_fs_base_direct(context.fs_base);
        write_gs_base_direct(context.gs_base);
    } else {
        load_bases_slowly(context);
    }
}

// The CPU's interrupt frame of this thread will land at the end of its context.
inline void use_interrupt_stack(UserContext& context) {
    task_state.interrupt_stack[0] = reinterpret_cast<Word>(&context + 1);
}

inline void switch_to(Thread& from, Thread& to) {
    if (features.fsgsbase) [[likely]] {
        from.context.fs_base = read_fs_base_direct();
        from.context.gs_base = read_gs_base_direct();
        write_fs_base_direct(to.context.fs_base);
        write_gs_base_direct(to.context.gs_base);
    } else {
        load_bases_slowly(to.context);
    }
    use_interrupt_stack(to.context);
    if (fpu_current != &to) fpu_exchange(to);
}

// Fills the kernel's entries of a fresh PML4.
void copy_kernel_mappings(Word* pml4);

}  // namespace arch
