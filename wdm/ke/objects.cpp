// SPDX-License-Identifier: GPL-3.0-only
//
// Events, semaphores and mutexes.
#include "abi/nt/ntstatus.h"
#include "wdm/ex/raise.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/dispatcher.hpp"

using platform::Guard;

namespace {

constexpr UCHAR words(SIZE_T bytes) {
    return static_cast<UCHAR>(bytes / sizeof(ULONG));
}

LONG release_mutant(KMUTANT& mutant) {
    Guard guard(ke::dispatcher_lock);
    if (mutant.OwnerThread != &ke::current()) [[unlikely]]
        ke::bug_check(ke::kThreadNotMutexOwner, reinterpret_cast<ULONG64>(&mutant));
    LONG old = mutant.Header.SignalState;
    mutant.Header.SignalState = old + 1;
    if (mutant.Header.SignalState == 1) {
        mutant.OwnerThread = nullptr;
        ke::satisfy_waiters(mutant.Header);
    }
    return old;
}

}  // namespace

extern "C" {

VOID KeInitializeEvent(PKEVENT event, EVENT_TYPE type, BOOLEAN state) {
    ke::initialise_header(event->Header, static_cast<UCHAR>(type), words(sizeof(KEVENT)), state != FALSE);
}

LONG KeSetEvent(PKEVENT event, KPRIORITY, BOOLEAN) {
    Guard guard(ke::dispatcher_lock);
    LONG old = event->Header.SignalState;
    event->Header.SignalState = 1;
    if (old == 0) ke::satisfy_waiters(event->Header);
    return old;
}

LONG KeResetEvent(PKEVENT event) {
    Guard guard(ke::dispatcher_lock);
    LONG old = event->Header.SignalState;
    event->Header.SignalState = 0;
    return old;
}

VOID KeClearEvent(PKEVENT event) {
    KeResetEvent(event);
}

LONG KePulseEvent(PKEVENT event, KPRIORITY, BOOLEAN) {
    Guard guard(ke::dispatcher_lock);
    LONG old = event->Header.SignalState;
    event->Header.SignalState = 1;
    ke::satisfy_waiters(event->Header);
    event->Header.SignalState = 0;
    return old;
}

LONG KeReadStateEvent(PKEVENT event) {
    return __atomic_load_n(&event->Header.SignalState, __ATOMIC_RELAXED);
}

VOID KeInitializeSemaphore(PKSEMAPHORE semaphore, LONG count, LONG limit) {
    ke::initialise_header(semaphore->Header, KOBJECT_SEMAPHORE, words(sizeof(KSEMAPHORE)), count);
    semaphore->Limit = limit;
}

LONG KeReleaseSemaphore(PKSEMAPHORE semaphore, KPRIORITY, LONG adjustment, BOOLEAN) {
    {
        Guard guard(ke::dispatcher_lock);
        LONG old = semaphore->Header.SignalState;
        if (adjustment > 0 && adjustment <= semaphore->Limit - old) {
            semaphore->Header.SignalState = old + adjustment;
            ke::satisfy_waiters(semaphore->Header);
            return old;
        }
    }
    ex::raise_status(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
}

LONG KeReadStateSemaphore(PKSEMAPHORE semaphore) {
    return __atomic_load_n(&semaphore->Header.SignalState, __ATOMIC_RELAXED);
}

VOID KeInitializeMutex(PKMUTANT mutex, ULONG) {
    ke::initialise_header(mutex->Header, KOBJECT_MUTANT, words(sizeof(KMUTANT)), 1);
    mutex->MutantListEntry = {};
    mutex->OwnerThread = nullptr;
    mutex->Abandoned = FALSE;
    mutex->ApcDisable = 1;
}

VOID KeInitializeMutant(PKMUTANT mutant, BOOLEAN owned) {
    KeInitializeMutex(mutant, 0);
    mutant->ApcDisable = 0;
    if (!owned) return;
    mutant->Header.SignalState = 0;
    mutant->OwnerThread = &ke::current();
}

LONG KeReleaseMutex(PKMUTANT mutex, BOOLEAN) {
    return release_mutant(*mutex);
}

LONG KeReleaseMutant(PKMUTANT mutant, KPRIORITY, BOOLEAN, BOOLEAN) {
    return release_mutant(*mutant);
}

LONG KeReadStateMutex(PKMUTANT mutex) {
    return __atomic_load_n(&mutex->Header.SignalState, __ATOMIC_RELAXED);
}

}  // extern "C"
