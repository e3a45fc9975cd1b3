// SPDX-License-Identifier: GPL-3.0-only
//
// IoStartPacket and IoStartNextPacket: one IRP of a device at a time in the driver's StartIo routine, at
// DISPATCH_LEVEL. A StartIo that calls IoStartNextPacket itself would recurse once per waiting IRP; with
// deferred start-I/O it is turned into a loop, as NT does.
#include "wdm/io/device.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/irql.hpp"

extern "C" {
BOOLEAN KeInsertDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry);
BOOLEAN KeInsertByKeyDeviceQueue(PKDEVICE_QUEUE queue, PKDEVICE_QUEUE_ENTRY entry, ULONG key);
PKDEVICE_QUEUE_ENTRY KeRemoveDeviceQueue(PKDEVICE_QUEUE queue);
PKDEVICE_QUEUE_ENTRY KeRemoveByKeyDeviceQueue(PKDEVICE_QUEUE queue, ULONG key);
}

namespace {

IRP& irp_of(KDEVICE_QUEUE_ENTRY& entry) {
    return *CONTAINING_RECORD(&entry, IRP, Tail.Overlay.u.DeviceQueueEntry);
}

void start(DEVICE_OBJECT& device, IRP& irp, bool cancelable) {
    device.CurrentIrp = &irp;
    if (!cancelable && device.DeviceObjectExtension->start_no_cancel)
        __atomic_store_n(&irp.CancelRoutine, nullptr, __ATOMIC_SEQ_CST);
    device.DriverObject->DriverStartIo(&device, &irp);
}

void start_next(DEVICE_OBJECT& device, bool cancelable, const ULONG* key) {
    device.CurrentIrp = nullptr;
    PKDEVICE_QUEUE_ENTRY entry = key != nullptr ? KeRemoveByKeyDeviceQueue(&device.DeviceQueue, *key)
                                                : KeRemoveDeviceQueue(&device.DeviceQueue);
    if (entry != nullptr) start(device, irp_of(*entry), cancelable);
}

void start_next_or_defer(DEVICE_OBJECT& device, bool cancelable, const ULONG* key) {
    ke::AtIrql at(DISPATCH_LEVEL);
    _DEVOBJ_EXTENSION& extension = *device.DeviceObjectExtension;
    if (!extension.start_deferred) return start_next(device, cancelable, key);
    if (extension.start_pending) {
        extension.start_key++;  // a call from within StartIo: the loop below takes it up
        return;
    }
    extension.start_pending = true;
    do {
        extension.start_key = 0;
        start_next(device, cancelable, key);
    } while (extension.start_key != 0);
    extension.start_pending = false;
}

}  // namespace

extern "C" {

VOID IoStartPacket(PDEVICE_OBJECT device, PIRP irp, PULONG key, PDRIVER_CANCEL cancel) {
    ke::AtIrql at(DISPATCH_LEVEL);
    if (cancel != nullptr) __atomic_store_n(&irp->CancelRoutine, cancel, __ATOMIC_SEQ_CST);
    PKDEVICE_QUEUE_ENTRY entry = &irp->Tail.Overlay.u.DeviceQueueEntry;
    bool queued = key != nullptr ? KeInsertByKeyDeviceQueue(&device->DeviceQueue, entry, *key)
                                 : KeInsertDeviceQueue(&device->DeviceQueue, entry);
    if (!queued) return start(*device, *irp, cancel != nullptr);
    if (cancel == nullptr || !irp->Cancel) return;
    // Cancelled before it could be seen in the queue.
    PDRIVER_CANCEL routine = __atomic_exchange_n(&irp->CancelRoutine, nullptr, __ATOMIC_SEQ_CST);
    if (routine == nullptr) return;
    irp->CancelIrql = ke::raise_irql(DISPATCH_LEVEL);
    routine(device, irp);
}

VOID IoStartNextPacket(PDEVICE_OBJECT device, BOOLEAN cancelable) {
    start_next_or_defer(*device, cancelable != FALSE, nullptr);
}

VOID IoStartNextPacketByKey(PDEVICE_OBJECT device, BOOLEAN cancelable, ULONG key) {
    start_next_or_defer(*device, cancelable != FALSE, &key);
}

VOID IoSetStartIoAttributes(PDEVICE_OBJECT device, BOOLEAN deferred, BOOLEAN no_cancel) {
    device->DeviceObjectExtension->start_deferred = deferred != FALSE;
    device->DeviceObjectExtension->start_no_cancel = no_cancel != FALSE;
}

}  // extern "C"
