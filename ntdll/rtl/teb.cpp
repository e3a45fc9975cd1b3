// SPDX-License-Identifier: GPL-3.0-only
// The exported doors to fields of the TEB and the PEB.
#include "ntdll/rtl/wine.hpp"

NTSTATUS rtl::boolean_for_win32(NTSTATUS status) {
    if (peb()->ImageSubsystem == IMAGE_SUBSYSTEM_NATIVE) return status;
    if (!NT_SUCCESS(status)) RtlSetLastWin32ErrorAndNtStatusFromNtStatus(status);
    return NT_SUCCESS(status) ? TRUE : FALSE;
}

extern "C" {

PPEB NTAPI RtlGetCurrentPeb(void) {
    return rtl::peb();
}
void NTAPI RtlAcquirePebLock(void) {
    RtlEnterCriticalSection(rtl::peb()->FastPebLock);
}
void NTAPI RtlReleasePebLock(void) {
    RtlLeaveCriticalSection(rtl::peb()->FastPebLock);
}
ULONG NTAPI RtlGetLastWin32Error(void) {
    return rtl::teb()->LastErrorValue;
}
void NTAPI RtlSetLastWin32Error(ULONG Error) {
    rtl::teb()->LastErrorValue = Error;
}
void NTAPI RtlRestoreLastWin32Error(ULONG Error) {
    rtl::teb()->LastErrorValue = Error;
}
void NTAPI RtlSetLastWin32ErrorAndNtStatusFromNtStatus(NTSTATUS Status) {
    rtl::teb()->LastErrorValue = RtlNtStatusToDosError(Status);
}
NTSTATUS NTAPI RtlGetLastNtStatus(void) {
    return rtl::teb()->LastStatusValue;
}
ULONG NTAPI RtlGetThreadErrorMode(void) {
    return rtl::teb()->HardErrorMode;
}
NTSTATUS NTAPI RtlSetThreadErrorMode(ULONG Mode, PULONG OldMode) {
    if (Mode & ~0x70u) return STATUS_INVALID_PARAMETER_1;
    if (OldMode) *OldMode = rtl::teb()->HardErrorMode;
    rtl::teb()->HardErrorMode = Mode;
    return STATUS_SUCCESS;
}

}  // extern "C"
