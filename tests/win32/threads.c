// SPDX-License-Identifier: GPL-3.0-only
// Threads, thread-local storage of both kinds, and what threads wait for.
#include <process.h>
#include <stdio.h>
#include <windows.h>

static __thread int own = 5;
static CRITICAL_SECTION lock;
static CONDITION_VARIABLE changed = CONDITION_VARIABLE_INIT;
static int counter, turn;
static DWORD slot;

static unsigned __stdcall count(void* argument) {
    int number = (int)(INT_PTR)argument, i;
    own += number;
    TlsSetValue(slot, (void*)(INT_PTR)(number * 10));
    for (i = 0; i < 1000; i++) {
        EnterCriticalSection(&lock);
        counter++;
        LeaveCriticalSection(&lock);
    }
    EnterCriticalSection(&lock);
    while (turn != number)
        SleepConditionVariableCS(&changed, &lock, INFINITE);
    printf("thread %d: own %d, slot %d\n", number, own, (int)(INT_PTR)TlsGetValue(slot));
    fflush(stdout);
    turn++;
    WakeAllConditionVariable(&changed);
    LeaveCriticalSection(&lock);
    return (unsigned)(100 + number);
}

static void waits(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, "an event");
    HANDLE same = OpenEventA(EVENT_ALL_ACCESS, FALSE, "an event");
    HANDLE mutex = CreateMutexA(NULL, TRUE, NULL), semaphore = CreateSemaphoreA(NULL, 1, 2, NULL);
    LONG before = -1;
    BOOL again;
    printf("event: %lu", WaitForSingleObject(event, 0));
    SetEvent(same);
    printf(" %lu", WaitForSingleObject(event, 1000));
    printf(" %lu\n", WaitForSingleObject(event, 10));
    again = ReleaseMutex(mutex) && !ReleaseMutex(mutex);
    printf("mutex: %d, error %lu\n", again, GetLastError());
    ReleaseSemaphore(semaphore, 1, &before);
    again = !ReleaseSemaphore(semaphore, 1, NULL);
    printf("semaphore: before %ld, refused %d, error %lu\n", before, again, GetLastError());
    CreateEventA(NULL, FALSE, FALSE, "an event");
    printf("the same name: error %lu\n", GetLastError());
}

int main(void) {
    HANDLE threads[4];
    DWORD code = 0;
    int i;
    InitializeCriticalSection(&lock);
    slot = TlsAlloc();
    for (i = 0; i < 4; i++)
        threads[i] = (HANDLE)_beginthreadex(NULL, 0, count, (void*)(INT_PTR)i, 0, NULL);
    printf("all: %lu\n", WaitForMultipleObjects(4, threads, TRUE, INFINITE));
    GetExitCodeThread(threads[3], &code);
    printf("counter %d, own %d, the last one's code %lu\n", counter, own, code);
    waits();
    return 0;
}
