// SPDX-License-Identifier: GPL-3.0-only
//
// Untyped.Retype.
#include "abi/sel4/labels.h"
#include "kernel/api/invocation.hpp"
#include "kernel/object/untyped.hpp"

namespace kernel {

namespace {

// The CNode that is to hold the new capabilities.
Result<CNodeCap> find_node(const Cap& root, Word index, Word depth) {
    Cap node = root;
    if (depth != 0) {
        const Cte* slot = TRY(lookup_target(root, index, depth));
        node = slot->cap;
    }
    if (!node.is(CapTag::cnode)) return Error::failed_lookup(false, LookupFailure::missing_capability(depth));
    return node.as<CNodeCap>();
}

Result<Cte*> find_slots(const CNodeCap& node, Word offset, Word count) {
    const Word size = Word{1} << node.radix;
    if (offset >= size) return Error::range(0, size - 1);
    if (count < 1 || count > seL4_RetypeFanOutLimit) return Error::range(1, seL4_RetypeFanOutLimit);
    if (count > size - offset) return Error::range(1, size - offset);
    Cte* slots = &slots_of(node)[offset];
    for (Word i = 0; i < count; i++) {
        if (!slots[i].is_empty()) return Error::plain(seL4_DeleteFirst);
    }
    return slots;
}

Status check_size(seL4_ObjectType type, Word size_bits) {
    if (size_bits >= 64 || object_bits(type, size_bits) > seL4_MaxUntypedBits)
        return Error::range(0, seL4_MaxUntypedBits);
    if (type == seL4_CapTableObject && size_bits == 0) return Error::invalid_argument(1);
    if (type == seL4_UntypedObject && size_bits < seL4_MinUntypedBits) return Error::invalid_argument(1);
    return {};
}

}  // namespace

Status decode_untyped(const Invocation& call) {
    if (call.label != seL4_Label_Untyped_Retype) return Error::illegal_operation();
    if (call.length < 6 || call.extra.count < 1) return Error::truncated();
    if (call.argument(0) >= seL4_ObjectTypeCount) return Error::invalid_argument(0);
    const auto type = static_cast<seL4_ObjectType>(call.argument(0));
    const Word size_bits = call.argument(1);
    TRY(check_size(type, size_bits));
    const CNodeCap node = TRY(find_node(call.extra.slots[0]->cap, call.argument(2), call.argument(3)));
    const Word count = call.argument(5);
    Cte* slots = TRY(find_slots(node, call.argument(4), count));

    const auto untyped = call.cap.as<UntypedCap>();
    const Word bits = object_bits(type, size_bits);
    // Preempted retypes have no children yet, but keep what they have cleared.
    const bool fresh = !has_children(call.slot);
    const Word used = fresh ? 0 : free_offset(untyped);
    const Word left = (Word{1} << untyped.size_bits) - used;
    if ((left >> bits) < count) return Error::with(seL4_NotEnoughMemory, left);
    if (untyped.device && !is_frame_type(type) && type != seL4_UntypedObject)
        return Error::invalid_argument(1);

    call.begin();
    const Word offset = (used + low_bits(bits)) & ~low_bits(bits);
    return retype({.untyped = call.slot,
                   .type = type,
                   .size_bits = size_bits,
                   .object_bits = bits,
                   .offset = offset,
                   .slots = slots,
                   .count = count});
}

}  // namespace kernel
