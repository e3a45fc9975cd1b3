// SPDX-License-Identifier: GPL-3.0-only
//
// Waits between threads: events, mutants, semaphores, timers, APCs, completion ports, time-outs.
#include "nt/services.h"
#include "tests/common/report.hpp"

namespace {

using test::check;

constexpr LONGLONG kMillisecond = 10'000;

void expect(const char* name, NTSTATUS status, NTSTATUS wanted) {
    check(name, status == wanted, "another status", static_cast<ULONG>(status));
}

LARGE_INTEGER after(LONGLONG milliseconds) {
    LARGE_INTEGER time;
    time.QuadPart = -milliseconds * kMillisecond;
    return time;
}

NTSTATUS wait(HANDLE handle, LONGLONG milliseconds = 5000) {
    LARGE_INTEGER time = after(milliseconds);
    return NtWaitForSingleObject(handle, FALSE, &time);
}

HANDLE make_event(EVENT_TYPE type) {
    HANDLE event = nullptr;
    NtCreateEvent(&event, EVENT_ALL_ACCESS, nullptr, type, FALSE);
    return event;
}

HANDLE start(PUSER_THREAD_START_ROUTINE routine, PVOID parameter) {
    HANDLE thread = nullptr;
    NTSTATUS status = RtlCreateUserThread(NtCurrentProcess(), nullptr, FALSE, 0, 0, 0, routine, parameter,
                                          &thread, nullptr);
    check("start thread", NT_SUCCESS(status), "status", static_cast<ULONG>(status));
    return thread;
}

struct Pair {
    HANDLE ask, answer, mutant;
};

NTSTATUS NTAPI echo(PVOID parameter) {
    auto* pair = static_cast<Pair*>(parameter);
    for (int i = 0; i < 100; ++i) {
        NtWaitForSingleObject(pair->ask, FALSE, nullptr);
        NtSetEvent(pair->answer, nullptr);
    }
    return STATUS_SUCCESS;
}

void ping_pong() {
    Pair pair = {make_event(SynchronizationEvent), make_event(SynchronizationEvent), nullptr};
    HANDLE thread = start(echo, &pair);
    NTSTATUS status = STATUS_SUCCESS;
    LARGE_INTEGER limit = after(5000);
    for (int i = 0; i < 100 && status == STATUS_SUCCESS; ++i)
        status = NtSignalAndWaitForSingleObject(pair.ask, pair.answer, FALSE, &limit);
    expect("a hundred round trips", status, STATUS_SUCCESS);
    expect("the thread ends", wait(thread), STATUS_SUCCESS);
    NtClose(thread);
    NtClose(pair.ask);
    NtClose(pair.answer);
}

NTSTATUS NTAPI take_and_leave(PVOID parameter) {
    auto* pair = static_cast<Pair*>(parameter);
    NtWaitForSingleObject(pair->mutant, FALSE, nullptr);
    NtSetEvent(pair->answer, nullptr);
    return STATUS_SUCCESS;
}

void mutants() {
    Pair pair = {nullptr, make_event(NotificationEvent), nullptr};
    expect("create mutant", NtCreateMutant(&pair.mutant, MUTANT_ALL_ACCESS, nullptr, TRUE), STATUS_SUCCESS);
    HANDLE thread = start(take_and_leave, &pair);
    expect("owned by this thread", wait(pair.answer, 20), STATUS_TIMEOUT);
    LONG previous = 1;
    expect("release", NtReleaseMutant(pair.mutant, &previous), STATUS_SUCCESS);
    check("count before", previous == 0, "count", static_cast<ULONG>(previous));
    expect("taken by the other", wait(pair.answer), STATUS_SUCCESS);
    expect("the owner ends", wait(thread), STATUS_SUCCESS);
    expect("abandoned", wait(pair.mutant), STATUS_ABANDONED_WAIT_0);
    expect("and mine", NtReleaseMutant(pair.mutant, nullptr), STATUS_SUCCESS);
    expect("not twice", NtReleaseMutant(pair.mutant, nullptr), STATUS_MUTANT_NOT_OWNED);
    NtClose(thread);
    NtClose(pair.mutant);
    NtClose(pair.answer);
}

void semaphores_and_sets() {
    HANDLE semaphore = nullptr;
    expect("create semaphore", NtCreateSemaphore(&semaphore, SEMAPHORE_ALL_ACCESS, nullptr, 1, 2),
           STATUS_SUCCESS);
    HANDLE event = make_event(SynchronizationEvent);
    HANDLE both[] = {event, semaphore};
    LARGE_INTEGER limit = after(20);
    expect("any", NtWaitForMultipleObjects(2, both, WaitAny, FALSE, &limit), STATUS_WAIT_0 + 1);
    NtReleaseSemaphore(semaphore, 1, nullptr);
    expect("not all", NtWaitForMultipleObjects(2, both, WaitAll, FALSE, &limit), STATUS_TIMEOUT);
    NtSetEvent(event, nullptr);
    expect("all", NtWaitForMultipleObjects(2, both, WaitAll, FALSE, &limit), STATUS_WAIT_0);
    expect("both taken", NtWaitForMultipleObjects(2, both, WaitAny, FALSE, &limit), STATUS_TIMEOUT);
    expect("limit", NtReleaseSemaphore(semaphore, 3, nullptr), STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    expect("too many", NtWaitForMultipleObjects(65, both, WaitAny, FALSE, &limit),
           STATUS_INVALID_PARAMETER_1);
    NtClose(event);
    NtClose(semaphore);
}

ULONG apc_runs;

void NTAPI timer_apc(PVOID context, ULONG, LONG) {
    apc_runs += static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(context));
}

void timers() {
    HANDLE timer = nullptr;
    expect("create timer", NtCreateTimer(&timer, TIMER_ALL_ACCESS, nullptr, SynchronizationTimer),
           STATUS_SUCCESS);
    LARGE_INTEGER due = after(10);
    expect("set timer", NtSetTimer(timer, &due, nullptr, nullptr, FALSE, 10, nullptr), STATUS_SUCCESS);
    for (int i = 0; i < 3; ++i)
        expect("a period", wait(timer), STATUS_SUCCESS);
    expect("cancel", NtCancelTimer(timer, nullptr), STATUS_SUCCESS);
    wait(timer, 0);
    expect("cancelled", wait(timer, 30), STATUS_TIMEOUT);
    expect("set with an APC",
           NtSetTimer(timer, &due, reinterpret_cast<PVOID>(timer_apc), reinterpret_cast<PVOID>(3), FALSE, 0,
                      nullptr),
           STATUS_SUCCESS);
    LARGE_INTEGER limit = after(5000);
    expect("alertable delay", NtDelayExecution(TRUE, &limit), STATUS_USER_APC);
    check("the APC ran", apc_runs == 3, "sum", apc_runs);
    NtClose(timer);
}

void delays() {
    LARGE_INTEGER before, now, interval = after(50);
    NtQueryPerformanceCounter(&before, nullptr);
    LARGE_INTEGER frequency;
    expect("delay", NtDelayExecution(FALSE, &interval), STATUS_SUCCESS);
    NtQueryPerformanceCounter(&now, &frequency);
    LONGLONG passed = (now.QuadPart - before.QuadPart) * 1000 / frequency.QuadPart;
    check("50 ms or more", passed >= 50, "milliseconds", static_cast<ULONG64>(passed));
    check("not for ever", passed < 2000, "milliseconds", static_cast<ULONG64>(passed));
}

NTSTATUS NTAPI drain(PVOID port) {
    PVOID key, context;
    IO_STATUS_BLOCK block;
    ULONG sum = 0;
    do {
        NtRemoveIoCompletion(port, &key, &context, &block, nullptr);
        sum += static_cast<ULONG>(block.Information);
    } while (key);
    return static_cast<NTSTATUS>(sum);
}

void completion_port() {
    HANDLE port = nullptr;
    expect("create port", NtCreateIoCompletion(&port, IO_COMPLETION_ALL_ACCESS, nullptr, 0), STATUS_SUCCESS);
    HANDLE thread = start(drain, port);
    for (ULONG i = 1; i <= 10; ++i)
        NtSetIoCompletion(port, reinterpret_cast<PVOID>(1), nullptr, STATUS_SUCCESS, i);
    NtSetIoCompletion(port, nullptr, nullptr, STATUS_SUCCESS, 0);
    expect("drained", wait(thread), STATUS_SUCCESS);
    THREAD_BASIC_INFORMATION basic;
    NtQueryInformationThread(thread, ThreadBasicInformation, &basic, sizeof basic, nullptr);
    check("every packet", basic.ExitStatus == 55, "sum", static_cast<ULONG>(basic.ExitStatus));
    NtClose(thread);
    NtClose(port);
}

NTSTATUS NTAPI release_key(PVOID key) {
    return NtReleaseKeyedEvent(nullptr, key, FALSE, nullptr);
}

void keyed_event() {
    alignas(16) static ULONG key;
    HANDLE thread = start(release_key, &key);
    LARGE_INTEGER limit = after(5000);
    expect("keyed event", NtWaitForKeyedEvent(nullptr, &key, FALSE, &limit), STATUS_SUCCESS);
    expect("its releaser ends", wait(thread), STATUS_SUCCESS);
    NtClose(thread);
}

}  // namespace

extern "C" void NTAPI NtProcessStartup(PPEB peb) {
    test::begin(peb);
    ping_pong();
    mutants();
    semaphores_and_sets();
    timers();
    delays();
    completion_port();
    keyed_event();
    test::end();
}
