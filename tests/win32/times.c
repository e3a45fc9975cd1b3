// SPDX-License-Identifier: GPL-3.0-only
// Times of the C library and of Windows: calendar, conversions, time zones, formats.
// environment: TZ=EST5EDT
// Wine 8.0 takes the 29th of February of 2023, and the year 30828, for which there is no FILETIME that is
// valid.
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/timeb.h>
#include <time.h>
#include "say.h"

static void show(const struct tm* t) {
    printf("%04d-%02d-%02d %02d:%02d:%02d day %d of week, %d of year, summer %d\n", t->tm_year + 1900,
           t->tm_mon + 1, t->tm_mday, t->tm_hour, t->tm_min, t->tm_sec, t->tm_wday, t->tm_yday, t->tm_isdst);
}

static void formats(void) {
    static const char* all[] = {"%a %A %b %B", "%c",    "%d %H %I %j %m %M %p",
                                "%S %U %w %W", "%x %X", "%y %Y %%",
                                "%#d %#m %#H", "%#c",   "%#x"};
    time_t when = 1234567890;
    char text[200];
    for (int i = 0; i < (int)(sizeof all / sizeof all[0]); i++) {
        size_t length = strftime(text, sizeof text, all[i], gmtime(&when));
        printf("%s -> %d [%s]\n", all[i], (int)length, text);
    }
    NUM(strftime(text, 3, "%Y", gmtime(&when)));
    STR(asctime(gmtime(&when)));
}

static void calendar(void) {
    struct tm parts = {.tm_year = 100,
                       .tm_mon = 13,
                       .tm_mday = 32,
                       .tm_hour = 25,
                       .tm_min = -1,
                       .tm_sec = 3600,
                       .tm_isdst = -1};
    time_t when = mktime(&parts);
    NUM(when);
    show(&parts);
    when = 1720000000;  // July 2024: summer time
    show(localtime(&when));
    when = 1700000000;
    show(localtime(&when));
    show(gmtime(&when));
    when = -1;
    NUM(gmtime(&when) == NULL);
    when = 0;
    show(gmtime(&when));
    NUM(_timezone);
    NUM(_daylight);
    STR(_tzname[0]);
    STR(_tzname[1]);
    NUM(difftime(100, 40));
}

static void of_windows(void) {
    static const SYSTEMTIME wrong[] = {{2023, 2, 0, 29, 0, 0, 0, 0},
                                       {1600, 1, 0, 1, 0, 0, 0, 0},
                                       {2023, 13, 0, 1, 0, 0, 0, 0},
                                       {30828, 1, 0, 1, 0, 0, 0, 0}};
    SYSTEMTIME parts = {2024, 2, 0, 29, 23, 59, 59, 999}, local, back;
    FILETIME time, other;
    WORD date, clock;
    TIME_ZONE_INFORMATION zone = {.Bias = 60,
                                  .DaylightBias = -60,
                                  .StandardDate = {0, 10, 0, 5, 2, 0, 0, 0},
                                  .DaylightDate = {0, 3, 0, 5, 2, 0, 0, 0}};
    YES(SystemTimeToFileTime(&parts, &time));
    HEX((unsigned long long)time.dwHighDateTime << 32 | time.dwLowDateTime);
    YES(FileTimeToSystemTime(&time, &back));
    NUM(back.wDayOfWeek);
    YES(FileTimeToDosDateTime(&time, &date, &clock));
    HEX(date);
    HEX(clock);
    YES(DosDateTimeToFileTime(date, clock, &other));
    NUM(CompareFileTime(&time, &other));
    for (int i = 0; i < 4; i++)
        YES(SystemTimeToFileTime(&wrong[i], &time));
    time.dwHighDateTime = 0x80000000;
    YES(FileTimeToSystemTime(&time, &back));
    YES(SystemTimeToTzSpecificLocalTime(&zone, &parts, &local));
    printf("winter %u:%02u\n", local.wHour, local.wMinute);
    parts.wMonth = 7;
    YES(SystemTimeToTzSpecificLocalTime(&zone, &parts, &local));
    printf("summer %u:%02u\n", local.wHour, local.wMinute);
    YES(TzSpecificLocalTimeToSystemTime(&zone, &local, &back));
    printf("back %u:%02u\n", back.wHour, back.wMinute);
}

static void clocks(void) {
    LARGE_INTEGER first, second, frequency;
    ULONGLONG ticks = GetTickCount64();
    FILETIME precise, coarse;
    struct _timeb now;
    QueryPerformanceFrequency(&frequency);
    QueryPerformanceCounter(&first);
    Sleep(50);
    QueryPerformanceCounter(&second);
    printf("slept: by the counter %d, by the ticks %d\n",
           (second.QuadPart - first.QuadPart) * 1000 / frequency.QuadPart >= 49,
           GetTickCount64() - ticks >= 35);
    GetSystemTimeAsFileTime(&coarse);
    GetSystemTimePreciseAsFileTime(&precise);
    NUM(precise.dwHighDateTime - coarse.dwHighDateTime <= 1);
    _ftime(&now);
    NUM(time(NULL) - now.time <= 1);
    NUM(now.millitm < 1000);
    NUM(clock() >= 0);
}

int main(void) {
    formats();
    calendar();
    of_windows();
    clocks();
    return 0;
}
