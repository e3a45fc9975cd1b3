// SPDX-License-Identifier: GPL-3.0-only
// Event tracing as providers see it. Nobody listens: registrations are kept, events are taken and go nowhere.
// Results are Win32 errors.
#pragma once

#include "abi/nt/ntdef.h"

NT_BEGIN_C

typedef ULONGLONG REGHANDLE, *PREGHANDLE;
typedef ULONGLONG TRACEHANDLE, *PTRACEHANDLE;
typedef struct _EVENT_DESCRIPTOR {
    USHORT Id;
    UCHAR Version;
    UCHAR Channel;
    UCHAR Level;
    UCHAR Opcode;
    USHORT Task;
    ULONGLONG Keyword;
} EVENT_DESCRIPTOR;

#define EVENT_ACTIVITY_CTRL_GET_ID 1
#define EVENT_ACTIVITY_CTRL_SET_ID 2
#define EVENT_ACTIVITY_CTRL_CREATE_ID 3
#define EVENT_ACTIVITY_CTRL_GET_SET_ID 4
#define EVENT_ACTIVITY_CTRL_CREATE_SET_ID 5

ULONG NTAPI EtwEventRegister(const GUID* Provider, PVOID EnableCallback, PVOID Context, PREGHANDLE Handle);
ULONG NTAPI EtwEventUnregister(REGHANDLE Handle);
ULONG NTAPI EtwEventSetInformation(REGHANDLE Handle, ULONG InformationClass, PVOID Information, ULONG Size);
BOOLEAN NTAPI EtwEventEnabled(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event);
BOOLEAN NTAPI EtwEventProviderEnabled(REGHANDLE Handle, UCHAR Level, ULONGLONG Keyword);
ULONG NTAPI EtwEventWrite(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, ULONG Count, PVOID Data);
ULONG NTAPI EtwEventWriteEx(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, ULONGLONG Filter, ULONG Flags,
                            const GUID* Activity, const GUID* Related, ULONG Count, PVOID Data);
ULONG NTAPI EtwEventWriteTransfer(REGHANDLE Handle, const EVENT_DESCRIPTOR* Event, const GUID* Activity,
                                  const GUID* Related, ULONG Count, PVOID Data);
ULONG NTAPI EtwEventWriteString(REGHANDLE Handle, UCHAR Level, ULONGLONG Keyword, PCWSTR Text);
ULONG NTAPI EtwEventActivityIdControl(ULONG ControlCode, GUID* Activity);
ULONG NTAPI EtwRegisterTraceGuidsW(PVOID RequestAddress, PVOID Context, const GUID* Control, ULONG Count,
                                   PVOID Guids, PCWSTR ImagePath, PCWSTR ResourceName, PTRACEHANDLE Handle);
ULONG NTAPI EtwRegisterTraceGuidsA(PVOID RequestAddress, PVOID Context, const GUID* Control, ULONG Count,
                                   PVOID Guids, PCSTR ImagePath, PCSTR ResourceName, PTRACEHANDLE Handle);
ULONG NTAPI EtwUnregisterTraceGuids(TRACEHANDLE Handle);
ULONG NTAPI EtwGetTraceEnableFlags(TRACEHANDLE Session);
UCHAR NTAPI EtwGetTraceEnableLevel(TRACEHANDLE Session);
TRACEHANDLE NTAPI EtwGetTraceLoggerHandle(PVOID Buffer);
ULONG NTAPI EtwLogTraceEvent(TRACEHANDLE Session, PVOID Event);
ULONG EtwTraceMessage(TRACEHANDLE Session, ULONG Flags, const GUID* Guid, USHORT Number, ...);
ULONG NTAPI EtwTraceMessageVa(TRACEHANDLE Session, ULONG Flags, const GUID* Guid, USHORT Number,
                              PVOID Arguments);

NT_END_C
