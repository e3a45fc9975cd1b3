// SPDX-License-Identifier: GPL-3.0-only
//
// Timers. One thread of the host, started by the first timer that is set, sleeps until the earliest one is
// due, signals it, and runs its DPC at DISPATCH_LEVEL. The list is sorted by due time and guarded by the
// dispatcher lock.
#include <atomic>

#include "wdm/ke/code_range.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/dpc.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/rtl/list.hpp"

namespace ke {
namespace {

using platform::Guard;

constexpr ULONG64 kMillisecond = 10'000;

constinit LIST_ENTRY timers{&timers, &timers};
constinit std::atomic<_KTHREAD*> timer_thread{nullptr};

KTIMER& timer_of(LIST_ENTRY& entry) {
    return *CONTAINING_RECORD(&entry, KTIMER, TimerListEntry);
}

// Puts the timer at its place; true when it is now the first.
bool insert(KTIMER& timer) {
    LIST_ENTRY* at = timers.Flink;
    while (at != &timers && timer_of(*at).DueTime.QuadPart <= timer.DueTime.QuadPart)
        at = at->Flink;
    rtl::insert_tail(*at, timer.TimerListEntry);
    timer.Header.Inserted = 1;
    return timers.Flink == &timer.TimerListEntry;
}

bool take_out(KTIMER& timer) {
    if (!timer.Header.Inserted) return false;
    rtl::remove(timer.TimerListEntry);
    timer.Header.Inserted = 0;
    return true;
}

void expire(KTIMER& timer, ULONG64 now) {
    take_out(timer);
    timer.Header.SignalState = 1;
    satisfy_waiters(timer.Header);
    if (timer.Dpc != nullptr) queue_dpc(*timer.Dpc, nullptr, nullptr);
    if (timer.Period == 0) return;
    // From the time it was due, not from now: a periodic timer does not drift.
    timer.DueTime.QuadPart += timer.Period * kMillisecond;
    if (timer.DueTime.QuadPart <= now) timer.DueTime.QuadPart = now + timer.Period * kMillisecond;
    insert(timer);
}

// Expires what is due; returns how long the thread may sleep.
ULONG64 run_expired() {
    Guard guard(dispatcher_lock);
    ULONG64 now = platform::interrupt_time();
    while (!rtl::empty(timers)) {
        KTIMER& first = timer_of(*timers.Flink);
        if (first.DueTime.QuadPart > now) return first.DueTime.QuadPart - now;
        expire(first, now);
    }
    return platform::kForever;
}

VOID timer_loop(PVOID) {
    platform::set_priority(nullptr, platform::kTimerPriority);
    for (;;) {
        ULONG64 pause;
        {
            AtIrql at(DISPATCH_LEVEL);
            pause = run_expired();
        }
        platform::park(pause);
    }
}

void wake_timer_thread() {
    static constinit platform::Lock start_lock;
    if (timer_thread.load(std::memory_order_acquire) == nullptr) {
        Guard guard(start_lock);
        if (timer_thread.load(std::memory_order_relaxed) == nullptr)
            timer_thread.store(create_thread(timer_loop, nullptr), std::memory_order_release);
    }
    if (_KTHREAD* thread = timer_thread.load(std::memory_order_acquire)) platform::unpark(thread->id);
}

ULONG64 due_time(LARGE_INTEGER due) {
    ULONG64 now = platform::interrupt_time();
    if (due.QuadPart <= 0) return now + (0 - static_cast<ULONG64>(due.QuadPart));
    ULONG64 clock = platform::system_time();
    ULONG64 until = static_cast<ULONG64>(due.QuadPart);
    return until > clock ? now + (until - clock) : now;
}

}  // namespace

bool set_timer(KTIMER& timer, LARGE_INTEGER due, ULONG period, KDPC* dpc) {
    bool was_set;
    bool first;
    {
        Guard guard(dispatcher_lock);
        was_set = take_out(timer);
        timer.Header.SignalState = 0;
        timer.DueTime.QuadPart = due_time(due);
        timer.Period = period;
        timer.Dpc = dpc;
        first = insert(timer);
    }
    if (first) wake_timer_thread();
    return was_set;
}

bool cancel_timer(KTIMER& timer) {
    Guard guard(dispatcher_lock);
    return take_out(timer);
}

const void* find_timer(const CodeRange& range) {
    Guard guard(dispatcher_lock);
    for (LIST_ENTRY* entry = timers.Flink; entry != &timers; entry = entry->Flink) {
        const KTIMER& timer = timer_of(*entry);
        if (range.contains(&timer)) return &timer;
        if (timer.Dpc != nullptr && range.contains(timer.Dpc->DeferredRoutine))
            return reinterpret_cast<const void*>(timer.Dpc->DeferredRoutine);
    }
    return nullptr;
}

}  // namespace ke

extern "C" {

VOID KeInitializeTimerEx(PKTIMER timer, TIMER_TYPE type) {
    UCHAR kind = static_cast<UCHAR>(KOBJECT_NOTIFICATION_TIMER + type);
    ke::initialise_header(timer->Header, kind, sizeof(KTIMER) / sizeof(ULONG), 0);
    timer->DueTime.QuadPart = 0;
    timer->TimerListEntry = {};
    timer->Dpc = nullptr;
    timer->Processor = 0;
    timer->Period = 0;
}

VOID KeInitializeTimer(PKTIMER timer) {
    KeInitializeTimerEx(timer, NotificationTimer);
}

BOOLEAN KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc) {
    return ke::set_timer(*timer, due, period > 0 ? static_cast<ULONG>(period) : 0, dpc);
}

BOOLEAN KeSetTimer(PKTIMER timer, LARGE_INTEGER due, PKDPC dpc) {
    return ke::set_timer(*timer, due, 0, dpc);
}

BOOLEAN KeSetCoalescableTimer(PKTIMER timer, LARGE_INTEGER due, ULONG period, ULONG, PKDPC dpc) {
    return ke::set_timer(*timer, due, period, dpc);
}

BOOLEAN KeCancelTimer(PKTIMER timer) {
    return ke::cancel_timer(*timer);
}

BOOLEAN KeReadStateTimer(PKTIMER timer) {
    return __atomic_load_n(&timer->Header.SignalState, __ATOMIC_RELAXED) != 0;
}

}  // extern "C"
