// SPDX-License-Identifier: GPL-3.0-only
// libraries: -luser32
// MsgWaitForMultipleObjects(Ex) in a program without windows and messages: what it waits for, what it
// answers.
#include <stdio.h>
#include <windows.h>

static DWORD WINAPI later(void* event) {
    Sleep(50);
    SetEvent(event);
    return 0;
}

static void CALLBACK routine(ULONG_PTR what) {
    printf("routine %u\n", (unsigned)what);
}

static void wait(const char* what, DWORD count, const HANDLE* handles, DWORD ms, DWORD flags) {
    DWORD result = MsgWaitForMultipleObjectsEx(count, handles, ms, QS_ALLINPUT, flags);
    if (result == WAIT_FAILED)
        printf("%s: error %lu\n", what, GetLastError());
    else
        printf("%s: %lu\n", what, result);
}

int main(void) {
    HANDLE events[64];
    for (unsigned i = 0; i < 64; ++i)
        events[i] = CreateEventA(NULL, FALSE, FALSE, NULL);
    wait("nothing is signalled", 2, events, 20, 0);
    SetEvent(events[1]);
    wait("the second is", 2, events, 1000, 0);
    wait("it was taken", 2, events, 20, 0);
    wait("no objects", 0, NULL, 20, 0);
    HANDLE thread = CreateThread(NULL, 0, later, events[0], 0, NULL);
    wait("one that comes", 2, events, INFINITE, 0);
    WaitForSingleObject(thread, INFINITE);
    wait("a thread that ended", 1, &thread, INFINITE, 0);
    QueueUserAPC(routine, GetCurrentThread(), 7);
    wait("alertable", 1, events, 1000, MWMO_ALERTABLE);
    HANDLE bad = (HANDLE)(ULONG_PTR)0x7f4c;
    wait("no handle", 1, &bad, 20, 0);
    wait("63 of them", 63, events, 20, 0);
    wait("64 of them", 64, events, 20, 0);
    printf("the older one: %lu\n", MsgWaitForMultipleObjects(2, events, FALSE, 20, QS_ALLINPUT));
    return 0;
}
