// SPDX-License-Identifier: GPL-3.0-only
// What debuggers call, and the break into the process that they debug.
#include "abi/nt/ntrtl_extended.h"
#include "ntdll/rtl/debugger.hpp"

namespace {

// The debug object of this thread.
HANDLE& debug_object() {
    return rtl::teb()->DbgSsReserved[1];
}

ULONG code_of(DBG_STATE state) {
    switch (state) {
        case DbgCreateThreadStateChange:
            return CREATE_THREAD_DEBUG_EVENT;
        case DbgCreateProcessStateChange:
            return CREATE_PROCESS_DEBUG_EVENT;
        case DbgExitThreadStateChange:
            return EXIT_THREAD_DEBUG_EVENT;
        case DbgExitProcessStateChange:
            return EXIT_PROCESS_DEBUG_EVENT;
        case DbgExceptionStateChange:
        case DbgBreakpointStateChange:
        case DbgSingleStepStateChange:
            return EXCEPTION_DEBUG_EVENT;
        case DbgLoadDllStateChange:
            return LOAD_DLL_DEBUG_EVENT;
        case DbgUnloadDllStateChange:
            return UNLOAD_DLL_DEBUG_EVENT;
        default:
            return 0;
    }
}

PVOID teb_of(HANDLE thread) {
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof(basic), nullptr);
    return basic.TebBaseAddress;
}

// Some exceptions are messages.
void convert_exception(const DBGKM_EXCEPTION& from, bool wide_texts, DEBUG_EVENT& to) {
    const EXCEPTION_RECORD& record = from.ExceptionRecord;
    const ULONG_PTR* words = record.ExceptionInformation;
    const bool wide = wide_texts && record.ExceptionCode == DBG_PRINTEXCEPTION_WIDE_C;
    if ((wide || record.ExceptionCode == DBG_PRINTEXCEPTION_C) && record.NumberParameters >= 2) {
        to.dwDebugEventCode = OUTPUT_DEBUG_STRING_EVENT;
        to.u.DebugString.lpDebugStringData = reinterpret_cast<PSTR>(words[1]);
        to.u.DebugString.fUnicode = wide;
        to.u.DebugString.nDebugStringLength = static_cast<USHORT>(words[0]);
    } else if (record.ExceptionCode == DBG_RIPEXCEPTION && record.NumberParameters >= 2) {
        to.dwDebugEventCode = RIP_EVENT;
        to.u.RipInfo.dwError = static_cast<ULONG>(words[0]);
        to.u.RipInfo.dwType = static_cast<ULONG>(words[1]);
    } else {
        to.u.Exception.ExceptionRecord = record;
        to.u.Exception.dwFirstChance = from.FirstChance;
    }
}

NTSTATUS convert(const DBGUI_WAIT_STATE_CHANGE& change, bool wide_texts, DEBUG_EVENT& event) {
    const auto& from = change.StateInfo;
    event = {};
    event.dwDebugEventCode = code_of(change.NewState);
    event.dwProcessId = HandleToULong(change.AppClientId.UniqueProcess);
    event.dwThreadId = HandleToULong(change.AppClientId.UniqueThread);
    switch (event.dwDebugEventCode) {
        case CREATE_THREAD_DEBUG_EVENT: {
            auto& to = event.u.CreateThread;
            to.hThread = from.CreateThread.HandleToThread;
            to.lpThreadLocalBase = teb_of(to.hThread);
            to.lpStartAddress = from.CreateThread.NewThread.StartAddress;
            return STATUS_SUCCESS;
        }
        case CREATE_PROCESS_DEBUG_EVENT: {
            auto& to = event.u.CreateProcessInfo;
            const DBGKM_CREATE_PROCESS& created = from.CreateProcessInfo.NewProcess;
            to.hFile = created.FileHandle;
            to.hProcess = from.CreateProcessInfo.HandleToProcess;
            to.hThread = from.CreateProcessInfo.HandleToThread;
            to.lpBaseOfImage = created.BaseOfImage;
            to.dwDebugInfoFileOffset = created.DebugInfoFileOffset;
            to.nDebugInfoSize = created.DebugInfoSize;
            to.lpThreadLocalBase = teb_of(to.hThread);
            to.lpStartAddress = created.InitialThread.StartAddress;
            to.fUnicode = TRUE;
            return STATUS_SUCCESS;
        }
        case EXIT_THREAD_DEBUG_EVENT:
            event.u.ExitThread.dwExitCode = static_cast<ULONG>(from.ExitThread.ExitStatus);
            return STATUS_SUCCESS;
        case EXIT_PROCESS_DEBUG_EVENT:
            event.u.ExitProcess.dwExitCode = static_cast<ULONG>(from.ExitProcess.ExitStatus);
            return STATUS_SUCCESS;
        case EXCEPTION_DEBUG_EVENT:
            convert_exception(from.Exception, wide_texts, event);
            return STATUS_SUCCESS;
        case LOAD_DLL_DEBUG_EVENT: {
            auto& to = event.u.LoadDll;
            to.hFile = from.LoadDll.FileHandle;
            to.lpBaseOfDll = from.LoadDll.BaseOfDll;
            to.dwDebugInfoFileOffset = from.LoadDll.DebugInfoFileOffset;
            to.nDebugInfoSize = from.LoadDll.DebugInfoSize;
            to.lpImageName = from.LoadDll.NamePointer;
            to.fUnicode = TRUE;
            return STATUS_SUCCESS;
        }
        case UNLOAD_DLL_DEBUG_EVENT:
            event.u.UnloadDll.lpBaseOfDll = from.UnloadDll.BaseAddress;
            return STATUS_SUCCESS;
        default:
            return STATUS_UNSUCCESSFUL;
    }
}

}  // namespace

namespace rtl {

void break_for_debugger() {
    __try {
        DbgBreakPoint();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
    }
}

bool tell_debugger(const char* text, SIZE_T size) {
    PTEB own = teb();
    if (own->InDebugPrint) return false;
    char terminated[longest_debug_text + 1];
    copy(terminated, text, size);
    terminated[size] = '\0';
    EXCEPTION_RECORD record = {};
    record.ExceptionCode = DBG_PRINTEXCEPTION_C;
    record.NumberParameters = 2;
    record.ExceptionInformation[0] = size + 1;
    record.ExceptionInformation[1] = reinterpret_cast<ULONG_PTR>(terminated);
    bool told = true;
    own->InDebugPrint = TRUE;
    __try {
        RtlRaiseException(&record);
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        told = false;
    }
    own->InDebugPrint = FALSE;
    return told;
}

}  // namespace rtl

extern "C" {

NTSTATUS NTAPI DbgUiConnectToDbg(void) {
    if (debug_object()) return STATUS_SUCCESS;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    return NtCreateDebugObject(&debug_object(), DEBUG_ALL_ACCESS, &attributes, DEBUG_KILL_ON_CLOSE);
}

HANDLE NTAPI DbgUiGetThreadDebugObject(void) {
    return debug_object();
}
void NTAPI DbgUiSetThreadDebugObject(HANDLE DebugObject) {
    debug_object() = DebugObject;
}

NTSTATUS NTAPI DbgUiWaitStateChange(PDBGUI_WAIT_STATE_CHANGE StateChange, PLARGE_INTEGER Timeout) {
    return NtWaitForDebugEvent(debug_object(), TRUE, Timeout, StateChange);
}

NTSTATUS NTAPI DbgUiContinue(PCLIENT_ID ClientId, NTSTATUS ContinueStatus) {
    return NtDebugContinue(debug_object(), ClientId, ContinueStatus);
}

NTSTATUS NTAPI DbgUiDebugActiveProcess(HANDLE Process) {
    NTSTATUS status = NtDebugActiveProcess(Process, debug_object());
    if (!NT_SUCCESS(status)) return status;
    status = DbgUiIssueRemoteBreakin(Process);
    if (!NT_SUCCESS(status)) DbgUiStopDebugging(Process);
    return status;
}

NTSTATUS NTAPI DbgUiStopDebugging(HANDLE Process) {
    return NtRemoveProcessDebug(Process, debug_object());
}

// The thread that a debugger starts in its target.
NTSTATUS NTAPI DbgUiRemoteBreakin(PVOID) {
    if (rtl::peb()->BeingDebugged) rtl::break_for_debugger();
    RtlExitUserThread(STATUS_SUCCESS);
}

NTSTATUS NTAPI DbgUiIssueRemoteBreakin(HANDLE Process) {
    HANDLE thread;
    const NTSTATUS status =
        RtlCreateUserThread(Process, nullptr, FALSE, 0, 0, 0, DbgUiRemoteBreakin, nullptr, &thread, nullptr);
    if (NT_SUCCESS(status)) NtClose(thread);
    return status;
}

NTSTATUS NTAPI DbgUiConvertStateChangeStructure(const DBGUI_WAIT_STATE_CHANGE* StateChange,
                                                PDEBUG_EVENT Event) {
    return convert(*StateChange, false, *Event);
}
NTSTATUS NTAPI DbgUiConvertStateChangeStructureEx(const DBGUI_WAIT_STATE_CHANGE* StateChange,
                                                  PDEBUG_EVENT Event) {
    return convert(*StateChange, true, *Event);
}

}  // extern "C"
