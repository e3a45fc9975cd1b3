// SPDX-License-Identifier: GPL-3.0-only
// What a debugger's answers do, who stands meanwhile, who comes later, who leaves, whose children are
// debugged too.
#define PROGRAM u"debug_answers"
#include "tests/system/debugger.h"

TEST(all_threads_stand_while_an_event_is_out) {
    Debugger debugger;
    Child child(u"child spins", debugger.object);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(debugger.until(DbgBreakpointStateChange));
        LONG one = 0, two = 0;
        LARGE_INTEGER moment;
        moment.QuadPart = kSecond / 20;
        NtReadVirtualMemory(child.process, const_cast<LONG*>(&shared_word), &one, sizeof(one), nullptr);
        NtDelayExecution(FALSE, &moment);
        NtReadVirtualMemory(child.process, const_cast<LONG*>(&shared_word), &two, sizeof(two), nullptr);
        CHECK(one == two);
        if (i == 2) CHECK(NtTerminateProcess(child.process, 12) == STATUS_SUCCESS);
        debugger.go_on(DBG_EXCEPTION_HANDLED);
    }
    // Killed in the midst of an event it has been told of before it may end.
    CHECK(debugger.until(DbgExitProcessStateChange));
    CHECK(debugger.change.StateInfo.ExitProcess.ExitStatus == 12);
    CHECK(child.wait(kSecond / 10) == STATUS_TIMEOUT);
    debugger.go_on();
    CHECK(child.wait() == 12);
}

TEST(an_event_is_told_again_later) {
    Debugger debugger;
    Child child(u"child spins", debugger.object);
    REQUIRE(debugger.until(DbgBreakpointStateChange) && debugger.go_on() == STATUS_SUCCESS);
    REQUIRE(debugger.until(DbgBreakpointStateChange));
    const PVOID address = debugger.record().ExceptionAddress;
    NtSuspendThread(child.thread, nullptr);
    CHECK(debugger.go_on(DBG_REPLY_LATER) == STATUS_SUCCESS);
    LONG one = 0, two = 0;
    LARGE_INTEGER moment;
    moment.QuadPart = kSecond / 20;
    CHECK(debugger.next(kSecond / 20) == STATUS_TIMEOUT);
    NtReadVirtualMemory(child.process, const_cast<LONG*>(&shared_word), &one, sizeof(one), nullptr);
    NtDelayExecution(FALSE, &moment);
    NtReadVirtualMemory(child.process, const_cast<LONG*>(&shared_word), &two, sizeof(two), nullptr);
    CHECK(one != two);
    NtResumeThread(child.thread, nullptr);
    REQUIRE(debugger.next() == STATUS_SUCCESS);
    CHECK(debugger.change.NewState == DbgBreakpointStateChange);
    CHECK(debugger.record().ExceptionAddress == address);
}

TEST(a_debugger_comes_to_a_running_process) {
    Child child(u"child crowd", nullptr);
    LARGE_INTEGER moment;
    moment.QuadPart = kSecond / 2;
    NtDelayExecution(FALSE, &moment);
    Debugger debugger(0);
    DbgUiSetThreadDebugObject(debugger.object);
    REQUIRE(DbgUiDebugActiveProcess(child.process) == STATUS_SUCCESS);
    CHECK(NtDebugActiveProcess(child.process, debugger.object) == STATUS_PORT_ALREADY_SET);
    unsigned threads = 0, modules = 0, processes = 0;
    while (debugger.next() == STATUS_SUCCESS) {
        const DBG_STATE state = debugger.change.NewState;
        processes += state == DbgCreateProcessStateChange;
        threads += state == DbgCreateThreadStateChange;
        modules += state == DbgLoadDllStateChange;
        if (state == DbgBreakpointStateChange) break;
        debugger.go_on();
    }
    // The fortieth and the one that breaks in.
    CHECK(debugger.change.NewState == DbgBreakpointStateChange);
    CHECK(processes == 1 && threads == 41 && modules == 1);
    debugger.go_on();
    REQUIRE(debugger.until(DbgExitThreadStateChange));
    debugger.go_on();
    CHECK(DbgUiStopDebugging(child.process) == STATUS_SUCCESS);
    CHECK(DbgUiStopDebugging(child.process) == STATUS_PORT_NOT_SET);
    CHECK(port_of(child.process) == 0);
    DbgUiSetThreadDebugObject(nullptr);
    NtTerminateProcess(child.process, 13);
    CHECK(child.wait() == 13);
}

TEST(some_cannot_be_debugged) {
    Debugger debugger;
    CHECK(NtDebugActiveProcess(NtCurrentProcess(), debugger.object) == STATUS_ACCESS_DENIED);
    Child child(u"child waits", nullptr);
    CHECK(NtDebugActiveProcess(child.process, NtCurrentProcess()) == STATUS_OBJECT_TYPE_MISMATCH);
    HANDLE object = reinterpret_cast<HANDLE>(8);
    CHECK(NtQueryInformationProcess(child.process, ProcessDebugObjectHandle, &object, sizeof(object),
                                    nullptr) == STATUS_PORT_NOT_SET &&
          !object);
    CHECK(NtRemoveProcessDebug(child.process, debugger.object) == STATUS_PORT_NOT_SET);
    NtTerminateProcess(child.process, 1);
    child.wait();
    CHECK(NtDebugActiveProcess(child.process, debugger.object) == STATUS_PROCESS_IS_TERMINATING);
}

TEST(a_closed_object_ends_its_processes_or_not) {
    ULONG flags = 0;
    HANDLE again = nullptr;
    Child ends(u"child waits", nullptr),
        goes_on(u"child exits", nullptr, 0, THREAD_CREATE_FLAGS_CREATE_SUSPENDED);
    {
        Debugger debugger, other(0);
        CHECK(NtDebugActiveProcess(ends.process, debugger.object) == STATUS_SUCCESS);
        CHECK(NtDebugActiveProcess(goes_on.process, other.object) == STATUS_SUCCESS);
        CHECK(NtQueryInformationProcess(goes_on.process, ProcessDebugObjectHandle, &again, sizeof(again),
                                        nullptr) == STATUS_SUCCESS);
        CHECK(NtCompareObjects(again, other.object) == STATUS_SUCCESS);
        NtClose(again);
        CHECK(NtQueryInformationProcess(ends.process, ProcessDebugFlags, &flags, sizeof(flags), nullptr) ==
                  STATUS_SUCCESS &&
              flags == 1);
        REQUIRE(other.next() == STATUS_SUCCESS);
        NtResumeThread(goes_on.thread, nullptr);
    }
    CHECK(ends.wait() == STATUS_DEBUGGER_INACTIVE);
    CHECK(goes_on.wait() == 7);
}

TEST(children_are_debugged_too) {
    {
        Debugger debugger;
        Child child(u"child spawns", debugger.object);
        CHECK(debugger.until(DbgExitProcessStateChange));
        CHECK(debugger.change.StateInfo.ExitProcess.ExitStatus == 77);
        debugger.go_on();
        CHECK(debugger.until(DbgExitProcessStateChange));
        CHECK(debugger.change.StateInfo.ExitProcess.ExitStatus == 1);
        debugger.go_on();
        CHECK(child.wait() == 1);
    }
    Debugger debugger;
    Child child(u"child spawns", debugger.object, PROCESS_CREATE_FLAGS_NO_DEBUG_INHERIT);
    ULONG flags = 1;
    NtQueryInformationProcess(child.process, ProcessDebugFlags, &flags, sizeof(flags), nullptr);
    CHECK(flags == 0);
    CHECK(same(debugger.whole_life(), "PLbp") && debugger.exit_status == 9);
}

// Each stands for ever at an event that the other does not answer.
TEST(two_that_debug_each_other_can_be_ended) {
    HANDLE one = nullptr, two = nullptr, given = nullptr;
    NtCreateDebugObject(&one, DEBUG_ALL_ACCESS, nullptr, 0);
    NtCreateDebugObject(&two, DEBUG_ALL_ACCESS, nullptr, 0);
    Child first(u"child waits", one), second(u"child waits", two);
    NtDuplicateObject(NtCurrentProcess(), two, first.process, &given, 0, 0, DUPLICATE_SAME_ACCESS);
    NtDuplicateObject(NtCurrentProcess(), one, second.process, &given, 0, 0, DUPLICATE_SAME_ACCESS);
    LARGE_INTEGER time;
    time.QuadPart = 5 * kSecond;
    DBGUI_WAIT_STATE_CHANGE change;
    const HANDLE objects[] = {one, two};
    for (HANDLE object : objects) {
        REQUIRE(NtWaitForDebugEvent(object, FALSE, &time, &change) == STATUS_SUCCESS);
        NtClose(change.StateInfo.CreateProcessInfo.HandleToProcess);
        NtClose(change.StateInfo.CreateProcessInfo.HandleToThread);
        NtClose(change.StateInfo.CreateProcessInfo.NewProcess.FileHandle);
        NtClose(object);
    }
    NtTerminateProcess(first.process, 1);
    CHECK(first.wait(kSecond / 5) == STATUS_TIMEOUT);
    NtTerminateProcess(second.process, 2);
    CHECK(second.wait() == 2 && first.wait() == 1);
}

TEST(answers_that_end) {
    {
        Debugger debugger;
        Child child(u"child dies", debugger.object);
        REQUIRE(debugger.until(DbgExceptionStateChange));
        CHECK(debugger.go_on(DBG_TERMINATE_PROCESS) == STATUS_SUCCESS);
        CHECK(debugger.until(DbgExitProcessStateChange) && debugger.go_on() == STATUS_SUCCESS);
        CHECK(child.wait() == DBG_TERMINATE_PROCESS);
    }
    Debugger debugger;
    Child child(u"child threads", debugger.object);
    REQUIRE(debugger.until(DbgCreateThreadStateChange));
    CHECK(debugger.go_on(DBG_TERMINATE_THREAD) == STATUS_SUCCESS);
    CHECK(same(debugger.whole_life(), "tp"));
    CHECK(debugger.exit_status == static_cast<NTSTATUS>(100u + static_cast<ULONG>(DBG_TERMINATE_THREAD)));
}
