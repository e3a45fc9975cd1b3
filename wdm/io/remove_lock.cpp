// SPDX-License-Identifier: GPL-3.0-only
//
// Remove locks: a count of operations under way on a device. The count starts at one for the device's
// existence; the one who removes the device gives that up and waits for the rest.
#include "abi/nt/ntstatus.h"
#include "abi/wdm/iotypes.h"
#include "wdm/ke/dispatcher.hpp"

extern "C" {

VOID IoInitializeRemoveLockEx(PIO_REMOVE_LOCK lock, ULONG, ULONG, ULONG, ULONG) {
    lock->Removed = FALSE;
    lock->IoCount = 1;
    KeInitializeEvent(&lock->RemoveEvent, SynchronizationEvent, FALSE);
}

VOID IoReleaseRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID, ULONG) {
    if (__atomic_sub_fetch(&lock->IoCount, 1, __ATOMIC_ACQ_REL) == 0)
        KeSetEvent(&lock->RemoveEvent, 0, FALSE);
}

NTSTATUS IoAcquireRemoveLockEx(PIO_REMOVE_LOCK lock, PVOID tag, PCSTR, ULONG, ULONG size) {
    __atomic_add_fetch(&lock->IoCount, 1, __ATOMIC_ACQ_REL);
    if (!__atomic_load_n(&lock->Removed, __ATOMIC_ACQUIRE)) return STATUS_SUCCESS;
    IoReleaseRemoveLockEx(lock, tag, size);
    return STATUS_DELETE_PENDING;
}

VOID IoReleaseRemoveLockAndWaitEx(PIO_REMOVE_LOCK lock, PVOID tag, ULONG size) {
    __atomic_store_n(&lock->Removed, TRUE, __ATOMIC_RELEASE);
    IoReleaseRemoveLockEx(lock, tag, size);
    if (__atomic_sub_fetch(&lock->IoCount, 1, __ATOMIC_ACQ_REL) > 0)
        ke::wait_one(&lock->RemoveEvent, nullptr);
}

}  // extern "C"
