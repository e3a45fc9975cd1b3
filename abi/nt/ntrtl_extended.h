// SPDX-License-Identifier: GPL-3.0-only
// Contexts with extended processor state, stacks, 32-bit processes, and single functions that belong nowhere
// else.
#pragma once

#include <stdarg.h>

#include "abi/nt/ntdbg.h"
#include "abi/nt/ntkuser.h"
#include "abi/nt/ntpsapi.h"
#include "abi/nt/ntrtl_system.h"
#include "abi/nt/ntseapi.h"
#include "abi/nt/ntxcapi.h"

NT_BEGIN_C

// An extended context: a CONTEXT, a CONTEXT_EX behind it, and with CONTEXT_XSTATE an area of 64-byte
// alignment.
ULONG64 NTAPI RtlGetEnabledExtendedFeatures(ULONG64 FeatureMask);
NTSTATUS NTAPI RtlGetExtendedContextLength(ULONG ContextFlags, PULONG Length);
NTSTATUS NTAPI RtlGetExtendedContextLength2(ULONG ContextFlags, PULONG Length, ULONG64 CompactionMask);
NTSTATUS NTAPI RtlInitializeExtendedContext(PVOID Context, ULONG ContextFlags, PCONTEXT_EX* ContextEx);
NTSTATUS NTAPI RtlInitializeExtendedContext2(PVOID Context, ULONG ContextFlags, PCONTEXT_EX* ContextEx,
                                             ULONG64 CompactionMask);
PVOID NTAPI RtlLocateLegacyContext(PCONTEXT_EX ContextEx, PULONG Length);
PVOID NTAPI RtlLocateExtendedFeature(PCONTEXT_EX ContextEx, ULONG FeatureId, PULONG Length);
PVOID NTAPI RtlLocateExtendedFeature2(PCONTEXT_EX ContextEx, ULONG FeatureId,
                                      const XSTATE_CONFIGURATION* Configuration, PULONG Length);
ULONG64 NTAPI RtlGetExtendedFeaturesMask(PCONTEXT_EX ContextEx);
void NTAPI RtlSetExtendedFeaturesMask(PCONTEXT_EX ContextEx, ULONG64 FeatureMask);
NTSTATUS NTAPI RtlCopyExtendedContext(PCONTEXT_EX Destination, ULONG ContextFlags, PCONTEXT_EX Source);

// A stack as threads have it, sizes in bytes; 0: what the program's header says.
NTSTATUS NTAPI RtlCreateUserStack(SIZE_T CommittedStackSize, SIZE_T MaximumStackSize, ULONG_PTR ZeroBits,
                                  SIZE_T PageSize, ULONG_PTR ReserveAlignment, PINITIAL_TEB InitialTeb);
void NTAPI RtlFreeUserStack(PVOID AllocationBase);

// No process here is a 32-bit one.
NTSTATUS NTAPI RtlWow64EnableFsRedirection(BOOLEAN Enable);
NTSTATUS NTAPI RtlWow64EnableFsRedirectionEx(PVOID Disable, PVOID* OldValue);
NTSTATUS NTAPI RtlWow64GetProcessMachines(HANDLE Process, PUSHORT Current, PUSHORT Native);
NTSTATUS NTAPI RtlWow64GetThreadContext(HANDLE Thread, PVOID Context);
NTSTATUS NTAPI RtlWow64SetThreadContext(HANDLE Thread, const VOID* Context);
NTSTATUS NTAPI RtlWow64GetCurrentCpuArea(PUSHORT Machine, PVOID* Context, PVOID* ContextEx);
NTSTATUS NTAPI RtlWow64GetThreadSelectorEntry(HANDLE Thread, PVOID Information, ULONG Size,
                                              PULONG ReturnLength);

BOOLEAN NTAPI RtlGetProductInfo(ULONG MajorVersion, ULONG MinorVersion, ULONG ServicePackMajor,
                                ULONG ServicePackMinor, PULONG ProductType);
ULONG NTAPI RtlGetNtGlobalFlags(void);
void NTAPI RtlCopyLuid(PLUID To, const LUID* From);
void NTAPI RtlCopyLuidAndAttributesArray(ULONG Count, const LUID_AND_ATTRIBUTES* From,
                                         PLUID_AND_ATTRIBUTES To);
// STATUS_NOT_FOUND: the process is of no package.
NTSTATUS NTAPI RtlQueryPackageIdentity(HANDLE Token, PWSTR FullName, PSIZE_T FullNameSize,
                                       PWSTR ApplicationId, PSIZE_T ApplicationIdSize, PBOOLEAN Packaged);
CHAR NTAPI RtlQueryProcessPlaceholderCompatibilityMode(void);
ULONG vDbgPrintExWithPrefix(PCSTR Prefix, ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments);
BOOLEAN NTAPI RtlEqualLuid(const LUID* A, const LUID* B);
void NTAPI RtlTimeToElapsedTimeFields(const LARGE_INTEGER* Time, PTIME_FIELDS Fields);
PVOID NTAPI RtlFindExportedRoutineByName(PVOID Module, PCSTR Name);
NTSTATUS NTAPI RtlSetTimeZoneInformation(const VOID* Information);
void NTAPI RtlAssert(PVOID FailedAssertion, PVOID FileName, ULONG LineNumber, PSTR Message);

// A debugger's calls: its thread keeps the debug object. DbgUiConnectToDbg makes one that ends its processes
// with it; of DbgUiContinue's statuses see NtDebugContinue.
NTSTATUS NTAPI DbgUiConnectToDbg(void);
HANDLE NTAPI DbgUiGetThreadDebugObject(void);
void NTAPI DbgUiSetThreadDebugObject(HANDLE DebugObject);
NTSTATUS NTAPI DbgUiWaitStateChange(PDBGUI_WAIT_STATE_CHANGE StateChange, PLARGE_INTEGER Timeout);
NTSTATUS NTAPI DbgUiContinue(PCLIENT_ID ClientId, NTSTATUS ContinueStatus);
NTSTATUS NTAPI DbgUiDebugActiveProcess(HANDLE Process);
NTSTATUS NTAPI DbgUiStopDebugging(HANDLE Process);
NTSTATUS NTAPI DbgUiIssueRemoteBreakin(HANDLE Process);
NTSTATUS NTAPI DbgUiRemoteBreakin(PVOID Context);
// A state change as Windows programs know it; Ex: a text in UTF-16 is one too.
NTSTATUS NTAPI DbgUiConvertStateChangeStructure(const DBGUI_WAIT_STATE_CHANGE* StateChange,
                                                PDEBUG_EVENT Event);
NTSTATUS NTAPI DbgUiConvertStateChangeStructureEx(const DBGUI_WAIT_STATE_CHANGE* StateChange,
                                                  PDEBUG_EVENT Event);

// Where SearchPath looks first: 1 the system's folders, 0x10000 the current one; with 0x8000 for ever, after
// which it is STATUS_ACCESS_DENIED.
NTSTATUS NTAPI RtlSetSearchPathMode(ULONG Flags);

NT_END_C
