// SPDX-License-Identifier: GPL-3.0-only
// Debug objects: what a debugger is told of a child from its first instruction to its end.
#define PROGRAM u"debug_objects"
#include "tests/system/debugger.h"

TEST(an_object_has_rights_and_flags) {
    HANDLE object = nullptr;
    CHECK(NtCreateDebugObject(&object, DEBUG_ALL_ACCESS, nullptr, 2) == STATUS_INVALID_PARAMETER);
    REQUIRE(NtCreateDebugObject(&object, SYNCHRONIZE, nullptr, 0) == STATUS_SUCCESS);
    DBGUI_WAIT_STATE_CHANGE change;
    LARGE_INTEGER now = {};
    ULONG flags = DEBUG_KILL_ON_CLOSE, length = 0;
    CLIENT_ID nobody = {};
    CHECK(NtWaitForDebugEvent(object, FALSE, &now, &change) == STATUS_ACCESS_DENIED);
    CHECK(NtDebugContinue(object, &nobody, DBG_CONTINUE) == STATUS_ACCESS_DENIED);
    CHECK(NtSetInformationDebugObject(object, DebugObjectKillProcessOnExitInformation, &flags, sizeof(flags),
                                      nullptr) == STATUS_ACCESS_DENIED);
    CHECK(NtWaitForSingleObject(object, FALSE, &now) == STATUS_TIMEOUT);
    NtClose(object);
    Debugger debugger;
    CHECK(debugger.next(0) == STATUS_TIMEOUT);
    CHECK(NtDebugContinue(debugger.object, &nobody, DBG_CONTINUE) == STATUS_INVALID_PARAMETER);
    CHECK(NtDebugContinue(debugger.object, &nobody, STATUS_SUCCESS) == STATUS_INVALID_PARAMETER);
    const auto set = [&](ULONG kind, ULONG size) {
        return NtSetInformationDebugObject(debugger.object, static_cast<DEBUGOBJECTINFOCLASS>(kind), &flags,
                                           size, &length);
    };
    CHECK(set(DebugObjectKillProcessOnExitInformation, 3) == STATUS_INFO_LENGTH_MISMATCH && length == 4);
    CHECK(set(DebugObjectUnusedInformation, 4) == STATUS_INVALID_PARAMETER);
    CHECK(set(DebugObjectKillProcessOnExitInformation, 4) == STATUS_SUCCESS);
    flags = 2;
    CHECK(set(DebugObjectKillProcessOnExitInformation, 4) == STATUS_INVALID_PARAMETER);
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    CHECK(NtWaitForDebugEvent(event, FALSE, &now, &change) == STATUS_OBJECT_TYPE_MISMATCH);
    NtClose(event);
}

TEST(a_child_is_debugged_from_its_first_instruction) {
    Debugger debugger;
    Child child(u"child exits", debugger.object);
    REQUIRE(child.status == STATUS_SUCCESS);
    CHECK(port_of(child.process) == ~ULONG_PTR{0} && port_of(NtCurrentProcess()) == 0);
    CHECK(same(debugger.whole_life(), "PLbp"));
    CHECK(debugger.exit_status == 77);
    CHECK(child.wait() == 77);
}

TEST(the_first_event_says_what_there_is) {
    Debugger debugger;
    Child child(u"child exits", debugger.object);
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(child.process, ProcessBasicInformation, &basic, sizeof(basic), nullptr);
    REQUIRE(debugger.next() == STATUS_SUCCESS);
    REQUIRE(debugger.change.NewState == DbgCreateProcessStateChange);
    const auto& created = debugger.change.StateInfo.CreateProcessInfo;
    CHECK(debugger.change.AppClientId.UniqueProcess == reinterpret_cast<HANDLE>(basic.UniqueProcessId));
    PEB peb = {};
    CHECK(NtReadVirtualMemory(created.HandleToProcess, basic.PebBaseAddress, &peb, sizeof(peb), nullptr) ==
          STATUS_SUCCESS);
    CHECK(peb.BeingDebugged && peb.ImageBaseAddress == created.NewProcess.BaseOfImage);
    USHORT magic = 0;
    CHECK(NtReadVirtualMemory(created.HandleToProcess, created.NewProcess.BaseOfImage, &magic, sizeof(magic),
                              nullptr) == STATUS_SUCCESS);
    CHECK(magic == 0x5a4d);
    magic = 0;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER start = {};
    CHECK(NtReadFile(created.NewProcess.FileHandle, nullptr, nullptr, nullptr, &io, &magic, sizeof(magic),
                     &start, nullptr) == STATUS_SUCCESS);
    CHECK(magic == 0x5a4d);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    CHECK(NtGetContextThread(created.HandleToThread, &context) == STATUS_SUCCESS);
    CHECK(context.Rcx == reinterpret_cast<ULONG64>(created.NewProcess.InitialThread.StartAddress));
    ULONG count = 1;
    CHECK(NtSuspendThread(created.HandleToThread, &count) == STATUS_SUCCESS && count == 0);
    CHECK(NtResumeThread(created.HandleToThread, &count) == STATUS_SUCCESS && count == 1);
    // It stands until it is answered.
    CHECK(child.wait(kSecond / 5) == STATUS_TIMEOUT && debugger.next(0) == STATUS_TIMEOUT);
    debugger.change.AppClientId = {reinterpret_cast<HANDLE>(basic.UniqueProcessId), child.thread};
    CHECK(debugger.go_on() == STATUS_INVALID_PARAMETER);
}

TEST(exceptions_come_once_and_at_last_again) {
    {
        Debugger debugger;
        Child child(u"child throws", debugger.object);
        CHECK(same(debugger.whole_life(), "PLbep") && debugger.exit_status == 8);
    }
    {
        Debugger debugger;
        Child child(u"child dies", debugger.object);
        CHECK(same(debugger.whole_life(), "PLbeEp"));
        CHECK(debugger.exit_status == STATUS_ACCESS_VIOLATION);
        CHECK(child.wait() == STATUS_ACCESS_VIOLATION);
    }
}

TEST(raised_exceptions_come_to_the_debugger) {
    Debugger debugger;
    Child child(u"child raises", debugger.object);
    REQUIRE(debugger.until(DbgExceptionStateChange));
    CHECK(debugger.record().ExceptionCode == static_cast<NTSTATUS>(0xe0000001));
    CHECK(debugger.record().NumberParameters == 1 && debugger.record().ExceptionInformation[0] == 99);
    CHECK(debugger.change.StateInfo.Exception.FirstChance == 1);
    CHECK(debugger.go_on(DBG_EXCEPTION_HANDLED) == STATUS_SUCCESS);
    CHECK(same(debugger.whole_life(), "p") && debugger.exit_status == 6);
}

TEST(a_printed_line_is_an_exception) {
    Debugger debugger;
    Child child(u"child prints", debugger.object);
    REQUIRE(debugger.until(DbgExceptionStateChange));
    CHECK(debugger.record().ExceptionCode == DBG_PRINTEXCEPTION_C && debugger.record().NumberParameters == 2);
    char text[16] = {};
    const ULONG_PTR length = debugger.record().ExceptionInformation[0];
    REQUIRE(length == sizeof("told 42"));
    NtReadVirtualMemory(child.process, reinterpret_cast<PVOID>(debugger.record().ExceptionInformation[1]),
                        text, length, nullptr);
    CHECK(strcmp(text, "told 42") == 0);
    DEBUG_EVENT event;
    CHECK(DbgUiConvertStateChangeStructure(&debugger.change, &event) == STATUS_SUCCESS);
    CHECK(event.dwDebugEventCode == OUTPUT_DEBUG_STRING_EVENT && event.u.DebugString.fUnicode == 0);
    CHECK(event.u.DebugString.nDebugStringLength == length);
    debugger.go_on();
    CHECK(same(debugger.whole_life(), "p") && debugger.exit_status == 3);
}

TEST(modules_come_and_go) {
    Debugger debugger;
    Child child(u"child loads", debugger.object);
    REQUIRE(debugger.until(DbgBreakpointStateChange));
    debugger.go_on();
    REQUIRE(debugger.next() == STATUS_SUCCESS && debugger.change.NewState == DbgLoadDllStateChange);
    const DBGKM_LOAD_DLL loaded = debugger.change.StateInfo.LoadDll;
    WCHAR* name = nullptr;
    WCHAR text[64] = {};
    CHECK(NtReadVirtualMemory(child.process, loaded.NamePointer, &name, sizeof(name), nullptr) ==
          STATUS_SUCCESS);
    NtReadVirtualMemory(child.process, name, text, sizeof(text) - sizeof(WCHAR), nullptr);
    UNICODE_STRING full, end = RTL_CONSTANT_STRING(u"ldrtest.dll");
    RtlInitUnicodeString(&full, text);
    REQUIRE(full.Length >= end.Length);
    full.Buffer += (full.Length - end.Length) / sizeof(WCHAR);
    full.Length = end.Length;
    CHECK(RtlEqualUnicodeString(&full, &end, TRUE) && loaded.FileHandle);
    debugger.go_on();
    REQUIRE(debugger.next() == STATUS_SUCCESS && debugger.change.NewState == DbgUnloadDllStateChange);
    CHECK(debugger.change.StateInfo.UnloadDll.BaseAddress == loaded.BaseOfDll);
    debugger.go_on();
    CHECK(same(debugger.whole_life(), "p") && debugger.exit_status == 4);
}

TEST(threads_come_and_go) {
    {
        Debugger debugger;
        Child child(u"child threads", debugger.object);
        CHECK(same(debugger.whole_life(), "PLbTtp") && debugger.exit_status == 105);
    }
    {
        Debugger debugger;
        Child child(u"child hides", debugger.object);
        CHECK(same(debugger.whole_life(), "PLbp") && debugger.exit_status == 11);
    }
}

TEST(steps_and_registers) {
    Debugger debugger;
    Child child(u"child computes", debugger.object);
    REQUIRE(debugger.until(DbgBreakpointStateChange) && debugger.go_on() == STATUS_SUCCESS);
    REQUIRE(debugger.until(DbgBreakpointStateChange));
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    REQUIRE(NtGetContextThread(child.thread, &context) == STATUS_SUCCESS);
    // It stands behind the breakpoint.
    CHECK(context.Rip == reinterpret_cast<ULONG64>(debugger.record().ExceptionAddress) + 1);
    UCHAR code = 0;
    NtReadVirtualMemory(child.process, debugger.record().ExceptionAddress, &code, 1, nullptr);
    CHECK(code == 0xcc);
    // Up to and through compute().
    unsigned steps = 0, adds = 0;
    const auto first = reinterpret_cast<ULONG64>(&compute), last = first + 64;
    for (; steps < 200; ++steps) {
        context.EFlags |= 0x100;
        REQUIRE(NtSetContextThread(child.thread, &context) == STATUS_SUCCESS);
        CONTEXT again = {};
        again.ContextFlags = CONTEXT_FULL;
        REQUIRE(NtGetContextThread(child.thread, &again) == STATUS_SUCCESS);
        CHECK(again.Rip == context.Rip && again.Rsp == context.Rsp && (again.EFlags & 0x100));
        REQUIRE(debugger.go_on() == STATUS_SUCCESS && debugger.next() == STATUS_SUCCESS);
        REQUIRE(debugger.change.NewState == DbgSingleStepStateChange);
        const ULONG64 before = context.Rip;
        REQUIRE(NtGetContextThread(child.thread, &context) == STATUS_SUCCESS);
        CHECK(context.Rip != before && !(context.EFlags & 0x100));
        if (before >= first && before < last) ++adds;
        if (adds && (context.Rip < first || context.Rip >= last)) break;
    }
    CHECK(adds >= 5 && steps < 200);
    // What compute() returned becomes another number.
    CHECK(context.Rax == 16);
    context.Rax = 21;
    CHECK(NtSetContextThread(child.thread, &context) == STATUS_SUCCESS);
    debugger.go_on();
    CHECK(same(debugger.whole_life(), "p") && debugger.exit_status == 21);
}
