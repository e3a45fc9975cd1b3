// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupt objects. One thread of the host, started by the first IoConnectInterrupt, waits for the
// interrupts of all of the host's lines, calls the service routines with the device lock held, acknowledges,
// and then lets the DPCs run.
#include <atomic>
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ke/interrupt.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"

struct _KINTERRUPT {
    PKSERVICE_ROUTINE routine;
    PVOID context;
    KIRQL irql;
    KIRQL synchronize_irql;
    ULONG bit;
    ULONG ack_cptr;
};

namespace ke {
namespace {

constexpr ULONG kMaximumInterrupts = 62;

constinit std::atomic<_KINTERRUPT*> connected[kMaximumInterrupts]{};
constinit std::atomic<bool> thread_started{false};

void serve(_KINTERRUPT& interrupt) {
    enter_interrupt(interrupt.irql);
    interrupt.routine(&interrupt, interrupt.context);
    leave_interrupt();
    platform::acknowledge_interrupt(interrupt.ack_cptr);
}

VOID interrupt_loop(PVOID) {
    platform::set_priority(nullptr, 7);
    for (;;) {
        ULONG64 bits = platform::wait_for_interrupts();
        while (bits != 0) {
            int bit = __builtin_ctzll(bits);
            bits &= bits - 1;
            if (bit >= static_cast<int>(kMaximumInterrupts)) continue;
            if (_KINTERRUPT* interrupt = connected[bit].load(std::memory_order_acquire)) serve(*interrupt);
        }
        AtIrql deferred(DISPATCH_LEVEL);
    }
}

NTSTATUS start_interrupt_thread() {
    if (thread_started.exchange(true)) return STATUS_SUCCESS;
    _KTHREAD* thread = create_thread(interrupt_loop, nullptr);
    if (thread == nullptr) {
        thread_started.store(false);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    dereference(*thread);
    return STATUS_SUCCESS;
}

NTSTATUS attach_line(_KINTERRUPT& interrupt, ULONG line, bool latched) {
    ULONG bit = 0;
    // Level-triggered lines of a PC are PCI's and active low; edges are ISA's and rise.
    NTSTATUS status = platform::connect_interrupt(line, !latched, !latched, bit, interrupt.ack_cptr);
    if (status < 0) return status;
    if (bit >= kMaximumInterrupts) return STATUS_INSUFFICIENT_RESOURCES;
    interrupt.bit = bit;
    connected[bit].store(&interrupt, std::memory_order_release);
    platform::acknowledge_interrupt(interrupt.ack_cptr);
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS connect_interrupt(const InterruptRequest& request, PKINTERRUPT& interrupt) {
    if (request.routine == nullptr || request.irql <= DISPATCH_LEVEL ||
        request.synchronize_irql < request.irql)
        return STATUS_INVALID_PARAMETER;
    void* memory = platform::allocate(sizeof(_KINTERRUPT));
    if (memory == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    auto* made = new (memory)
        _KINTERRUPT{request.routine, request.context, request.irql, request.synchronize_irql, 0, 0};
    NTSTATUS status = start_interrupt_thread();
    if (status >= 0) {
        // Known to the driver first: the ISR may run, and use it, before this returns.
        interrupt = made;
        status = attach_line(*made, request.line, request.latched);
    }
    if (status >= 0) return status;
    interrupt = nullptr;
    platform::release(made);
    return status;
}

void disconnect_interrupt(_KINTERRUPT& interrupt) {
    connected[interrupt.bit].store(nullptr, std::memory_order_release);
    platform::disconnect_interrupt(interrupt.bit);
    // After this no ISR of the object is under way.
    {
        AtIrql wait_for_isr(interrupt.synchronize_irql);
    }
    platform::release(&interrupt);
}

}  // namespace ke

extern "C" {

BOOLEAN KeSynchronizeExecution(PKINTERRUPT interrupt, PKSYNCHRONIZE_ROUTINE routine, PVOID context) {
    ke::AtIrql at(interrupt->synchronize_irql);
    return routine(context);
}

KIRQL KeAcquireInterruptSpinLock(PKINTERRUPT interrupt) {
    return ke::raise_irql(interrupt->synchronize_irql);
}

VOID KeReleaseInterruptSpinLock(PKINTERRUPT, KIRQL old) {
    ke::lower_irql(old);
}

}  // extern "C"
