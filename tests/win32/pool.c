// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// The thread pool: work, timers, waits, I/O, cleanup groups, its own pools; the older queues and timers.
#define _WIN32_WINNT 0x0a00
#include "say.h"

static LONG count;
static HANDLE done;

static void CALLBACK work(PTP_CALLBACK_INSTANCE instance, void* context, PTP_WORK item) {
    (void)instance;
    (void)item;
    InterlockedAdd(&count, (LONG)(INT_PTR)context);
}

static void CALLBACK simple(PTP_CALLBACK_INSTANCE instance, void* context) {
    SetEventWhenCallbackReturns(instance, context);
    InterlockedIncrement(&count);
}

static void CALLBACK timer(PTP_CALLBACK_INSTANCE instance, void* context, PTP_TIMER item) {
    (void)instance;
    (void)item;
    if (InterlockedIncrement(&count) == 3) SetEvent(context);
}

static void CALLBACK waited(PTP_CALLBACK_INSTANCE instance, void* context, PTP_WAIT item,
                            TP_WAIT_RESULT result) {
    (void)instance;
    (void)item;
    count = (LONG)result + 1;
    SetEvent(context);
}

static void CALLBACK moved(PTP_CALLBACK_INSTANCE instance, void* context, void* overlapped, ULONG result,
                           ULONG_PTR bytes, PTP_IO io) {
    (void)instance;
    (void)overlapped;
    (void)io;
    printf("I/O: result %lu, %lu bytes\n", result, (unsigned long)bytes);
    SetEvent(context);
}

static void CALLBACK cancelled(void* object, void* cleanup) {
    (void)object;
    InterlockedIncrement((LONG*)cleanup);
}

static void CALLBACK long_work(PTP_CALLBACK_INSTANCE instance, void* context, PTP_WORK item) {
    (void)item;
    NUM(CallbackMayRunLong(instance) == TRUE || GetLastError() == 0);
    WaitForSingleObject(context, INFINITE);
}

static DWORD WINAPI old_work(void* context) {
    InterlockedIncrement(&count);
    SetEvent(context);
    return 0;
}

static void CALLBACK old_timer(void* context, BOOLEAN fired) {
    if (fired && InterlockedIncrement(&count) == 2) SetEvent(context);
}

static void CALLBACK old_wait(void* context, BOOLEAN timed_out) {
    count = timed_out ? 100 : 200;
    SetEvent(context);
}

static void of_files(void) {
    OVERLAPPED overlapped = {.Offset = 0};
    HANDLE file = CreateFileA("pool.txt", GENERIC_READ | GENERIC_WRITE, 0, NULL, CREATE_ALWAYS,
                              FILE_FLAG_OVERLAPPED | FILE_FLAG_DELETE_ON_CLOSE, NULL);
    PTP_IO io = CreateThreadpoolIo(file, moved, done, NULL);
    StartThreadpoolIo(io);
    NUM(WriteFile(file, "twelve bytes", 12, NULL, &overlapped) || GetLastError() == ERROR_IO_PENDING);
    NUM(WaitForSingleObject(done, 5000));
    WaitForThreadpoolIoCallbacks(io, FALSE);
    CloseThreadpoolIo(io);
    CloseHandle(file);
}

static void of_groups(void) {
    TP_CALLBACK_ENVIRON environment;
    PTP_POOL pool = CreateThreadpool(NULL);
    PTP_CLEANUP_GROUP group = CreateThreadpoolCleanupGroup();
    LONG cleaned = 0;
    HANDLE stop = CreateEventA(NULL, TRUE, FALSE, NULL);
    SetThreadpoolThreadMaximum(pool, 1);
    YES(SetThreadpoolThreadMinimum(pool, 1));
    InitializeThreadpoolEnvironment(&environment);
    SetThreadpoolCallbackPool(&environment, pool);
    SetThreadpoolCallbackCleanupGroup(&environment, group, cancelled);
    count = 0;
    for (int i = 0; i < 5; i++)
        SubmitThreadpoolWork(CreateThreadpoolWork(work, (void*)10, &environment));
    CloseThreadpoolCleanupGroupMembers(group, FALSE, &cleaned);
    printf("count %ld, cleaned %ld\n", count, cleaned);
    CloseThreadpoolCleanupGroup(group);
    DestroyThreadpoolEnvironment(&environment);
    CloseThreadpool(pool);
    CloseHandle(stop);
}

static void of_old(void) {
    HANDLE queue, item, event = CreateEventA(NULL, FALSE, FALSE, NULL);
    count = 0;
    YES(QueueUserWorkItem(old_work, done, WT_EXECUTEDEFAULT));
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    count = 0;
    queue = CreateTimerQueue();
    YES(CreateTimerQueueTimer(&item, queue, old_timer, done, 10, 10, 0));
    NUM(WaitForSingleObject(done, 5000));
    YES(DeleteTimerQueueTimer(queue, item, INVALID_HANDLE_VALUE));
    YES(DeleteTimerQueueEx(queue, INVALID_HANDLE_VALUE));
    YES(RegisterWaitForSingleObject(&item, event, old_wait, done, INFINITE, WT_EXECUTEONLYONCE));
    SetEvent(event);
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    YES(UnregisterWaitEx(item, INVALID_HANDLE_VALUE));
    YES(RegisterWaitForSingleObject(&item, event, old_wait, done, 20, WT_EXECUTEONLYONCE));
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    YES(UnregisterWaitEx(item, INVALID_HANDLE_VALUE));
}

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    LARGE_INTEGER due = {.QuadPart = -100000};
    FILETIME when = {due.LowPart, due.HighPart};
    PTP_WORK item = CreateThreadpoolWork(work, (void*)3, NULL);
    PTP_TIMER clock;
    PTP_WAIT wait;
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL);
    done = CreateEventA(NULL, FALSE, FALSE, NULL);
    for (int i = 0; i < 100; i++)
        SubmitThreadpoolWork(item);
    WaitForThreadpoolWorkCallbacks(item, FALSE);
    NUM(count);
    CloseThreadpoolWork(item);
    count = 0;
    YES(TrySubmitThreadpoolCallback(simple, done, NULL));
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    count = 0;
    clock = CreateThreadpoolTimer(timer, done, NULL);
    NUM(IsThreadpoolTimerSet(clock));
    SetThreadpoolTimer(clock, &when, 10, 0);
    NUM(IsThreadpoolTimerSet(clock));
    NUM(WaitForSingleObject(done, 5000));
    SetThreadpoolTimer(clock, NULL, 0, 0);
    WaitForThreadpoolTimerCallbacks(clock, TRUE);
    CloseThreadpoolTimer(clock);
    wait = CreateThreadpoolWait(waited, done, NULL);
    SetThreadpoolWait(wait, event, NULL);
    SetEvent(event);
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    SetThreadpoolWait(wait, event, &when);
    NUM(WaitForSingleObject(done, 5000));
    NUM(count);
    CloseThreadpoolWait(wait);
    item = CreateThreadpoolWork(long_work, event, NULL);
    SubmitThreadpoolWork(item);
    SetEvent(event);
    WaitForThreadpoolWorkCallbacks(item, FALSE);
    CloseThreadpoolWork(item);
    of_files();
    of_groups();
    of_old();
    return 0;
}
