// SPDX-License-Identifier: GPL-3.0-only
//
// I/O work items and I/O timers. A work item keeps its device referenced from queueing until its routine
// returned.
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ex/work.hpp"
#include "wdm/io/device.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/ke/dpc.hpp"

typedef VOID(NTAPI* PIO_WORKITEM_ROUTINE)(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef VOID(NTAPI* PIO_WORKITEM_ROUTINE_EX)(PVOID IoObject, PVOID Context, struct _IO_WORKITEM* Item);
typedef VOID(NTAPI* PIO_TIMER_ROUTINE)(PDEVICE_OBJECT DeviceObject, PVOID Context);

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PVOID object;  // a device, or a driver
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
};
typedef struct _IO_WORKITEM* PIO_WORKITEM;

namespace {

PDEVICE_OBJECT device_of(PVOID object) {
    auto* device = static_cast<PDEVICE_OBJECT>(object);
    return device->Type == IO_TYPE_DEVICE ? device : nullptr;
}

io::Driver& driver_of(PVOID object) {
    PDEVICE_OBJECT device = device_of(object);
    auto* driver = device != nullptr ? device->DriverObject : static_cast<PDRIVER_OBJECT>(object);
    return reinterpret_cast<io::Driver&>(*driver);
}

VOID NTAPI run_item(PVOID parameter) {
    auto* item = static_cast<PIO_WORKITEM>(parameter);
    PVOID object = item->object;
    io::Driver& driver = driver_of(object);
    if (item->routine_ex != nullptr)
        item->routine_ex(object, item->context, item);
    else
        item->routine(static_cast<PDEVICE_OBJECT>(object), item->context);
    // The routine may have freed the item.
    if (PDEVICE_OBJECT device = device_of(object)) io::dereference(*device);
    driver.work_items.fetch_sub(1, std::memory_order_release);
}

void queue(_IO_WORKITEM& item, ULONG queue_type) {
    if (PDEVICE_OBJECT device = device_of(item.object)) io::reference(*device);
    driver_of(item.object).work_items.fetch_add(1, std::memory_order_relaxed);
    item.item.WorkerRoutine = run_item;
    item.item.Parameter = &item;
    ExQueueWorkItem(&item.item, queue_type);
}

struct IoTimer {
    KTIMER timer;
    KDPC dpc;
    PDEVICE_OBJECT device;
    PIO_TIMER_ROUTINE routine;
    PVOID context;
};

VOID NTAPI timer_tick(PKDPC, PVOID context, PVOID, PVOID) {
    auto& timer = *static_cast<IoTimer*>(context);
    timer.routine(timer.device, timer.context);
}

}  // namespace

extern "C" {
VOID KeInitializeTimer(PKTIMER timer);
BOOLEAN KeSetTimerEx(PKTIMER timer, LARGE_INTEGER due, LONG period, PKDPC dpc);
BOOLEAN KeCancelTimer(PKTIMER timer);
VOID KeFlushQueuedDpcs(void);
}

void io::forget_timer(DEVICE_OBJECT& device) {
    auto* timer = static_cast<IoTimer*>(device.Timer);
    if (timer == nullptr) return;
    KeCancelTimer(&timer->timer);
    KeFlushQueuedDpcs();
    device.Timer = nullptr;
    platform::release(timer);
}

extern "C" {

ULONG IoSizeofWorkItem(void) {
    return sizeof(_IO_WORKITEM);
}

VOID IoInitializeWorkItem(PVOID object, PIO_WORKITEM item) {
    *item = _IO_WORKITEM{};
    item->object = object;
}

VOID IoUninitializeWorkItem(PIO_WORKITEM) {}

PIO_WORKITEM IoAllocateWorkItem(PDEVICE_OBJECT device) {
    auto* item = static_cast<PIO_WORKITEM>(platform::allocate(sizeof(_IO_WORKITEM)));
    if (item != nullptr) IoInitializeWorkItem(device, item);
    return item;
}

VOID IoFreeWorkItem(PIO_WORKITEM item) {
    platform::release(item);
}

VOID IoQueueWorkItem(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE routine, ULONG queue_type, PVOID context) {
    item->routine = routine;
    item->routine_ex = nullptr;
    item->context = context;
    queue(*item, queue_type);
}

VOID IoQueueWorkItemEx(PIO_WORKITEM item, PIO_WORKITEM_ROUTINE_EX routine, ULONG queue_type, PVOID context) {
    item->routine_ex = routine;
    item->context = context;
    queue(*item, queue_type);
}

NTSTATUS IoInitializeTimer(PDEVICE_OBJECT device, PIO_TIMER_ROUTINE routine, PVOID context) {
    auto* timer = static_cast<IoTimer*>(device->Timer);
    if (timer == nullptr) timer = static_cast<IoTimer*>(platform::allocate(sizeof(IoTimer)));
    if (timer == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    *timer = IoTimer{{}, {}, device, routine, context};
    KeInitializeTimer(&timer->timer);
    KeInitializeDpc(&timer->dpc, timer_tick, timer);
    device->Timer = timer;
    return STATUS_SUCCESS;
}

VOID IoStartTimer(PDEVICE_OBJECT device) {
    auto& timer = *static_cast<IoTimer*>(device->Timer);
    LARGE_INTEGER due;
    due.QuadPart = -10'000'000;
    KeSetTimerEx(&timer.timer, due, 1000, &timer.dpc);
}

VOID IoStopTimer(PDEVICE_OBJECT device) {
    KeCancelTimer(&static_cast<IoTimer*>(device->Timer)->timer);
}

}  // extern "C"
