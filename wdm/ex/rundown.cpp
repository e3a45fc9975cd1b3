// SPDX-License-Identifier: GPL-3.0-only
//
// Run-down protection: a count of users, doubled, with bit 0 set once the end has begun. Push locks, on top
// of the same idea of one word: bit 0 exclusive, the rest counts shared owners.
#include "abi/wdm/ketypes.h"
#include "wdm/platform/platform.hpp"

namespace {

constexpr ULONG64 kEnding = 1, kUser = 2;
constexpr ULONG64 kExclusive = 1, kShared = 2;

bool change(ULONG64& word, ULONG64& expected, ULONG64 wanted) {
    return __atomic_compare_exchange_n(&word, &expected, wanted, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

ULONG64 read(const ULONG64& word) {
    return __atomic_load_n(&word, __ATOMIC_ACQUIRE);
}

}  // namespace

extern "C" {

VOID ExInitializeRundownProtection(ULONG64* rundown) {
    *rundown = 0;
}

VOID ExReInitializeRundownProtection(ULONG64* rundown) {
    *rundown = 0;
}

BOOLEAN ExAcquireRundownProtectionEx(ULONG64* rundown, ULONG count) {
    ULONG64 old = read(*rundown);
    while ((old & kEnding) == 0)
        if (change(*rundown, old, old + count * kUser)) return TRUE;
    return FALSE;
}

BOOLEAN ExAcquireRundownProtection(ULONG64* rundown) {
    return ExAcquireRundownProtectionEx(rundown, 1);
}

VOID ExReleaseRundownProtectionEx(ULONG64* rundown, ULONG count) {
    __atomic_sub_fetch(rundown, count * kUser, __ATOMIC_ACQ_REL);
}

VOID ExReleaseRundownProtection(ULONG64* rundown) {
    ExReleaseRundownProtectionEx(rundown, 1);
}

VOID ExWaitForRundownProtectionRelease(ULONG64* rundown) {
    __atomic_or_fetch(rundown, kEnding, __ATOMIC_ACQ_REL);
    while (read(*rundown) != kEnding)
        platform::park(10'000);
}

VOID ExRundownCompleted(ULONG64* rundown) {
    __atomic_store_n(rundown, kEnding, __ATOMIC_RELEASE);
}

VOID ExfAcquirePushLockExclusive(ULONG64* lock) {
    ULONG64 free = 0;
    while (!change(*lock, free, kExclusive)) {
        free = 0;
        platform::yield();
    }
}

VOID ExfAcquirePushLockShared(ULONG64* lock) {
    for (ULONG64 old = read(*lock);; platform::yield(), old = read(*lock))
        if ((old & kExclusive) == 0 && change(*lock, old, old + kShared)) return;
}

VOID ExfReleasePushLockExclusive(ULONG64* lock) {
    __atomic_store_n(lock, 0, __ATOMIC_RELEASE);
}

VOID ExfReleasePushLockShared(ULONG64* lock) {
    __atomic_sub_fetch(lock, kShared, __ATOMIC_ACQ_REL);
}

VOID ExfReleasePushLock(ULONG64* lock) {
    if ((read(*lock) & kExclusive) != 0)
        ExfReleasePushLockExclusive(lock);
    else
        ExfReleasePushLockShared(lock);
}

VOID ExInitializePushLock(ULONG64* lock) {
    *lock = 0;
}

}  // extern "C"
