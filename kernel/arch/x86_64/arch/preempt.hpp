// SPDX-License-Identifier: GPL-3.0-only
// Interrupts are off while the kernel runs. A long operation asks at its named points whether one is waiting;
// then it unwinds, leaving its progress in the objects, and the interrupt is handled before the thread runs
// again.
#pragma once

namespace arch {

// Lets a waiting interrupt in for an instant. One that came is remembered, not handled: true from then on,
// until handle_pending_interrupt().
bool interrupt_pending();

// Handles the remembered interrupt, if there is one, and acknowledges it at the local APIC.
// The caller has put the running thread into a state in which it may be preempted.
void handle_pending_interrupt();

// At boot: forgets the remembered interrupt, which nobody is there to handle.
void drop_pending_interrupt();

}  // namespace arch
