// SPDX-License-Identifier: GPL-3.0-only
// Synchronisation inside a process. Uncontended, none of it enters the kernel.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntrtl_data.h"

NT_BEGIN_C

struct _RTL_CRITICAL_SECTION;

typedef struct _RTL_CRITICAL_SECTION_DEBUG {
    USHORT Type;
    USHORT CreatorBackTraceIndex;
    struct _RTL_CRITICAL_SECTION* CriticalSection;
    LIST_ENTRY ProcessLocksList;
    ULONG EntryCount;
    ULONG ContentionCount;
    ULONG Flags;
    USHORT CreatorBackTraceIndexHigh;
    USHORT SpareUSHORT;
} RTL_CRITICAL_SECTION_DEBUG, *PRTL_CRITICAL_SECTION_DEBUG;

// LockCount: -1 when free; else bit 0 clear, bit 1 clear while one is woken, above them ~waiters.
typedef struct _RTL_CRITICAL_SECTION {
    PRTL_CRITICAL_SECTION_DEBUG DebugInfo;
    LONG LockCount;
    LONG RecursionCount;
    HANDLE OwningThread;
    HANDLE LockSemaphore;
    ULONG_PTR SpinCount;
} RTL_CRITICAL_SECTION, *PRTL_CRITICAL_SECTION;
C_ASSERT(sizeof(RTL_CRITICAL_SECTION) == 0x28);

#define RTL_CRITICAL_SECTION_FLAG_NO_DEBUG_INFO 0x01000000
#define RTL_CRITICAL_SECTION_FLAG_DYNAMIC_SPIN 0x02000000
#define RTL_CRITICAL_SECTION_FLAG_STATIC_INIT 0x04000000

typedef struct _RTL_SRWLOCK {
    PVOID Ptr;
} RTL_SRWLOCK, *PRTL_SRWLOCK;
#define RTL_SRWLOCK_INIT {0}

typedef struct _RTL_CONDITION_VARIABLE {
    PVOID Ptr;
} RTL_CONDITION_VARIABLE, *PRTL_CONDITION_VARIABLE;
#define RTL_CONDITION_VARIABLE_INIT {0}
#define RTL_CONDITION_VARIABLE_LOCKMODE_SHARED 0x1

typedef union _RTL_RUN_ONCE {
    PVOID Ptr;
} RTL_RUN_ONCE, *PRTL_RUN_ONCE;
#define RTL_RUN_ONCE_INIT {0}
#define RTL_RUN_ONCE_CHECK_ONLY 1
#define RTL_RUN_ONCE_ASYNC 2
#define RTL_RUN_ONCE_INIT_FAILED 4
#define RTL_RUN_ONCE_CTX_RESERVED_BITS 2
typedef ULONG(NTAPI* PRTL_RUN_ONCE_INIT_FN)(PRTL_RUN_ONCE RunOnce, PVOID Parameter, PVOID* Context);

typedef struct _RTL_BARRIER {
    ULONG Reserved1;
    ULONG Reserved2;
    ULONG_PTR Reserved3[2];
    ULONG Reserved4;
    ULONG Reserved5;
} RTL_BARRIER, *PRTL_BARRIER;

NTSTATUS NTAPI RtlInitializeCriticalSection(PRTL_CRITICAL_SECTION CriticalSection);
NTSTATUS NTAPI RtlInitializeCriticalSectionAndSpinCount(PRTL_CRITICAL_SECTION CriticalSection,
                                                        ULONG SpinCount);
NTSTATUS NTAPI RtlInitializeCriticalSectionEx(PRTL_CRITICAL_SECTION CriticalSection, ULONG SpinCount,
                                              ULONG Flags);
ULONG NTAPI RtlSetCriticalSectionSpinCount(PRTL_CRITICAL_SECTION CriticalSection, ULONG SpinCount);
NTSTATUS NTAPI RtlEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection);
BOOLEAN NTAPI RtlTryEnterCriticalSection(PRTL_CRITICAL_SECTION CriticalSection);
NTSTATUS NTAPI RtlLeaveCriticalSection(PRTL_CRITICAL_SECTION CriticalSection);
NTSTATUS NTAPI RtlDeleteCriticalSection(PRTL_CRITICAL_SECTION CriticalSection);
ULONG NTAPI RtlIsCriticalSectionLocked(PRTL_CRITICAL_SECTION CriticalSection);
ULONG NTAPI RtlIsCriticalSectionLockedByThread(PRTL_CRITICAL_SECTION CriticalSection);

void NTAPI RtlInitializeSRWLock(PRTL_SRWLOCK Lock);
void NTAPI RtlAcquireSRWLockExclusive(PRTL_SRWLOCK Lock);
void NTAPI RtlAcquireSRWLockShared(PRTL_SRWLOCK Lock);
void NTAPI RtlReleaseSRWLockExclusive(PRTL_SRWLOCK Lock);
void NTAPI RtlReleaseSRWLockShared(PRTL_SRWLOCK Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockExclusive(PRTL_SRWLOCK Lock);
BOOLEAN NTAPI RtlTryAcquireSRWLockShared(PRTL_SRWLOCK Lock);

void NTAPI RtlInitializeConditionVariable(PRTL_CONDITION_VARIABLE Variable);
void NTAPI RtlWakeConditionVariable(PRTL_CONDITION_VARIABLE Variable);
void NTAPI RtlWakeAllConditionVariable(PRTL_CONDITION_VARIABLE Variable);
NTSTATUS NTAPI RtlSleepConditionVariableCS(PRTL_CONDITION_VARIABLE Variable,
                                           PRTL_CRITICAL_SECTION CriticalSection,
                                           const LARGE_INTEGER* Timeout);
NTSTATUS NTAPI RtlSleepConditionVariableSRW(PRTL_CONDITION_VARIABLE Variable, PRTL_SRWLOCK Lock,
                                            const LARGE_INTEGER* Timeout, ULONG Flags);

// Size is 1, 2, 4 or 8; returns at once when *Address differs from *CompareAddress.
NTSTATUS NTAPI RtlWaitOnAddress(volatile const VOID* Address, const VOID* CompareAddress, SIZE_T Size,
                                const LARGE_INTEGER* Timeout);
void NTAPI RtlWakeAddressSingle(const VOID* Address);
void NTAPI RtlWakeAddressAll(const VOID* Address);

void NTAPI RtlRunOnceInitialize(PRTL_RUN_ONCE RunOnce);
ULONG NTAPI RtlRunOnceExecuteOnce(PRTL_RUN_ONCE RunOnce, PRTL_RUN_ONCE_INIT_FN Function, PVOID Parameter,
                                  PVOID* Context);
ULONG NTAPI RtlRunOnceBeginInitialize(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID* Context);
ULONG NTAPI RtlRunOnceComplete(PRTL_RUN_ONCE RunOnce, ULONG Flags, PVOID Context);

NTSTATUS NTAPI RtlInitBarrier(PRTL_BARRIER Barrier, ULONG TotalThreads, ULONG SpinCount);
BOOLEAN NTAPI RtlBarrier(PRTL_BARRIER Barrier, ULONG Flags);
NTSTATUS NTAPI RtlDeleteBarrier(PRTL_BARRIER Barrier);

void NTAPI RtlInitializeSListHead(PSLIST_HEADER Head);
PSLIST_ENTRY NTAPI RtlFirstEntrySList(const SLIST_HEADER* Head);
PSLIST_ENTRY NTAPI RtlInterlockedPushEntrySList(PSLIST_HEADER Head, PSLIST_ENTRY Entry);
PSLIST_ENTRY NTAPI RtlInterlockedPopEntrySList(PSLIST_HEADER Head);
PSLIST_ENTRY NTAPI RtlInterlockedFlushSList(PSLIST_HEADER Head);
PSLIST_ENTRY NTAPI RtlInterlockedPushListSListEx(PSLIST_HEADER Head, PSLIST_ENTRY First, PSLIST_ENTRY Last,
                                                 ULONG Count);
USHORT NTAPI RtlQueryDepthSList(PSLIST_HEADER Head);

NT_END_C
