// SPDX-License-Identifier: GPL-3.0-only
//
// A capability slot, and the derivation tree in which every capability in use has its place.
// The tree is a doubly linked list in depth-first order: the descendants of a slot are those that directly
// follow it and that it is_parent_of(). Whoever fills or empties a slot goes through the functions below,
// never through the fields.
#pragma once
#include "kernel/object/cap.hpp"

namespace kernel {

// The links of a slot; the two flags live in the low bits of `next`, slots being 32-byte aligned.
struct Derivation {
    static constexpr Word kRevocable = 1;  // may have descendants
    static constexpr Word kFirstBadged =
        2;  // starts a run of equal badges: no descendant of an equal one before it
    Word previous = 0;
    Word next_and_flags = 0;
};

struct alignas(32) Cte {
    Cap cap;
    Derivation links;

    Cte* next() const { return reinterpret_cast<Cte*>(links.next_and_flags & ~Word{31}); }
    Cte* previous() const { return reinterpret_cast<Cte*>(links.previous); }
    bool revocable() const { return links.next_and_flags & Derivation::kRevocable; }
    bool first_badged() const { return links.next_and_flags & Derivation::kFirstBadged; }
    bool is_empty() const { return cap.is_null(); }

    void set_previous(Cte* slot) { links.previous = reinterpret_cast<Word>(slot); }
    void set_next(Cte* slot) {
        links.next_and_flags = reinterpret_cast<Word>(slot) | (links.next_and_flags & Word{31});
    }
    void set_links(Cte* previous, Cte* next, bool revocable, bool first_badged) {
        links.previous = reinterpret_cast<Word>(previous);
        links.next_and_flags = reinterpret_cast<Word>(next) | (revocable ? Derivation::kRevocable : 0) |
                               (first_badged ? Derivation::kFirstBadged : 0);
    }
};
static_assert(sizeof(Cte) == 32);

// Puts a capability without ancestors into an empty slot: at boot only.
inline void insert_root_cap(Cte& slot, Cap cap) {
    slot.cap = cap;
    slot.set_links(nullptr, nullptr, true, true);
}
// The capability of a new object, a child of `parent` (at boot, and by Retype).
void insert_object_cap(Cte& parent, Cte& slot, Cap cap);
// A capability derived from the one in `source`; `slot` is empty.
void insert_derived_cap(Cap cap, Cte& source, Cte& slot);
// Moves what is in `source` to the empty `slot`, as `cap`; it keeps its place in the tree.
void move_cap(Cap cap, Cte& source, Cte& slot);
// Exchanges two slots, storing `cap1`, which is what is in slot1 with other data maybe, in slot2 and the
// reverse.
void swap_caps(Cap cap1, Cte& slot1, Cap cap2, Cte& slot2);
// Takes the capability out of the tree and of its slot, without any thought about its object.
void unlink_cap(Cte& slot);

// Both name the same object.
bool same_object(const Cap& a, const Cap& b);
// The object of `b` is part of what `a` stands for.
bool same_region(const Cap& a, const Cap& b);
bool is_parent_of(const Cte& a, const Cte& b);
// No other capability names this object. REQUIRES: slot not empty.
bool is_final(const Cte& slot);
// Some capability derived from this one exists.
bool has_children(const Cte& slot);

}  // namespace kernel
