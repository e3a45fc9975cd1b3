// SPDX-License-Identifier: GPL-3.0-only
// Keeping every thread's x87 and SSE state. AVX state is not kept: XCR0 leaves it off, its use raises #UD.
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/switch.hpp"

namespace arch {

Thread* fpu_owner;
bool fpu_trapping;

namespace {

constexpr std::uint32_t kMaskLow = 3;  // x87 and SSE

void save(FpuState& state) {
    if (features.xsaveopt) {
        asm volatile("xsaveopt64 %0" : "=m"(state) : "a"(kMaskLow), "d"(0));
    } else if (features.xsave) {
        asm volatile("xsave64 %0" : "=m"(state) : "a"(kMaskLow), "d"(0));
    } else {
        asm volatile("fxsave64 %0" : "=m"(state));
    }
}

void load(const FpuState& state) {
    if (features.xsave) {
        asm volatile("xrstor64 %0" : : "m"(state), "a"(kMaskLow), "d"(0));
    } else {
        asm volatile("fxrstor64 %0" : : "m"(state));
    }
}

void trap_use(bool on) {
    constexpr Word kTaskSwitched = 1u << 3;
    if (on) {
        write_cr0(read_cr0() | kTaskSwitched);
    } else {
        asm volatile("clts");
    }
    fpu_trapping = on;
}

}  // namespace

void fpu_switch(Thread& to) {
    if (to.fpu_disabled != 0) {
        if (!fpu_trapping) trap_use(true);
        return;
    }
    if (fpu_trapping) trap_use(false);
    if (fpu_owner == &to) return;
    if (fpu_owner != nullptr) save(fpu_owner->fpu);
    load(to.fpu);
    fpu_owner = &to;
}

void fpu_release(Thread& thread) {
    if (fpu_owner == &thread) fpu_owner = nullptr;
}

void fpu_set_disabled(Thread& thread, bool disabled, bool running) {
    thread.fpu_disabled = disabled ? 1 : 0;
    if (disabled && fpu_owner == &thread) {
        if (fpu_trapping) trap_use(false);
        save(thread.fpu);
        fpu_owner = nullptr;
    }
    if (running) fpu_switch(thread);
}

void initialise_thread(Thread& thread) {
    constexpr std::uint16_t kControlWord = 0x37f;  // all exceptions masked, extended precision
    constexpr std::uint32_t kMxcsr = 0x1f80;
    thread.context = initial_context();
    thread.fpu = {};
    __builtin_memcpy(&thread.fpu.bytes[0], &kControlWord, sizeof kControlWord);
    __builtin_memcpy(&thread.fpu.bytes[24], &kMxcsr, sizeof kMxcsr);
    thread.fpu.bytes[512] = kMaskLow;  // both components present in the header
}

}  // namespace arch
