// SPDX-License-Identifier: GPL-3.0-only
// Timer queues: lists of timers whose callbacks know only their context. The list is the user's of its
// timers; a queue lives as long as a timer of it, so that its completion event is set after the last
// callback.
#include "ntdll/tp/timer.hpp"

namespace tp {
namespace {

struct Queue {
    RTL_SRWLOCK lock;
    LIST_ENTRY timers;
    volatile LONG refs;
    HANDLE completion;
};

struct QueueTimer;
struct Link {
    LIST_ENTRY entry;
    QueueTimer* timer;
};

struct QueueTimer : Timer {
    Queue* queue;
    Link link;          // no Flink: off the list
    HANDLE thread;      // whose callback runs
    HANDLE completion;  // to be set when the last callback has run
};

Queue standard = {{nullptr}, {&standard.timers, &standard.timers}, 1, nullptr};

void dereference_queue(Queue& queue) {
    if (__atomic_sub_fetch(&queue.refs, 1, __ATOMIC_ACQ_REL)) return;
    if (queue.completion) NtSetEvent(queue.completion, nullptr);
    if (&queue != &standard) free(&queue);
}

void run_queue_timer(Object& object, PTP_CALLBACK_INSTANCE, ULONG_PTR) {
    auto& timer = static_cast<QueueTimer&>(object);
    timer.thread = rtl::teb()->ClientId.UniqueThread;
    reinterpret_cast<RTL_WAITORTIMERCALLBACKFUNC>(object.callback)(object.context, TRUE);
    timer.thread = nullptr;
}

void destroy_queue_timer(Object& object) {
    auto& timer = static_cast<QueueTimer&>(object);
    if (timer.completion) NtSetEvent(timer.completion, nullptr);
    dereference_queue(*timer.queue);
}

// True if it was on the queue's list: nobody else deletes it.
bool unlink(QueueTimer& timer) {
    rtl::ExclusiveGuard guard(timer.queue->lock);
    if (!timer.link.entry.Flink) return false;
    RemoveEntryList(&timer.link.entry);
    timer.link.entry.Flink = nullptr;
    return true;
}

// The timer is off its list. True if a callback of it still runs.
bool remove(QueueTimer& timer, bool blocks, HANDLE event) {
    stop_timer(timer);
    timer.completion = event;
    bool runs = cancel_pending(timer);
    if (blocks && timer.thread != rtl::teb()->ClientId.UniqueThread) {
        tp::wait(timer, true);
        runs = false;
    }
    release(timer);
    return runs;
}

Queue& queue_of(HANDLE queue) {
    return queue ? *static_cast<Queue*>(queue) : standard;
}
QueueTimer& timer_of(HANDLE timer) {
    return *static_cast<QueueTimer*>(static_cast<Object*>(timer));
}

}  // namespace
}  // namespace tp

using namespace tp;

extern "C" {

NTSTATUS NTAPI RtlCreateTimerQueue(PHANDLE Result) {
    auto* queue = static_cast<tp::Queue*>(allocate(sizeof(tp::Queue)));
    if (!queue) return STATUS_NO_MEMORY;
    InitializeListHead(&queue->timers);
    queue->refs = 1;
    *Result = queue;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlCreateTimer(HANDLE Queue, PHANDLE Result, RTL_WAITORTIMERCALLBACKFUNC Function,
                              PVOID Context, ULONG DueTime, ULONG Period, ULONG Flags) {
    TP_CALLBACK_ENVIRON environ = {};
    environ.Version = 1;
    environ.u.s.LongFunction = (Flags & WT_EXECUTELONGFUNCTION) != 0;
    Object* object;
    const NTSTATUS status = create(&object, sizeof(QueueTimer), Kind::Timer,
                                   reinterpret_cast<PVOID>(Function), Context, &environ);
    if (!NT_SUCCESS(status)) return status;
    auto& timer = *static_cast<QueueTimer*>(object);
    tp::Queue& queue = queue_of(Queue);
    timer.run = run_queue_timer;
    timer.destroy = destroy_queue_timer;
    timer.in_timer_thread = Flags & WT_EXECUTEINTIMERTHREAD;
    timer.queue = &queue;
    timer.link.timer = &timer;
    __atomic_fetch_add(&queue.refs, 1, __ATOMIC_RELAXED);
    {
        rtl::ExclusiveGuard guard(queue.lock);
        InsertTailList(&queue.timers, &timer.link.entry);
    }
    // The callback may delete by the handle before this call returns.
    *Result = object;
    const LONGLONG period = Flags & WT_EXECUTEONLYONCE ? 0 : Period * 10000ll;
    set_timer(timer, deadline(DueTime * -10000ll), period);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlUpdateTimer(HANDLE, HANDLE Timer, ULONG DueTime, ULONG Period) {
    if (!Timer) return STATUS_INVALID_PARAMETER;
    QueueTimer& timer = timer_of(Timer);
    // As documented: a timer that fires once and has done so stays as it is.
    if (timer.waits) set_timer(timer, deadline(DueTime * -10000ll), Period * 10000ll);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteTimer(HANDLE, HANDLE Timer, HANDLE CompletionEvent) {
    if (!Timer) return STATUS_INVALID_PARAMETER_1;
    QueueTimer& timer = timer_of(Timer);
    if (!unlink(timer)) return STATUS_PENDING;
    const bool blocks = means_wait(CompletionEvent);
    return remove(timer, blocks, blocks ? nullptr : CompletionEvent) ? STATUS_PENDING : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteTimerQueueEx(HANDLE Queue, HANDLE CompletionEvent) {
    if (!Queue) return STATUS_INVALID_HANDLE;
    tp::Queue& queue = queue_of(Queue);
    const bool blocks = means_wait(CompletionEvent);
    if (!blocks) queue.completion = CompletionEvent;
    bool runs = false;
    for (;;) {
        QueueTimer* timer;
        {
            rtl::ExclusiveGuard guard(queue.lock);
            if (IsListEmpty(&queue.timers)) break;
            timer = CONTAINING_RECORD(RemoveHeadList(&queue.timers), Link, entry)->timer;
            timer->link.entry.Flink = nullptr;
        }
        if (remove(*timer, blocks, nullptr)) runs = true;
    }
    dereference_queue(queue);
    return runs ? STATUS_PENDING : STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlDeleteTimerQueue(HANDLE Queue) {
    return RtlDeleteTimerQueueEx(Queue, nullptr);
}

}  // extern "C"
