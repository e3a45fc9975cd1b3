// SPDX-License-Identifier: GPL-3.0-only
// What a debugger keeps in its thread, and the break into another process. What needs a debug object is not
// here as long as there are none.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/ntdll.hpp"

extern "C" {

HANDLE NTAPI DbgUiGetThreadDebugObject(void) {
    return rtl::teb()->DbgSsReserved[1];
}
void NTAPI DbgUiSetThreadDebugObject(HANDLE DebugObject) {
    rtl::teb()->DbgSsReserved[1] = DebugObject;
}

// The thread that a debugger starts in its target.
NTSTATUS NTAPI DbgUiRemoteBreakin(PVOID) {
    if (rtl::peb()->BeingDebugged) DbgBreakPoint();
    RtlExitUserThread(STATUS_SUCCESS);
}

NTSTATUS NTAPI DbgUiIssueRemoteBreakin(HANDLE Process) {
    HANDLE thread;
    const NTSTATUS status =
        RtlCreateUserThread(Process, nullptr, FALSE, 0, 0, 0, DbgUiRemoteBreakin, nullptr, &thread, nullptr);
    if (NT_SUCCESS(status)) NtClose(thread);
    return status;
}

}  // extern "C"
