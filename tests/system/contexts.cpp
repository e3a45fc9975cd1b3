// SPDX-License-Identifier: GPL-3.0-only
//
// Threads seen from outside: suspension, registers read and written, in user code and inside a call; ends;
// priorities; what is told about processes and threads.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

volatile ULONG64 counter;
volatile bool stop;
volatile bool arrived;
volatile ULONG64 register_seen;

NTSTATUS NTAPI spin(PVOID) {
    while (!stop)
        counter = counter + 1;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI sleeper(PVOID parameter) {
    return NtWaitForSingleObject(parameter, FALSE, nullptr);
}

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter = nullptr) {
    HANDLE thread = nullptr;
    NTSTATUS status = NtCreateThreadEx(&thread, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(),
                                       reinterpret_cast<PVOID>(routine), parameter, 0, 0, 0, 0, nullptr);
    expect("thread", status, STATUS_SUCCESS);
    return thread;
}

void pause(LONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    NtDelayExecution(FALSE, &time);
}

NTSTATUS wait(HANDLE handle, LONG milliseconds = 5000) {
    LARGE_INTEGER time;
    time.QuadPart = -10'000ll * milliseconds;
    return NtWaitForSingleObject(handle, FALSE, &time);
}

NTSTATUS exit_status(HANDLE thread) {
    THREAD_BASIC_INFORMATION basic = {};
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    return basic.ExitStatus;
}

void suspension() {
    stop = false;
    HANDLE thread = start(spin);
    pause(30);
    ULONG before = 9;
    expect("suspend", NtSuspendThread(thread, &before), STATUS_SUCCESS);
    check("was running", before == 0);
    const ULONG64 at = counter;
    check("it ran", at > 0);
    pause(40);
    check("it stands", counter == at);
    expect("suspend again", NtSuspendThread(thread, &before), STATUS_SUCCESS);
    check("count one", before == 1);
    NtResumeThread(thread, &before);
    check("count two", before == 2);
    pause(20);
    check("it still stands", counter == at);
    NtResumeThread(thread, nullptr);
    pause(30);
    check("it goes on", counter > at);
    stop = true;
    expect("it ends", wait(thread), STATUS_SUCCESS);
    expect("exit status", exit_status(thread), STATUS_SUCCESS);
    NtClose(thread);
}

// Where a spinning thread is sent: it says what it finds in a register and leaves.
[[noreturn]] void landing() {
    ULONG64 value;
    asm volatile("mov %%r12, %0" : "=r"(value));
    register_seen = value;
    arrived = true;
    RtlExitUserThread(77);
}

void registers() {
    stop = false;
    arrived = false;
    HANDLE thread = start(spin);
    pause(20);
    NtSuspendThread(thread, nullptr);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    expect("get context", NtGetContextThread(thread, &context), STATUS_SUCCESS);
    const ULONG64 code = reinterpret_cast<ULONG64>(&spin);
    check("it is in its loop", context.Rip >= code && context.Rip < code + 64, "rip", context.Rip);
    context.Rip = reinterpret_cast<ULONG64>(&landing);
    context.Rsp = (context.Rsp & ~15ull) - 0x28;
    context.R12 = 0x1234567887654321;
    expect("set context", NtSetContextThread(thread, &context), STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    expect("it ends elsewhere", wait(thread), STATUS_SUCCESS);
    check("it arrived", arrived && register_seen == 0x1234567887654321);
    expect("its status", exit_status(thread), 77);
    NtClose(thread);
}

void inside_a_call() {
    arrived = false;
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE thread = start(sleeper, event);
    pause(20);
    NtSuspendThread(thread, nullptr);
    NtSetEvent(event, nullptr);
    pause(20);
    check("its answer is held back", wait(thread, 20) == STATUS_TIMEOUT);
    NtResumeThread(thread, nullptr);
    expect("then it goes on", wait(thread), STATUS_SUCCESS);
    NtClose(thread);

    NtResetEvent(event, nullptr);
    thread = start(sleeper, event);
    pause(20);
    NtSuspendThread(thread, nullptr);
    CONTEXT context = {};
    context.ContextFlags = CONTEXT_FULL;
    expect("context of a waiting thread", NtGetContextThread(thread, &context), STATUS_SUCCESS);
    context.Rip = reinterpret_cast<ULONG64>(&landing);
    context.Rsp = (context.Rsp & ~15ull) - 0x28;
    context.R12 = 99;
    expect("set it", NtSetContextThread(thread, &context), STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    check("not before its call is over", wait(thread, 20) == STATUS_TIMEOUT);
    NtSetEvent(event, nullptr);
    expect("elsewhere", wait(thread), STATUS_SUCCESS);
    check("arrived from a call", arrived, "arrived", arrived);
    check("with its register", register_seen == 99, "register", register_seen);
    expect("status of the landing", exit_status(thread), 77);
    NtClose(thread);
    NtClose(event);
}

void ends() {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, NotificationEvent, FALSE);
    HANDLE waiting = start(sleeper, event);
    stop = false;
    HANDLE running = start(spin);
    HANDLE still = nullptr;
    NtCreateThreadEx(&still, THREAD_ALL_ACCESS, nullptr, NtCurrentProcess(), reinterpret_cast<PVOID>(&spin),
                     nullptr, THREAD_CREATE_FLAGS_CREATE_SUSPENDED, 0, 0, 0, nullptr);
    pause(20);
    expect("end a waiting thread", NtTerminateThread(waiting, 5), STATUS_SUCCESS);
    expect("end a running thread", NtTerminateThread(running, 6), STATUS_SUCCESS);
    expect("end one never started", NtTerminateThread(still, 7), STATUS_SUCCESS);
    HANDLE all[] = {waiting, running, still};
    LARGE_INTEGER time;
    time.QuadPart = -50'000'000;
    expect("all ended", NtWaitForMultipleObjects(3, all, WaitAll, FALSE, &time), STATUS_SUCCESS);
    check("their statuses",
          exit_status(waiting) == 5 && exit_status(running) == 6 && exit_status(still) == 7);
    expect("no resume", NtResumeThread(running, nullptr), STATUS_THREAD_IS_TERMINATING);
    CONTEXT context = {};
    check("no context", !NT_SUCCESS(NtGetContextThread(running, &context)));
    for (HANDLE handle : all)
        NtClose(handle);
    NtClose(event);
}

void facts() {
    PROCESS_BASIC_INFORMATION process = {};
    expect("process",
           NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &process, sizeof process,
                                     nullptr),
           STATUS_SUCCESS);
    check("PEB", process.PebBaseAddress == NtCurrentTeb()->ProcessEnvironmentBlock);
    check("id",
          process.UniqueProcessId == reinterpret_cast<ULONG_PTR>(NtCurrentTeb()->ClientId.UniqueProcess));
    CLIENT_ID id = NtCurrentTeb()->ClientId;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE self = nullptr;
    expect("open by id", NtOpenProcess(&self, PROCESS_QUERY_INFORMATION, &attributes, &id), STATUS_SUCCESS);
    expect("not for more", NtTerminateProcess(self, 1), STATUS_ACCESS_DENIED);
    NtClose(self);
    id.UniqueProcess = ULongToHandle(0x7ffffffc);
    id.UniqueThread = nullptr;
    expect("no such process", NtOpenProcess(&self, PROCESS_QUERY_INFORMATION, &attributes, &id),
           STATUS_INVALID_CID);
    ULONG small = 0;
    expect(
        "wrong length",
        NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &small, sizeof small, nullptr),
        STATUS_INFO_LENGTH_MISMATCH);
    expect("no such class",
           NtQueryInformationProcess(NtCurrentProcess(), static_cast<PROCESSINFOCLASS>(250), &small,
                                     sizeof small, nullptr),
           STATUS_INVALID_INFO_CLASS);
    LONG priority = 1;
    expect("priority",
           NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority),
           STATUS_SUCCESS);
    THREAD_BASIC_INFORMATION thread = {};
    NtQueryInformationThread(NtCurrentThread(), ThreadBasicInformation, &thread, sizeof thread, nullptr);
    check("one above", thread.Priority == process.BasePriority + 1);
    priority = 5;
    expect("not so high",
           NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority),
           STATUS_INVALID_PARAMETER);
    priority = 0;
    NtSetInformationThread(NtCurrentThread(), ThreadBasePriority, &priority, sizeof priority);
    LARGE_INTEGER counter_value, frequency;
    NtQueryPerformanceCounter(&counter_value, &frequency);
    LARGE_INTEGER later;
    pause(100);
    NtQueryPerformanceCounter(&later, nullptr);
    const LONGLONG passed = (later.QuadPart - counter_value.QuadPart) * 1000 / frequency.QuadPart;
    check("100 ms are 100 ms", passed >= 99 && passed < 500, "ms", static_cast<ULONG64>(passed));
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    suspension();
    registers();
    inside_a_call();
    ends();
    facts();
    test::end();
}
