// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/unload.hpp"

#include "abi/nt/ntstatus.h"
#include "wdm/ex/work.hpp"
#include "wdm/io/device.hpp"
#include "wdm/ke/bugcheck.hpp"
#include "wdm/ke/code_range.hpp"
#include "wdm/ke/irql.hpp"

extern "C" NTSTATUS KeDelayExecutionThread(KPROCESSOR_MODE mode, BOOLEAN alertable, PLARGE_INTEGER interval);

namespace io {
namespace {

// Looks, 10 ms apart: less than the shortest watchdog lets a control request take.
constexpr ULONG kPatience = 20;
constexpr LONGLONG kPause = -100'000;

void pause() {
    LARGE_INTEGER interval;
    interval.QuadPart = kPause;
    KeDelayExecutionThread(0, FALSE, &interval);
}

template <typename Done>
bool wait_until(Done done) {
    for (ULONG looks = 0; looks < kPatience; looks++) {
        if (done()) return true;
        pause();
    }
    return done();
}

[[noreturn]] void left_behind(const Driver& driver, ULONG code, const char* what, const void* routine) {
    ke::bug_check_driver(code, driver.object.DriverName, what, reinterpret_cast<ULONG64>(routine));
}

bool in_stack(const DEVICE_OBJECT& device) {
    return device.DeviceObjectExtension->AttachedTo != nullptr || device.AttachedDevice != nullptr;
}

bool open(const DEVICE_OBJECT& device) {
    return device.DeviceObjectExtension->files != 0;
}

bool any_device(const Driver& driver, bool (*matches)(const DEVICE_OBJECT&)) {
    platform::Guard guard(database_lock);
    for (PDEVICE_OBJECT device = driver.object.DeviceObject; device != nullptr; device = device->NextDevice)
        if (matches(*device)) return true;
    return false;
}

}  // namespace

NTSTATUS may_unload(ULONG number) {
    const Driver* driver = driver_of(number);
    if (driver == nullptr) return STATUS_INVALID_PARAMETER;
    if (driver->object.DriverUnload == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    if (any_device(*driver, in_stack)) return STATUS_DEVICE_BUSY;
    // The close of a handle may still be on its way.
    bool closed = wait_until([driver] { return !any_device(*driver, open); });
    return closed ? STATUS_SUCCESS : STATUS_DEVICE_BUSY;
}

void let_go(Driver& driver) {
    ke::CodeRange range{static_cast<const UCHAR*>(driver.object.DriverStart), driver.object.DriverSize};
    const void* routine = nullptr;
    if (!wait_until([&] { return driver.work_items.load(std::memory_order_acquire) == 0; }))
        left_behind(driver, ke::kWorkerInvalid, "was unloaded with a work item queued", nullptr);
    if (!wait_until([&] { return (routine = ex::find_work(range)) == nullptr; }))
        left_behind(driver, ke::kWorkerInvalid, "was unloaded with a work item queued", routine);
    if (!wait_until([&] { return (routine = ke::find_thread(range)) == nullptr; }))
        left_behind(driver, ke::kDriverUnloadedTooEarly, "was unloaded with a thread running", routine);
    if ((routine = ke::find_interrupt(range)) != nullptr)
        left_behind(driver, ke::kDriverUnloadedTooEarly, "was unloaded with an interrupt connected", routine);
    if ((routine = ke::find_timer(range)) != nullptr)
        left_behind(driver, ke::kTimerOrDpcInvalid, "was unloaded with a timer set", routine);
    // Runs what is queued and waits for what runs.
    ke::AtIrql(DISPATCH_LEVEL);
}

}  // namespace io
