// SPDX-License-Identifier: GPL-3.0-only
//
// Fast mutexes and guarded mutexes: a count that is 1 when free, and an event for those who came late.
#include "abi/nt/ntstatus.h"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"

namespace {

void acquire(FAST_MUTEX& mutex) {
    if (__atomic_sub_fetch(&mutex.Count, 1, __ATOMIC_ACQUIRE) != 0) {
        __atomic_add_fetch(&mutex.Contention, 1, __ATOMIC_RELAXED);
        ke::wait_one(&mutex.Event, nullptr);
    }
    mutex.Owner = &ke::current();
}

bool try_acquire(FAST_MUTEX& mutex) {
    LONG free = 1;
    if (!__atomic_compare_exchange_n(&mutex.Count, &free, 0, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
        return false;
    mutex.Owner = &ke::current();
    return true;
}

void release(FAST_MUTEX& mutex) {
    mutex.Owner = nullptr;
    if (__atomic_add_fetch(&mutex.Count, 1, __ATOMIC_RELEASE) <= 0) KeSetEvent(&mutex.Event, 0, FALSE);
}

}  // namespace

extern "C" {

// An inline function in the DDK; exported for drivers that call it.
VOID ExInitializeFastMutex(FAST_MUTEX* mutex) {
    mutex->Count = 1;
    mutex->Owner = nullptr;
    mutex->Contention = 0;
    KeInitializeEvent(&mutex->Event, SynchronizationEvent, FALSE);
}

VOID ExAcquireFastMutex(FAST_MUTEX* mutex) {
    KIRQL old = ke::raise_irql(APC_LEVEL);
    acquire(*mutex);
    mutex->OldIrql = old;
}

BOOLEAN ExTryToAcquireFastMutex(FAST_MUTEX* mutex) {
    KIRQL old = ke::raise_irql(APC_LEVEL);
    if (try_acquire(*mutex)) {
        mutex->OldIrql = old;
        return TRUE;
    }
    ke::lower_irql(old);
    return FALSE;
}

VOID ExReleaseFastMutex(FAST_MUTEX* mutex) {
    KIRQL old = static_cast<KIRQL>(mutex->OldIrql);
    release(*mutex);
    ke::lower_irql(old);
}

VOID ExAcquireFastMutexUnsafe(FAST_MUTEX* mutex) {
    acquire(*mutex);
}

VOID ExReleaseFastMutexUnsafe(FAST_MUTEX* mutex) {
    release(*mutex);
}

VOID KeInitializeGuardedMutex(FAST_MUTEX* mutex) {
    ExInitializeFastMutex(mutex);
}

VOID KeAcquireGuardedMutex(FAST_MUTEX* mutex) {
    acquire(*mutex);
}

BOOLEAN KeTryToAcquireGuardedMutex(FAST_MUTEX* mutex) {
    return try_acquire(*mutex);
}

VOID KeReleaseGuardedMutex(FAST_MUTEX* mutex) {
    release(*mutex);
}

VOID KeAcquireGuardedMutexUnsafe(FAST_MUTEX* mutex) {
    acquire(*mutex);
}

VOID KeReleaseGuardedMutexUnsafe(FAST_MUTEX* mutex) {
    release(*mutex);
}

}  // extern "C"
