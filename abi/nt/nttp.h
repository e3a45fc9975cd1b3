// SPDX-License-Identifier: GPL-3.0-only
// The thread pool of ntdll.dll, the timer queues, registered waits and work items that are made of it. Due
// times are in 100 ns: negative from now, positive as system time; periods and time-outs given as ULONG are
// milliseconds.
#pragma once

#include "abi/nt/ntdef.h"
#include "abi/nt/ntioapi.h"
#include "abi/nt/ntrtl_sync.h"

NT_BEGIN_C

typedef struct _TP_POOL TP_POOL, *PTP_POOL;
typedef struct _TP_CLEANUP_GROUP TP_CLEANUP_GROUP, *PTP_CLEANUP_GROUP;
typedef struct _TP_CALLBACK_INSTANCE TP_CALLBACK_INSTANCE, *PTP_CALLBACK_INSTANCE;
typedef struct _TP_WORK TP_WORK, *PTP_WORK;
typedef struct _TP_TIMER TP_TIMER, *PTP_TIMER;
typedef struct _TP_WAIT TP_WAIT, *PTP_WAIT;
typedef struct _TP_IO TP_IO, *PTP_IO;

typedef ULONG TP_WAIT_RESULT;
typedef void(NTAPI* PTP_SIMPLE_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context);
typedef void(NTAPI* PTP_WORK_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WORK Work);
typedef void(NTAPI* PTP_TIMER_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_TIMER Timer);
// WaitResult is WAIT_OBJECT_0 (0) or WAIT_TIMEOUT (258).
typedef void(NTAPI* PTP_WAIT_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PTP_WAIT Wait,
                                       TP_WAIT_RESULT WaitResult);
typedef void(NTAPI* PTP_IO_CALLBACK)(PTP_CALLBACK_INSTANCE Instance, PVOID Context, PVOID ApcContext,
                                     PIO_STATUS_BLOCK IoStatusBlock, PTP_IO Io);
typedef void(NTAPI* PTP_CLEANUP_GROUP_CANCEL_CALLBACK)(PVOID ObjectContext, PVOID CleanupContext);

typedef enum _TP_CALLBACK_PRIORITY {
    TP_CALLBACK_PRIORITY_HIGH,
    TP_CALLBACK_PRIORITY_NORMAL,
    TP_CALLBACK_PRIORITY_LOW,
    TP_CALLBACK_PRIORITY_INVALID,
} TP_CALLBACK_PRIORITY;

// Version 1 ends with the flags; version 3 has the priority and its own size.
typedef struct _TP_CALLBACK_ENVIRON_V3 {
    ULONG Version;
    PTP_POOL Pool;
    PTP_CLEANUP_GROUP CleanupGroup;
    PTP_CLEANUP_GROUP_CANCEL_CALLBACK CleanupGroupCancelCallback;
    PVOID RaceDll;
    PVOID ActivationContext;
    PTP_SIMPLE_CALLBACK FinalizationCallback;
    union {
        ULONG Flags;
        struct {
            ULONG LongFunction : 1;
            ULONG Persistent : 1;
            ULONG Private : 30;
        } s;
    } u;
    TP_CALLBACK_PRIORITY CallbackPriority;
    ULONG Size;
} TP_CALLBACK_ENVIRON_V3, TP_CALLBACK_ENVIRON, *PTP_CALLBACK_ENVIRON;
C_ASSERT(sizeof(TP_CALLBACK_ENVIRON_V3) == 0x48);
C_ASSERT(offsetof(TP_CALLBACK_ENVIRON_V3, CallbackPriority) == 0x3c);

typedef struct _TP_POOL_STACK_INFORMATION {
    SIZE_T StackReserve;
    SIZE_T StackCommit;
} TP_POOL_STACK_INFORMATION, *PTP_POOL_STACK_INFORMATION;

NTSTATUS NTAPI TpAllocPool(PTP_POOL* Pool, PVOID Reserved);
void NTAPI TpReleasePool(PTP_POOL Pool);
// At most Maximum threads run the pool's callbacks; Minimum of them stay without work.
void NTAPI TpSetPoolMaxThreads(PTP_POOL Pool, ULONG Maximum);
NTSTATUS NTAPI TpSetPoolMinThreads(PTP_POOL Pool, ULONG Minimum);
NTSTATUS NTAPI TpSetPoolStackInformation(PTP_POOL Pool, PTP_POOL_STACK_INFORMATION Information);
NTSTATUS NTAPI TpQueryPoolStackInformation(PTP_POOL Pool, PTP_POOL_STACK_INFORMATION Information);

NTSTATUS NTAPI TpAllocCleanupGroup(PTP_CLEANUP_GROUP* Group);
void NTAPI TpReleaseCleanupGroup(PTP_CLEANUP_GROUP Group);
// Waits for the callbacks of all members and releases these. CancelPending: callbacks that have not started
// are dropped, and each member's cancel callback is called.
void NTAPI TpReleaseCleanupGroupMembers(PTP_CLEANUP_GROUP Group, ULONG CancelPending, PVOID Context);

NTSTATUS NTAPI TpSimpleTryPost(PTP_SIMPLE_CALLBACK Callback, PVOID Context, PTP_CALLBACK_ENVIRON Environ);
NTSTATUS NTAPI TpAllocWork(PTP_WORK* Work, PTP_WORK_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environ);
void NTAPI TpPostWork(PTP_WORK Work);
void NTAPI TpWaitForWork(PTP_WORK Work, ULONG CancelPending);
void NTAPI TpReleaseWork(PTP_WORK Work);

NTSTATUS NTAPI TpAllocTimer(PTP_TIMER* Timer, PTP_TIMER_CALLBACK Callback, PVOID Context,
                            PTP_CALLBACK_ENVIRON Environ);
// A null DueTime: no more expirations. WindowLength is how many milliseconds late is early enough.
void NTAPI TpSetTimer(PTP_TIMER Timer, const LARGE_INTEGER* DueTime, ULONG Period, ULONG WindowLength);
// TRUE if the timer was set before.
BOOLEAN NTAPI TpSetTimerEx(PTP_TIMER Timer, const LARGE_INTEGER* DueTime, ULONG Period, ULONG WindowLength);
BOOLEAN NTAPI TpIsTimerSet(PTP_TIMER Timer);
void NTAPI TpWaitForTimer(PTP_TIMER Timer, ULONG CancelPending);
void NTAPI TpReleaseTimer(PTP_TIMER Timer);

NTSTATUS NTAPI TpAllocWait(PTP_WAIT* Wait, PTP_WAIT_CALLBACK Callback, PVOID Context,
                           PTP_CALLBACK_ENVIRON Environ);
// One wait; a null Handle ends it. A null Timeout: for ever.
void NTAPI TpSetWait(PTP_WAIT Wait, HANDLE Handle, const LARGE_INTEGER* Timeout);
// TRUE if a wait was ended by it.
BOOLEAN NTAPI TpSetWaitEx(PTP_WAIT Wait, HANDLE Handle, const LARGE_INTEGER* Timeout, PVOID Reserved);
void NTAPI TpWaitForWait(PTP_WAIT Wait, ULONG CancelPending);
void NTAPI TpReleaseWait(PTP_WAIT Wait);

NTSTATUS NTAPI TpAllocIoCompletion(PTP_IO* Io, HANDLE File, PTP_IO_CALLBACK Callback, PVOID Context,
                                   PTP_CALLBACK_ENVIRON Environ);
// Before each request on the file; TpCancelAsyncIoOperation when the request then failed at once.
void NTAPI TpStartAsyncIoOperation(PTP_IO Io);
void NTAPI TpCancelAsyncIoOperation(PTP_IO Io);
void NTAPI TpWaitForIoCompletion(PTP_IO Io, ULONG CancelPending);
void NTAPI TpReleaseIoCompletion(PTP_IO Io);

NTSTATUS NTAPI TpCallbackMayRunLong(PTP_CALLBACK_INSTANCE Instance);
void NTAPI TpDisassociateCallback(PTP_CALLBACK_INSTANCE Instance);
void NTAPI TpCallbackSetEventOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Event);
void NTAPI TpCallbackReleaseSemaphoreOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Semaphore,
                                                  ULONG Count);
void NTAPI TpCallbackReleaseMutexOnCompletion(PTP_CALLBACK_INSTANCE Instance, HANDLE Mutex);
void NTAPI TpCallbackLeaveCriticalSectionOnCompletion(PTP_CALLBACK_INSTANCE Instance,
                                                      PRTL_CRITICAL_SECTION CriticalSection);
void NTAPI TpCallbackUnloadDllOnCompletion(PTP_CALLBACK_INSTANCE Instance, PVOID DllHandle);

#define WT_EXECUTEDEFAULT 0x0
#define WT_EXECUTEINIOTHREAD 0x1
#define WT_EXECUTEINWAITTHREAD 0x4
#define WT_EXECUTEONLYONCE 0x8
#define WT_EXECUTELONGFUNCTION 0x10
#define WT_EXECUTEINTIMERTHREAD 0x20
#define WT_EXECUTEINPERSISTENTTHREAD 0x80
#define WT_TRANSFER_IMPERSONATION 0x100

typedef void(NTAPI* WORKERCALLBACKFUNC)(PVOID Context);
typedef void(NTAPI* RTL_WAITORTIMERCALLBACKFUNC)(PVOID Context, BOOLEAN TimerOrWaitFired);
typedef void(NTAPI* RTL_IO_COMPLETION_CALLBACK)(ULONG Error, ULONG Bytes, PVOID Overlapped);

NTSTATUS NTAPI RtlQueueWorkItem(WORKERCALLBACKFUNC Function, PVOID Context, ULONG Flags);
NTSTATUS NTAPI RtlSetIoCompletionCallback(HANDLE File, RTL_IO_COMPLETION_CALLBACK Callback, ULONG Flags);
NTSTATUS NTAPI RtlRegisterWait(PHANDLE WaitHandle, HANDLE Handle, RTL_WAITORTIMERCALLBACKFUNC Function,
                               PVOID Context, ULONG Milliseconds, ULONG Flags);
// CompletionEvent: null, the call does not wait; INVALID_HANDLE_VALUE, it waits for callbacks that run; an
// event, which is set when they have run. STATUS_PENDING: a callback still runs.
NTSTATUS NTAPI RtlDeregisterWaitEx(HANDLE WaitHandle, HANDLE CompletionEvent);
NTSTATUS NTAPI RtlDeregisterWait(HANDLE WaitHandle);
NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE Queue);
NTSTATUS NTAPI RtlCreateTimer(HANDLE Queue, PHANDLE Timer, RTL_WAITORTIMERCALLBACKFUNC Function,
                              PVOID Context, ULONG DueTime, ULONG Period, ULONG Flags);
NTSTATUS NTAPI RtlUpdateTimer(HANDLE Queue, HANDLE Timer, ULONG DueTime, ULONG Period);
NTSTATUS NTAPI RtlDeleteTimer(HANDLE Queue, HANDLE Timer, HANDLE CompletionEvent);
NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE Queue);
NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE Queue, HANDLE CompletionEvent);

NT_END_C
