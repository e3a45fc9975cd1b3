// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupt objects. One thread of the host, started by the first IoConnectInterrupt, waits for the
// interrupts of all of the host's lines, calls the service routines with the device lock held, and then lets
// the DPCs run. The kernel masks a line with each interrupt until it is acknowledged. A masked pin forgets
// edges, so an edge line is acknowledged before its routine looks at the device: what comes meanwhile makes
// another interrupt. A level line would interrupt again at once; it is acknowledged when its routine has
// silenced the device.
#include <atomic>
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ke/activity.hpp"
#include "wdm/ke/code_range.hpp"
#include "wdm/ke/interrupt.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"

struct _KINTERRUPT {
    PKSERVICE_ROUTINE routine;
    PVOID context;
    KIRQL irql;
    KIRQL synchronize_irql;
    bool latched;
    ULONG bit;
    ULONG ack_cptr;
};

namespace ke {
namespace {

constexpr ULONG kMaximumInterrupts = 62;

// Under the device lock.
constinit _KINTERRUPT* connected[kMaximumInterrupts]{};
constinit ULONG64 early = 0;  // bits of interrupts that came before their routine was known

constinit std::atomic<bool> thread_started{false};

// Under the device lock.
void serve(_KINTERRUPT& interrupt) {
    if (interrupt.latched) platform::acknowledge_interrupt(interrupt.ack_cptr);
    Active active(kInterruptActivity, WDM_ACTIVITY_INTERRUPT,
                  reinterpret_cast<const void*>(interrupt.routine));
    interrupt.routine(&interrupt, interrupt.context);
    if (!interrupt.latched) platform::acknowledge_interrupt(interrupt.ack_cptr);
}

void serve(unsigned bit) {
    enter_interrupt();
    if (_KINTERRUPT* interrupt = connected[bit]) {
        set_interrupt_irql(interrupt->irql);
        serve(*interrupt);
    } else {
        early |= 1ull << bit;
    }
    leave_interrupt();
}

VOID interrupt_loop(PVOID) {
    platform::set_priority(nullptr, platform::kInterruptPriority);
    for (;;) {
        ULONG64 bits = platform::wait_for_interrupts();
        for (; bits != 0; bits &= bits - 1) {
            auto bit = static_cast<unsigned>(__builtin_ctzll(bits));
            if (bit < kMaximumInterrupts) serve(bit);
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
    AtIrql at(interrupt.irql);
    connected[bit] = &interrupt;
    bool came_early = (early >> bit & 1) != 0;
    early &= ~(1ull << bit);
    if (came_early)
        serve(interrupt);
    else
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
    auto* made = new (memory) _KINTERRUPT{.routine = request.routine,
                                          .context = request.context,
                                          .irql = request.irql,
                                          .synchronize_irql = request.synchronize_irql,
                                          .latched = request.latched,
                                          .bit = 0,
                                          .ack_cptr = 0};
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
    {
        // The device lock: no service routine of this object is under way, and none will be.
        AtIrql at(interrupt.synchronize_irql);
        connected[interrupt.bit] = nullptr;
    }
    platform::disconnect_interrupt(interrupt.bit);
    platform::release(&interrupt);
}

const void* find_interrupt(const CodeRange& range) {
    AtIrql at(DISPATCH_LEVEL + 1);
    for (_KINTERRUPT* interrupt : connected)
        if (interrupt != nullptr && range.contains(interrupt->routine))
            return reinterpret_cast<const void*>(interrupt->routine);
    return nullptr;
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
