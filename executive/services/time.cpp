// SPDX-License-Identifier: GPL-3.0-only
//
// The clock.
#include "executive/ob/ob.hpp"
#include "executive/ps/shared_data.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// 100 ns units. Timers are exact to the hardware; these are what programs know from NT.
constexpr ULONG kCoarsestResolution = 10000;
constexpr ULONG kFinestResolution = 5000;

}  // namespace

NTSTATUS NtQuerySystemTime(ke::Call& call, const NtQuerySystemTimeArgs& args) {
    if (args.SystemTime.null()) return STATUS_ACCESS_VIOLATION;
    LARGE_INTEGER time;
    time.QuadPart = static_cast<LONGLONG>(ke::system_time());
    return to_status(call.write(args.SystemTime, time));
}

NTSTATUS NtSetSystemTime(ke::Call& call, const NtSetSystemTimeArgs& args) {
    if (!se::holds_privilege(call, SE_SYSTEMTIME_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
    LARGE_INTEGER time = TRY(call.read(args.SystemTime));
    if (time.QuadPart < 0) return STATUS_INVALID_PARAMETER;
    TRY(call.probe(args.PreviousTime));
    LARGE_INTEGER previous;
    previous.QuadPart = static_cast<LONGLONG>(ke::system_time());
    ke::set_system_time(static_cast<uint64_t>(time.QuadPart));
    return to_status(call.write(args.PreviousTime, previous));
}

NTSTATUS NtQueryTimerResolution(ke::Call& call, const NtQueryTimerResolutionArgs& args) {
    if (args.MaximumTime.null() || args.MinimumTime.null() || args.CurrentTime.null())
        return STATUS_ACCESS_VIOLATION;
    TRY(call.write(args.MaximumTime, kCoarsestResolution));
    TRY(call.write(args.MinimumTime, kFinestResolution));
    return to_status(call.write(args.CurrentTime, kFinestResolution));
}

NTSTATUS NtSetTimerResolution(ke::Call& call, const NtSetTimerResolutionArgs& args) {
    // Nothing to set: there is no tick to be made finer. What was asked for is kept in any case.
    if (args.ActualTime.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.ActualTime, kFinestResolution));
}

NTSTATUS NtGetTickCount(ke::Call&, const NtGetTickCountArgs&) {
    return static_cast<NTSTATUS>(ke::interrupt_time() / ke::kTicksPerMillisecond + ps::kTicksAtBoot);
}
