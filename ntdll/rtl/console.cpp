// SPDX-License-Identifier: GPL-3.0-only
//
// Where a console's host starts a thread in a process for Ctrl-C or Ctrl-Break, as DbgUiRemoteBreakin is for
// a debugger. NT's console host knows the address of kernel32's CtrlRoutine, which calls the handlers; here
// it is looked up in the process, where it may lie anywhere.
#include "abi/nt/ntdll.h"

extern "C" NTSTATUS NTAPI RtlConsoleControl(PVOID Event);
extern "C" NTSTATUS NTAPI RtlConsoleControl(PVOID Event) {
    UNICODE_STRING name;
    ANSI_STRING routine_name;
    RtlInitUnicodeString(&name, u"kernel32.dll");
    RtlInitAnsiString(&routine_name, "CtrlRoutine");
    PVOID module = nullptr, routine = nullptr;
    NTSTATUS status = LdrGetDllHandle(nullptr, nullptr, &name, &module);
    if (NT_SUCCESS(status)) status = LdrGetProcedureAddress(module, &routine_name, 0, &routine);
    if (NT_SUCCESS(status)) {
        using ControlRoutine = ULONG(NTAPI*)(PVOID);
        return static_cast<NTSTATUS>(reinterpret_cast<ControlRoutine>(routine)(Event));
    }
    NtTerminateProcess(NtCurrentProcess(), STATUS_CONTROL_C_EXIT);
    return status;
}
