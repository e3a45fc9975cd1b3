// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/timer.hpp"
#include "executive/services.hpp"

using namespace base;

NTSTATUS NtCreateTimer(ke::Call& call, const NtCreateTimerArgs& args) {
    if (static_cast<ULONG>(args.TimerType) > SynchronizationTimer) return STATUS_INVALID_PARAMETER_4;
    Ref<ex::Timer> timer = TRY(ex::Timer::create(args.TimerType));
    return TRY(ob::create_handle(call, args.ObjectAttributes, std::move(timer), args.DesiredAccess,
                                 args.TimerHandle));
}

NTSTATUS NtOpenTimer(ke::Call& call, const NtOpenTimerArgs& args) {
    return to_status(
        ob::open_named<ex::Timer>(call, args.ObjectAttributes, args.DesiredAccess, args.TimerHandle));
}

NTSTATUS NtSetTimer(ke::Call& call, const NtSetTimerArgs& args) {
    auto* timer = TRY(ob::borrow<ex::Timer>(call, args.TimerHandle, args.TimerHandleAccess));
    if (args.Period < 0) return STATUS_INVALID_PARAMETER_6;
    LARGE_INTEGER due = TRY(call.read(args.DueTime));
    TRY(call.probe(args.PreviousState));
    ex::Timer::Target target;
    if (args.TimerApcRoutine) {
        target.thread = &call.thread();
        target.routine = reinterpret_cast<uint64_t>(args.TimerApcRoutine);
        target.context = reinterpret_cast<uint64_t>(args.TimerContext);
    }
    uint64_t when = ke::Deadline::from_timeout(due.QuadPart).due();
    bool was_set = timer->set(when, static_cast<uint32_t>(args.Period), target);
    TRY(call.write(args.PreviousState, was_set));
    return args.ResumeTimer ? STATUS_TIMER_RESUME_IGNORED : STATUS_SUCCESS;
}

NTSTATUS NtCancelTimer(ke::Call& call, const NtCancelTimerArgs& args) {
    auto* timer = TRY(ob::borrow<ex::Timer>(call, args.TimerHandle, args.TimerHandleAccess));
    TRY(call.probe(args.CurrentState));
    return to_status(call.write(args.CurrentState, timer->cancel()));
}

NTSTATUS NtQueryTimer(ke::Call& call, const NtQueryTimerArgs& args) {
    if (static_cast<ULONG>(args.TimerInformationClass) != TimerBasicInformation)
        return STATUS_INVALID_INFO_CLASS;
    auto* timer = TRY(ob::borrow<ex::Timer>(call, args.TimerHandle, args.TimerHandleAccess));
    TIMER_BASIC_INFORMATION basic{};
    basic.RemainingTime.QuadPart = timer->remaining();
    basic.TimerState = timer->is_set();
    return ob::give_exact(call, args.TimerInformation, args.ReturnLength, basic);
}
