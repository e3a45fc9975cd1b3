// SPDX-License-Identifier: GPL-3.0-only
//
// Power: the machine is on (S0, D0) until it is off. Power IRPs that drivers request go down their stack and
// succeed.
#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/irp.hpp"

typedef union _POWER_STATE {
    ULONG SystemState;
    ULONG DeviceState;
} POWER_STATE;

typedef VOID(NTAPI* PREQUEST_POWER_COMPLETE)(PDEVICE_OBJECT DeviceObject, UCHAR MinorFunction,
                                             POWER_STATE PowerState, PVOID Context,
                                             PIO_STATUS_BLOCK IoStatus);

namespace {

constexpr ULONG kDevicePowerState = 1;

struct Request {
    PDEVICE_OBJECT device;
    UCHAR minor;
    POWER_STATE state;
    PREQUEST_POWER_COMPLETE routine;
    PVOID context;
};

NTSTATUS NTAPI power_completed(PDEVICE_OBJECT, PIRP irp, PVOID context) {
    auto* request = static_cast<Request*>(context);
    if (request->routine != nullptr)
        request->routine(request->device, request->minor, request->state, request->context, &irp->IoStatus);
    platform::release(request);
    IoFreeIrp(irp);
    return STATUS_MORE_PROCESSING_REQUIRED;
}

}  // namespace

extern "C" {

VOID PoStartNextPowerIrp(PIRP) {}

POWER_STATE PoSetPowerState(PDEVICE_OBJECT, ULONG, POWER_STATE state) {
    return state;
}

NTSTATUS PoRequestPowerIrp(PDEVICE_OBJECT device, UCHAR minor, POWER_STATE state,
                           PREQUEST_POWER_COMPLETE routine, PVOID context, PIRP* sent) {
    DEVICE_OBJECT& top = io::top_of(*device);
    auto* request = static_cast<Request*>(platform::allocate(sizeof(Request)));
    PIRP irp = IoAllocateIrp(top.StackSize, FALSE);
    if (request == nullptr || irp == nullptr) {
        if (request != nullptr) platform::release(request);
        if (irp != nullptr) IoFreeIrp(irp);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *request = {device, minor, state, routine, context};
    irp->IoStatus.Status = STATUS_NOT_SUPPORTED;
    IO_STACK_LOCATION& location = io::next_location(*irp);
    location.MajorFunction = IRP_MJ_POWER;
    location.MinorFunction = minor;
    location.Parameters.Others.Argument2 = reinterpret_cast<PVOID>(ULONG_PTR{kDevicePowerState});
    location.Parameters.Others.Argument3 = reinterpret_cast<PVOID>(ULONG_PTR{state.DeviceState});
    location.CompletionRoutine = power_completed;
    location.Context = request;
    location.Control = SL_INVOKE_ON_SUCCESS | SL_INVOKE_ON_ERROR | SL_INVOKE_ON_CANCEL;
    if (sent != nullptr) *sent = irp;
    io::call_driver(top, *irp);
    return STATUS_PENDING;
}

PVOID PoRegisterSystemState(PVOID state, ULONG) {
    static constinit ULONG registered = 0;
    return state != nullptr ? state : &registered;
}

VOID PoUnregisterSystemState(PVOID) {}

VOID PoSetSystemState(ULONG) {}

PULONG PoRegisterDeviceForIdleDetection(PDEVICE_OBJECT, ULONG, ULONG, ULONG) {
    static constinit ULONG idle = 0;
    return &idle;
}

VOID PoSetDeviceBusyEx(PULONG) {}

}  // extern "C"
