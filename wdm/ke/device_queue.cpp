// SPDX-License-Identifier: GPL-3.0-only
//
// Device queues: what StartIo drivers keep their waiting IRPs in. An idle queue becomes busy without storing
// the first entry; that entry is the caller's to start.
#include "abi/wdm/ketypes.h"
#include "wdm/ke/irql.hpp"
#include "wdm/rtl/list.hpp"

namespace {

KDEVICE_QUEUE_ENTRY& entry_of(LIST_ENTRY& link) {
    return *CONTAINING_RECORD(&link, KDEVICE_QUEUE_ENTRY, DeviceListEntry);
}

// The caller puts the entry before `at`; false when the queue was idle.
bool insert_before(KDEVICE_QUEUE& queue, KDEVICE_QUEUE_ENTRY& entry, LIST_ENTRY& at) {
    entry.Inserted = queue.Busy;
    queue.Busy = TRUE;
    if (entry.Inserted) rtl::insert_tail(at, entry.DeviceListEntry);
    return entry.Inserted;
}

LIST_ENTRY& first_above(KDEVICE_QUEUE& queue, ULONG key) {
    LIST_ENTRY* at = queue.DeviceListHead.Flink;
    while (at != &queue.DeviceListHead && entry_of(*at).SortKey <= key)
        at = at->Flink;
    return *at;
}

KDEVICE_QUEUE_ENTRY* take(KDEVICE_QUEUE& queue, LIST_ENTRY& link) {
    if (&link == &queue.DeviceListHead) {
        queue.Busy = FALSE;
        return nullptr;
    }
    rtl::remove(link);
    entry_of(link).Inserted = FALSE;
    return &entry_of(link);
}

}  // namespace

extern "C" {

VOID KeInitializeDeviceQueue(PKDEVICE_QUEUE queue) {
    queue->Type = KOBJECT_DEVICE_QUEUE;
    queue->Size = sizeof(KDEVICE_QUEUE);
    rtl::initialise(queue->DeviceListHead);
    queue->Lock = 0;
    queue->Busy = FALSE;
}

BOOLEAN KeInsertDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry) {
    ke::AtIrql at(DISPATCH_LEVEL);
    return insert_before(*queue, *entry, queue->DeviceListHead);
}

BOOLEAN KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, ULONG key) {
    ke::AtIrql at(DISPATCH_LEVEL);
    entry->SortKey = key;
    return insert_before(*queue, *entry, first_above(*queue, key));
}

PKDEVICE_QUEUE_ENTRY KeRemoveDeviceQueue(PKDEVICE_QUEUE queue) {
    ke::AtIrql at(DISPATCH_LEVEL);
    return take(*queue, *queue->DeviceListHead.Flink);
}

// The first entry with a key of at least `key`, or the smallest of all when there is none (an elevator).
PKDEVICE_QUEUE_ENTRY KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE queue, ULONG key) {
    ke::AtIrql at(DISPATCH_LEVEL);
    LIST_ENTRY* link = queue->DeviceListHead.Flink;
    while (link != &queue->DeviceListHead && entry_of(*link).SortKey < key)
        link = link->Flink;
    if (link == &queue->DeviceListHead) link = queue->DeviceListHead.Flink;
    return take(*queue, *link);
}

BOOLEAN KeRemoveEntryDeviceQueue(PKDEVICE_QUEUE, PKDEVICE_QUEUE_ENTRY entry) {
    ke::AtIrql at(DISPATCH_LEVEL);
    if (!entry->Inserted) return FALSE;
    rtl::remove(entry->DeviceListEntry);
    entry->Inserted = FALSE;
    return TRUE;
}

}  // extern "C"
