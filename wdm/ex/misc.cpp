// SPDX-License-Identifier: GPL-3.0-only
//
// Small things that drivers ask of the executive and the kernel debugger, and the variables that they import.
#include "abi/nt/neptune.h"
#include "abi/nt/ntdll.h"
#include "wdm/ke/thread.hpp"

extern "C" {

BOOLEAN KdDebuggerEnabled = FALSE;
BOOLEAN KdDebuggerNotPresent = TRUE;
ULONG InitSafeBootMode = 0;
ULONG NtGlobalFlag = 0;
USHORT NtBuildNumber = 19045;
BOOLEAN NlsMbCodePageTag = FALSE;
BOOLEAN NlsMbOemCodePageTag = FALSE;
PVOID MmSystemRangeStart = reinterpret_cast<PVOID>(0xffff800000000000);
PVOID MmHighestUserAddress = reinterpret_cast<PVOID>(NEPTUNE_HIGHEST_USER_ADDRESS);
ULONG_PTR MmUserProbeAddress = NEPTUNE_HIGHEST_USER_ADDRESS;

BOOLEAN ExIsProcessorFeaturePresent(ULONG feature) {
    return RtlIsProcessorFeaturePresent(feature);
}

PVOID ExAllocatePoolWithTag(ULONG type, SIZE_T bytes, ULONG tag);

PVOID ExAllocatePoolZero(ULONG type, SIZE_T bytes, ULONG tag) {
    PVOID block = ExAllocatePoolWithTag(type, bytes, tag);
    if (block != nullptr) memset(block, 0, bytes);
    return block;
}

BOOLEAN MmIsThisAnNtAsSystem(void) {
    return FALSE;
}

ULONG MmIsDriverVerifying(PVOID) {
    return 0;
}

// Images of a driver host are never paged out: nothing needs to be locked.
PVOID MmLockPagableDataSection(PVOID address) {
    return address;
}

PVOID MmLockPagableCodeSection(PVOID address) {
    return address;
}

VOID MmLockPagableSectionByHandle(PVOID) {}

VOID MmUnlockPagableImageSection(PVOID) {}

PVOID MmPageEntireDriver(PVOID address) {
    return address;
}

VOID MmResetDriverPaging(PVOID) {}

BOOLEAN KeAreAllApcsDisabled(void) {
    return ke::current().irql > PASSIVE_LEVEL;
}

VOID KeEnterGuardedRegion(void) {
    ke::current().critical_regions++;
}

VOID KeLeaveGuardedRegion(void) {
    ke::current().critical_regions--;
}

// There is one process here, so attaching to "another" changes nothing.
VOID KeStackAttachProcess(PVOID, PVOID) {}

VOID KeUnstackDetachProcess(PVOID) {}

VOID KeAttachProcess(PVOID) {}

VOID KeDetachProcess(void) {}

NTSTATUS KdDisableDebugger(void) {
    return STATUS_DEBUGGER_INACTIVE;
}

NTSTATUS KdEnableDebugger(void) {
    return STATUS_DEBUGGER_INACTIVE;
}

BOOLEAN KdRefreshDebuggerNotPresent(void) {
    return TRUE;
}

VOID IoGetStackLimits(PULONG_PTR low, PULONG_PTR high) {
    const NT_TIB& tib = NtCurrentTeb()->NtTib;
    *low = reinterpret_cast<ULONG_PTR>(tib.StackLimit);
    *high = reinterpret_cast<ULONG_PTR>(tib.StackBase);
}

ULONG_PTR IoGetRemainingStackSize(void) {
    return reinterpret_cast<ULONG_PTR>(__builtin_frame_address(0)) -
           reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->NtTib.StackLimit);
}

PVOID IoGetInitialStack(void) {
    return NtCurrentTeb()->NtTib.StackBase;
}

BOOLEAN IoIs32bitProcess(PVOID) {
    return FALSE;
}

}  // extern "C"
