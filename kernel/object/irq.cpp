// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/irq.hpp"

#include "kernel/object/endpoint.hpp"
#include "kernel/object/finalise.hpp"
#include "kernel/platform/platform.hpp"

namespace kernel {

namespace {

Cte* slots;
bool active[platform::kIrqCount];

}  // namespace

Cte static_irq_slots[platform::kIrqCount];

void initialise_irqs(Cte* irq_slots) {
    slots = irq_slots;
}

bool irq_is_active(Word irq) {
    return active[irq];
}

void activate_irq(Word irq) {
    active[irq] = true;
}

void release_irq(Word irq) {
    active[irq] = false;
    platform::irq_release(static_cast<unsigned>(irq));
}

Status clear_irq_notification(Word irq) {
    return delete_cap(slots[irq], true);
}

Status set_irq_notification(Word irq, Cte& source) {
    const Cap cap = source.cap;
    TRY(clear_irq_notification(irq));
    insert_derived_cap(cap, source, slots[irq]);
    return {};
}

void deliver_irq(Word irq) {
    if (irq >= platform::kIrqCount) return;
    const Cap& cap = slots[irq].cap;
    if (cap.is(CapTag::notification) && cap.as<NotificationCap>().write) {
        signal(*notification_of(cap.as<NotificationCap>()), cap.as<NotificationCap>().badge);
    }
    platform::irq_mask(static_cast<unsigned>(irq));
}

}  // namespace kernel
