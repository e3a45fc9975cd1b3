// SPDX-License-Identifier: GPL-3.0-only
//
// The doubly linked lists of NT (a head, entries embedded in their owners), as functions. Ownership stays
// with the caller. A damaged list means a driver wrote where it should not: like NT, the host stops at once.
#pragma once

#include "abi/nt/ntdef.h"

namespace rtl {

inline void initialise(LIST_ENTRY& head) {
    head.Flink = head.Blink = &head;
}

inline bool empty(const LIST_ENTRY& head) {
    return head.Flink == &head;
}

inline void check(const LIST_ENTRY& entry) {
    if (entry.Flink->Blink != &entry || entry.Blink->Flink != &entry) [[unlikely]]
        __builtin_trap();
}

inline void insert_between(LIST_ENTRY& entry, LIST_ENTRY& before, LIST_ENTRY& after) {
    entry.Flink = &after;
    entry.Blink = &before;
    before.Flink = &entry;
    after.Blink = &entry;
}

inline void insert_tail(LIST_ENTRY& head, LIST_ENTRY& entry) {
    check(head);
    insert_between(entry, *head.Blink, head);
}

inline void insert_head(LIST_ENTRY& head, LIST_ENTRY& entry) {
    check(head);
    insert_between(entry, head, *head.Flink);
}

inline void remove(LIST_ENTRY& entry) {
    check(entry);
    entry.Blink->Flink = entry.Flink;
    entry.Flink->Blink = entry.Blink;
}

// Takes the first entry off; null when the list is empty.
inline LIST_ENTRY* pop(LIST_ENTRY& head) {
    if (empty(head)) return nullptr;
    LIST_ENTRY* entry = head.Flink;
    remove(*entry);
    return entry;
}

}  // namespace rtl
