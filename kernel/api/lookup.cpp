// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/lookup.hpp"

namespace kernel {

Resolved resolve(const Cap& root, Word cptr, Word bits) {
    if (!root.is(CapTag::cnode)) [[unlikely]]
        return {.failure = LookupFailure::invalid_root()};
    const Cap* node = &root;
    // Bounded: each level of a CNode uses at least one bit.
    for (;;) {
        const auto cnode = node->as<CNodeCap>();
        const Word guard_size = cnode.guard_size;
        const Word radix = cnode.radix;
        const Word level = guard_size + radix;
        const Word guard = (cptr >> ((bits - guard_size) & 63)) & low_bits(guard_size);
        if (guard_size > bits || guard != cnode.guard) [[unlikely]]
            return {.failure = LookupFailure::guard_mismatch(bits, cnode.guard, guard_size)};
        if (level > bits) [[unlikely]]
            return {.failure = LookupFailure::depth_mismatch(bits, level)};
        bits -= level;
        Cte* slot = &slots_of(cnode)[(cptr >> (bits & 63)) & low_bits(radix)];
        if (bits == 0 || !slot->cap.is(CapTag::cnode)) [[likely]]
            return {.slot = slot, .bits_left = bits};
        node = &slot->cap;
    }
}

Result<Cte*> lookup_slot(const Cap& root, Word index, Word depth, bool source) {
    if (!root.is(CapTag::cnode)) return Error::failed_lookup(source, LookupFailure::invalid_root());
    if (depth == 64) [[likely]] {
        if (Cte* slot = resolve_in_one(root, index)) [[likely]]
            return slot;
    }
    if (depth < 1 || depth > 64) return Error::range(1, 64);
    const Resolved found = resolve(root, index, depth);
    if (!found.slot) return Error::failed_lookup(source, found.failure);
    if (found.bits_left != 0)
        return Error::failed_lookup(source, LookupFailure::depth_mismatch(found.bits_left, 0));
    return found.slot;
}

Result<Cte*> lookup_empty_target(const Cap& root, Word index, Word depth) {
    Cte* slot = TRY(lookup_target(root, index, depth));
    if (!slot->is_empty()) return Error::plain(seL4_DeleteFirst);
    return slot;
}

}  // namespace kernel
