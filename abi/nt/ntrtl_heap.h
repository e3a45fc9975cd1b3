// SPDX-License-Identifier: GPL-3.0-only
// The heap. A block is 16-aligned; a heap is locked unless made with HEAP_NO_SERIALIZE.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

#define HEAP_NO_SERIALIZE 0x00000001
#define HEAP_GROWABLE 0x00000002
#define HEAP_GENERATE_EXCEPTIONS 0x00000004
#define HEAP_ZERO_MEMORY 0x00000008
#define HEAP_REALLOC_IN_PLACE_ONLY 0x00000010
#define HEAP_TAIL_CHECKING_ENABLED 0x00000020
#define HEAP_FREE_CHECKING_ENABLED 0x00000040
#define HEAP_CREATE_ENABLE_EXECUTE 0x00040000
#define HEAP_SETTABLE_USER_VALUE 0x00000100
#define HEAP_SETTABLE_USER_FLAGS 0x00000e00

typedef struct _RTL_HEAP_PARAMETERS {
    ULONG Length;
    SIZE_T SegmentReserve;
    SIZE_T SegmentCommit;
    SIZE_T DeCommitFreeBlockThreshold;
    SIZE_T DeCommitTotalFreeThreshold;
    SIZE_T MaximumAllocationSize;
    SIZE_T VirtualMemoryThreshold;
    SIZE_T InitialCommit;
    SIZE_T InitialReserve;
    PVOID CommitRoutine;
    SIZE_T Reserved[2];
} RTL_HEAP_PARAMETERS, *PRTL_HEAP_PARAMETERS;

// Of a walk; HeapWalk translates it.
#define RTL_HEAP_BUSY 0x0001

typedef struct _RTL_HEAP_WALK_ENTRY {
    PVOID DataAddress;
    SIZE_T DataSize;
    UCHAR OverheadBytes;
    UCHAR SegmentIndex;
    USHORT Flags;
    union {
        struct {
            SIZE_T Settable;
            USHORT TagIndex;
            USHORT AllocatorBackTraceIndex;
            ULONG Reserved[2];
        } Block;
        struct {
            ULONG CommittedSize;
            ULONG UnCommittedSize;
            PVOID FirstEntry;
            PVOID LastEntry;
        } Segment;
    };
} RTL_HEAP_WALK_ENTRY, *PRTL_HEAP_WALK_ENTRY;

typedef enum _HEAP_INFORMATION_CLASS {
    HeapCompatibilityInformation,
    HeapEnableTerminationOnCorruption
} HEAP_INFORMATION_CLASS;

PVOID NTAPI RtlCreateHeap(ULONG Flags, PVOID HeapBase, SIZE_T ReserveSize, SIZE_T CommitSize, PVOID Lock,
                          PRTL_HEAP_PARAMETERS Parameters);
PVOID NTAPI RtlDestroyHeap(PVOID Heap);
PVOID NTAPI RtlAllocateHeap(PVOID Heap, ULONG Flags, SIZE_T Size);
BOOLEAN NTAPI RtlFreeHeap(PVOID Heap, ULONG Flags, PVOID Block);
PVOID NTAPI RtlReAllocateHeap(PVOID Heap, ULONG Flags, PVOID Block, SIZE_T Size);
SIZE_T NTAPI RtlSizeHeap(PVOID Heap, ULONG Flags, const VOID* Block);
BOOLEAN NTAPI RtlValidateHeap(PVOID Heap, ULONG Flags, const VOID* Block);
SIZE_T NTAPI RtlCompactHeap(PVOID Heap, ULONG Flags);
BOOLEAN NTAPI RtlLockHeap(PVOID Heap);
BOOLEAN NTAPI RtlUnlockHeap(PVOID Heap);
ULONG NTAPI RtlGetProcessHeaps(ULONG Count, PVOID* Heaps);
NTSTATUS NTAPI RtlWalkHeap(PVOID Heap, PRTL_HEAP_WALK_ENTRY Entry);
NTSTATUS NTAPI RtlQueryHeapInformation(PVOID Heap, HEAP_INFORMATION_CLASS Class, PVOID Information,
                                       SIZE_T Length, PSIZE_T ReturnLength);
NTSTATUS NTAPI RtlSetHeapInformation(PVOID Heap, HEAP_INFORMATION_CLASS Class, PVOID Information,
                                     SIZE_T Length);
BOOLEAN NTAPI RtlGetUserInfoHeap(PVOID Heap, ULONG Flags, PVOID Block, PVOID* UserValue, PULONG UserFlags);
BOOLEAN NTAPI RtlSetUserValueHeap(PVOID Heap, ULONG Flags, PVOID Block, PVOID UserValue);
BOOLEAN NTAPI RtlSetUserFlagsHeap(PVOID Heap, ULONG Flags, PVOID Block, ULONG UserFlagsReset,
                                  ULONG UserFlagsSet);

// The caller's process heap, PEB.ProcessHeap.
#define RtlProcessHeap() (NtCurrentPeb()->ProcessHeap)

NT_END_C
