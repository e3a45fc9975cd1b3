// SPDX-License-Identifier: GPL-3.0-only
// Interlocked singly linked lists: a 16-byte head with depth and sequence number, changed by cmpxchg16b, so
// that a head that was popped and pushed again in between is noticed.
#include "ntdll/ntdll.hpp"

namespace {

struct Head {
    ULONGLONG low;
    ULONGLONG high;
};

PSLIST_ENTRY first_of(const Head& head) {
    return reinterpret_cast<PSLIST_ENTRY>(head.high & ~15ull);
}
Head make(const Head& old, PSLIST_ENTRY first, ULONGLONG depth) {
    return {(old.low & ~0xffffull) + 0x10000 + (depth & 0xffff), reinterpret_cast<ULONGLONG>(first)};
}
Head read(PSLIST_HEADER list) {
    return {__atomic_load_n(&list->Alignment, __ATOMIC_ACQUIRE),
            __atomic_load_n(&list->Region, __ATOMIC_ACQUIRE)};
}

// True when the list was `expected` and became `wanted`; else `expected` becomes what is there.
bool exchange(PSLIST_HEADER list, Head& expected, const Head& wanted) {
    bool done;
    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(*list), "+a"(expected.low), "+d"(expected.high)
                     : "b"(wanted.low), "c"(wanted.high)
                     : "memory");
    return done;
}

}  // namespace

extern "C" {

void NTAPI RtlInitializeSListHead(PSLIST_HEADER Head) {
    Head->Alignment = 0;
    Head->Region = 0;
}

PSLIST_ENTRY NTAPI RtlFirstEntrySList(const SLIST_HEADER* Head) {
    return first_of(read(const_cast<PSLIST_HEADER>(Head)));
}

USHORT NTAPI RtlQueryDepthSList(PSLIST_HEADER Head) {
    return static_cast<USHORT>(Head->Alignment);
}

PSLIST_ENTRY NTAPI RtlInterlockedPushListSListEx(PSLIST_HEADER Head, PSLIST_ENTRY First, PSLIST_ENTRY Last,
                                                 ULONG Count) {
    auto old = read(Head);
    do {
        Last->Next = first_of(old);
    } while (!exchange(Head, old, make(old, First, (old.low & 0xffff) + Count)));
    return first_of(old);
}

PSLIST_ENTRY NTAPI RtlInterlockedPushEntrySList(PSLIST_HEADER Head, PSLIST_ENTRY Entry) {
    return RtlInterlockedPushListSListEx(Head, Entry, Entry, 1);
}

PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER Head) {
    auto old = read(Head);
    while (PSLIST_ENTRY first = first_of(old)) {
        if (exchange(Head, old, make(old, first->Next, (old.low & 0xffff) - 1))) return first;
    }
    return nullptr;
}

PSLIST_ENTRY NTAPI RtlInterlockedFlushSList(PSLIST_HEADER Head) {
    auto old = read(Head);
    while (first_of(old)) {
        if (exchange(Head, old, make(old, nullptr, 0))) return first_of(old);
    }
    return nullptr;
}

}  // extern "C"
