// SPDX-License-Identifier: GPL-3.0-only
// Keeping every thread's x87 and SSE state. AVX state is not kept: XCR0 leaves it off, its use raises #UD.
#include "arch/cpu.hpp"
#include "arch/features.hpp"
#include "arch/switch.hpp"

namespace arch {

Thread* fpu_current;

namespace {

Thread* fpu_owner;  // while use of the FPU traps: whose state is in the registers; else fpu_current

void save(FpuState& state) {
    if (features.xsaveopt) {
        asm volatile("xsaveopt64 %0" : "=m"(state) : "a"(kFpuComponents), "d"(0));
    } else if (features.xsave) {
        asm volatile("xsave64 %0" : "=m"(state) : "a"(kFpuComponents), "d"(0));
    } else {
        asm volatile("fxsave64 %0" : "=m"(state));
    }
}

void load(const FpuState& state) {
    if (features.xsave) {
        asm volatile("xrstor64 %0" : : "m"(state), "a"(kFpuComponents), "d"(0));
    } else {
        asm volatile("fxrstor64 %0" : : "m"(state));
    }
}

constexpr Word kTaskSwitched = 1u << 3;

void start_trapping() {
    if (!fpu_current) return;
    fpu_owner = fpu_current;
    fpu_current = nullptr;
    write_cr0(read_cr0() | kTaskSwitched);
}

// From the state at boot, or after a thread that may not use the FPU.
void stop_trapping(Thread& to) {
    asm volatile("clts");
    fpu_current = &to;
    if (fpu_owner == &to) return;
    if (fpu_owner) save(fpu_owner->fpu);
    load(to.fpu);
}

}  // namespace

void fpu_switch(Thread& to) {
    if (to.fpu_disabled == kFpuUnused) return;
    breakpoints_switch(to);
    if (to.fpu_disabled) [[unlikely]]
        return start_trapping();
    if (!fpu_current) [[unlikely]]
        return stop_trapping(to);
    save(fpu_current->fpu);
    load(to.fpu);
    fpu_current = &to;
}

void fpu_release(Thread& thread) {
    if (fpu_owner == &thread) fpu_owner = nullptr;
    if (fpu_current != &thread) return;
    start_trapping();
    fpu_owner = nullptr;
}

void fpu_set_disabled(Thread& thread, bool disabled, bool running) {
    thread.fpu_disabled = disabled ? 1 : 0;
    if (disabled && fpu_current == &thread) start_trapping();
    if (disabled && fpu_owner == &thread && !fpu_current) {
        asm volatile("clts");
        save(thread.fpu);
        fpu_owner = nullptr;
        write_cr0(read_cr0() | kTaskSwitched);
    }
    if (running && fpu_current != &thread) fpu_switch(thread);
}

void initialise_thread(Thread& thread) {
    constexpr std::uint16_t kControlWord = 0x37f;  // all exceptions masked, extended precision
    constexpr std::uint32_t kMxcsr = 0x1f80;
    thread.context.trap = kTrapEdited;
    thread.context.cs = kUserCodeSelector;
    thread.context.rflags = kInitialFlags;
    thread.context.ss = kUserDataSelector;
    __builtin_memcpy(&thread.fpu.bytes[0], &kControlWord, sizeof kControlWord);
    __builtin_memcpy(&thread.fpu.bytes[24], &kMxcsr, sizeof kMxcsr);
    thread.fpu.bytes[512] = kFpuComponents;  // both components present in the header
}

}  // namespace arch
