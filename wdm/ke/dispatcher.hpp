// SPDX-License-Identifier: GPL-3.0-only
//
// Waitable objects of the host: events, semaphores, mutexes, timers and threads, all beginning with a
// DISPATCHER_HEADER. They live in driver memory and are waited for by host threads only; one short lock
// guards every header and wait list. It is taken below nothing: never call out while holding it.
#pragma once

#include "abi/wdm/ketypes.h"
#include "wdm/ke/thread.hpp"

namespace ke {

extern platform::Lock dispatcher_lock;

void initialise_header(DISPATCHER_HEADER& header, UCHAR type, UCHAR words, LONG state);

// Wakes whom the object's state now satisfies. Caller holds the dispatcher lock and has set SignalState.
void satisfy_waiters(DISPATCHER_HEADER& header);

// Waits with NT's meaning of `timeout` (null: for ever; negative: relative; positive: system time). Below
// DISPATCH_LEVEL, unless the time-out is zero.
NTSTATUS wait(ULONG count, DISPATCHER_HEADER* const* objects, bool all, const LARGE_INTEGER* timeout,
              WaitBlock* blocks);
NTSTATUS wait_one(void* object, const LARGE_INTEGER* timeout);

// Called before a thread may sleep: the pump hands the ring to another thread. Owned by ke, set by the pump.
extern void (*before_block)(_KTHREAD& thread);
void announce_block();

}  // namespace ke

extern "C" {
VOID KeInitializeEvent(PKEVENT Event, EVENT_TYPE Type, BOOLEAN State);
LONG KeSetEvent(PKEVENT Event, KPRIORITY Increment, BOOLEAN Wait);
LONG KeResetEvent(PKEVENT Event);
VOID KeClearEvent(PKEVENT Event);
VOID KeInitializeSemaphore(PKSEMAPHORE Semaphore, LONG Count, LONG Limit);
LONG KeReleaseSemaphore(PKSEMAPHORE Semaphore, KPRIORITY Increment, LONG Adjustment, BOOLEAN Wait);
NTSTATUS KeWaitForSingleObject(PVOID Object, ULONG WaitReason, KPROCESSOR_MODE WaitMode, BOOLEAN Alertable,
                               PLARGE_INTEGER Timeout);
}
