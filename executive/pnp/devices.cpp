// SPDX-License-Identifier: GPL-3.0-only
//
// The named devices of a host: made, found again by the next process, deleted.
#include "base/new_descriptor.hpp"
#include "executive/io/device_security.hpp"
#include "executive/io/driver_device.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/pnp/host.hpp"
#include "executive/se/assign.hpp"

namespace pnp {

namespace {

// The device of this name that the host's last process had; null when there is none. Its descriptor is what
// it was, also where somebody has changed it since.
Result<Ref<io::DriverDevice>> device_before(io::HostChannel& requests, const ob::Found& found) {
    if (!found.object || !found.rest.empty()) return Ref<io::DriverDevice>();
    io::Device* device = ob::as<io::Device>(*found.object);
    for (io::DriverDevice& own : requests.devices())
        if (&own == device && own.index() == 0 && !own.retired()) return Ref<io::DriverDevice>(own);
    return fail(STATUS_OBJECT_NAME_COLLISION);
}

// As its driver asks, with generic rights mapped: they mean nothing in a list that is checked. Entries may
// have become more by it.
Result<Vector<uint8_t>> security_of(const NewDevice& wanted) {
    if (wanted.security.empty()) return io::default_device_security(wanted.type, wanted.characteristics);
    const ob::GenericMapping& mapping = io::Device::kType.mapping;
    base::NewDescriptor how;
    how.asked = wanted.security;
    how.owner = kAdministrators;
    how.group = kLocalSystem;
    how.mapping = {mapping.read, mapping.write, mapping.execute, mapping.all};
    Vector<uint8_t> made = TRY(base::new_descriptor(how));
    if (!se::is_short(made.span())) return fail(STATUS_INVALID_ACL);
    return made;
}

Result<Ref<io::DriverDevice>> make_device(io::HostChannel& requests, const NewDevice& wanted,
                                          ob::Found& found) {
    if (!found.parent) return fail(STATUS_OBJECT_NAME_INVALID);
    Vector<uint8_t> security = TRY(security_of(wanted));
    Ref<io::DriverDevice> device = TRY(make_ref<io::DriverDevice>(Ref<io::HostChannel>(requests), wanted.type,
                                                                  wanted.characteristics, wanted.exclusive));
    TRY(device->set_security(std::move(security)));
    TRY(found.parent->insert(*device, std::move(found.name)));
    device->keep_name();
    requests.devices().push_back(*device);
    return device;
}

}  // namespace

Result<uint32_t> Host::create_device(const NewDevice& wanted, ob::Found& place) {
    // The runtime has drivers of its own, which nobody loaded.
    Driver* driver = driver_with(wanted.driver);
    if (driver && driver->unloading) return fail(STATUS_DELETE_PENDING);
    uint32_t index = TRY(channel_->free_device_index());
    Ref<io::DriverDevice> device = TRY(device_before(*channel_, place));
    if (!device) device = TRY(make_device(*channel_, wanted, place));
    device->bind(index, driver ? driver->number : io::DriverDevice::kNoDriver, driver && driver->repeat_safe);
    device->set_controls(driver ? driver->controls : Ref<io::DriverControls>());
    return index;
}

Result<void> Host::delete_device(uint32_t index) {
    for (io::DriverDevice& device : channel_->devices()) {
        if (index == 0 || device.index() != index || device.retired()) continue;
        device.retire();
        return {};
    }
    return fail(STATUS_NO_SUCH_DEVICE);
}

}  // namespace pnp
