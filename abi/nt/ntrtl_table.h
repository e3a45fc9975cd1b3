// SPDX-License-Identifier: GPL-3.0-only
// Tables in user mode: atoms, handles, and the generic tables of splay trees.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntrtl_data.h"

NT_BEGIN_C

typedef struct _RTL_ATOM_TABLE RTL_ATOM_TABLE, *PRTL_ATOM_TABLE;

// A name is text of at most 255 characters, compared without case; or "#n" or a number below 0xc000 in place
// of the pointer, which is an atom by itself and is counted nowhere. NumberOfBuckets 0: the usual number.
NTSTATUS NTAPI RtlCreateAtomTable(ULONG NumberOfBuckets, PRTL_ATOM_TABLE* Table);
NTSTATUS NTAPI RtlDestroyAtomTable(PRTL_ATOM_TABLE Table);
// Removes all atoms, pinned ones only if told so.
NTSTATUS NTAPI RtlEmptyAtomTable(PRTL_ATOM_TABLE Table, BOOLEAN DeletePinned);
NTSTATUS NTAPI RtlAddAtomToAtomTable(PRTL_ATOM_TABLE Table, PCWSTR Name, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlLookupAtomInAtomTable(PRTL_ATOM_TABLE Table, PCWSTR Name, PRTL_ATOM Atom);
NTSTATUS NTAPI RtlDeleteAtomFromAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom);
NTSTATUS NTAPI RtlPinAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom);
// *NameLength is in bytes, without the terminator. STATUS_BUFFER_TOO_SMALL when not even one character fits;
// else the name is cut to its room.
NTSTATUS NTAPI RtlQueryAtomInAtomTable(PRTL_ATOM_TABLE Table, RTL_ATOM Atom, PULONG References, PULONG Flags,
                                       PWSTR Name, PULONG NameLength);

// An entry's first bit says whether it is allocated; a free entry's pointer is the next free one. The rest is
// the user's.
typedef struct _RTL_HANDLE_TABLE_ENTRY {
    union {
        ULONG Flags;
        struct _RTL_HANDLE_TABLE_ENTRY* NextFree;
    };
} RTL_HANDLE_TABLE_ENTRY, *PRTL_HANDLE_TABLE_ENTRY;
#define RTL_HANDLE_ALLOCATED 1

typedef struct _RTL_HANDLE_TABLE {
    ULONG MaximumNumberOfHandles;
    ULONG SizeOfHandleTableEntry;
    ULONG Reserved[2];
    PRTL_HANDLE_TABLE_ENTRY FreeHandles;
    PRTL_HANDLE_TABLE_ENTRY CommittedHandles;
    PRTL_HANDLE_TABLE_ENTRY UnCommittedHandles;
    PRTL_HANDLE_TABLE_ENTRY MaxReservedHandles;
} RTL_HANDLE_TABLE, *PRTL_HANDLE_TABLE;
C_ASSERT(sizeof(RTL_HANDLE_TABLE) == 0x30);

void NTAPI RtlInitializeHandleTable(ULONG MaximumNumberOfHandles, ULONG SizeOfHandleTableEntry,
                                    PRTL_HANDLE_TABLE Table);
NTSTATUS NTAPI RtlDestroyHandleTable(PRTL_HANDLE_TABLE Table);
PRTL_HANDLE_TABLE_ENTRY NTAPI RtlAllocateHandle(PRTL_HANDLE_TABLE Table, PULONG Index);
BOOLEAN NTAPI RtlFreeHandle(PRTL_HANDLE_TABLE Table, PRTL_HANDLE_TABLE_ENTRY Entry);
BOOLEAN NTAPI RtlIsValidHandle(PRTL_HANDLE_TABLE Table, PRTL_HANDLE_TABLE_ENTRY Entry);
BOOLEAN NTAPI RtlIsValidIndexHandle(PRTL_HANDLE_TABLE Table, ULONG Index, PRTL_HANDLE_TABLE_ENTRY* Entry);

struct _RTL_GENERIC_TABLE;
typedef RTL_GENERIC_COMPARE_RESULTS(NTAPI* PRTL_GENERIC_COMPARE_ROUTINE)(struct _RTL_GENERIC_TABLE* Table,
                                                                         PVOID First, PVOID Second);
typedef PVOID(NTAPI* PRTL_GENERIC_ALLOCATE_ROUTINE)(struct _RTL_GENERIC_TABLE* Table, ULONG ByteSize);
typedef void(NTAPI* PRTL_GENERIC_FREE_ROUTINE)(struct _RTL_GENERIC_TABLE* Table, PVOID Buffer);

// An element follows its splay links and its links of the list, which is in the order of insertion.
typedef struct _RTL_GENERIC_TABLE {
    PRTL_SPLAY_LINKS TableRoot;
    LIST_ENTRY InsertOrderList;
    PLIST_ENTRY OrderedPointer;
    ULONG WhichOrderedElement;
    ULONG NumberGenericTableElements;
    PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine;
    PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine;
    PRTL_GENERIC_FREE_ROUTINE FreeRoutine;
    PVOID TableContext;
} RTL_GENERIC_TABLE, *PRTL_GENERIC_TABLE;
C_ASSERT(sizeof(RTL_GENERIC_TABLE) == 0x48);

void NTAPI RtlInitializeGenericTable(PRTL_GENERIC_TABLE Table, PRTL_GENERIC_COMPARE_ROUTINE CompareRoutine,
                                     PRTL_GENERIC_ALLOCATE_ROUTINE AllocateRoutine,
                                     PRTL_GENERIC_FREE_ROUTINE FreeRoutine, PVOID TableContext);
PVOID NTAPI RtlInsertElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer, ULONG BufferSize,
                                         PBOOLEAN NewElement);
BOOLEAN NTAPI RtlDeleteElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
PVOID NTAPI RtlLookupElementGenericTable(PRTL_GENERIC_TABLE Table, PVOID Buffer);
PVOID NTAPI RtlEnumerateGenericTable(PRTL_GENERIC_TABLE Table, BOOLEAN Restart);
PVOID NTAPI RtlEnumerateGenericTableWithoutSplaying(PRTL_GENERIC_TABLE Table, PVOID* RestartKey);
PVOID NTAPI RtlGetElementGenericTable(PRTL_GENERIC_TABLE Table, ULONG Index);
ULONG NTAPI RtlNumberGenericTableElements(PRTL_GENERIC_TABLE Table);
BOOLEAN NTAPI RtlIsGenericTableEmpty(PRTL_GENERIC_TABLE Table);

NT_END_C
