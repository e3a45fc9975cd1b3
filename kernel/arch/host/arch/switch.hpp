// SPDX-License-Identifier: GPL-3.0-only
// Host tests: switching threads changes what is current, and the bases that user code may set itself.
#pragma once
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/memory.hpp"
#include "arch/thread.hpp"
#include "arch/translations.hpp"

namespace arch {

inline Thread* released_fpu;

// FS and GS base of the CPU.
struct Bases {
    Word fs = 0, gs = 0;
};
inline Bases cpu_bases;

inline void save_bases(UserContext& context) {
    if (!features.fsgsbase) return;
    context.fs_base = cpu_bases.fs;
    context.gs_base = cpu_bases.gs;
}
inline void load_bases(const UserContext& context) {
    cpu_bases = {context.fs_base, context.gs_base};
}
inline void switch_to(Thread& from, Thread& to) {
    save_bases(from.context);
    load_bases(to.context);
}
inline void fpu_release(Thread& thread) {
    released_fpu = &thread;
}
inline void fpu_set_disabled(Thread& thread, bool disabled, bool) {
    thread.fpu_disabled = disabled;
}
inline void breakpoints_set(Thread& thread, const Breakpoints& breakpoints, bool) {
    thread.breakpoints = breakpoints;
}
inline void copy_kernel_mappings(Word* pml4) {
    pml4[kKernelPml4Index] = 1;
}

}  // namespace arch
