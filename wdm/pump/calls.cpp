// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pump/calls.hpp"

#include "abi/nt/ntstatus.h"
#include "wdm/fsrtl/calls.hpp"
#include "wdm/io/device.hpp"
#include "wdm/io/file.hpp"
#include "wdm/ke/thread.hpp"

namespace pump {
namespace {

// The line in the ring that says what this thread is busy with, behind those of threads that dispatch.
constexpr ULONG kLine = WDM_DISPATCHERS;

constinit _KTHREAD* caller = nullptr;
// What it is to do, the leader's to fill while it is null.
constinit Lease* given = nullptr;
constinit fsrtl::Call call_given{};

VOID call_thread(PVOID) {
    platform::set_priority(nullptr, platform::kRequestPriority);
    _KTHREAD& me = ke::current();
    for (;;) {
        Lease* lease = __atomic_load_n(&given, __ATOMIC_ACQUIRE);
        if (lease == nullptr) {
            platform::park(platform::kForever);
            continue;
        }
        me.subject = lease->subject;
        NTSTATUS status = fsrtl::call(call_given);
        me.subject = {};
        __atomic_store_n(&dispatch_line(kLine), 0ull, __ATOMIC_RELEASE);
        __atomic_store_n(&given, nullptr, __ATOMIC_RELEASE);
        finish_call(*lease, status);
    }
}

}  // namespace

bool prepare_calls() {
    if (caller == nullptr) caller = ke::create_thread(call_thread, nullptr);
    return caller != nullptr;
}

NTSTATUS hand_over_call(Lease& lease, const WDM_REQUEST& request) {
    DEVICE_OBJECT* device = io::device_of(request.Target);
    FILE_OBJECT* file = io::file_of(request.File);
    if (device == nullptr) return STATUS_NO_SUCH_DEVICE;
    if (file == nullptr) return STATUS_FILE_INVALID;
    if (request.MajorFunction < WDM_CALL_LOWEST) return STATUS_INVALID_PARAMETER;
    if (!fsrtl::wants_calls(*device->DriverObject)) return STATUS_SUCCESS;
    if (!prepare_calls()) return STATUS_INSUFFICIENT_RESOURCES;
    if (__atomic_load_n(&given, __ATOMIC_ACQUIRE) != nullptr) return STATUS_DEVICE_BUSY;
    const auto& parameters = request.Parameters.Call;
    call_given = {request.MajorFunction, device, file, {}, parameters.PageProtection};
    call_given.ending_offset.QuadPart = parameters.EndingOffset;
    lease.subject = request.Subject;
    __atomic_store_n(&dispatch_line(kLine), request.Id, __ATOMIC_RELEASE);
    __atomic_store_n(&given, &lease, __ATOMIC_RELEASE);
    platform::unpark(caller->id);
    return STATUS_PENDING;
}

}  // namespace pump
