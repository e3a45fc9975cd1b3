// SPDX-License-Identifier: GPL-3.0-only
//
// From capability pointers to slots. A CPtr is resolved bit by bit through CNodes: guard, then radix bits
// that select a slot, then on through the CNode found there, until no bits are left or what is found is no
// CNode.
#pragma once
#include "kernel/api/message.hpp"
#include "kernel/api/result.hpp"
#include "kernel/object/tcb.hpp"

namespace kernel {

struct Resolved {
    Cte* slot = nullptr;  // null: failed
    Word bits_left = 0;
    LookupFailure failure = {};
};

inline Cte* slots_of(const CNodeCap& cap) {
    return arch::from_physical<Cte>(cap.address);
}
inline Word low_bits(Word count) {
    return (Word{1} << count) - 1;  // REQUIRES: count < 64
}

// The slot of a CPtr that the root CNode alone resolves, all 64 bits of it: how every sensible CSpace is
// made. Null otherwise.
[[gnu::always_inline]] inline Cte* resolve_in_one(const Cap& root, Word cptr) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&root);
    const unsigned radix = bytes[CNodeCap::kRadixByte];
    if (bytes[kTagByte] != tag_byte(CapTag::cnode) || bytes[CNodeCap::kGuardSizeByte] + radix != 64)
        [[unlikely]]
        return nullptr;
    const Word index = cptr ^ root.words[0] << (radix & 63);  // without the guard
    if (index >> (radix & 63)) [[unlikely]]
        return nullptr;
    return &slots_of(root.as<CNodeCap>())[index];
}

inline bool is_cnode(const Cap& cap) {
    return reinterpret_cast<const std::uint8_t*>(&cap)[kTagByte] == tag_byte(CapTag::cnode);
}

// The same where a CNode in the root resolves the rest, or the root's slot holds something else and ends the
// way: what two levels of a CSpace can be. Null otherwise. With `every_bit` the CPtr is used up.
template <bool every_bit = false>
[[gnu::always_inline]] inline Cte* resolve_in_two(const Cap& root, Word cptr) {
    if (!is_cnode(root)) [[unlikely]]
        return nullptr;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(&root);
    const unsigned radix = bytes[CNodeCap::kRadixByte];
    const unsigned level = bytes[CNodeCap::kGuardSizeByte] + radix;
    const Word index = cptr >> ((64 - level) & 63) ^ root.words[0] << (radix & 63);
    if (level > 64 || index >> (radix & 63)) [[unlikely]]
        return nullptr;
    Cte* slot = &slots_of(root.as<CNodeCap>())[index];
    if (level == 64) return slot;
    if (!is_cnode(slot->cap)) return every_bit ? nullptr : slot;
    bytes = reinterpret_cast<const std::uint8_t*>(&slot->cap);
    const unsigned inner_radix = bytes[CNodeCap::kRadixByte];
    if (level + bytes[CNodeCap::kGuardSizeByte] + inner_radix != 64) [[unlikely]]
        return nullptr;
    const Word inner = cptr << (level & 63) >> (level & 63) ^ slot->cap.words[0] << (inner_radix & 63);
    if (inner >> (inner_radix & 63)) [[unlikely]]
        return nullptr;
    return &slots_of(slot->cap.as<CNodeCap>())[inner];
}

// REQUIRES: 1 <= bits <= 64.
Resolved resolve(const Cap& root, Word cptr, Word bits);

// The slot behind a thread's CPtr; leftover bits do not matter.
inline Resolved resolve(const Tcb& tcb, Word cptr) {
    if (Cte* slot = resolve_in_two(tcb.cspace.cap, cptr)) [[likely]]
        return {.slot = slot};
    return resolve(tcb.cspace.cap, cptr, 64);
}

// The slots named by the extra capability pointers of the thread's message, those before one that leads
// nowhere; that is a capability fault.
struct ExtraCaps {
    Word count = 0;
    Cte* slots[seL4_MsgMaxExtraCaps] = {};
};
Status lookup_extra_caps(const Tcb& sender, const IpcBuffer& buffer, MessageInfo info, ExtraCaps& caps);

// The slot an invocation names as (root, index, depth): every bit of `index` must be used.
Result<Cte*> lookup_slot(const Cap& root, Word index, Word depth, bool source);
inline Result<Cte*> lookup_target(const Cap& root, Word index, Word depth) {
    return lookup_slot(root, index, depth, false);
}
// The same, and the slot is empty.
Result<Cte*> lookup_empty_target(const Cap& root, Word index, Word depth);

}  // namespace kernel
