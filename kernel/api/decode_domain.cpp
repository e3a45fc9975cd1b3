// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of the DomainSet capability.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/sched/domain.hpp"
#include "kernel/sched/sched.hpp"

namespace kernel {

namespace {

Status set(const Invocation& call) {
    if (call.length < 1) return Error::truncated();
    if (call.argument(0) >= seL4_NumDomains) return Error::invalid_argument(0);
    if (call.extra.count < 1) return Error::truncated();
    const Cap& cap = call.extra.slots[0]->cap;
    if (!cap.is(CapTag::tcb)) return Error::invalid_argument(1);
    call.begin();
    sched::set_domain(*tcb_of(cap.as<TcbCap>()), static_cast<std::uint8_t>(call.argument(0)));
    return {};
}

}  // namespace

Status decode_domain(const Invocation& call) {
    switch (call.label) {
        case seL4_Label_DomainSet_Set:
            return set(call);
        case seL4_Label_DomainSet_ScheduleConfigure:
            if (call.length < 3) return Error::truncated();
            TRY(sched::configure_domain(call.argument(0), call.argument(1), call.argument(2)));
            call.begin();
            return {};
        case seL4_Label_DomainSet_ScheduleSetStart:
            if (call.length < 1) return Error::truncated();
            TRY(sched::start_schedule_at(call.argument(0)));
            call.begin();
            return {};
        default:
            return Error::illegal_operation();
    }
}

}  // namespace kernel
