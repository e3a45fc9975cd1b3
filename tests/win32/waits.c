// SPDX-License-Identifier: GPL-3.0-only
// runtime: ucrt
// Events, mutexes, semaphores and timers: what a wait returns and leaves behind.
// Wine 8.0 lets a semaphore be released by none, a wait for all have an object twice and a timer a negative
// period.
#include "say.h"

static HANDLE mutex, go;

static DWORD WINAPI abandons(void* unused) {
    (void)unused;
    return WaitForSingleObject(mutex, INFINITE);
}

static DWORD WINAPI pulses(void* event) {
    Sleep(60);
    return PulseEvent(event);
}

static void events(void) {
    HANDLE automatic = CreateEventA(NULL, FALSE, TRUE, "Local\\test-event"),
           manual = CreateEventA(NULL, TRUE, FALSE, NULL), thread;
    NUM(WaitForSingleObject(automatic, 0));
    NUM(WaitForSingleObject(automatic, 0));
    CloseHandle(MADE(CreateEventA(NULL, TRUE, FALSE, "Local\\test-event")));
    NUM(GetLastError());
    MADE(OpenEventA(SYNCHRONIZE, FALSE, "Local\\none"));
    MADE(CreateMutexA(NULL, FALSE, "Local\\test-event"));
    YES(SetEvent(manual));
    NUM(WaitForSingleObject(manual, 0));
    NUM(WaitForSingleObject(manual, 0));
    YES(ResetEvent(manual));
    NUM(WaitForSingleObject(manual, 5));
    thread = CreateThread(NULL, 0, pulses, manual, 0, NULL);
    NUM(WaitForSingleObject(manual, 5000));
    NUM(WaitForSingleObject(manual, 0));
    WaitForSingleObject(thread, INFINITE);
    NUM(SignalObjectAndWait(manual, automatic, 0, FALSE));
    NUM(WaitForSingleObject(manual, 0));
    YES(SetEvent((HANDLE)(ULONG_PTR)0x7770));
    NUM(WaitForSingleObject((HANDLE)(ULONG_PTR)0x7770, 0));
    CloseHandle(manual);
    CloseHandle(automatic);
}

static void mutexes(void) {
    HANDLE thread;
    DWORD code;
    mutex = CreateMutexA(NULL, TRUE, NULL);
    NUM(WaitForSingleObject(mutex, 0));
    YES(ReleaseMutex(mutex));
    YES(ReleaseMutex(mutex));
    YES(ReleaseMutex(mutex));
    thread = CreateThread(NULL, 0, abandons, NULL, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    GetExitCodeThread(thread, &code);
    NUM(code);
    HEX(WaitForSingleObject(mutex, 0));
    NUM(WaitForSingleObject(mutex, 0));
    CloseHandle(thread);
}

static void semaphores(void) {
    LONG previous = -1;
    HANDLE semaphore = CreateSemaphoreA(NULL, 2, 3, NULL);
    NUM(WaitForSingleObject(semaphore, 0));
    YES(ReleaseSemaphore(semaphore, 2, &previous));
    NUM(previous);
    YES(ReleaseSemaphore(semaphore, 1, &previous));
    YES(ReleaseSemaphore(semaphore, 0, NULL));
    for (int i = 0; i < 4; i++)
        NUM(WaitForSingleObject(semaphore, 0));
    MADE(CreateSemaphoreA(NULL, 4, 3, NULL));
    MADE(CreateSemaphoreA(NULL, 0, 0, NULL));
}

static void many(void) {
    HANDLE all[65], twice[2];
    for (int i = 0; i < 65; i++)
        all[i] = CreateEventA(NULL, FALSE, i == 7 || i == 63, NULL);
    NUM(WaitForMultipleObjects(64, all, FALSE, 0));
    NUM(WaitForMultipleObjects(64, all, FALSE, 0));
    NUM(WaitForMultipleObjects(64, all, FALSE, 0));
    YES(WaitForMultipleObjects(65, all, FALSE, 0) != WAIT_FAILED);
    YES(WaitForMultipleObjects(0, all, FALSE, 0) != WAIT_FAILED);
    for (int i = 0; i < 3; i++)
        SetEvent(all[i]);
    NUM(WaitForMultipleObjects(4, all, TRUE, 10));
    NUM(WaitForMultipleObjects(3, all, TRUE, 10));
    NUM(WaitForMultipleObjects(1, all, TRUE, 0));
    twice[0] = twice[1] = all[0];
    YES(WaitForMultipleObjects(2, twice, TRUE, 0) != WAIT_FAILED);
    twice[1] = NULL;
    YES(WaitForMultipleObjects(2, twice, FALSE, 0) != WAIT_FAILED);
}

static void CALLBACK fired(void* context, DWORD low, DWORD high) {
    ++*(int*)context;
    if (!low && !high) ++*(int*)context;
}

static void timers(void) {
    LARGE_INTEGER due = {.QuadPart = -200000};
    int calls = 0;
    HANDLE timer = CreateWaitableTimerA(NULL, FALSE, NULL), manual = CreateWaitableTimerA(NULL, TRUE, NULL);
    NUM(WaitForSingleObject(timer, 0));
    YES(SetWaitableTimer(timer, &due, 10, NULL, NULL, FALSE));
    for (int i = 0; i < 3; i++)
        NUM(WaitForSingleObject(timer, 5000));
    YES(CancelWaitableTimer(timer));
    NUM(WaitForSingleObject(timer, 40));
    YES(SetWaitableTimer(manual, &due, 0, NULL, NULL, FALSE));
    NUM(WaitForSingleObject(manual, 5000));
    NUM(WaitForSingleObject(manual, 0));
    YES(SetWaitableTimer(timer, &due, 0, fired, &calls, FALSE));
    NUM(SleepEx(5000, TRUE));
    NUM(calls);
    YES(SetWaitableTimer(timer, &due, -1, NULL, NULL, FALSE));
    MADE(OpenWaitableTimerA(SYNCHRONIZE, FALSE, "none"));
}

int main(void) {
    events();
    mutexes();
    semaphores();
    many();
    timers();
    return 0;
}
