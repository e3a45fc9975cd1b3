// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/api/lookup.hpp"

namespace kernel {

namespace {

// Why a level with this CNode was not passed; `rest` begins with the `bits` bits still to be resolved.
[[gnu::noinline]] LookupFailure failure_at(const CNodeCap& cnode, Word rest, Word bits) {
    const Word guard_size = cnode.guard_size;
    const Word guard = guard_size == 0 ? 0 : rest >> (64 - guard_size);
    if (guard_size > bits || guard != cnode.guard)
        return LookupFailure::guard_mismatch(bits, cnode.guard, guard_size);
    return LookupFailure::depth_mismatch(bits, guard_size + cnode.radix);
}

}  // namespace

Resolved resolve(const Cap& root, Word cptr, Word bits) {
    if (!is_cnode(root)) [[unlikely]]
        return {.failure = LookupFailure::invalid_root()};
    const Cap* node = &root;
    Word rest = cptr << (64 - bits);
    // Bounded: each level of a CNode uses at least one bit.
    for (;;) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(node);
        const unsigned radix = bytes[CNodeCap::kRadixByte];
        const unsigned level = bytes[CNodeCap::kGuardSizeByte] + radix;
        const auto cnode = node->as<CNodeCap>();
        // Guard and index together; without the guard they are less than a radix long.
        const Word index = rest >> ((64 - level) & 63) ^ cnode.guard << (radix & 63);
        if (level > bits || index >> (radix & 63)) [[unlikely]]
            return {.failure = failure_at(cnode, rest, bits)};
        rest <<= level & 63;
        bits -= level;
        Cte* slot = &slots_of(cnode)[index];
        if (bits == 0 || !is_cnode(slot->cap)) [[likely]]
            return {.slot = slot, .bits_left = bits};
        node = &slot->cap;
    }
}

Status lookup_extra_caps(const Tcb& sender, const IpcBuffer& buffer, MessageInfo info, ExtraCaps& caps) {
    for (const Word count = info.extra_caps(); caps.count < count; caps.count++) {
        const Word cptr = buffer.caps_or_badges[caps.count];
        const Resolved found = resolve(sender, cptr);
        if (!found.slot) return Error::cap_fault(cptr, found.failure);
        caps.slots[caps.count] = found.slot;
    }
    return {};
}

Result<Cte*> lookup_slot(const Cap& root, Word index, Word depth, bool source) {
    if (!root.is(CapTag::cnode)) return Error::failed_lookup(source, LookupFailure::invalid_root());
    if (depth == 64) [[likely]] {
        if (Cte* slot = resolve_in_two<true>(root, index)) [[likely]]
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
