// SPDX-License-Identifier: GPL-3.0-only
// Debug objects: rights, what a debugger is told, and DEBUG_EVENT, as Windows programs see the same. As
// ntdbg.h of the native API's public headers and minwinbase.h of MinGW-w64 have them.
#pragma once

#include "abi/nt/ntpsapi.h"

NT_BEGIN_C

#define DEBUG_READ_EVENT 0x0001
#define DEBUG_PROCESS_ASSIGN 0x0002
#define DEBUG_SET_INFORMATION 0x0004
#define DEBUG_QUERY_INFORMATION 0x0008
#define DEBUG_ALL_ACCESS (STANDARD_RIGHTS_REQUIRED | SYNCHRONIZE | 0xf)

#define DEBUG_KILL_ON_CLOSE 0x1

typedef enum _DEBUGOBJECTINFOCLASS {
    DebugObjectUnusedInformation,
    DebugObjectKillProcessOnExitInformation
} DEBUGOBJECTINFOCLASS,
    *PDEBUGOBJECTINFOCLASS;

typedef struct _DEBUG_OBJECT_KILL_PROCESS_ON_EXIT_INFORMATION {
    ULONG KillProcessOnExit;
} DEBUG_OBJECT_KILL_PROCESS_ON_EXIT_INFORMATION, *PDEBUG_OBJECT_KILL_PROCESS_ON_EXIT_INFORMATION;

typedef enum _DBG_STATE {
    DbgIdle,
    DbgReplyPending,
    DbgCreateThreadStateChange,
    DbgCreateProcessStateChange,
    DbgExitThreadStateChange,
    DbgExitProcessStateChange,
    DbgExceptionStateChange,
    DbgBreakpointStateChange,
    DbgSingleStepStateChange,
    DbgLoadDllStateChange,
    DbgUnloadDllStateChange
} DBG_STATE,
    *PDBG_STATE;

typedef struct _DBGKM_EXCEPTION {
    EXCEPTION_RECORD ExceptionRecord;
    ULONG FirstChance;
} DBGKM_EXCEPTION, *PDBGKM_EXCEPTION;

typedef struct _DBGKM_CREATE_THREAD {
    ULONG SubSystemKey;
    PVOID StartAddress;
} DBGKM_CREATE_THREAD, *PDBGKM_CREATE_THREAD;

typedef struct _DBGKM_CREATE_PROCESS {
    ULONG SubSystemKey;
    HANDLE FileHandle;
    PVOID BaseOfImage;
    ULONG DebugInfoFileOffset;
    ULONG DebugInfoSize;
    DBGKM_CREATE_THREAD InitialThread;
} DBGKM_CREATE_PROCESS, *PDBGKM_CREATE_PROCESS;

typedef struct _DBGKM_EXIT_THREAD {
    NTSTATUS ExitStatus;
} DBGKM_EXIT_THREAD, *PDBGKM_EXIT_THREAD;

typedef struct _DBGKM_EXIT_PROCESS {
    NTSTATUS ExitStatus;
} DBGKM_EXIT_PROCESS, *PDBGKM_EXIT_PROCESS;

// NamePointer: where, in the debugged process, a pointer to the module's name may lie, in UTF-16.
typedef struct _DBGKM_LOAD_DLL {
    HANDLE FileHandle;
    PVOID BaseOfDll;
    ULONG DebugInfoFileOffset;
    ULONG DebugInfoSize;
    PVOID NamePointer;
} DBGKM_LOAD_DLL, *PDBGKM_LOAD_DLL;

typedef struct _DBGKM_UNLOAD_DLL {
    PVOID BaseAddress;
} DBGKM_UNLOAD_DLL, *PDBGKM_UNLOAD_DLL;

typedef struct _DBGUI_CREATE_THREAD {
    HANDLE HandleToThread;
    DBGKM_CREATE_THREAD NewThread;
} DBGUI_CREATE_THREAD, *PDBGUI_CREATE_THREAD;

typedef struct _DBGUI_CREATE_PROCESS {
    HANDLE HandleToProcess;
    HANDLE HandleToThread;
    DBGKM_CREATE_PROCESS NewProcess;
} DBGUI_CREATE_PROCESS, *PDBGUI_CREATE_PROCESS;

typedef struct _DBGUI_WAIT_STATE_CHANGE {
    DBG_STATE NewState;
    CLIENT_ID AppClientId;
    union {
        DBGKM_EXCEPTION Exception;
        DBGUI_CREATE_THREAD CreateThread;
        DBGUI_CREATE_PROCESS CreateProcessInfo;
        DBGKM_EXIT_THREAD ExitThread;
        DBGKM_EXIT_PROCESS ExitProcess;
        DBGKM_LOAD_DLL LoadDll;
        DBGKM_UNLOAD_DLL UnloadDll;
    } StateInfo;
} DBGUI_WAIT_STATE_CHANGE, *PDBGUI_WAIT_STATE_CHANGE;
C_ASSERT(sizeof(DBGUI_WAIT_STATE_CHANGE) == 0xb8);

#define EXCEPTION_DEBUG_EVENT 1
#define CREATE_THREAD_DEBUG_EVENT 2
#define CREATE_PROCESS_DEBUG_EVENT 3
#define EXIT_THREAD_DEBUG_EVENT 4
#define EXIT_PROCESS_DEBUG_EVENT 5
#define LOAD_DLL_DEBUG_EVENT 6
#define UNLOAD_DLL_DEBUG_EVENT 7
#define OUTPUT_DEBUG_STRING_EVENT 8
#define RIP_EVENT 9

typedef struct _DEBUG_EVENT {
    ULONG dwDebugEventCode;
    ULONG dwProcessId;
    ULONG dwThreadId;
    union {
        struct {
            EXCEPTION_RECORD ExceptionRecord;
            ULONG dwFirstChance;
        } Exception;
        struct {
            HANDLE hThread;
            PVOID lpThreadLocalBase;
            PVOID lpStartAddress;
        } CreateThread;
        struct {
            HANDLE hFile;
            HANDLE hProcess;
            HANDLE hThread;
            PVOID lpBaseOfImage;
            ULONG dwDebugInfoFileOffset;
            ULONG nDebugInfoSize;
            PVOID lpThreadLocalBase;
            PVOID lpStartAddress;
            PVOID lpImageName;
            USHORT fUnicode;
        } CreateProcessInfo;
        struct {
            ULONG dwExitCode;
        } ExitThread;
        struct {
            ULONG dwExitCode;
        } ExitProcess;
        struct {
            HANDLE hFile;
            PVOID lpBaseOfDll;
            ULONG dwDebugInfoFileOffset;
            ULONG nDebugInfoSize;
            PVOID lpImageName;
            USHORT fUnicode;
        } LoadDll;
        struct {
            PVOID lpBaseOfDll;
        } UnloadDll;
        struct {
            PSTR lpDebugStringData;
            USHORT fUnicode;
            USHORT nDebugStringLength;
        } DebugString;
        struct {
            ULONG dwError;
            ULONG dwType;
        } RipInfo;
    } u;
} DEBUG_EVENT, *PDEBUG_EVENT, *LPDEBUG_EVENT;
C_ASSERT(sizeof(DEBUG_EVENT) == 0xb0);

NT_END_C
