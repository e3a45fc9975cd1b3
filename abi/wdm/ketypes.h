// SPDX-License-Identifier: GPL-3.0-only
//
// The kernel (Ke, Ex) structures that a Windows x64 driver shares with its kernel: dispatcher objects, DPCs,
// queues, resources, lookaside lists. The driver allocates most of them itself and some of its macros look
// inside, so every size and offset is part of the contract. tests/drivers/layout compares them with the DDK
// headers that drivers are built with.
#pragma once

#include "abi/nt/ntdef.h"

typedef UCHAR KIRQL, *PKIRQL;
typedef ULONG_PTR KSPIN_LOCK, *PKSPIN_LOCK;
typedef CCHAR KPROCESSOR_MODE;
typedef ULONG_PTR KAFFINITY;
typedef LONG KPRIORITY;

struct _KTHREAD;
struct _EPROCESS;
struct _KINTERRUPT;
typedef struct _KTHREAD *PKTHREAD, *PETHREAD;
typedef struct _EPROCESS* PEPROCESS;
typedef struct _KINTERRUPT* PKINTERRUPT;

#define PASSIVE_LEVEL 0
#define APC_LEVEL 1
#define DISPATCH_LEVEL 2
#define HIGH_LEVEL 15

enum { KernelMode = 0, UserMode = 1 };

// DISPATCHER_HEADER.Type. The first two follow EVENT_TYPE, which is why KeInitializeEvent may store it
// unchanged.
#define KOBJECT_NOTIFICATION_EVENT 0
#define KOBJECT_SYNCHRONIZATION_EVENT 1
#define KOBJECT_MUTANT 2
#define KOBJECT_PROCESS 3
#define KOBJECT_SEMAPHORE 5
#define KOBJECT_THREAD 6
#define KOBJECT_NOTIFICATION_TIMER 8
#define KOBJECT_SYNCHRONIZATION_TIMER 9
#define KOBJECT_DPC 19
#define KOBJECT_DEVICE_QUEUE 20

typedef struct _DISPATCHER_HEADER {
    UCHAR Type;
    UCHAR Signalling;
    UCHAR Size;
    UCHAR Inserted;
    LONG SignalState;
    LIST_ENTRY WaitListHead;
} DISPATCHER_HEADER, *PDISPATCHER_HEADER;

typedef struct _KEVENT {
    DISPATCHER_HEADER Header;
} KEVENT, *PKEVENT;

typedef struct _KSEMAPHORE {
    DISPATCHER_HEADER Header;
    LONG Limit;
} KSEMAPHORE, *PKSEMAPHORE;

typedef struct _KMUTANT {
    DISPATCHER_HEADER Header;
    LIST_ENTRY MutantListEntry;
    PKTHREAD OwnerThread;
    BOOLEAN Abandoned;
    UCHAR ApcDisable;
} KMUTANT, *PKMUTANT, *PKMUTEX;

struct _KDPC;
typedef VOID(NTAPI* PKDEFERRED_ROUTINE)(struct _KDPC* Dpc, PVOID DeferredContext, PVOID SystemArgument1,
                                        PVOID SystemArgument2);

typedef struct _KDPC {
    UCHAR Type;
    UCHAR Importance;
    USHORT Number;
    LIST_ENTRY DpcListEntry;
    PKDEFERRED_ROUTINE DeferredRoutine;
    PVOID DeferredContext;
    PVOID SystemArgument1;
    PVOID SystemArgument2;
    PVOID DpcData;  // not null while queued
} KDPC, *PKDPC;

typedef struct _KTIMER {
    DISPATCHER_HEADER Header;
    ULARGE_INTEGER DueTime;
    LIST_ENTRY TimerListEntry;
    PKDPC Dpc;
    ULONG Processor;
    ULONG Period;  // milliseconds, 0 = once
} KTIMER, *PKTIMER;

typedef struct _KDEVICE_QUEUE {
    SHORT Type;
    SHORT Size;
    LIST_ENTRY DeviceListHead;
    KSPIN_LOCK Lock;
    BOOLEAN Busy;
} KDEVICE_QUEUE, *PKDEVICE_QUEUE;

typedef struct _KDEVICE_QUEUE_ENTRY {
    LIST_ENTRY DeviceListEntry;
    ULONG SortKey;
    BOOLEAN Inserted;
} KDEVICE_QUEUE_ENTRY, *PKDEVICE_QUEUE_ENTRY;

typedef struct _KLOCK_QUEUE_HANDLE {
    PVOID Next;
    PKSPIN_LOCK Lock;
    KIRQL OldIrql;
} KLOCK_QUEUE_HANDLE, *PKLOCK_QUEUE_HANDLE;

typedef struct _FAST_MUTEX {
    LONG Count;
    PVOID Owner;
    ULONG Contention;
    KEVENT Event;
    ULONG OldIrql;
} FAST_MUTEX, *PFAST_MUTEX;

typedef struct _OWNER_ENTRY {
    ULONG_PTR OwnerThread;
    ULONG OwnerCount;
} OWNER_ENTRY, *POWNER_ENTRY;

typedef struct _ERESOURCE {
    LIST_ENTRY SystemResourcesList;
    POWNER_ENTRY OwnerTable;
    SHORT ActiveCount;
    USHORT Flag;
    PKSEMAPHORE SharedWaiters;
    PKEVENT ExclusiveWaiters;
    OWNER_ENTRY OwnerEntry;
    ULONG ActiveEntries;
    ULONG ContentionCount;
    ULONG NumberOfSharedWaiters;
    ULONG NumberOfExclusiveWaiters;
    PVOID Reserved2;
    PVOID Address;
    KSPIN_LOCK SpinLock;
} ERESOURCE, *PERESOURCE;

typedef VOID(NTAPI* PWORKER_THREAD_ROUTINE)(PVOID Parameter);

typedef struct _WORK_QUEUE_ITEM {
    LIST_ENTRY List;
    PWORKER_THREAD_ROUTINE WorkerRoutine;
    PVOID Parameter;
} WORK_QUEUE_ITEM, *PWORK_QUEUE_ITEM;

// A singly linked list with a depth; the first pointer and the depth change together with cmpxchg16b.
typedef struct _WDM_SLIST_ENTRY {
    struct _WDM_SLIST_ENTRY* Next;
} WDM_SLIST_ENTRY, *PWDM_SLIST_ENTRY;

typedef struct _WDM_SLIST_HEADER {
    ULONG64 DepthAndSequence;  // depth in bits 0-15, sequence above
    ULONG64 NextEntry;         // type bits 0-3 (1), pointer above: entries are 16-byte aligned
} WDM_SLIST_HEADER, *PWDM_SLIST_HEADER;

typedef PVOID(NTAPI* PALLOCATE_FUNCTION)(ULONG PoolType, SIZE_T NumberOfBytes, ULONG Tag);
typedef VOID(NTAPI* PFREE_FUNCTION)(PVOID Buffer);

typedef struct _GENERAL_LOOKASIDE {
    WDM_SLIST_HEADER ListHead;
    USHORT Depth;
    USHORT MaximumDepth;
    ULONG TotalAllocates;
    ULONG AllocateMisses;
    ULONG TotalFrees;
    ULONG FreeMisses;
    ULONG Type;
    ULONG Tag;
    ULONG Size;
    PALLOCATE_FUNCTION Allocate;
    PFREE_FUNCTION Free;
    LIST_ENTRY ListEntry;
    ULONG LastTotalAllocates;
    ULONG LastAllocateMisses;
    ULONG Future[2];
    UCHAR Pad[32];  // the DDK aligns the whole to a cache line
} GENERAL_LOOKASIDE, *PGENERAL_LOOKASIDE;

typedef VOID(NTAPI* PKSTART_ROUTINE)(PVOID StartContext);
typedef BOOLEAN(NTAPI* PKSERVICE_ROUTINE)(PKINTERRUPT Interrupt, PVOID ServiceContext);
typedef BOOLEAN(NTAPI* PKSYNCHRONIZE_ROUTINE)(PVOID SynchronizeContext);
