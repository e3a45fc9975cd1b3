// SPDX-License-Identifier: GPL-3.0-only
//
// The one processor that a host's threads run on, and what else drivers ask the kernel about itself.
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"

extern "C" {

extern const CCHAR KeNumberProcessors;
const CCHAR KeNumberProcessors = 1;

ULONG KeGetCurrentProcessorNumber(void) {
    return 0;
}

ULONG KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER number) {
    if (number != nullptr) *number = {};
    return 0;
}

ULONG KeQueryActiveProcessorCount(KAFFINITY* mask) {
    if (mask != nullptr) *mask = 1;
    return 1;
}

ULONG KeQueryActiveProcessorCountEx(USHORT) {
    return 1;
}

ULONG KeQueryMaximumProcessorCount(void) {
    return 1;
}

ULONG KeQueryMaximumProcessorCountEx(USHORT) {
    return 1;
}

KAFFINITY KeQueryActiveProcessors(void) {
    return 1;
}

VOID KeSetSystemAffinityThread(KAFFINITY) {}

VOID KeRevertToUserAffinityThread(void) {}

KAFFINITY KeSetSystemAffinityThreadEx(KAFFINITY) {
    return 1;
}

VOID KeRevertToUserAffinityThreadEx(KAFFINITY) {}

// User code may use x87 and SSE at any time: there is nothing to save.
NTSTATUS KeSaveFloatingPointState(PVOID) {
    return 0;
}

NTSTATUS KeRestoreFloatingPointState(PVOID) {
    return 0;
}

ULONG_PTR KeIpiGenericCall(ULONG_PTR (*routine)(ULONG_PTR), ULONG_PTR context) {
    ke::AtIrql at(HIGH_LEVEL - 1);
    return routine(context);
}

VOID KeFlushIoBuffers(PVOID, BOOLEAN, BOOLEAN) {}

PVOID KeRegisterBugCheckReasonCallback(PVOID, PVOID, ULONG, PUCHAR) {
    return nullptr;
}

BOOLEAN KeRegisterBugCheckCallback(PVOID, PVOID, PVOID, ULONG, PUCHAR) {
    return FALSE;
}

BOOLEAN KeDeregisterBugCheckCallback(PVOID) {
    return FALSE;
}

// Driver code runs on ordinary user stacks, which grow: the routine is simply called.
NTSTATUS KeExpandKernelStackAndCallout(VOID (*callout)(PVOID), PVOID parameter, SIZE_T) {
    callout(parameter);
    return 0;
}

}  // extern "C"
