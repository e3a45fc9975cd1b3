// SPDX-License-Identifier: GPL-3.0-only
//
// Spin locks. Raising to DISPATCH_LEVEL already excludes every other thread of the host (irql.hpp), so a free
// lock is the rule; one that is found taken can only be held by the same thread, which would spin for ever on
// NT as well.
#include "abi/wdm/ketypes.h"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/irql.hpp"

namespace {

void take(KSPIN_LOCK* lock) {
    if (__atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) != 0) [[unlikely]]
        ke::bug_check(ke::kSpinLockAlreadyOwned, reinterpret_cast<ULONG64>(lock));
}

void give_back(KSPIN_LOCK* lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

}  // namespace

extern "C" {

VOID KeInitializeSpinLock(PKSPIN_LOCK lock) {
    *lock = 0;
}

KIRQL KeAcquireSpinLockRaiseToDpc(PKSPIN_LOCK lock) {
    KIRQL old = ke::raise_irql(DISPATCH_LEVEL);
    take(lock);
    return old;
}

KIRQL KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK lock) {
    return KeAcquireSpinLockRaiseToDpc(lock);
}

VOID KeReleaseSpinLock(PKSPIN_LOCK lock, KIRQL old) {
    give_back(lock);
    ke::lower_irql(old);
}

VOID KeAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock) {
    take(lock);
}

VOID KeReleaseSpinLockFromDpcLevel(PKSPIN_LOCK lock) {
    give_back(lock);
}

BOOLEAN KeTryToAcquireSpinLockAtDpcLevel(PKSPIN_LOCK lock) {
    return __atomic_exchange_n(lock, 1, __ATOMIC_ACQUIRE) == 0;
}

BOOLEAN KeTestSpinLock(PKSPIN_LOCK lock) {
    return __atomic_load_n(lock, __ATOMIC_RELAXED) == 0;
}

KIRQL KeAcquireSpinLockForDpc(PKSPIN_LOCK lock) {
    return KeAcquireSpinLockRaiseToDpc(lock);
}

VOID KeReleaseSpinLockForDpc(PKSPIN_LOCK lock, KIRQL old) {
    KeReleaseSpinLock(lock, old);
}

VOID KeAcquireInStackQueuedSpinLock(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
    handle->Lock = lock;
    handle->OldIrql = KeAcquireSpinLockRaiseToDpc(lock);
}

VOID KeReleaseInStackQueuedSpinLock(PKLOCK_QUEUE_HANDLE handle) {
    KeReleaseSpinLock(handle->Lock, handle->OldIrql);
}

VOID KeAcquireInStackQueuedSpinLockAtDpcLevel(PKSPIN_LOCK lock, PKLOCK_QUEUE_HANDLE handle) {
    handle->Lock = lock;
    take(lock);
}

VOID KeReleaseInStackQueuedSpinLockFromDpcLevel(PKLOCK_QUEUE_HANDLE handle) {
    give_back(handle->Lock);
}

}  // extern "C"
