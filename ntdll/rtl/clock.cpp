// SPDX-License-Identifier: GPL-3.0-only
// Clocks and the time zone. The shared page is read without entering the kernel.
#include "ntdll/rtl/clock.hpp"

namespace {

constexpr LONGLONG ticks_per_minute = 600000000;

LONGLONG read(const volatile KSYSTEM_TIME& time) {
    for (;;) {
        const LONG high = time.High1Time;
        const ULONG low = time.LowPart;
        if (high == time.High2Time) return static_cast<LONGLONG>(high) << 32 | low;
        __builtin_ia32_pause();
    }
}

template <typename Information>
NTSTATUS utc_zone(Information* information) {
    *information = {};
    information->Bias = static_cast<LONG>(read(USER_SHARED_DATA->TimeZoneBias) / ticks_per_minute);
    return STATUS_SUCCESS;
}

}  // namespace

LONGLONG rtl::time_of_tick() {
    return read(USER_SHARED_DATA->SystemTime);
}

extern "C" {

LARGE_INTEGER NTAPI RtlGetSystemTimePrecise(void) {
    // Not from the shared page, whose time is up to a tick old: NtQuerySystemTime, which programs compare it
    // with, is exact here.
    LARGE_INTEGER time = {};
    NtQuerySystemTime(&time);
    return time;
}

BOOL NTAPI RtlQueryPerformanceCounter(PLARGE_INTEGER Counter) {
    return NT_SUCCESS(NtQueryPerformanceCounter(Counter, nullptr));
}
BOOL NTAPI RtlQueryPerformanceFrequency(PLARGE_INTEGER Frequency) {
    Frequency->QuadPart = USER_SHARED_DATA->QpcFrequency;
    return TRUE;
}
BOOL NTAPI RtlQueryUnbiasedInterruptTime(PULONGLONG Time) {
    *Time =
        static_cast<ULONGLONG>(read(USER_SHARED_DATA->InterruptTime)) - USER_SHARED_DATA->InterruptTimeBias;
    return TRUE;
}

NTSTATUS NTAPI RtlQueryTimeZoneInformation(PRTL_TIME_ZONE_INFORMATION Information) {
    return utc_zone(Information);
}
NTSTATUS NTAPI RtlQueryDynamicTimeZoneInformation(PRTL_DYNAMIC_TIME_ZONE_INFORMATION Information) {
    return utc_zone(Information);
}

}  // extern "C"
