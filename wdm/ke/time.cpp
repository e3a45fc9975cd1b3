// SPDX-License-Identifier: GPL-3.0-only
//
// Clocks. The performance counter counts units of 100 ns.
#include "wdm/platform/platform.hpp"

namespace {
constexpr ULONG kTimeIncrement = 10'000;  // a tick of the shared page's TickCount, in units of 100 ns
constexpr LONGLONG kTicksAtBoot = 1000;   // as the Executive's page has it
constexpr LONGLONG kFrequency = 10'000'000;
}  // namespace

extern "C" {

LARGE_INTEGER KeQueryPerformanceCounter(PLARGE_INTEGER frequency) {
    if (frequency != nullptr) frequency->QuadPart = kFrequency;
    LARGE_INTEGER now;
    now.QuadPart = static_cast<LONGLONG>(platform::interrupt_time());
    return now;
}

ULONG64 KeQueryInterruptTime(void) {
    return platform::interrupt_time();
}

ULONG64 KeQueryUnbiasedInterruptTime(void) {
    return platform::interrupt_time();
}

ULONG KeQueryTimeIncrement(void) {
    return kTimeIncrement;
}

VOID KeQueryTickCount(PLARGE_INTEGER ticks) {
    ticks->QuadPart = static_cast<LONGLONG>(platform::interrupt_time() / kTimeIncrement) + kTicksAtBoot;
}

VOID KeQuerySystemTime(PLARGE_INTEGER time) {
    time->QuadPart = static_cast<LONGLONG>(platform::system_time());
}

VOID KeQuerySystemTimePrecise(PLARGE_INTEGER time) {
    KeQuerySystemTime(time);
}

VOID KeStallExecutionProcessor(ULONG microseconds) {
    platform::stall(microseconds);
}

// The system clock's zone is not kept: local time is system time.
VOID ExSystemTimeToLocalTime(PLARGE_INTEGER system, PLARGE_INTEGER local) {
    *local = *system;
}

VOID ExLocalTimeToSystemTime(PLARGE_INTEGER local, PLARGE_INTEGER system) {
    *system = *local;
}

ULONG ExSetTimerResolution(ULONG, BOOLEAN) {
    return kTimeIncrement;
}

}  // extern "C"
