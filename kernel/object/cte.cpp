// SPDX-License-Identifier: GPL-3.0-only
#include "kernel/object/cte.hpp"

#include "kernel/object/cap_rules.hpp"

namespace kernel {

namespace {

// Whether a capability derived from `source` may itself be revoked separately.
bool becomes_revocable(const Cap& cap, const Cap& source) {
    switch (cap.tag()) {
        case CapTag::endpoint:
        case CapTag::notification:
            return cap.words[0] != source.words[0];  // the badge
        case CapTag::irq_handler:
            return source.is(CapTag::irq_control);
        case CapTag::io_port:
            return source.is(CapTag::io_port_control);
        case CapTag::untyped:
            return true;
        default:
            return false;
    }
}

// `slot` goes into the list directly behind `parent`.
void insert_behind(Cte& parent, Cte& slot, bool revocable, bool first_badged) {
    Cte* next = parent.next();
    slot.set_links(&parent, next, revocable, first_badged);
    if (next) next->set_previous(&slot);
    parent.set_next(&slot);
}

}  // namespace

void insert_object_cap(Cte& parent, Cte& slot, Cap cap) {
    slot.cap = cap;
    insert_behind(parent, slot, true, true);
}

void insert_derived_cap(Cap cap, Cte& source, Cte& slot) {
    const bool revocable = becomes_revocable(cap, source.cap);
    // Of two capabilities to the same untyped memory only the new one may allocate.
    if (source.cap.is(CapTag::untyped) && cap.is(CapTag::untyped)) {
        auto old = source.cap.as<UntypedCap>();
        const auto copy = cap.as<UntypedCap>();
        if (old.address == copy.address && old.size_bits == copy.size_bits) {
            old.free_index = Word{1} << (old.size_bits - seL4_MinUntypedBits);
            old.set_cleared(0);
            source.cap = old;
        }
    }
    slot.cap = cap;
    insert_behind(source, slot, revocable, revocable);
}

void move_cap(Cap cap, Cte& source, Cte& slot) {
    slot.cap = cap;
    slot.links = source.links;
    source.cap = Cap{};
    source.links = Derivation{};
    if (Cte* previous = slot.previous()) previous->set_next(&slot);
    if (Cte* next = slot.next()) next->set_previous(&slot);
}

void swap_caps(Cap cap1, Cte& slot1, Cap cap2, Cte& slot2) {
    slot1.cap = cap2;
    slot2.cap = cap1;
    // The neighbours of slot1 first: if slot2 is one of them, its links change before they are copied.
    const Derivation links1 = slot1.links;
    if (Cte* previous = slot1.previous()) previous->set_next(&slot2);
    if (Cte* next = slot1.next()) next->set_previous(&slot2);
    slot1.links = slot2.links;
    slot2.links = links1;
    if (Cte* previous = slot1.previous()) previous->set_next(&slot1);
    if (Cte* next = slot1.next()) next->set_previous(&slot1);
}

void unlink_cap(Cte& slot) {
    Cte* previous = slot.previous();
    Cte* next = slot.next();
    if (previous) previous->set_next(next);
    if (next) {
        const bool first_badged = next->first_badged() || slot.first_badged();
        next->set_links(previous, next->next(), next->revocable(), first_badged);
    }
    slot.cap = Cap{};
    slot.links = Derivation{};
}

bool is_parent_of(const Cte& a, const Cte& b) {
    if (!a.revocable() || !same_region(a.cap, b.cap)) return false;
    const CapTag tag = a.cap.tag();
    if (tag != CapTag::endpoint && tag != CapTag::notification) return true;
    const Word badge = a.cap.words[0];
    if (badge == 0) return true;
    return badge == b.cap.words[0] && !b.first_badged();
}

bool is_final(const Cte& slot) {
    const Cte* previous = slot.previous();
    if (previous && same_object(previous->cap, slot.cap)) return false;
    const Cte* next = slot.next();
    return !next || !same_object(slot.cap, next->cap);
}

bool has_children(const Cte& slot) {
    const Cte* next = slot.next();
    return next && is_parent_of(slot, *next);
}

}  // namespace kernel
