// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/finalise.hpp"

#include "arch/preempt.hpp"
#include "arch/steps.hpp"
#include "arch/switch.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/io_port.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/object/thread.hpp"
#include "kernel/vspace/vspace.hpp"

namespace kernel {

namespace {

unsigned work_since_look;

}  // namespace

Status preemption_point() {
    work_since_look = 0;
    if (arch::interrupt_pending()) return Error::preempted();
    return {};
}

Status work_done(unsigned work) {
    work_since_look += work;
    if (work_since_look < arch::kWorkPerCheck) return {};
    return preemption_point();
}

Status before_long_step() {
    if (work_since_look == 0) return {};
    return preemption_point();
}

namespace {

// What is left to be done once a capability is gone from its slot.
using Cleanup = Cap;

struct Finalised {
    Cap remainder = {};    // null, or a zombie
    Cleanup cleanup = {};  // an IRQ handler or I/O port range that is now free
};

Cap zombie_of_cnode(const CNodeCap& cap) {
    return ZombieCap{.slots = Word{1} << cap.radix, .address = cap.address, .radix = cap.radix};
}

Cap dismantle_tcb(Tcb& tcb) {
    if (tcb.bound_notification) unbind(tcb);
    suspend(tcb);
    arch::fpu_release(tcb.arch);
    arch::breakpoints_set(tcb.arch, {}, false);
    return ZombieCap{
        .slots = Tcb::kSlots, .address = arch::to_physical(tcb.slots()), .radix = ZombieCap::kTcbRadix};
}

Status finalise_notification(Notification& notification) {
    if (Tcb* bound = notification.bound()) unbind(*bound);
    return cancel_all(notification);
}

// The object goes, as far as it can at once. REQUIRES: this is the final capability.
Result<Finalised> finalise_object(const Cap& cap) {
    switch (cap.tag()) {
        case CapTag::endpoint:
            TRY(cancel_all(*endpoint_of(cap.as<EndpointCap>())));
            return Finalised{};
        case CapTag::notification:
            TRY(finalise_notification(*notification_of(cap.as<NotificationCap>())));
            return Finalised{};
        case CapTag::cnode:
            return Finalised{.remainder = zombie_of_cnode(cap.as<CNodeCap>())};
        case CapTag::tcb:
            return Finalised{.remainder = dismantle_tcb(*tcb_of(cap.as<TcbCap>()))};
        case CapTag::irq_handler:
            TRY(clear_irq_notification(cap.as<IrqHandlerCap>().irq));
            return Finalised{.cleanup = cap};
        case CapTag::io_port:
            return Finalised{.cleanup = cap};
        case CapTag::page_table:
        case CapTag::page_directory:
        case CapTag::pdpt:
            vspace::unmap_table(cap);
            return Finalised{};
        case CapTag::pml4:
            vspace::release_asid(cap.as<TableCap>());
            return Finalised{};
        case CapTag::asid_pool:
            TRY(before_long_step());
            vspace::release_pool(cap.as<AsidPoolCap>());
            return Finalised{};
        default:
            return Finalised{};
    }
}

Result<Finalised> finalise(const Cte& slot) {
    const Cap cap = slot.cap;
    if (cap.is(CapTag::zombie)) return Finalised{.remainder = cap};
    if (cap.is(CapTag::frame)) {
        vspace::unmap_frame(cap.as<FrameCap>());
        return Finalised{};
    }
    if (!is_final(slot)) return Finalised{};
    return finalise_object(cap);
}

void finish(const Cleanup& cleanup) {
    if (cleanup.is(CapTag::irq_handler)) release_irq(cleanup.as<IrqHandlerCap>().irq);
    if (cleanup.is(CapTag::io_port)) release_io_ports(cleanup.as<IoPortCap>());
}

Cte* slots_of(const ZombieCap& zombie) {
    return arch::from_physical<Cte>(zombie.address);
}

// Nothing but the slot itself is left of it.
bool is_removable(const Cap& remainder, const Cte& slot) {
    if (remainder.is_null()) return true;
    const auto zombie = remainder.as<ZombieCap>();
    return zombie.slots == 0 || (zombie.slots == 1 && slots_of(zombie) == &slot);
}

bool is_inside_itself(const Cap& remainder, const Cte& slot) {
    return remainder.is(CapTag::zombie) && slots_of(remainder.as<ZombieCap>()) == &slot;
}

// Empties the last slot of the zombie in `slot`, or, inside another zombie, moves it out to its own first
// slot, so that the depth of the work stays bounded however CNodes contain each other. What was in that slot
// is emptied in its place; the zombie that was moved out keeps its other slots and cannot be reached: only
// Revoke of its untyped memory ends it. The API has it so.
Status shrink_zombie(Cte& slot, bool exposed) {
    const auto zombie = slot.cap.as<ZombieCap>();
    Cte* first = slots_of(zombie);
    if (!exposed) {
        swap_caps(first->cap, *first, slot.cap, slot);
        return {};
    }
    Cte& last = first[zombie.slots - 1];
    if (!last.is_empty()) {
        TRY(delete_cap(last, false));
        if (!slot.cap.is(CapTag::zombie)) return {};
    }
    auto now = slot.cap.as<ZombieCap>();
    // Deleting the last slot may have put another zombie here, to be dealt with in its turn.
    if (slots_of(now) == first && now.slots == zombie.slots && last.is_empty()) {
        now.slots--;
        slot.cap = now;
    }
    return {};
}

struct Outcome {
    bool removable;
    Cleanup cleanup;
};

Result<Outcome> finalise_slot(Cte& slot, bool exposed) {
    while (!slot.is_empty()) {
        const Finalised done = TRY(finalise(slot));
        if (is_removable(done.remainder, slot)) return Outcome{true, done.cleanup};
        slot.cap = done.remainder;
        if (!exposed && is_inside_itself(done.remainder, slot)) return Outcome{false, {}};
        TRY(shrink_zombie(slot, exposed));
        TRY(work_done(arch::kDeletionWork));
    }
    return Outcome{true, {}};
}

}  // namespace

Status delete_cap(Cte& slot, bool exposed) {
    const Outcome outcome = TRY(finalise_slot(slot, exposed));
    if ((exposed || outcome.removable) && !slot.is_empty()) {
        unlink_cap(slot);
        finish(outcome.cleanup);
    }
    return {};
}

Status revoke(Cte& slot) {
    while (has_children(slot)) {
        TRY(delete_cap(*slot.next(), true));
        TRY(work_done(arch::kDeletionWork));
    }
    return {};
}

bool is_long_running_delete(const Cte& slot) {
    if (slot.is_empty() || !is_final(slot)) return false;
    return slot.cap.is(CapTag::tcb) || slot.cap.is(CapTag::zombie) || slot.cap.is(CapTag::cnode);
}

}  // namespace kernel
