// SPDX-License-Identifier: GPL-3.0-only
// Times: 100 ns units since 1601-01-01, calendar fields, seconds since 1970 and 1980. The calendar is the
// proleptic Gregorian one, as NT's.
#include "ntdll/ntdll.hpp"

namespace {

constexpr LONG64 kSecond = 10'000'000;
constexpr LONG64 kSecondsPerDay = 86'400;
constexpr LONG64 kDaysPer400Years = 146'097;
constexpr LONG64 kSecondsTo1970 = 11'644'473'600;
constexpr LONG64 kSecondsTo1980 = 11'960'006'400;
constexpr LONG kFirstYear = 1601, kLastYear = 30'827;

bool leap(LONG64 year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int days_in_month(LONG64 year, int month) {
    static constexpr UCHAR kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return kDays[month - 1] + (month == 2 && leap(year) ? 1 : 0);
}

// Days from 1601-01-01 to the first day of a year.
LONG64 days_before(LONG64 year) {
    const LONG64 years = year - kFirstYear;
    return years * 365 + years / 4 - years / 100 + years / 400;
}

bool valid(const TIME_FIELDS& f) {
    return f.Year >= kFirstYear && f.Year <= kLastYear && f.Month >= 1 && f.Month <= 12 && f.Day >= 1 &&
           f.Day <= days_in_month(f.Year, f.Month) && f.Hour >= 0 && f.Hour <= 23 && f.Minute >= 0 &&
           f.Minute <= 59 && f.Second >= 0 && f.Second <= 59 && f.Milliseconds >= 0 && f.Milliseconds <= 999;
}

BOOLEAN seconds_since(const LARGE_INTEGER* time, LONG64 epoch, PULONG seconds) {
    const LONG64 count = time->QuadPart / kSecond - epoch;
    if (count < 0 || count > 0xFFFFFFFFll) return FALSE;
    *seconds = static_cast<ULONG>(count);
    return TRUE;
}

LONG64 time_zone_bias() {
    const auto* shared = reinterpret_cast<const volatile KUSER_SHARED_DATA*>(NEPTUNE_USER_SHARED_DATA);
    while (true) {
        const LONG high = shared->TimeZoneBias.High1Time;
        const ULONG low = shared->TimeZoneBias.LowPart;
        if (high == shared->TimeZoneBias.High2Time)
            return static_cast<LONG64>(static_cast<ULONG64>(static_cast<ULONG>(high)) << 32 | low);
    }
}

}  // namespace

extern "C" {

void NTAPI RtlTimeToTimeFields(const LARGE_INTEGER* Time, PTIME_FIELDS Fields) {
    const LONG64 milliseconds = Time->QuadPart / (kSecond / 1000);
    const LONG64 seconds = milliseconds / 1000;
    LONG64 days = seconds / kSecondsPerDay;
    const LONG64 of_day = seconds % kSecondsPerDay;
    Fields->Milliseconds = static_cast<SHORT>(milliseconds % 1000);
    Fields->Second = static_cast<SHORT>(of_day % 60);
    Fields->Minute = static_cast<SHORT>(of_day / 60 % 60);
    Fields->Hour = static_cast<SHORT>(of_day / 3600);
    Fields->Weekday = static_cast<SHORT>((days + 1) % 7);  // 1601-01-01 was a Monday

    LONG64 year = kFirstYear + days / kDaysPer400Years * 400;
    year += days % kDaysPer400Years / 366;  // never too late; the next years are tried
    while (days_before(year + 1) <= days)
        ++year;
    days -= days_before(year);
    int month = 1;
    while (days >= days_in_month(year, month))
        days -= days_in_month(year, month++);
    Fields->Year = static_cast<SHORT>(year);
    Fields->Month = static_cast<SHORT>(month);
    Fields->Day = static_cast<SHORT>(days + 1);
}

// FALSE when a field is out of its range. Weekday is not looked at.
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS Fields, PLARGE_INTEGER Time) {
    if (!valid(*Fields)) return FALSE;
    LONG64 days = days_before(Fields->Year) + Fields->Day - 1;
    for (int month = 1; month < Fields->Month; ++month)
        days += days_in_month(Fields->Year, month);
    const LONG64 seconds = days * kSecondsPerDay + Fields->Hour * 3600 + Fields->Minute * 60 + Fields->Second;
    Time->QuadPart = (seconds * 1000 + Fields->Milliseconds) * (kSecond / 1000);
    return TRUE;
}

BOOLEAN NTAPI RtlTimeToSecondsSince1970(const LARGE_INTEGER* Time, PULONG Seconds) {
    return seconds_since(Time, kSecondsTo1970, Seconds);
}
BOOLEAN NTAPI RtlTimeToSecondsSince1980(const LARGE_INTEGER* Time, PULONG Seconds) {
    return seconds_since(Time, kSecondsTo1980, Seconds);
}
void NTAPI RtlSecondsSince1970ToTime(ULONG Seconds, PLARGE_INTEGER Time) {
    Time->QuadPart = (Seconds + kSecondsTo1970) * kSecond;
}
void NTAPI RtlSecondsSince1980ToTime(ULONG Seconds, PLARGE_INTEGER Time) {
    Time->QuadPart = (Seconds + kSecondsTo1980) * kSecond;
}

NTSTATUS NTAPI RtlSystemTimeToLocalTime(const LARGE_INTEGER* SystemTime, PLARGE_INTEGER LocalTime) {
    LocalTime->QuadPart = SystemTime->QuadPart - time_zone_bias();
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlLocalTimeToSystemTime(const LARGE_INTEGER* LocalTime, PLARGE_INTEGER SystemTime) {
    SystemTime->QuadPart = LocalTime->QuadPart + time_zone_bias();
    return STATUS_SUCCESS;
}

}  // extern "C"
