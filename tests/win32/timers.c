// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Waitable timers: when they are signalled, what they call, in which order, and what ends that. Calls that
// are queued. Wine 8.0 takes a negative period, tells a call another time, and has two calls of one timer
// waiting.
#include "say.h"

static char order[64];
static volatile LONG called;
static ULONGLONG told;

static void CALLBACK came(void* name, DWORD low, DWORD high) {
    strcat(order, name);
    told = (ULONGLONG)high << 32 | low;
    called++;
}

static void CALLBACK queued(ULONG_PTR name) {
    size_t end = strlen(order);
    order[end] = (char)name;
    order[end + 1] = 0;
    if (name == 'n') QueueUserAPC(queued, GetCurrentThread(), 'm');
}

static LARGE_INTEGER in(int milliseconds) {
    LARGE_INTEGER when;
    when.QuadPart = -10000ll * milliseconds;
    return when;
}

static void signals(void) {
    HANDLE manual = CreateWaitableTimerA(NULL, TRUE, NULL),
           automatic = CreateWaitableTimerA(NULL, FALSE, NULL);
    LARGE_INTEGER when = in(20), past = {.QuadPart = 1};
    FILETIME now;
    ULONGLONG begun;
    NUM(WaitForSingleObject(manual, 0));
    YES(SetWaitableTimer(manual, &when, 0, NULL, NULL, FALSE));
    NUM(WaitForSingleObject(manual, 0));
    NUM(WaitForSingleObject(manual, 5000));
    NUM(WaitForSingleObject(manual, 0));
    YES(CancelWaitableTimer(manual));
    // Cancelling leaves its state.
    NUM(WaitForSingleObject(manual, 0));
    when = in(60000);
    YES(SetWaitableTimer(manual, &when, 0, NULL, NULL, FALSE));
    NUM(WaitForSingleObject(manual, 0));
    YES(SetWaitableTimer(automatic, &past, 0, NULL, NULL, FALSE));
    NUM(WaitForSingleObject(automatic, 5000));
    NUM(WaitForSingleObject(automatic, 0));
    GetSystemTimeAsFileTime(&now);
    when.LowPart = now.dwLowDateTime;
    when.HighPart = (LONG)now.dwHighDateTime;
    when.QuadPart += 300000;
    YES(SetWaitableTimer(automatic, &when, 0, NULL, NULL, FALSE));
    NUM(WaitForSingleObject(automatic, 5000));
    begun = GetTickCount64();
    when = in(10);
    YES(SetWaitableTimer(automatic, &when, 20, NULL, NULL, FALSE));
    for (int i = 0; i < 4; i++)
        NUM(WaitForSingleObject(automatic, 5000));
    NUM(GetTickCount64() - begun >= 50);
    YES(CancelWaitableTimer(automatic));
    NUM(WaitForSingleObject(automatic, 60));
    YES(SetWaitableTimer(automatic, &when, -1, NULL, NULL, FALSE));
    YES(SetWaitableTimer(automatic, NULL, 0, NULL, NULL, FALSE));
    CloseHandle(manual);
    YES(CancelWaitableTimer(manual));
    CloseHandle(automatic);
}

static void calls(void) {
    HANDLE one = CreateWaitableTimerA(NULL, FALSE, NULL), two = CreateWaitableTimerA(NULL, FALSE, NULL);
    LARGE_INTEGER sooner = in(10), later = in(40);
    FILETIME now;
    YES(SetWaitableTimer(two, &later, 0, came, "2", FALSE));
    YES(SetWaitableTimer(one, &sooner, 0, came, "1", FALSE));
    Sleep(80);
    // Nothing is called but in a wait that can be alerted.
    NUM(called);
    NUM(SleepEx(1000, TRUE));
    STR(order);
    GetSystemTimeAsFileTime(&now);
    NUM(told <= ((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime));
    NUM(((ULONGLONG)now.dwHighDateTime << 32 | now.dwLowDateTime) - told < 10ull * 10000000);
    // A call that waits to be made goes with the timer that it is of.
    order[0] = 0;
    YES(SetWaitableTimer(one, &sooner, 0, came, "1", FALSE));
    YES(SetWaitableTimer(two, &sooner, 0, came, "2", FALSE));
    Sleep(50);
    YES(CancelWaitableTimer(one));
    NUM(SleepEx(0, TRUE));
    STR(order);
    NUM(SleepEx(0, TRUE));
    // Periodic: one call is there at a time.
    order[0] = 0;
    YES(SetWaitableTimer(one, &sooner, 80, came, "p", FALSE));
    Sleep(300);
    NUM(SleepEx(0, TRUE));
    STR(order);
    NUM(SleepEx(1000, TRUE));
    NUM(strlen(order) >= 2);
    CloseHandle(one);
    order[0] = 0;
    NUM(SleepEx(50, TRUE));
    STR(order);
    CloseHandle(two);
}

static DWORD WINAPI sleeper(void* event) {
    DWORD came = WaitForSingleObjectEx(event, 10000, TRUE);
    while (came == WAIT_IO_COMPLETION && order[0] != 'x')
        came = WaitForSingleObjectEx(event, 10000, TRUE);
    return came;
}

static void queues(void) {
    HANDLE event = CreateEventA(NULL, FALSE, FALSE, NULL), thread;
    DWORD code;
    order[0] = 0;
    NUM(QueueUserAPC(queued, GetCurrentThread(), 'a') != 0);
    NUM(QueueUserAPC(queued, GetCurrentThread(), 'n') != 0);
    NUM(QueueUserAPC(queued, GetCurrentThread(), 'b') != 0);
    NUM(SleepEx(0, FALSE));
    STR(order);
    NUM(WaitForSingleObjectEx(event, 0, TRUE));
    STR(order);
    NUM(SleepEx(0, TRUE));
    STR(order);
    // What is signalled goes before what is queued.
    NUM(QueueUserAPC(queued, GetCurrentThread(), 'c') != 0);
    SetEvent(event);
    NUM(WaitForSingleObjectEx(event, 0, TRUE));
    NUM(SleepEx(0, TRUE));
    NUM(SignalObjectAndWait(event, event, 0, FALSE));
    order[0] = 0;
    thread = CreateThread(NULL, 0, sleeper, event, 0, NULL);
    Sleep(20);
    NUM(QueueUserAPC(queued, thread, 'x') != 0);
    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    NUM(code);
    NUM(QueueUserAPC(queued, thread, 'y'));
    NUM(GetLastError());
    CloseHandle(thread);
    // Queued before it begins: it is called first.
    order[0] = 0;
    thread = CreateThread(NULL, 0, sleeper, event, CREATE_SUSPENDED, NULL);
    NUM(QueueUserAPC(queued, thread, 'x') != 0);
    ResumeThread(thread);
    NUM(WaitForSingleObject(thread, 50));
    STR(order);
    SetEvent(event);
    WaitForSingleObject(thread, 10000);
    GetExitCodeThread(thread, &code);
    NUM(code);
}

int main(void) {
    signals();
    calls();
    queues();
    return 0;
}
