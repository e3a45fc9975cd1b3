// SPDX-License-Identifier: GPL-3.0-only
// Where entry.S hands interrupts and exceptions over to C++, and where the CPU rests when no thread wants it.
#include "arch/cpu.hpp"
#include "arch/preempt.hpp"
#include "arch/switch.hpp"
#include "config/config.hpp"
#include "kernel/api/entry.hpp"
#include "kernel/console.hpp"
#include "kernel/platform/platform.hpp"

extern "C" {
// A vector that came in while the kernel had opened interrupts; -1 for none. Written by entry.S.
std::int32_t arch_pending_vector = -1;

extern arch::Thread* kernel_current;
extern arch::Thread kernel_idle;

void arch_trap(std::uint64_t vector, std::uint64_t error);
void arch_idle();
[[noreturn]] void arch_kernel_exception(const std::uint64_t* frame);
}

namespace arch {
namespace {

constexpr unsigned kExceptions = 32;
constexpr unsigned kDebugException = 1;
constexpr unsigned kPageFault = 14;

void handle_interrupt(unsigned vector) {
    if (vector == platform::kTimerVector) {
        kernel_timer_tick();
        platform::end_of_interrupt();
        return;
    }
    const unsigned irq = vector - platform::kFirstIrqVector;
    if (vector >= platform::kFirstIrqVector && irq < platform::kIrqCount) {
        kernel_interrupt(irq);
        platform::end_of_interrupt();
    }
    // The legacy controllers' vectors and the spurious one want no acknowledgement.
}

}  // namespace

bool interrupt_pending() {
    if (arch_pending_vector >= 0) return true;
    const Word stack = task_state.interrupt_stack[0];
    use_interrupt_stack(kernel_idle.context);
    asm volatile("sti; nop; cli" : : : "memory");
    task_state.interrupt_stack[0] = stack;
    return *const_cast<volatile std::int32_t*>(&arch_pending_vector) >= 0;
}

void handle_pending_interrupt() {
    if (arch_pending_vector < 0) return;
    const auto vector = static_cast<unsigned>(arch_pending_vector);
    arch_pending_vector = -1;
    handle_interrupt(vector);
}

void drop_pending_interrupt() {
    arch_pending_vector = -1;
}

}  // namespace arch

void arch_trap(std::uint64_t vector, std::uint64_t error) {
    if (vector == arch::kPageFault) {
        constexpr std::uint64_t kFetch = 1u << 4;
        kernel_vm_fault(arch::read_cr2(), error & 0x1f, (error & kFetch) != 0);
    } else if (vector < arch::kExceptions) {
        const bool debug = config::kExtensions && vector == arch::kDebugException;
        kernel_user_exception(vector, debug ? arch::take_debug_status(*kernel_current) : error);
    } else if (vector >= platform::kFirstUserTrapVector && vector < platform::kSpuriousVector) {
        // The address is that of the two bytes of `int n`, the number a 32-bit one extended with its sign.
        kernel_current->context.fault_ip -= 2;
        const auto number =
            static_cast<std::int32_t>((vector << 24) | (kernel_current->context.rax & 0xffffff));
        kernel_unknown_trap(static_cast<std::uint64_t>(std::int64_t{number}));
    } else {
        arch::handle_interrupt(static_cast<unsigned>(vector));
    }
}

// The idle thread is running; its context serves as the interrupt stack (switch_to has seen to that). Without
// a thread to take the CPU from, the tick has nothing to say unless it ends a domain's time: the CPU sleeps
// until a device calls.
void arch_idle() {
    const bool silent = kernel_idle_needs_no_tick();
    if (silent) platform::set_tick(false);
    while (kernel_current == &kernel_idle) {
        asm volatile("sti; hlt; cli" : : : "memory");
        arch::handle_pending_interrupt();
    }
    if (silent) platform::set_tick(true);
}

void arch_kernel_exception(const std::uint64_t* frame) {
    using console::Hex;
    console::say("kernel exception ", frame[0], " error ", Hex{frame[1]}, " rip ", Hex{frame[2]}, " cs ",
                 Hex{frame[3]}, " flags ", Hex{frame[4]}, " rsp ", Hex{frame[5]}, " ss ", Hex{frame[6]});
    console::say("cr2 ", Hex{arch::read_cr2()}, " cr3 ", Hex{arch::read_cr3()}, " current rip ",
                 Hex{kernel_current->context.rip}, " fault ip ", Hex{kernel_current->context.fault_ip});
    console::fail("exception in the kernel");
}
