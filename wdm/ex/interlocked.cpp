// SPDX-License-Identifier: GPL-3.0-only
//
// List and integer operations under a driver's spin lock. They may be used at any IRQL, from an ISR too.
#include "abi/wdm/ketypes.h"
#include "wdm/ke/irql.hpp"
#include "wdm/rtl/list.hpp"

namespace {

// HIGH_LEVEL excludes everybody, so the lock word itself need not be touched.
struct Exclusive {
    ke::AtIrql at{HIGH_LEVEL};
};

}  // namespace

extern "C" {

PLIST_ENTRY ExInterlockedInsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK) {
    Exclusive now;
    PLIST_ENTRY old = rtl::empty(*head) ? nullptr : head->Flink;
    rtl::insert_head(*head, *entry);
    return old;
}

PLIST_ENTRY ExInterlockedInsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry, PKSPIN_LOCK) {
    Exclusive now;
    PLIST_ENTRY old = rtl::empty(*head) ? nullptr : head->Blink;
    rtl::insert_tail(*head, *entry);
    return old;
}

PLIST_ENTRY ExInterlockedRemoveHeadList(PLIST_ENTRY head, PKSPIN_LOCK) {
    Exclusive now;
    return rtl::pop(*head);
}

PSINGLE_LIST_ENTRY ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry,
                                              PKSPIN_LOCK) {
    Exclusive now;
    entry->Next = head->Next;
    head->Next = entry;
    return entry->Next;
}

PSINGLE_LIST_ENTRY ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY head, PKSPIN_LOCK) {
    Exclusive now;
    PSINGLE_LIST_ENTRY first = head->Next;
    if (first != nullptr) head->Next = first->Next;
    return first;
}

ULONG ExInterlockedAddUlong(PULONG target, ULONG value, PKSPIN_LOCK) {
    return __atomic_fetch_add(target, value, __ATOMIC_SEQ_CST);
}

LARGE_INTEGER ExInterlockedAddLargeInteger(PLARGE_INTEGER target, LARGE_INTEGER value, PKSPIN_LOCK) {
    LARGE_INTEGER old;
    old.QuadPart = __atomic_fetch_add(&target->QuadPart, value.QuadPart, __ATOMIC_SEQ_CST);
    return old;
}

}  // extern "C"
