// SPDX-License-Identifier: GPL-3.0-only
// Timers, and the thread that serves them. It also looks after pools that are short of threads, and ends when
// there has been nothing to do for a while.
#include "ntdll/tp/timer.hpp"

namespace tp {
namespace {

struct KeyOfTimer {
    struct Key {
        LONGLONG due;
        const Timer* timer;
        bool operator<(const Key& other) const {
            return due != other.due ? due < other.due : timer < other.timer;
        }
    };
    Key operator()(const Timer& timer) const { return {timer.due, &timer}; }
};

constexpr LONGLONG watch_interval = 100000;
constexpr LONGLONG idle_time = 10 * 10000000ll;

RTL_SRWLOCK lock;
RTL_CONDITION_VARIABLE changed;
base::Tree<Timer, Timer, KeyOfTimer> timers;
bool running;
bool watching;

// The callback in the timer thread itself; the lock is dropped meanwhile.
void run_here(Timer& timer) {
    begin_here(timer);
    RtlReleaseSRWLockExclusive(&lock);
    run_callback(timer, 0, false);
    RtlAcquireSRWLockExclusive(&lock);
}

void expire(Timer& timer, LONGLONG time) {
    timers.remove(timer);
    timer.waits = timer.period != 0;
    if (timer.period) {
        timer.due += timer.period;
        if (timer.due <= time) timer.due = time + timer.period;
        timers.insert(timer);
    }
    if (timer.in_timer_thread) return run_here(timer);
    if (post_from_timer(timer)) watching = true;
}

// With the lock: what is due, then the time until something is; negative.
LONGLONG serve() {
    LONGLONG time = now();
    while (Timer* timer = timers.first()) {
        if (timer->due > time) time = now();
        if (timer->due > time) break;
        expire(*timer, time);
    }
    if (watching) {
        // Whoever asks while the lock is dropped is not to be forgotten.
        watching = false;
        RtlReleaseSRWLockExclusive(&lock);
        const bool more = watch_pools();
        RtlAcquireSRWLockExclusive(&lock);
        watching |= more;
    }
    LONGLONG next = timers.empty() ? idle_time : timers.first()->due - now();
    if (watching && next > watch_interval) next = watch_interval;
    return next > 0 ? -next : -1;
}

NTSTATUS NTAPI timer_thread(PVOID) {
    RtlAcquireSRWLockExclusive(&lock);
    for (;;) {
        LARGE_INTEGER timeout;
        timeout.QuadPart = serve();
        const NTSTATUS status = RtlSleepConditionVariableSRW(&changed, &lock, &timeout, 0);
        if (status == STATUS_TIMEOUT && timers.empty() && !watching) break;
    }
    running = false;
    RtlReleaseSRWLockExclusive(&lock);
    return STATUS_SUCCESS;
}

// With the lock. Without memory for a thread the next call tries again.
void wake_thread() {
    if (running) return RtlWakeConditionVariable(&changed);
    running = NT_SUCCESS(start_thread(timer_thread, nullptr, nullptr));
}

void unset(Timer& timer) {
    if (timer.waits) timers.remove(timer);
    timer.waits = false;
    timer.set = false;
}

void run_timer(Object& object, PTP_CALLBACK_INSTANCE instance, ULONG_PTR) {
    reinterpret_cast<PTP_TIMER_CALLBACK>(object.callback)(instance, object.context,
                                                          reinterpret_cast<PTP_TIMER>(&object));
}

Timer& timer_of(PTP_TIMER timer) {
    return *static_cast<Timer*>(reinterpret_cast<Object*>(timer));
}

}  // namespace

LONGLONG now() {
    LARGE_INTEGER counter;
    NtQueryPerformanceCounter(&counter, nullptr);
    const LONGLONG frequency = USER_SHARED_DATA->QpcFrequency;
    if (frequency == 10000000 || frequency <= 0) return counter.QuadPart;
    const LONGLONG seconds = counter.QuadPart / frequency;
    return seconds * 10000000 + counter.QuadPart % frequency * 10000000 / frequency;
}

LONGLONG deadline(LONGLONG due) {
    const LONGLONG time = now();
    if (due <= 0) return due < time - never ? never : time - due;
    LARGE_INTEGER system;
    NtQuerySystemTime(&system);
    if (due <= system.QuadPart) return time;
    const LONGLONG left = due - system.QuadPart;
    return left > never - time ? never : time + left;
}

void ask_for_watch() {
    rtl::ExclusiveGuard guard(lock);
    watching = true;
    wake_thread();
}

bool set_timer(Timer& timer, LONGLONG due, LONGLONG period) {
    rtl::ExclusiveGuard guard(lock);
    const bool before = timer.waits;
    if (timer.closed) return before;
    unset(timer);
    timer.due = due;
    timer.period = period;
    timer.set = true;
    timer.waits = true;
    timers.insert(timer);
    if (timers.first() == &timer || !running) wake_thread();
    return before;
}

bool cancel_timer(Timer& timer, bool close) {
    rtl::ExclusiveGuard guard(lock);
    const bool before = timer.waits;
    unset(timer);
    if (close) timer.closed = true;
    return before;
}

void stop_timer(Object& object) {
    cancel_timer(static_cast<Timer&>(object), true);
}

}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI TpAllocTimer(PTP_TIMER* Timer, PTP_TIMER_CALLBACK Callback, PVOID Context,
                            PTP_CALLBACK_ENVIRON Environ) {
    Object* object;
    const NTSTATUS status =
        create(&object, sizeof(tp::Timer), Kind::Timer, reinterpret_cast<PVOID>(Callback), Context, Environ);
    if (!NT_SUCCESS(status)) return status;
    object->run = run_timer;
    object->stop = stop_timer;
    *Timer = reinterpret_cast<PTP_TIMER>(object);
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI TpSetTimerEx(PTP_TIMER Timer, const LARGE_INTEGER* DueTime, ULONG Period, ULONG) {
    if (!DueTime) return cancel_timer(timer_of(Timer), false);
    return set_timer(timer_of(Timer), deadline(DueTime->QuadPart), Period * 10000ll);
}
void NTAPI TpSetTimer(PTP_TIMER Timer, const LARGE_INTEGER* DueTime, ULONG Period, ULONG WindowLength) {
    TpSetTimerEx(Timer, DueTime, Period, WindowLength);
}
BOOLEAN NTAPI TpIsTimerSet(PTP_TIMER Timer) {
    return timer_of(Timer).set;
}
void NTAPI TpWaitForTimer(PTP_TIMER Timer, ULONG CancelPending) {
    tp::wait(timer_of(Timer), CancelPending != 0);
}
void NTAPI TpReleaseTimer(PTP_TIMER Timer) {
    release(timer_of(Timer));
}

}  // extern "C"
