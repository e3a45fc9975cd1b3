// SPDX-License-Identifier: GPL-3.0-only
//
// Interrupts as objects: each of the vectors that users may own has at most one handler capability, and a
// slot with the kernel's own copy of the notification it signals.
#pragma once
#include "kernel/api/result.hpp"
#include "kernel/object/cte.hpp"

namespace kernel {

// Memory for the slots below, in the kernel image.
extern Cte static_irq_slots[];

// At boot: the slots, one per irq, empty, at window addresses.
void initialise_irqs(Cte* slots);

bool irq_is_active(Word irq);
void activate_irq(Word irq);
// Masks the line; the vector may be given out again.
void release_irq(Word irq);

// `source` holds a notification capability. Preempted: come again.
Status set_irq_notification(Word irq, Cte& source);
Status clear_irq_notification(Word irq);

// The interrupt has come.
void deliver_irq(Word irq);

}  // namespace kernel
