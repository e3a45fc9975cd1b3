// SPDX-License-Identifier: GPL-3.0-only
// The tables and control registers that a CPU needs before it can run user code: segments, interrupt gates,
// task state, the syscall registers, the protections, the FPU.
#pragma once

namespace arch {

// Loads this kernel's descriptor tables. REQUIRES: features known; interrupts off.
void load_descriptors();
// Control registers and model-specific registers, by what features allow. REQUIRES: final page tables loaded.
void set_up_cpu();

}  // namespace arch
