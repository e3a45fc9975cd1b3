// SPDX-License-Identifier: GPL-3.0-only
// Exceptions and unwinding.
#pragma once

#include <stdarg.h>

#include "abi/nt/ntxcapi.h"

NT_BEGIN_C

void NTAPI RtlCaptureContext(PCONTEXT Context);
DECLSPEC_NORETURN void NTAPI RtlRestoreContext(PCONTEXT Context, PEXCEPTION_RECORD Record);
void NTAPI RtlRaiseException(PEXCEPTION_RECORD Record);
DECLSPEC_NORETURN void NTAPI RtlRaiseStatus(NTSTATUS Status);
BOOLEAN NTAPI RtlDispatchException(PEXCEPTION_RECORD Record, PCONTEXT Context);
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionEntry(ULONG64 ControlPc, PULONG64 ImageBase,
                                               PUNWIND_HISTORY_TABLE HistoryTable);
PRUNTIME_FUNCTION NTAPI RtlLookupFunctionTable(PVOID ControlPc, PVOID* ImageBase, PULONG Length);
PEXCEPTION_ROUTINE NTAPI RtlVirtualUnwind(ULONG HandlerType, ULONG64 ImageBase, ULONG64 ControlPc,
                                          PRUNTIME_FUNCTION FunctionEntry, PCONTEXT Context,
                                          PVOID* HandlerData, PULONG64 EstablisherFrame,
                                          PKNONVOLATILE_CONTEXT_POINTERS ContextPointers);
void NTAPI RtlUnwind(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD Record, PVOID ReturnValue);
void NTAPI RtlUnwindEx(PVOID TargetFrame, PVOID TargetIp, PEXCEPTION_RECORD Record, PVOID ReturnValue,
                       PCONTEXT Context, PUNWIND_HISTORY_TABLE HistoryTable);
EXCEPTION_DISPOSITION __C_specific_handler(PEXCEPTION_RECORD Record, PVOID EstablisherFrame, PCONTEXT Context,
                                           PDISPATCHER_CONTEXT DispatcherContext);
BOOLEAN NTAPI RtlAddFunctionTable(PRUNTIME_FUNCTION FunctionTable, ULONG EntryCount, ULONG64 BaseAddress);
BOOLEAN NTAPI RtlDeleteFunctionTable(PRUNTIME_FUNCTION FunctionTable);
BOOLEAN NTAPI RtlInstallFunctionTableCallback(ULONG64 TableIdentifier, ULONG64 BaseAddress, ULONG Length,
                                              PGET_RUNTIME_FUNCTION_CALLBACK Callback, PVOID Context,
                                              PCWSTR OutOfProcessCallbackDll);
NTSTATUS NTAPI RtlAddGrowableFunctionTable(PVOID* DynamicTable, PRUNTIME_FUNCTION FunctionTable,
                                           ULONG EntryCount, ULONG MaximumEntryCount, ULONG_PTR RangeBase,
                                           ULONG_PTR RangeEnd);
void NTAPI RtlGrowFunctionTable(PVOID DynamicTable, ULONG NewEntryCount);
void NTAPI RtlDeleteGrowableFunctionTable(PVOID DynamicTable);
PVOID NTAPI RtlAddVectoredExceptionHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler);
ULONG NTAPI RtlRemoveVectoredExceptionHandler(PVOID Handle);
PVOID NTAPI RtlAddVectoredContinueHandler(ULONG First, PVECTORED_EXCEPTION_HANDLER Handler);
ULONG NTAPI RtlRemoveVectoredContinueHandler(PVOID Handle);
void NTAPI RtlSetUnhandledExceptionFilter(PTOP_LEVEL_EXCEPTION_FILTER Filter);
LONG NTAPI RtlUnhandledExceptionFilter(PEXCEPTION_POINTERS ExceptionInfo);
USHORT NTAPI RtlCaptureStackBackTrace(ULONG FramesToSkip, ULONG FramesToCapture, PVOID* BackTrace,
                                      PULONG BackTraceHash);
ULONG NTAPI RtlWalkFrameChain(PVOID* Callers, ULONG Count, ULONG Flags);
PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID* BaseOfImage);
void NTAPI RtlCopyContext(PCONTEXT Destination, ULONG ContextFlags, PCONTEXT Source);
NTSTATUS NTAPI NtContinue(const CONTEXT* ThreadContext, BOOLEAN RaiseAlert);
DECLSPEC_NORETURN void NTAPI KiUserExceptionDispatcher(void);
void NTAPI KiUserApcDispatcher(void);
void NTAPI KiUserCallbackDispatcher(void);
void NTAPI KiRaiseUserExceptionDispatcher(void);

// Breakpoints, and text for the system's log.
void NTAPI DbgBreakPoint(void);
void NTAPI DbgUserBreakPoint(void);
ULONG DbgPrint(PCSTR Format, ...);
ULONG vDbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, va_list Arguments);
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...);

NT_END_C
