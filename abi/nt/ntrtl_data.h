// SPDX-License-Identifier: GPL-3.0-only
// Data structures: doubly linked lists, interlocked lists, bitmaps, AVL tables, splay links.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

static inline void InitializeListHead(PLIST_ENTRY head) {
    head->Flink = head;
    head->Blink = head;
}
static inline BOOLEAN IsListEmpty(const LIST_ENTRY* head) {
    return head->Flink == head;
}
static inline void InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry) {
    PLIST_ENTRY last = head->Blink;
    entry->Flink = head;
    entry->Blink = last;
    last->Flink = entry;
    head->Blink = entry;
}
static inline void InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry) {
    PLIST_ENTRY first = head->Flink;
    entry->Flink = first;
    entry->Blink = head;
    first->Blink = entry;
    head->Flink = entry;
}
static inline BOOLEAN RemoveEntryList(PLIST_ENTRY entry) {
    PLIST_ENTRY next = entry->Flink;
    PLIST_ENTRY previous = entry->Blink;
    previous->Flink = next;
    next->Blink = previous;
    return next == previous;
}
static inline PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head) {
    PLIST_ENTRY first = head->Flink;
    RemoveEntryList(first);
    return first;
}

typedef struct _SLIST_ENTRY {
    struct _SLIST_ENTRY* Next;
} __attribute__((aligned(16))) SLIST_ENTRY, *PSLIST_ENTRY;

typedef union _SLIST_HEADER {
    struct {
        ULONGLONG Alignment;
        ULONGLONG Region;
    };
    struct {
        ULONGLONG Depth : 16;
        ULONGLONG Sequence : 48;
        ULONGLONG Reserved : 4;
        ULONGLONG NextEntry : 60;
    } HeaderX64;
} __attribute__((aligned(16))) SLIST_HEADER, *PSLIST_HEADER;
C_ASSERT(sizeof(SLIST_HEADER) == 16);

typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;
typedef const RTL_BITMAP* PCRTL_BITMAP;

typedef struct _RTL_BITMAP_RUN {
    ULONG StartingIndex;
    ULONG NumberOfBits;
} RTL_BITMAP_RUN, *PRTL_BITMAP_RUN;

void NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMap, PULONG Buffer, ULONG SizeOfBitMap);
void NTAPI RtlClearBit(PRTL_BITMAP BitMap, ULONG BitNumber);
void NTAPI RtlSetBit(PRTL_BITMAP BitMap, ULONG BitNumber);
BOOLEAN NTAPI RtlTestBit(PCRTL_BITMAP BitMap, ULONG BitNumber);
void NTAPI RtlClearAllBits(PRTL_BITMAP BitMap);
void NTAPI RtlSetAllBits(PRTL_BITMAP BitMap);
void NTAPI RtlClearBits(PRTL_BITMAP BitMap, ULONG StartingIndex, ULONG NumberToClear);
void NTAPI RtlSetBits(PRTL_BITMAP BitMap, ULONG StartingIndex, ULONG NumberToSet);
BOOLEAN NTAPI RtlAreBitsClear(PCRTL_BITMAP BitMap, ULONG StartingIndex, ULONG Length);
BOOLEAN NTAPI RtlAreBitsSet(PCRTL_BITMAP BitMap, ULONG StartingIndex, ULONG Length);
ULONG NTAPI RtlFindClearBits(PCRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex);
ULONG NTAPI RtlFindSetBits(PCRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex);
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex);
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMap, ULONG NumberToFind, ULONG HintIndex);
ULONG NTAPI RtlNumberOfSetBits(PCRTL_BITMAP BitMap);
ULONG NTAPI RtlNumberOfClearBits(PCRTL_BITMAP BitMap);
ULONG NTAPI RtlFindNextForwardRunClear(PCRTL_BITMAP BitMap, ULONG FromIndex, PULONG StartingRunIndex);
ULONG NTAPI RtlFindLastBackwardRunClear(PCRTL_BITMAP BitMap, ULONG FromIndex, PULONG StartingRunIndex);
ULONG NTAPI RtlFindFirstRunClear(PCRTL_BITMAP BitMap, PULONG StartingIndex);
ULONG NTAPI RtlFindLongestRunClear(PCRTL_BITMAP BitMap, PULONG StartingIndex);
ULONG NTAPI RtlFindClearRuns(PCRTL_BITMAP BitMap, PRTL_BITMAP_RUN Runs, ULONG Count, BOOLEAN LocateLongest);
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set);
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set);

typedef struct _RTL_SPLAY_LINKS {
    struct _RTL_SPLAY_LINKS* Parent;
    struct _RTL_SPLAY_LINKS* LeftChild;
    struct _RTL_SPLAY_LINKS* RightChild;
} RTL_SPLAY_LINKS, *PRTL_SPLAY_LINKS;

PRTL_SPLAY_LINKS NTAPI RtlSplay(PRTL_SPLAY_LINKS Links);
PRTL_SPLAY_LINKS NTAPI RtlDelete(PRTL_SPLAY_LINKS Links);
void NTAPI RtlDeleteNoSplay(PRTL_SPLAY_LINKS Links, PRTL_SPLAY_LINKS* Root);
PRTL_SPLAY_LINKS NTAPI RtlSubtreeSuccessor(PRTL_SPLAY_LINKS Links);
PRTL_SPLAY_LINKS NTAPI RtlSubtreePredecessor(PRTL_SPLAY_LINKS Links);
PRTL_SPLAY_LINKS NTAPI RtlRealSuccessor(PRTL_SPLAY_LINKS Links);
PRTL_SPLAY_LINKS NTAPI RtlRealPredecessor(PRTL_SPLAY_LINKS Links);

typedef enum _RTL_GENERIC_COMPARE_RESULTS {
    GenericLessThan,
    GenericGreaterThan,
    GenericEqual
} RTL_GENERIC_COMPARE_RESULTS;

typedef enum _TABLE_SEARCH_RESULT {
    TableEmptyTree,
    TableFoundNode,
    TableInsertAsLeft,
    TableInsertAsRight
} TABLE_SEARCH_RESULT;

typedef struct _RTL_BALANCED_LINKS {
    struct _RTL_BALANCED_LINKS* Parent;
    struct _RTL_BALANCED_LINKS* LeftChild;
    struct _RTL_BALANCED_LINKS* RightChild;
    CHAR Balance;
    UCHAR Reserved[3];
} RTL_BALANCED_LINKS, *PRTL_BALANCED_LINKS;

struct _RTL_AVL_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS(NTAPI* PRTL_AVL_COMPARE_ROUTINE)(struct _RTL_AVL_TABLE* Table,
                                                                     PVOID First, PVOID Second);
typedef PVOID(NTAPI* PRTL_AVL_ALLOCATE_ROUTINE)(struct _RTL_AVL_TABLE* Table, ULONG ByteSize);
typedef void(NTAPI* PRTL_AVL_FREE_ROUTINE)(struct _RTL_AVL_TABLE* Table, PVOID Buffer);

// The root of the tree is BalancedRoot.RightChild. Elements follow their RTL_BALANCED_LINKS.
typedef struct _RTL_AVL_TABLE {
    RTL_BALANCED_LINKS BalancedRoot;
    PVOID OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    ULONG DepthOfTree;
    PRTL_BALANCED_LINKS RestartKey;
    ULONG DeleteCount;
    PRTL_AVL_COMPARE_ROUTINE CompareRoutine;
    PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_AVL_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_AVL_TABLE, *PRTL_AVL_TABLE;

void NTAPI RtlInitializeGenericTableAvl(PRTL_AVL_TABLE Table, PRTL_AVL_COMPARE_ROUTINE CompareRoutine,
                                        PRTL_AVL_ALLOCATE_ROUTINE AllocateRoutine,
                                        PRTL_AVL_FREE_ROUTINE FreeRoutine, PVOID TableContext);
PVOID NTAPI RtlInsertElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                            PBOOLEAN NewElement);
BOOLEAN NTAPI RtlDeleteElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer);
PVOID NTAPI RtlLookupElementGenericTableAvl(PRTL_AVL_TABLE Table, PVOID Buffer);
PVOID NTAPI RtlEnumerateGenericTableAvl(PRTL_AVL_TABLE Table, BOOLEAN Restart);
PVOID NTAPI RtlEnumerateGenericTableWithoutSplayingAvl(PRTL_AVL_TABLE Table, PVOID* RestartKey);
PVOID NTAPI RtlGetElementGenericTableAvl(PRTL_AVL_TABLE Table, ULONG Index);
ULONG NTAPI RtlNumberGenericTableElementsAvl(PRTL_AVL_TABLE Table);
BOOLEAN NTAPI RtlIsGenericTableEmptyAvl(PRTL_AVL_TABLE Table);

NT_END_C
