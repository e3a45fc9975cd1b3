// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// Clocks: none goes back, all go alike, and a wait is not shorter than what it was asked for.
#include "say.h"

static LONGLONG counter(void) {
    LARGE_INTEGER now;
    QueryPerformanceCounter(&now);
    return now.QuadPart;
}

static ULONGLONG file_time(void(WINAPI* ask)(FILETIME*)) {
    FILETIME time;
    ask(&time);
    return (ULONGLONG)time.dwHighDateTime << 32 | time.dwLowDateTime;
}

static int backwards;

static DWORD WINAPI steps(void* unused) {
    LONGLONG last = counter();
    ULONGLONG ticks = GetTickCount64(), day = file_time(GetSystemTimePreciseAsFileTime);
    (void)unused;
    for (int i = 0; i < 20000; i++) {
        LONGLONG now = counter();
        ULONGLONG tick = GetTickCount64(), time = file_time(GetSystemTimePreciseAsFileTime);
        backwards += now < last || tick < ticks || time < day;
        last = now;
        ticks = tick;
        day = time;
    }
    return 0;
}

// Milliseconds by each clock over a sleep. The machine may stand still between any two looks.
static void sleeps(DWORD milliseconds) {
    LARGE_INTEGER frequency;
    LONGLONG before = counter(), waited, around;
    ULONGLONG ticks = GetTickCount64();
    LONGLONG begin = counter();
    ULONGLONG day = file_time(GetSystemTimeAsFileTime), interrupt, after, by_day;
    QueryUnbiasedInterruptTime(&interrupt);
    Sleep(milliseconds);
    QueryPerformanceFrequency(&frequency);
    waited = (counter() - begin) * 1000 / frequency.QuadPart;
    ticks = GetTickCount64() - ticks;
    around = (counter() - before) * 1000 / frequency.QuadPart;
    QueryUnbiasedInterruptTime(&after);
    by_day = (file_time(GetSystemTimeAsFileTime) - day) / 10000;
    after = (after - interrupt) / 10000;
    // A tick is 16 ms at the most.
    printf("%lu: counter %d, ticks %d, interrupt time %d, day %d\n", milliseconds, waited + 1 >= milliseconds,
           ticks + 16 >= milliseconds, after + 16 >= milliseconds, by_day + 16 >= milliseconds);
    printf("alike: %d\n", around + 17 >= (LONGLONG)ticks && (LONGLONG)(ticks + 40) >= waited);
}

int main(void) {
    LARGE_INTEGER frequency;
    DWORD adjustment, increment, tick = GetTickCount();
    BOOL disabled = 5;
    ULONGLONG up = GetTickCount64(), coarse, precise;
    HANDLE threads[3];
    YES(QueryPerformanceFrequency(&frequency));
    NUM(frequency.QuadPart >= 1000000);
    YES(GetSystemTimeAdjustment(&adjustment, &increment, &disabled));
    NUM(increment >= 5000 && increment <= 160000);
    NUM(up - tick < 1000 || (DWORD)up - tick < 1000);
    for (int i = 0; i < 3; i++)
        threads[i] = CreateThread(NULL, 0, steps, NULL, 0, NULL);
    WaitForMultipleObjects(3, threads, TRUE, INFINITE);
    NUM(backwards);
    coarse = file_time(GetSystemTimeAsFileTime);
    precise = file_time(GetSystemTimePreciseAsFileTime);
    NUM(precise >= coarse && precise - coarse < 10000000);
    sleeps(5);
    sleeps(50);
    sleeps(200);
    return 0;
}
