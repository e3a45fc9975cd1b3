// SPDX-License-Identifier: GPL-3.0-only
//
// I/O work items and I/O timers. A work item keeps its device referenced from queueing until its routine
// returned.
#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ex/work.hpp"
#include "wdm/io/device.hpp"
#include "wdm/ke/dpc.hpp"

typedef VOID(NTAPI* PIO_WORKITEM_ROUTINE)(PDEVICE_OBJECT DeviceObject, PVOID Context);
typedef VOID(NTAPI* PIO_WORKITEM_ROUTINE_EX)(PVOID IoObject, PVOID Context, struct _IO_WORKITEM* Item);
typedef VOID(NTAPI* PIO_TIMER_ROUTINE)(PDEVICE_OBJECT DeviceObject, PVOID Context);

struct _IO_WORKITEM {
    WORK_QUEUE_ITEM item;
    PDEVICE_OBJECT device;
    PIO_WORKITEM_ROUTINE routine;
    PIO_WORKITEM_ROUTINE_EX routine_ex;
    PVOID context;
};
typedef struct _IO_WORKITEM* PIO_WORKITEM;

namespace {

VOID NTAPI run_item(PVOID parameter) {
    auto* item = static_cast<PIO_WORKITEM>(parameter);
    PDEVICE_OBJECT device = item->device;
    if (item->routine_ex != nullptr)
        item->routine_ex(device, item->context, item);
    else
        item->routine(device, item->context);
    io::dereference(*device);  // the routine may have freed the item
}

void queue(_IO_WORKITEM& item, ULONG queue_type) {
    io::reference(*item.device);
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

ULONG IoSizeofWorkItem(void) {
    return sizeof(_IO_WORKITEM);
}

VOID IoInitializeWorkItem(PVOID device, PIO_WORKITEM item) {
    *item = _IO_WORKITEM{};
    item->device = static_cast<PDEVICE_OBJECT>(device);
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
