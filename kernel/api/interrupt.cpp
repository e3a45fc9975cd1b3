// SPDX-License-Identifier: GPL-3.0-only
//
// The doors for interrupts.
#include "kernel/api/entry.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/object/tcb.hpp"
#include "kernel/sched/domain.hpp"
#include "kernel/sched/sched.hpp"

void kernel_interrupt(unsigned irq) {
    kernel::deliver_irq(irq);
    kernel::sched::schedule();
}

void kernel_timer_tick() {
    kernel::sched::tick();
    kernel::sched::schedule();
}

bool kernel_idle_needs_no_tick() {
    return kernel::sched::domain_is_endless();
}
