// SPDX-License-Identifier: GPL-3.0-only
//
// Interlocked singly linked lists and the lookaside lists on top of them. The head of an SLIST is changed as
// a whole with a 16-byte compare and exchange; the sequence number makes a head that went away and came back
// different.
#include "abi/wdm/ketypes.h"
#include "wdm/platform/platform.hpp"

extern "C" {
PVOID ExAllocatePoolWithTag(ULONG type, SIZE_T bytes, ULONG tag);
VOID ExFreePool(PVOID block);
}

namespace {

constexpr USHORT kMaximumDepth = 256;
constexpr ULONG64 kPointerType = 1;

struct alignas(16) Head {
    ULONG64 depth_and_sequence;
    ULONG64 next;
};

bool exchange(WDM_SLIST_HEADER& header, Head& expected, const Head& wanted) {
    bool done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(header), "+a"(expected.depth_and_sequence), "+d"(expected.next)
                     : "b"(wanted.depth_and_sequence), "c"(wanted.next)
                     : "memory");
    return done;
}

Head read(const WDM_SLIST_HEADER& header) {
    return {__atomic_load_n(&header.DepthAndSequence, __ATOMIC_ACQUIRE),
            __atomic_load_n(&header.NextEntry, __ATOMIC_ACQUIRE)};
}

WDM_SLIST_ENTRY* entry_of(ULONG64 next) {
    return reinterpret_cast<WDM_SLIST_ENTRY*>(next & ~ULONG64{15});
}

Head with(const Head& old, WDM_SLIST_ENTRY* first, int step) {
    ULONG64 depth = (old.depth_and_sequence + static_cast<ULONG64>(step)) & 0xffff;
    ULONG64 sequence = (old.depth_and_sequence & ~ULONG64{0xffff}) + 0x10000;
    return {sequence | depth, reinterpret_cast<ULONG64>(first) | kPointerType};
}

}  // namespace

extern "C" {

VOID InitializeSListHead(PWDM_SLIST_HEADER header) {
    *header = {0, 0};
}

PWDM_SLIST_ENTRY ExpInterlockedPopEntrySList(PWDM_SLIST_HEADER header) {
    Head old = read(*header);
    for (;;) {
        WDM_SLIST_ENTRY* first = entry_of(old.next);
        if (first == nullptr) return nullptr;
        if (exchange(*header, old, with(old, first->Next, -1))) return first;
    }
}

PWDM_SLIST_ENTRY ExpInterlockedPushEntrySList(PWDM_SLIST_HEADER header, PWDM_SLIST_ENTRY entry) {
    Head old = read(*header);
    do {
        entry->Next = entry_of(old.next);
    } while (!exchange(*header, old, with(old, entry, 1)));
    return entry->Next;
}

PWDM_SLIST_ENTRY ExpInterlockedFlushSList(PWDM_SLIST_HEADER header) {
    Head old = read(*header);
    Head none;
    do {
        none = {(old.depth_and_sequence & ~ULONG64{0xffff}) + 0x10000, kPointerType};
    } while (!exchange(*header, old, none));
    return entry_of(old.next);
}

USHORT ExQueryDepthSList(PWDM_SLIST_HEADER header) {
    return static_cast<USHORT>(read(*header).depth_and_sequence);
}

VOID ExInitializeNPagedLookasideList(PGENERAL_LOOKASIDE list, PALLOCATE_FUNCTION allocate,
                                     PFREE_FUNCTION free, ULONG flags, SIZE_T size, ULONG tag, USHORT) {
    __builtin_memset(list, 0, sizeof *list);
    list->Depth = kMaximumDepth;  // the inlined free keeps this many before it gives memory back
    list->MaximumDepth = kMaximumDepth;
    list->Type = flags;
    list->Tag = tag;
    list->Size = static_cast<ULONG>(size < sizeof(WDM_SLIST_ENTRY) ? sizeof(WDM_SLIST_ENTRY) : size);
    list->Allocate = allocate != nullptr ? allocate : ExAllocatePoolWithTag;
    list->Free = free != nullptr ? free : ExFreePool;
    list->ListEntry = {&list->ListEntry, &list->ListEntry};
}

VOID ExInitializePagedLookasideList(PGENERAL_LOOKASIDE list, PALLOCATE_FUNCTION allocate, PFREE_FUNCTION free,
                                    ULONG flags, SIZE_T size, ULONG tag, USHORT depth) {
    ExInitializeNPagedLookasideList(list, allocate, free, flags | 1, size, tag, depth);
}

VOID ExDeleteNPagedLookasideList(PGENERAL_LOOKASIDE list) {
    while (PWDM_SLIST_ENTRY entry = ExpInterlockedPopEntrySList(&list->ListHead))
        list->Free(entry);
}

VOID ExDeletePagedLookasideList(PGENERAL_LOOKASIDE list) {
    ExDeleteNPagedLookasideList(list);
}

}  // extern "C"
