// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ke/irql.hpp"

#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dpc.hpp"
#include "wdm/ke/thread.hpp"

namespace ke {
namespace {

constinit platform::Lock dispatch_lock;
constinit platform::Lock device_lock;

void drop(_KTHREAD& thread, KIRQL irql) {
    if (thread.irql > DISPATCH_LEVEL && irql <= DISPATCH_LEVEL) device_lock.release();
    bool leaves_dispatch = thread.irql >= DISPATCH_LEVEL && irql < DISPATCH_LEVEL;
    thread.irql = leaves_dispatch ? KIRQL{DISPATCH_LEVEL} : irql;
    if (!leaves_dispatch) return;
    run_dpcs();
    thread.irql = irql;
    dispatch_lock.release();
}

[[gnu::noinline]] void lower_slowly(_KTHREAD& thread, KIRQL irql) {
    if (irql > thread.irql) [[unlikely]]
        bug_check(kIrqlNotLessOrEqual, thread.irql, irql);
    if (thread.in_interrupt) {
        if (irql <= DISPATCH_LEVEL) [[unlikely]]
            bug_check(kIrqlNotLessOrEqual, thread.irql, irql);
        thread.irql = irql;
    } else {
        drop(thread, irql);
    }
}

}  // namespace

KIRQL current_irql() {
    return current().irql;
}

KIRQL raise_irql(KIRQL irql) {
    _KTHREAD& thread = current();
    KIRQL old = thread.irql;
    if (irql < old) [[unlikely]]
        bug_check(kIrqlNotGreaterOrEqual, old, irql);
    if (irql >= DISPATCH_LEVEL && old < DISPATCH_LEVEL) dispatch_lock.acquire();
    if (irql > DISPATCH_LEVEL && old <= DISPATCH_LEVEL) device_lock.acquire();
    thread.irql = irql;
    return old;
}

void lower_irql(KIRQL irql) {
    _KTHREAD& thread = current();
    if (thread.irql == DISPATCH_LEVEL && irql < DISPATCH_LEVEL && !dpcs_pending()) [[likely]] {
        thread.irql = irql;
        dispatch_lock.release();
    } else {
        lower_slowly(thread, irql);
    }
    // An ISR may have queued a DPC after the last look and before the lock was free again.
    while (thread.irql < DISPATCH_LEVEL && dpcs_pending()) {
        KIRQL old = raise_irql(DISPATCH_LEVEL);
        drop(thread, old);
    }
}

void enter_interrupt() {
    _KTHREAD& thread = current();
    device_lock.acquire();
    thread.in_interrupt = true;
    thread.irql = DISPATCH_LEVEL + 1;
}

void set_interrupt_irql(KIRQL irql) {
    current().irql = irql;
}

void leave_interrupt() {
    _KTHREAD& thread = current();
    thread.irql = PASSIVE_LEVEL;
    thread.in_interrupt = false;
    device_lock.release();
}

}  // namespace ke

extern "C" {

KIRQL KeGetCurrentIrql(void) {
    return ke::current_irql();
}

KIRQL KfRaiseIrql(KIRQL irql) {
    return ke::raise_irql(irql);
}

VOID KeLowerIrql(KIRQL irql) {
    ke::lower_irql(irql);
}

KIRQL KeRaiseIrqlToDpcLevel(void) {
    return ke::raise_irql(DISPATCH_LEVEL);
}

BOOLEAN KeAreApcsDisabled(void) {
    return ke::current().critical_regions != 0 || ke::current_irql() > PASSIVE_LEVEL;
}

VOID KeEnterCriticalRegion(void) {
    ke::current().critical_regions++;
}

VOID KeLeaveCriticalRegion(void) {
    ke::current().critical_regions--;
}

}  // extern "C"
