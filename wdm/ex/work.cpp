// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ex/work.hpp"

#include "wdm/ke/activity.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/code_range.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/ke/irql.hpp"
#include "wdm/rtl/list.hpp"

namespace {

constexpr ULONG kMaximumWorkers = ke::kWorkActivities;

constinit platform::Lock queue_lock;
constinit LIST_ENTRY queue{&queue, &queue};
constinit KSEMAPHORE available{};
constinit ULONG workers = 0;
constinit ULONG idle = 0;
constinit PWORKER_THREAD_ROUTINE running[kMaximumWorkers]{};

WORK_QUEUE_ITEM* next_item(PWORKER_THREAD_ROUTINE& mine) {
    ke::wait_one(&available, nullptr);
    platform::Guard guard(queue_lock);
    LIST_ENTRY* entry = rtl::pop(queue);
    if (entry == nullptr) return nullptr;
    idle--;
    WORK_QUEUE_ITEM* item = CONTAINING_RECORD(entry, WORK_QUEUE_ITEM, List);
    mine = item->WorkerRoutine;
    return item;
}

// `place` is the worker's entry of `running`.
VOID worker(PVOID place) {
    auto& mine = *static_cast<PWORKER_THREAD_ROUTINE*>(place);
    platform::set_priority(nullptr, platform::kWorkerPriority);
    for (;;) {
        WORK_QUEUE_ITEM* item = next_item(mine);
        if (item == nullptr) continue;
        item->List.Flink = nullptr;
        {
            ULONG line = ke::kFirstWorkActivity + static_cast<ULONG>(&mine - running);
            ke::Active active(line, WDM_ACTIVITY_WORK_ITEM, reinterpret_cast<const void*>(mine));
            item->WorkerRoutine(item->Parameter);  // may free the item
        }
        if (ke::current_irql() != PASSIVE_LEVEL) [[unlikely]]
            ke::bug_check(ke::kWorkerThreadReturnedAtBadIrql, reinterpret_cast<ULONG64>(mine),
                          ke::current_irql());
        platform::Guard guard(queue_lock);
        mine = nullptr;
        idle++;
    }
}

// Appends the item; returns the place of another worker that should be started for it, or null. Caller holds
// the lock.
PWORKER_THREAD_ROUTINE* append(WORK_QUEUE_ITEM& item) {
    if (workers == 0) {
        ke::initialise_header(available.Header, KOBJECT_SEMAPHORE, sizeof(KSEMAPHORE) / sizeof(ULONG), 0);
        available.Limit = 0x7fffffff;
    }
    ULONG waiting = 1;
    for (LIST_ENTRY* at = queue.Flink; at != &queue; at = at->Flink)
        waiting++;
    rtl::insert_tail(queue, item.List);
    if (waiting <= idle || workers == kMaximumWorkers) return nullptr;
    idle++;
    return &running[workers++];
}

}  // namespace

namespace ex {

const void* find_work(const ke::CodeRange& range) {
    platform::Guard guard(queue_lock);
    for (LIST_ENTRY* at = queue.Flink; at != &queue; at = at->Flink) {
        const WORK_QUEUE_ITEM* item = CONTAINING_RECORD(at, WORK_QUEUE_ITEM, List);
        if (range.contains(item->WorkerRoutine)) return reinterpret_cast<const void*>(item->WorkerRoutine);
    }
    for (PWORKER_THREAD_ROUTINE routine : running)
        if (range.contains(routine)) return reinterpret_cast<const void*>(routine);
    return nullptr;
}

}  // namespace ex

extern "C" VOID ExQueueWorkItem(PWORK_QUEUE_ITEM item, ULONG) {
    PWORKER_THREAD_ROUTINE* place;
    {
        platform::Guard guard(queue_lock);
        place = append(*item);
    }
    if (place != nullptr) {
        if (_KTHREAD* thread = ke::create_thread(worker, place)) {
            ke::dereference(*thread);
        } else {
            platform::Guard guard(queue_lock);
            workers--;
            idle--;
        }
    }
    KeReleaseSemaphore(&available, 0, 1, FALSE);
}
