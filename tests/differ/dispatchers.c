// SPDX-License-Identifier: GPL-3.0-only
// Events, mutants, semaphores, timers, keyed events, waits, alerts and APCs.
#include "differ.h"

static LARGE_INTEGER zero;
static int apcs;
static void CALLBACK on_apc(ULONG_PTR value) {
    apcs += (int)value;
}

static HANDLE event_of(int kind, int state) {
    HANDLE event = NULL;
    QUIET(NtCreateEvent, &event, EVENT_ALL_ACCESS, NULL, kind, state);
    return event;
}

PROGRAM(event_states) {
    for (int kind = 0; kind < 2; kind++) {
        HANDLE event = event_of(kind, 0);
        ULONG info[2] = {9, 9}, length = 0;
        LONG before = 9;
        NUM("kind", kind);
        ST("set", NtSetEvent, event, &before);
        NUM("before", before);
        ST("set again", NtSetEvent, event, &before);
        NUM("before", before);
        ST("wait", NtWaitForSingleObject, event, 0, &zero);
        ST("wait again", NtWaitForSingleObject, event, 0, &zero);
        ST("query", NtQueryEvent, event, 0, info, 8, &length);
        NUM("kind it says", info[0]);
        NUM("state", info[1]);
        NUM("length", length);
        ST("reset", NtResetEvent, event, &before);
        NUM("before", before);
        ST("clear", NtClearEvent, event);
        ST("pulse", NtPulseEvent, event, &before);
        NUM("before", before);
        ST("after pulse", NtWaitForSingleObject, event, 0, &zero);
    }
}

PROGRAM(event_queries) {
    HANDLE event = event_of(0, 1), weak = NULL;
    ULONG info[4], length = 7;
    ST("short", NtQueryEvent, event, 0, info, 7, &length);
    NUM("length", length);
    ST("long", NtQueryEvent, event, 0, info, 9, &length);
    ST("class", NtQueryEvent, event, 1, info, 8, &length);
    ST("class and short", NtQueryEvent, event, 1, info, 4, &length);
    ST("no length", NtQueryEvent, event, 0, info, 8, NULL);
    ST("no buffer", NtQueryEvent, event, 0, NULL, 8, &length);
    ST("initial state 7", NtCreateEvent, &event, EVENT_ALL_ACCESS, NULL, 0, 7);
    QUIET(NtQueryEvent, event, 0, info, 8, NULL);
    NUM("state", info[1]);
    ST("weak", NtCreateEvent, &weak, SYNCHRONIZE, NULL, 0, 0);
    ST("query", NtQueryEvent, weak, 0, info, 8, &length);
    ST("set", NtSetEvent, weak, NULL);
    ST("wait", NtWaitForSingleObject, weak, 0, &zero);
    QUIET(NtCreateEvent, &weak, EVENT_MODIFY_STATE, NULL, 0, 0);
    ST("wait without the right", NtWaitForSingleObject, weak, 0, &zero);
    ST("a mutant's call", NtReleaseMutant, event, NULL);
}

PROGRAM(mutants) {
    HANDLE mutant = NULL;
    LONG count = 9;
    struct {
        LONG count;
        BOOLEAN owned, abandoned;
    } info = {9, 9, 9};
    ULONG length = 0;
    ST("create owned", NtCreateMutant, &mutant, MUTANT_ALL_ACCESS, NULL, 1);
    ST("wait", NtWaitForSingleObject, mutant, 0, &zero);
    ST("query", NtQueryMutant, mutant, 0, &info, sizeof info, &length);
    NUM("count", info.count);
    NUM("owned", info.owned);
    NUM("abandoned", info.abandoned);
    NUM("length", length);
    ST("release", NtReleaseMutant, mutant, &count);
    NUM("count", count);
    ST("release", NtReleaseMutant, mutant, &count);
    NUM("count", count);
    ST("too often", NtReleaseMutant, mutant, &count);
    ST("query free", NtQueryMutant, mutant, 0, &info, sizeof info, &length);
    NUM("count", info.count);
    NUM("owned", info.owned);
    ST("short", NtQueryMutant, mutant, 0, &info, 7, &length);
    CLIENT_ID owner;
    ST("owner", NtQueryMutant, mutant, 1, &owner, 16, &length);
    ST("class", NtQueryMutant, mutant, 2, &info, 8, &length);
}

static DWORD CALLBACK take(void* mutant) {
    WaitForSingleObject(mutant, 1000);
    return 3;
}

PROGRAM(abandoned) {
    HANDLE mutant = CreateMutexW(NULL, FALSE, NULL), thread = CreateThread(NULL, 0, take, mutant, 0, NULL);
    struct {
        LONG count;
        BOOLEAN owned, abandoned;
    } info = {9, 9, 9};
    LONG count = 0;
    WaitForSingleObject(thread, 10000);
    ST("query", NtQueryMutant, mutant, 0, &info, 8, NULL);
    NUM("count", info.count);
    NUM("abandoned", info.abandoned);
    ST("release by another", NtReleaseMutant, mutant, &count);
    ST("wait", NtWaitForSingleObject, mutant, 0, &zero);
    QUIET(NtQueryMutant, mutant, 0, &info, 8, NULL);
    NUM("abandoned then", info.abandoned);
    NUM("owned then", info.owned);
    ST("release", NtReleaseMutant, mutant, &count);
    NUM("count", count);
    ST("wait again", NtWaitForSingleObject, mutant, 0, &zero);
    HANDLE two[2] = {event_of(0, 0), CreateMutexW(NULL, FALSE, NULL)};
    thread = CreateThread(NULL, 0, take, two[1], 0, NULL);
    WaitForSingleObject(thread, 10000);
    ST("any of two", NtWaitForMultipleObjects, 2, two, 1, 0, &zero);
    thread = CreateThread(NULL, 0, take, (two[1] = CreateMutexW(NULL, FALSE, NULL)), 0, NULL);
    WaitForSingleObject(thread, 10000);
    SetEvent(two[0]);
    ST("all of two", NtWaitForMultipleObjects, 2, two, 0, 0, &zero);
}

PROGRAM(semaphores) {
    HANDLE semaphore = NULL;
    LONG count = 9;
    ULONG info[2] = {0}, length = 0;
    ST("zero maximum", NtCreateSemaphore, &semaphore, SEMAPHORE_ALL_ACCESS, NULL, 0, 0);
    ST("negative", NtCreateSemaphore, &semaphore, SEMAPHORE_ALL_ACCESS, NULL, -1, 5);
    ST("more than maximum", NtCreateSemaphore, &semaphore, SEMAPHORE_ALL_ACCESS, NULL, 6, 5);
    ST("negative maximum", NtCreateSemaphore, &semaphore, SEMAPHORE_ALL_ACCESS, NULL, 0, -5);
    ST("create", NtCreateSemaphore, &semaphore, SEMAPHORE_ALL_ACCESS, NULL, 1, 3);
    ST("release none", NtReleaseSemaphore, semaphore, 0, &count);
    ST("release negative", NtReleaseSemaphore, semaphore, -1, &count);
    ST("release 3", NtReleaseSemaphore, semaphore, 3, &count);
    ST("release 2", NtReleaseSemaphore, semaphore, 2, &count);
    NUM("count", count);
    ST("query", NtQuerySemaphore, semaphore, 0, info, 8, &length);
    NUM("current", info[0]);
    NUM("maximum", info[1]);
    NUM("length", length);
    ST("short", NtQuerySemaphore, semaphore, 0, info, 4, &length);
    for (int i = 0; i < 4; i++)
        ST("wait", NtWaitForSingleObject, semaphore, 0, &zero);
    WIN("win32 zero maximum", CreateSemaphoreW(NULL, 0, 0, NULL));
    WIN("win32 too many", ReleaseSemaphore(semaphore, 4, NULL));
}

PROGRAM(timers) {
    HANDLE timer = NULL;
    BOOLEAN state = 9;
    struct {
        LARGE_INTEGER left;
        BOOLEAN state;
    } info = {0};
    ULONG length = 0;
    ST("create", NtCreateTimer, &timer, TIMER_ALL_ACCESS, NULL, 0);
    ST("kind 2", NtCreateTimer, &info, TIMER_ALL_ACCESS, NULL, 2);
    ST("unset wait", NtWaitForSingleObject, timer, 0, &zero);
    ST("cancel unset", NtCancelTimer, timer, &state);
    NUM("state", state);
    ST("set", NtSetTimer, timer, milliseconds(0), NULL, NULL, 0, 0, &state);
    NUM("state", state);
    ST("wait", NtWaitForSingleObject, timer, 0, milliseconds(5000));
    ST("query", NtQueryTimer, timer, 0, &info, sizeof info, &length);
    NUM("state", info.state);
    NUM("length", length);
    NUM("time left negative", info.left.QuadPart <= 0);
    ST("short", NtQueryTimer, timer, 0, &info, 12, &length);
    ST("class", NtQueryTimer, timer, 1, &info, 16, &length);
    ST("negative period", NtSetTimer, timer, milliseconds(1), NULL, NULL, 0, -1, NULL);
    ST("no time", NtSetTimer, timer, NULL, NULL, NULL, 0, 0, NULL);
    ST("far", NtSetTimer, timer, milliseconds(1000000), NULL, NULL, 0, 0, &state);
    NUM("state before", state);
    ST("cancel", NtCancelTimer, timer, &state);
    NUM("state", state);
    ST("cancelled wait", NtWaitForSingleObject, timer, 0, &zero);
    ST("resume", NtSetTimer, timer, milliseconds(1), NULL, NULL, 1, 0, &state);
}

static void CALLBACK on_timer(void* context, DWORD low, DWORD high) {
    apcs += (int)(ULONG_PTR)context;
    NUM("time given", low || high);
}

PROGRAM(timer_apcs) {
    HANDLE timer = CreateWaitableTimerW(NULL, TRUE, NULL);
    ST("set", NtSetTimer, timer, milliseconds(0), on_timer, (void*)5, 0, 0, NULL);
    ST("not alertable", NtDelayExecution, 0, milliseconds(100));
    NUM("none", apcs);
    ST("alertable", NtDelayExecution, 1, milliseconds(5000));
    NUM("one", apcs);
    QUIET(NtSetTimer, timer, milliseconds(0), on_timer, (void*)7, 0, 0, NULL);
    Sleep(50);
    ST("cancel", NtCancelTimer, timer, NULL);
    ST("delay", NtDelayExecution, 1, milliseconds(50));
    NUM("cancelled", apcs);
}

PROGRAM(keyed_events) {
    HANDLE keyed = NULL;
    ST("create", NtCreateKeyedEvent, &keyed, 3 | SYNCHRONIZE, NULL, 0);
    ST("flags", NtCreateKeyedEvent, &keyed, 3, NULL, 1);
    ST("odd key", NtWaitForKeyedEvent, keyed, 1, 0, &zero);
    ST("even key", NtWaitForKeyedEvent, keyed, 2, 0, &zero);
    ST("release odd", NtReleaseKeyedEvent, keyed, 1, 0, &zero);
    ST("release even", NtReleaseKeyedEvent, keyed, 4, 0, &zero);
    ST("null wait", NtWaitForKeyedEvent, NULL, 4, 0, &zero);
    ST("an event", NtWaitForKeyedEvent, event_of(0, 0), 4, 0, &zero);
    ST("wait on it", NtWaitForSingleObject, keyed, 0, &zero);
    ST("bad handle", NtReleaseKeyedEvent, 0x9998, 4, 0, &zero);
}

PROGRAM(waits_bad) {
    HANDLE two[70] = {event_of(0, 0), event_of(1, 1)};
    ST("none", NtWaitForMultipleObjects, 0, two, 1, 0, &zero);
    for (int i = 2; i < 70; i++)
        two[i] = two[1];
    ST("65", NtWaitForMultipleObjects, 65, two, 1, 0, &zero);
    ST("64 any", NtWaitForMultipleObjects, 64, two, 1, 0, &zero);
    ST("same twice, all", NtWaitForMultipleObjects, 3, two, 0, 0, &zero);
    ST("same twice, any", NtWaitForMultipleObjects, 3, two + 1, 1, 0, &zero);
    two[3] = (HANDLE)0x9998;
    ST("bad handle", NtWaitForMultipleObjects, 4, two + 1, 1, 0, &zero);
    ST("wait type 2", NtWaitForMultipleObjects, 2, two, 2, 0, &zero);
    ST("single bad", NtWaitForSingleObject, 0x9998, 0, &zero);
    ST("null", NtWaitForSingleObject, NULL, 0, &zero);
    ST("self", NtWaitForSingleObject, SELF, 0, &zero);
    ST("thread", NtWaitForSingleObject, THREAD, 0, &zero);
    ST("bad time", NtWaitForSingleObject, two[0], 0, 8);
    ST("bad array", NtWaitForMultipleObjects, 2, 8, 1, 0, &zero);
    HANDLE key = NULL;
    QUIET(NtOpenKey, &key, KEY_READ, attributes(L"\\Registry\\Machine", 0));
    ST("key", NtWaitForSingleObject, key, 0, &zero);
    WIN("win32 none", WaitForMultipleObjects(0, two, FALSE, 0) != WAIT_FAILED);
    WIN("win32 twice", WaitForMultipleObjects(2, two + 1, TRUE, 0) != WAIT_FAILED);
}

PROGRAM(wait_all) {
    HANDLE two[2] = {event_of(1, 1), event_of(1, 0)};
    ST("one set", NtWaitForMultipleObjects, 2, two, 0, 0, &zero);
    ST("it is not taken", NtWaitForSingleObject, two[0], 0, &zero);
    SetEvent(two[0]);
    SetEvent(two[1]);
    ST("both", NtWaitForMultipleObjects, 2, two, 0, 0, &zero);
    ST("both taken", NtWaitForMultipleObjects, 2, two, 1, 0, &zero);
    SetEvent(two[1]);
    ST("second", NtWaitForMultipleObjects, 2, two, 1, 0, &zero);
    ST("time", NtWaitForMultipleObjects, 2, two, 1, 0, milliseconds(20));
}

PROGRAM(signal_and_wait) {
    HANDLE event = event_of(1, 0), semaphore = CreateSemaphoreW(NULL, 0, 1, NULL),
           mutant = CreateMutexW(NULL, 0, NULL);
    ST("event itself", NtSignalAndWaitForSingleObject, event, event, 0, &zero);
    ST("semaphore", NtSignalAndWaitForSingleObject, semaphore, event, 0, &zero);
    ST("semaphore full", NtSignalAndWaitForSingleObject, semaphore, event, 0, &zero);
    ST("mutant not owned", NtSignalAndWaitForSingleObject, mutant, event, 0, &zero);
    ST("process", NtSignalAndWaitForSingleObject, SELF, event, 0, &zero);
    ST("bad first", NtSignalAndWaitForSingleObject, 0x9998, event, 0, &zero);
    ST("bad second", NtSignalAndWaitForSingleObject, event, 0x9998, 0, &zero);
    NUM("first signalled", WaitForSingleObject(event, 0));
}

PROGRAM(user_apcs) {
    QueueUserAPC(on_apc, THREAD, 1);
    QueueUserAPC(on_apc, THREAD, 10);
    NUM("none yet", apcs);
    ST("alertable wait", NtWaitForSingleObject, event_of(0, 1), 1, &zero);
    NUM("after", apcs);
    ST("test", NtTestAlert, 0);
    QueueUserAPC(on_apc, THREAD, 100);
    ST("test", NtTestAlert, 0);
    NUM("after", apcs);
    QueueUserAPC(on_apc, THREAD, 1000);
    NUM("sleep", SleepEx(0, TRUE));
    NUM("after", apcs);
    ST("bad thread", NtQueueApcThread, 0x9998, on_apc, 0, 0, 0);
    ST("not a thread", NtQueueApcThread, SELF, on_apc, 0, 0, 0);
    ST("no routine", NtQueueApcThread, THREAD, NULL, 0, 0, 0);
}

PROGRAM(alerts) {
    ST("alert oneself", NtAlertThread, THREAD);
    ST("not alertable", NtWaitForSingleObject, event_of(0, 1), 0, &zero);
    ST("alertable", NtWaitForSingleObject, event_of(0, 0), 1, &zero);
    ST("again", NtWaitForSingleObject, event_of(0, 0), 1, &zero);
    QUIET(NtAlertThread, THREAD);
    ST("test", NtTestAlert, 0);
    ST("test again", NtTestAlert, 0);
    QUIET(NtAlertThread, THREAD);
    ST("delay", NtDelayExecution, 1, milliseconds(1));
    ST("bad", NtAlertThread, 0x9998);
    ST("process", NtAlertThread, SELF);
    ST("by id", NtAlertThreadByThreadId, GetCurrentThreadId());
    ST("wait by id", NtWaitForAlertByThreadId, NULL, &zero);
    ST("wait again", NtWaitForAlertByThreadId, NULL, &zero);
    ST("no such id", NtAlertThreadByThreadId, 0x99999);
    ST("id 0", NtAlertThreadByThreadId, 0);
}

PROGRAM(delays) {
    ST("zero", NtDelayExecution, 0, &zero);
    LARGE_INTEGER past = {.QuadPart = 1};
    ST("past", NtDelayExecution, 0, &past);
    ST("yield", NtYieldExecution, 0);
    ST("negative one", NtDelayExecution, 0, milliseconds(1));
}

static DWORD CALLBACK sleeper(void* event) {
    WaitForSingleObjectEx(event, 20000, TRUE);
    return (DWORD)apcs;
}

PROGRAM(apc_to_another) {
    HANDLE thread = CreateThread(NULL, 0, sleeper, event_of(0, 0), CREATE_SUSPENDED, NULL);
    DWORD code = 0;
    NUM("queue", QueueUserAPC(on_apc, thread, 5) != 0);
    ResumeThread(thread);
    NUM("ends", WaitForSingleObject(thread, 20000));
    GetExitCodeThread(thread, &code);
    NUM("code", code);
    WIN("to a dead one", QueueUserAPC(on_apc, thread, 5));
    ST("status", NtQueueApcThread, thread, on_apc, 0, 0, 0);
    ST("alert a dead one", NtAlertThread, thread);
}

PROGRAM(open_rights) {
    HANDLE made = NULL, open = NULL;
    QUIET(NtCreateSemaphore, &made, SEMAPHORE_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-s", 0), 1,
          9);
    ST("query right", NtOpenSemaphore, &open, 1, attributes(L"\\BaseNamedObjects\\differ-s", 0));
    ST("release", NtReleaseSemaphore, open, 1, NULL);
    ST("wait", NtWaitForSingleObject, open, 0, &zero);
    QUIET(NtCreateMutant, &made, MUTANT_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-m", 0), 0);
    ST("mutant without rights", NtOpenMutant, &open, READ_CONTROL,
       attributes(L"\\BaseNamedObjects\\differ-m", 0));
    ST("release", NtReleaseMutant, open, NULL);
    ST("mutant to wait", NtOpenMutant, &open, SYNCHRONIZE, attributes(L"\\BaseNamedObjects\\differ-m", 0));
    ST("wait", NtWaitForSingleObject, open, 0, &zero);
    ST("release", NtReleaseMutant, open, NULL);
    QUIET(NtCreateTimer, &made, TIMER_ALL_ACCESS, attributes(L"\\BaseNamedObjects\\differ-t", 0), 0);
    ST("timer to query", NtOpenTimer, &open, 1, attributes(L"\\BaseNamedObjects\\differ-t", 0));
    ST("set", NtSetTimer, open, milliseconds(1), NULL, NULL, 0, 0, NULL);
    ST("cancel", NtCancelTimer, open, NULL);
}
