// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of IRQControl and of interrupt handlers.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/irq.hpp"
#include "kernel/platform/platform.hpp"

namespace kernel {

namespace {

Status check_pin(const Invocation& call) {
    const Word ioapic = call.argument(2), pin = call.argument(3);
    const Word ioapics = platform::ioapic_count();
    if (ioapics == 0) return Error::illegal_operation();
    if (ioapic >= ioapics) return Error::range(0, ioapics - 1);
    const Word pins = platform::ioapic_pins(static_cast<unsigned>(ioapic));
    if (pin >= pins) return Error::range(0, pins - 1);
    if (call.argument(4) > 1 || call.argument(5) > 1) return Error::range(0, 1);
    return {};
}

Status check_message_source(const Invocation& call) {
    if (call.argument(2) > 255) return Error::range(0, 255);
    if (call.argument(3) > 31) return Error::range(0, 31);
    if (call.argument(4) > 7) return Error::range(0, 7);
    return {};
}

}  // namespace

Status decode_irq_control(const Invocation& call) {
    const bool pin = call.label == seL4_Label_IRQControl_GetIOAPIC;
    if (call.label == seL4_Label_IRQControl_Get) {
        // The legacy controller's lines: there is none here.
        if (call.length < 3 || call.extra.count < 1) return Error::truncated();
        return Error::illegal_operation();
    }
    if (!pin && call.label != seL4_Label_IRQControl_GetMSI) return Error::illegal_operation();
    if (call.length < 7 || call.extra.count < 1) return Error::truncated();
    const Word irq = call.argument(6);
    if (irq >= platform::kIrqCount) return Error::range(0, platform::kIrqCount - 1);
    if (irq_is_active(irq)) return Error::plain(seL4_RevokeFirst);
    Cte* target = TRY(lookup_empty_target(call.extra.slots[0]->cap, call.argument(0), call.argument(1)));
    TRY(pin ? check_pin(call) : check_message_source(call));

    call.begin();
    activate_irq(irq);
    insert_derived_cap(IrqHandlerCap{.irq = irq}, call.slot, *target);
    if (pin) {
        platform::irq_route_pin(static_cast<unsigned>(irq), static_cast<unsigned>(call.argument(2)),
                                static_cast<unsigned>(call.argument(3)), call.argument(4) != 0,
                                call.argument(5) != 0);
    } else {
        platform::irq_use_messages(static_cast<unsigned>(irq));
    }
    return {};
}

Status decode_irq_handler(const Invocation& call) {
    const Word irq = call.cap.as<IrqHandlerCap>().irq;
    switch (call.label) {
        case seL4_Label_IRQHandler_Ack:
            call.begin();
            platform::irq_unmask(static_cast<unsigned>(irq));
            return {};
        case seL4_Label_IRQHandler_SetNotification: {
            if (call.extra.count < 1) return Error::truncated();
            const Cap& cap = call.extra.slots[0]->cap;
            if (!cap.is(CapTag::notification) || !cap.as<NotificationCap>().write)
                return Error::invalid_capability(0);
            call.begin();
            return set_irq_notification(irq, *call.extra.slots[0]);
        }
        case seL4_Label_IRQHandler_Clear:
            call.begin();
            return clear_irq_notification(irq);
        default:
            return Error::illegal_operation();
    }
}

}  // namespace kernel
