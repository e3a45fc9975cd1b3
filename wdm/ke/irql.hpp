// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupt request levels inside one driver host, with the guarantees of a one-processor NT:
//  - at DISPATCH_LEVEL and above a thread is alone among the host's threads: it holds the dispatch lock;
//  - an interrupt service routine may run while another thread is at DISPATCH_LEVEL, never while one is
//  above:
//    above DISPATCH_LEVEL a thread also holds the device lock, and an ISR holds the device lock alone;
//  - deferred procedure calls run before the level of any thread falls below DISPATCH_LEVEL.
// Lock order: dispatch lock, device lock, then the short internal locks (dispatcher, DPC queue).
#pragma once

#include "abi/wdm/ketypes.h"

namespace ke {

KIRQL current_irql();
KIRQL raise_irql(KIRQL irql);  // returns the old level; lowering by it is a bug check
void lower_irql(KIRQL irql);

// For the interrupt thread around a call of an ISR, whose level is known once the device lock is held.
void enter_interrupt();
void set_interrupt_irql(KIRQL irql);
void leave_interrupt();

class AtIrql {
public:
    explicit AtIrql(KIRQL irql) : old_(raise_irql(irql)) {}
    ~AtIrql() { lower_irql(old_); }
    AtIrql(const AtIrql&) = delete;
    AtIrql& operator=(const AtIrql&) = delete;

private:
    KIRQL old_;
};

}  // namespace ke
