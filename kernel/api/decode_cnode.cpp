// SPDX-License-Identifier: GPL-3.0-only
//
// Invocations of CNodes: moving capabilities between slots, deleting and revoking them.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/object/cap_rules.hpp"
#include "kernel/object/endpoint.hpp"
#include "kernel/object/finalise.hpp"

namespace kernel {

namespace {

// A capability on its way from one slot to another.
struct Passage {
    Cte* source;
    Cap cap;     // as it arrives
    bool moves;  // else it is derived
};

Result<Passage> copied(Cte& source, const Cap& cap) {
    const Cap derived = TRY(derive(source, cap));
    return Passage{&source, derived, false};
}

Result<Passage> passage(const Invocation& call, Cte& source) {
    switch (call.label) {
        case seL4_Label_CNode_Copy:
            if (call.length < 5) return Error::truncated();
            return copied(source, mask_rights(source.cap, Rights::from_word(call.argument(4))));
        case seL4_Label_CNode_Mint: {
            if (call.length < 6) return Error::truncated();
            const Cap masked = mask_rights(source.cap, Rights::from_word(call.argument(4)));
            return copied(source, update_data(masked, false, call.argument(5)));
        }
        case seL4_Label_CNode_Move:
            return Passage{&source, source.cap, true};
        default:  // Mutate
            if (call.length < 5) return Error::truncated();
            return Passage{&source, update_data(source.cap, true, call.argument(4)), true};
    }
}

Status copy_or_move(const Invocation& call, Cte& target) {
    if (call.length < 4 || call.extra.count < 1) return Error::truncated();
    if (!target.is_empty()) return Error::plain(seL4_DeleteFirst);
    const Word depth = call.argument(3);
    Cte* source = TRY(lookup_slot(call.extra.slots[0]->cap, call.argument(2), depth, true));
    if (source->is_empty()) return Error::failed_lookup(true, LookupFailure::missing_capability(depth));
    const Passage passed = TRY(passage(call, *source));
    if (passed.cap.is_null()) return Error::illegal_operation();

    call.begin();
    if (passed.moves) {
        move_cap(passed.cap, *source, target);
    } else {
        insert_derived_cap(passed.cap, *source, target);
    }
    return {};
}

Status rotate(const Invocation& call, Cte& target) {
    if (call.length < 8 || call.extra.count < 2) return Error::truncated();
    const Word pivot_depth = call.argument(4), source_depth = call.argument(7);
    Cte* source = TRY(lookup_slot(call.extra.slots[1]->cap, call.argument(6), source_depth, true));
    Cte* pivot = TRY(lookup_slot(call.extra.slots[0]->cap, call.argument(3), pivot_depth, true));
    if (pivot == source || pivot == &target) return Error::illegal_operation();
    if (source != &target && !target.is_empty()) return Error::plain(seL4_DeleteFirst);
    if (source->is_empty())
        return Error::failed_lookup(true, LookupFailure::missing_capability(source_depth));
    if (pivot->is_empty()) return Error::failed_lookup(false, LookupFailure::missing_capability(pivot_depth));
    const Cap new_source = update_data(source->cap, true, call.argument(5));
    const Cap new_pivot = update_data(pivot->cap, true, call.argument(2));
    if (new_source.is_null() || new_pivot.is_null()) return Error::illegal_operation();

    call.begin();
    if (source == &target) {
        swap_caps(new_source, *source, new_pivot, *pivot);
    } else {
        move_cap(new_pivot, *pivot, target);
        move_cap(new_source, *source, *pivot);
    }
    return {};
}

Status cancel_sends(const Invocation& call, const Cte& slot) {
    const auto endpoint = slot.cap.as<EndpointCap>();
    const bool all_rights = endpoint.write && endpoint.read && endpoint.grant && endpoint.grant_reply;
    if (!slot.cap.is(CapTag::endpoint) || !all_rights) return Error::illegal_operation();
    call.begin();
    if (endpoint.badge == 0) return {};
    return cancel_badged_sends(*endpoint_of(endpoint), endpoint.badge);
}

Status save_caller(const Invocation& call, Cte& target) {
    if (!target.is_empty()) return Error::plain(seL4_DeleteFirst);
    call.begin();
    Cte& caller = call.caller.caller;
    if (!caller.is_empty()) move_cap(caller.cap, caller, target);
    return {};
}

}  // namespace

Status decode_cnode(const Invocation& call) {
    if (call.label < seL4_Label_CNode_Revoke || call.label > seL4_Label_CNode_SaveCaller)
        return Error::illegal_operation();
    if (call.length < 2) return Error::truncated();
    Cte* target = TRY(lookup_target(call.cap, call.argument(0), call.argument(1)));
    switch (call.label) {
        case seL4_Label_CNode_Revoke:
            call.begin();
            return revoke(*target);
        case seL4_Label_CNode_Delete:
            call.begin();
            return delete_cap(*target, true);
        case seL4_Label_CNode_CancelBadgedSends:
            return cancel_sends(call, *target);
        case seL4_Label_CNode_Rotate:
            return rotate(call, *target);
        case seL4_Label_CNode_SaveCaller:
            return save_caller(call, *target);
        default:
            return copy_or_move(call, *target);
    }
}

}  // namespace kernel
