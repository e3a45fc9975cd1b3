// SPDX-License-Identifier: GPL-3.0-only
// Host tests: switching threads changes what is current, and nothing else.
#pragma once
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/memory.hpp"
#include "arch/thread.hpp"
#include "arch/translations.hpp"

namespace arch {

inline Thread* released_fpu;

inline void save_bases(UserContext&) {}
inline void load_bases(const UserContext&) {}
inline void switch_to(Thread&, Thread&) {}
inline void fpu_release(Thread& thread) {
    released_fpu = &thread;
}
inline void fpu_set_disabled(Thread& thread, bool disabled, bool) {
    thread.fpu_disabled = disabled;
}
inline void copy_kernel_mappings(Word* pml4) {
    pml4[kKernelPml4Index] = 1;
}

}  // namespace arch
