// SPDX-License-Identifier: GPL-3.0-only
// The machine under the object code: what kernel/arch and kernel/platform provide elsewhere.
#include "tests/host/kernel/fake_machine.hpp"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>

#include "arch/preempt.hpp"
#include "arch/switch.hpp"
#include "kernel/console.hpp"
#include "kernel/platform/platform.hpp"

namespace fake {

Interrupts interrupts;
Line lines[platform::kIrqCount];
unsigned ioapics = 1;

void map_memory() {
    static bool mapped = false;
    void* base = arch::from_physical(0);
    if (mapped) {
        madvise(base, kMemorySize, MADV_DONTNEED);
        return;
    }
    void* got = mmap(base, kMemorySize, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);
    // Nothing is at address 0, where an empty capability seems to lead.
    if (got != base || mprotect(base, 4096, PROT_NONE) != 0) std::abort();
    mapped = true;
}

}  // namespace fake

namespace arch {

HostCpu host_cpu;
Features features;

bool interrupt_pending() {
    auto& state = fake::interrupts;
    if (state.pending) return true;
    state.asked++;
    if (state.every != 0 && state.asked % state.every == 0) state.pending = true;
    return state.pending;
}

void handle_pending_interrupt() {
    if (!fake::interrupts.pending) std::abort();
    fake::interrupts.handled++;
    fake::interrupts.pending = false;
}

void initialise_thread(Thread& thread) {
    thread.context.trap = kTrapEdited;
    thread.context.rflags = 0x202;
}

}  // namespace arch

namespace platform {

unsigned ioapic_count() {
    return fake::ioapics;
}
unsigned ioapic_pins(unsigned) {
    return 24;
}
void irq_route_pin(unsigned irq, unsigned, unsigned pin, bool level, bool active_low) {
    fake::lines[irq] = {.routed = true, .masked = false, .level = level, .low = active_low, .pin = pin};
}
void irq_use_messages(unsigned irq) {
    fake::lines[irq] = {.routed = true};
}
void irq_release(unsigned irq) {
    fake::lines[irq] = {};
}
void irq_mask(unsigned irq) {
    fake::lines[irq].masked = true;
}
void irq_unmask(unsigned irq) {
    fake::lines[irq].masked = false;
}

}  // namespace platform

namespace console {

void put_char(char c) {
    std::putchar(c);
}
void put(const char* text) {
    std::fputs(text, stdout);
}
void put(std::uint64_t number) {
    std::printf("%llu", static_cast<unsigned long long>(number));
}
void put(Hex number) {
    std::printf("%llx", static_cast<unsigned long long>(number.value));
}
void fail(const char* why) {
    std::fprintf(stderr, "kernel: %s\n", why);
    std::abort();
}

}  // namespace console
