// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/shutdown.hpp"

#include "abi/nt/ntstatus.h"
#include "abi/wdm/ring.h"
#include "wdm/io/device.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/thread.hpp"

namespace io {
namespace {

struct Entry {
    Entry* next;
    DEVICE_OBJECT* device;  // referenced
    ULONG chance;
};
constinit Entry* newest = nullptr;

NTSTATUS add(DEVICE_OBJECT& device, ULONG chance) {
    auto* entry = static_cast<Entry*>(platform::allocate(sizeof(Entry)));
    if (entry == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    reference(device);
    platform::Guard guard(database_lock);
    *entry = {newest, &device, chance};
    newest = entry;
    return STATUS_SUCCESS;
}

void drop(Entry* entry) {
    dereference(*entry->device);
    platform::release(entry);
}

// Takes out the newest entry that `wanted` accepts, null when there is none.
template <typename Wanted>
Entry* take(Wanted wanted) {
    platform::Guard guard(database_lock);
    for (Entry** link = &newest; *link != nullptr; link = &(*link)->next) {
        if (!wanted(**link)) continue;
        Entry* entry = *link;
        *link = entry->next;
        return entry;
    }
    return nullptr;
}

void notify(DEVICE_OBJECT& device) {
    PIRP irp = IoAllocateIrp(device.StackSize, FALSE);
    if (irp == nullptr) return;
    irp->Tail.Overlay.Thread = &ke::current();
    next_location(*irp).MajorFunction = IRP_MJ_SHUTDOWN;
    call_and_wait(device, *irp);
    IoFreeIrp(irp);
}

}  // namespace

NTSTATUS shut_down(ULONG chance) {
    while (Entry* entry = take([chance](const Entry& each) { return each.chance == chance; })) {
        notify(*entry->device);
        drop(entry);
    }
    return STATUS_SUCCESS;
}

void forget_shutdown(DEVICE_OBJECT& device) {
    while (Entry* entry = take([&device](const Entry& each) { return each.device == &device; }))
        drop(entry);
}

}  // namespace io

extern "C" {

NTSTATUS IoRegisterShutdownNotification(PDEVICE_OBJECT device) {
    return io::add(*device, WDM_SHUTDOWN_FIRST_CHANCE);
}

NTSTATUS IoRegisterLastChanceShutdownNotification(PDEVICE_OBJECT device) {
    return io::add(*device, WDM_SHUTDOWN_LAST_CHANCE);
}

VOID IoUnregisterShutdownNotification(PDEVICE_OBJECT device) {
    io::forget_shutdown(*device);
}

}  // extern "C"
