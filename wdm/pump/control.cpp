// SPDX-License-Identifier: GPL-3.0-only
//
// The requests that are not IRPs: loading and unloading drivers, adding and removing devices, shutting down.
#include "abi/nt/ntstatus.h"
#include "wdm/fsrtl/calls.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/io/shutdown.hpp"
#include "wdm/pnp/node.hpp"
#include "wdm/pump/calls.hpp"
#include "wdm/rtl/string.hpp"

namespace pump {
namespace {

// A counted string inside the inline part; false when it does not lie there.
bool inline_string(const WDM_REQUEST& request, USHORT offset, USHORT length, UNICODE_STRING& text) {
    if (offset > WDM_INLINE_SIZE || length > WDM_INLINE_SIZE - offset || ((offset | length) & 1) != 0)
        return false;
    text = rtl::string_of(reinterpret_cast<const WCHAR*>(request.Inline + offset), length / sizeof(WCHAR));
    return true;
}

NTSTATUS load(const WDM_REQUEST& request) {
    auto& load = *reinterpret_cast<const WDM_LOAD_DRIVER*>(request.Inline);
    UNICODE_STRING image, registry;
    if (!inline_string(request, load.ImagePathOffset, load.ImagePathLength, image) ||
        !inline_string(request, load.RegistryPathOffset, load.RegistryPathLength, registry))
        return STATUS_INVALID_PARAMETER;
    NTSTATUS status = io::load_driver(load.DriverNumber, image, registry);
    // The thread that its calls take is made now, while there is memory; else with the first of them.
    if (status >= 0 && fsrtl::wants_calls(io::driver_of(load.DriverNumber)->object)) prepare_calls();
    return status;
}

NTSTATUS add_device(const WDM_REQUEST& request) {
    auto& add = *reinterpret_cast<const WDM_ADD_DEVICE*>(request.Inline);
    UNICODE_STRING hardware_id;
    if (add.ClassDriverCount > ARRAYSIZE(add.ClassDrivers) || add.ResourceCount > ARRAYSIZE(add.Resources) ||
        !inline_string(request, add.HardwareIdOffset, add.HardwareIdLength, hardware_id))
        return STATUS_INVALID_PARAMETER;
    return pnp::add_node(request.Target, add, hardware_id);
}

// A function driver's devices go first, with all that is attached to them; then nothing may be left in a
// stack.
NTSTATUS unload(ULONG number) {
    io::Driver* driver = io::driver_of(number);
    if (driver == nullptr) return STATUS_INVALID_PARAMETER;
    if (driver->object.DriverUnload == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    NTSTATUS status = pnp::remove_nodes_of(number);
    if (status >= 0) status = io::may_unload(number);
    return status >= 0 ? io::unload_driver(number) : status;
}

}  // namespace

NTSTATUS control_request(const WDM_REQUEST& request) {
    switch (request.Kind) {
        case WDM_REQUEST_LOAD:
            return load(request);
        case WDM_REQUEST_UNLOAD:
            return unload(request.Target);
        case WDM_REQUEST_ADD_DEVICE:
            return add_device(request);
        case WDM_REQUEST_REMOVE_DEVICE:
            return pnp::remove_node(request.Target);
        case WDM_REQUEST_SHUTDOWN:
            return io::shut_down(request.Target);
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

}  // namespace pump
