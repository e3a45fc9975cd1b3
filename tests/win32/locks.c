// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// With one processor a critical section has no spin count, as its documentation says; Wine 8.0 keeps it.
// Critical sections, reader-writer locks, condition variables, one-time initialisation, waits on addresses.
// libraries: -lsynchronization
#define _WIN32_WINNT 0x0a00
#include <synchapi.h>
#include "say.h"

enum { threads = 4, rounds = 2000 };
static CRITICAL_SECTION section;
static SRWLOCK lock = SRWLOCK_INIT;
static CONDITION_VARIABLE filled = CONDITION_VARIABLE_INIT, emptied = CONDITION_VARIABLE_INIT;
static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
static long counted, items, taken, initialised, address;

static void together(DWORD(WINAPI* function)(void*)) {
    HANDLE handles[threads];
    for (int i = 0; i < threads; i++)
        handles[i] = CreateThread(NULL, 0, function, (void*)(INT_PTR)i, 0, NULL);
    WaitForMultipleObjects(threads, handles, TRUE, INFINITE);
    for (int i = 0; i < threads; i++)
        CloseHandle(handles[i]);
}

static DWORD WINAPI counts(void* unused) {
    (void)unused;
    for (int i = 0; i < rounds; i++) {
        EnterCriticalSection(&section);
        EnterCriticalSection(&section);
        counted++;
        LeaveCriticalSection(&section);
        LeaveCriticalSection(&section);
    }
    return 0;
}

static DWORD WINAPI reads_and_writes(void* number) {
    for (int i = 0; i < rounds; i++) {
        if (number) {
            AcquireSRWLockShared(&lock);
            if (counted < 0) printf("a reader sees a writer\n");
            ReleaseSRWLockShared(&lock);
        } else {
            AcquireSRWLockExclusive(&lock);
            counted = -counted - 1;
            counted = -counted;
            ReleaseSRWLockExclusive(&lock);
        }
    }
    return 0;
}

static DWORD WINAPI passes_on(void* number) {
    for (int i = 0; i < 500; i++) {
        EnterCriticalSection(&section);
        if ((INT_PTR)number & 1) {
            while (items == 3)
                SleepConditionVariableCS(&emptied, &section, INFINITE);
            items++;
            WakeConditionVariable(&filled);
        } else {
            while (items == 0)
                SleepConditionVariableCS(&filled, &section, INFINITE);
            items--;
            taken++;
            WakeAllConditionVariable(&emptied);
        }
        LeaveCriticalSection(&section);
    }
    return 0;
}

static BOOL CALLBACK initialise(INIT_ONCE* unused, void* parameter, void** context) {
    (void)unused;
    (void)parameter;
    Sleep(20);
    InterlockedIncrement(&initialised);
    *context = (void*)0x1230;
    return TRUE;
}

static DWORD WINAPI initialises(void* unused) {
    void* context = NULL;
    (void)unused;
    if (!InitOnceExecuteOnce(&once, initialise, NULL, &context) || context != (void*)0x1230)
        printf("not initialised\n");
    return 0;
}

static DWORD WINAPI waits_on_address(void* unused) {
    long none = 0;
    (void)unused;
    while (address == 0)
        WaitOnAddress(&address, &none, sizeof address, INFINITE);
    return 0;
}

static DWORD WINAPI wakes_later(void* unused) {
    (void)unused;
    Sleep(30);
    InterlockedExchange(&address, 1);
    WakeByAddressAll(&address);
    return 0;
}

static DWORD WINAPI tries(void* out) {
    *(int*)out = TryEnterCriticalSection(&section) * 4 + TryAcquireSRWLockExclusive(&lock) * 2 +
                 TryAcquireSRWLockShared(&lock);
    return 0;
}

int main(void) {
    HANDLE thread;
    long one = 1;
    int tried = -1;
    BOOL pending;
    void* context;
    YES(InitializeCriticalSectionAndSpinCount(&section, 100));
    together(counts);
    NUM(counted);
    counted = 0;
    together(reads_and_writes);
    NUM(counted);
    together(passes_on);
    NUM(taken);
    together(initialises);
    NUM(initialised);
    thread = CreateThread(NULL, 0, wakes_later, NULL, 0, NULL);
    together(waits_on_address);
    WaitForSingleObject(thread, INFINITE);
    YES(WaitOnAddress(&address, &one, sizeof address, 5));
    EnterCriticalSection(&section);
    AcquireSRWLockShared(&lock);
    thread = CreateThread(NULL, 0, tries, &tried, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    NUM(tried);
    YES(SleepConditionVariableCS(&filled, &section, 5));
    YES(SleepConditionVariableSRW(&filled, &lock, 5, CONDITION_VARIABLE_LOCKMODE_SHARED));
    NUM(SetCriticalSectionSpinCount(&section, 7));
    LeaveCriticalSection(&section);
    DeleteCriticalSection(&section);
    InitOnceInitialize(&once);
    YES(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context));
    YES(InitOnceBeginInitialize(&once, 0, &pending, &context));
    NUM(pending);
    YES(InitOnceComplete(&once, INIT_ONCE_INIT_FAILED, NULL));
    YES(InitOnceBeginInitialize(&once, 0, &pending, &context));
    YES(InitOnceComplete(&once, 0, (void*)0x400));
    YES(InitOnceBeginInitialize(&once, INIT_ONCE_CHECK_ONLY, &pending, &context));
    printf("pending %d, context %p\n", pending, context);
    return 0;
}
