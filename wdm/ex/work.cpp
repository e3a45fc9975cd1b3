// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/ex/work.hpp"

#include "wdm/ke/dispatcher.hpp"
#include "wdm/rtl/list.hpp"

namespace {

constexpr ULONG kMaximumWorkers = 8;

constinit platform::Lock queue_lock;
constinit LIST_ENTRY queue{&queue, &queue};
constinit KSEMAPHORE available{};
constinit ULONG workers = 0;
constinit ULONG idle = 0;

WORK_QUEUE_ITEM* next_item() {
    ke::wait_one(&available, nullptr);
    platform::Guard guard(queue_lock);
    LIST_ENTRY* entry = rtl::pop(queue);
    if (entry == nullptr) return nullptr;
    idle--;
    return CONTAINING_RECORD(entry, WORK_QUEUE_ITEM, List);
}

VOID worker(PVOID) {
    for (;;) {
        WORK_QUEUE_ITEM* item = next_item();
        if (item == nullptr) continue;
        item->List.Flink = nullptr;
        item->WorkerRoutine(item->Parameter);  // may free the item
        platform::Guard guard(queue_lock);
        idle++;
    }
}

// Appends the item; true when another worker should be started for it. Caller holds the lock.
bool append(WORK_QUEUE_ITEM& item) {
    if (workers == 0) {
        ke::initialise_header(available.Header, KOBJECT_SEMAPHORE, sizeof(KSEMAPHORE) / sizeof(ULONG), 0);
        available.Limit = 0x7fffffff;
    }
    ULONG waiting = 1;
    for (LIST_ENTRY* at = queue.Flink; at != &queue; at = at->Flink)
        waiting++;
    rtl::insert_tail(queue, item.List);
    if (waiting <= idle || workers == kMaximumWorkers) return false;
    workers++;
    idle++;
    return true;
}

}  // namespace

extern "C" VOID ExQueueWorkItem(PWORK_QUEUE_ITEM item, ULONG) {
    bool start;
    {
        platform::Guard guard(queue_lock);
        start = append(*item);
    }
    if (start) {
        if (_KTHREAD* thread = ke::create_thread(worker, nullptr)) {
            ke::dereference(*thread);
        } else {
            platform::Guard guard(queue_lock);
            workers--;
            idle--;
        }
    }
    KeReleaseSemaphore(&available, 0, 1, FALSE);
}
