// SPDX-License-Identifier: GPL-3.0-only
//
// Untyped memory: how much of it is used, and making objects of it.
// Memory is zeroed when an object is made of it, not when it becomes free: what nobody uses costs nothing.
#pragma once
#include "kernel/api/result.hpp"
#include "kernel/object/cte.hpp"

namespace kernel {

inline constexpr Word kUntypedUnitBits = 4;  // free_index counts in these

inline Word free_offset(const UntypedCap& cap) {
    return Word{cap.free_index} << kUntypedUnitBits;
}

// Nothing can be allocated from the capability in this slot until it has no children any more.
inline void mark_full(Cte& slot) {
    auto cap = slot.cap.as<UntypedCap>();
    cap.free_index = Word{1} << (cap.size_bits - kUntypedUnitBits);
    cap.set_cleared(0);
    slot.cap = cap;
}

// What a Retype makes, checked already: it fits, and the slots are empty.
struct RetypePlan {
    Cte& untyped;
    seL4_ObjectType type;
    Word size_bits;    // as the user gave it
    Word object_bits;  // memory of one object
    Word offset;       // of the first object in the untyped memory
    Cte* slots;
    Word count;
};

// log2 of the memory of an object; `size_bits` counts for untyped and CNodes.
Word object_bits(seL4_ObjectType type, Word size_bits);
bool is_frame_type(seL4_ObjectType type);

Status retype(const RetypePlan& plan);

}  // namespace kernel
