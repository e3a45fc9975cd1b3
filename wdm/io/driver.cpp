// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/driver.hpp"

#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/ex/pool.hpp"
#include "wdm/io/device.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/io/unload.hpp"
#include "wdm/ke/code_range.hpp"
#include "wdm/mm/image.hpp"
#include "wdm/rtl/string.hpp"

namespace io {

struct ClientExtension {
    ClientExtension* next;
    PVOID identification;
    alignas(16) UCHAR data[1];
};

namespace {

constinit Driver* drivers[kMaximumDrivers]{};

NTSTATUS NTAPI invalid_request(PDEVICE_OBJECT, PIRP irp) {
    irp->IoStatus.Status = STATUS_INVALID_DEVICE_REQUEST;
    irp->IoStatus.Information = 0;
    IofCompleteRequest(irp, 0);
    return STATUS_INVALID_DEVICE_REQUEST;
}

UNICODE_STRING last_part(const UNICODE_STRING& path) {
    USHORT start = path.Length / sizeof(WCHAR);
    while (start > 0 && path.Buffer[start - 1] != u'\\')
        start--;
    return rtl::string_of(path.Buffer + start, path.Length / sizeof(WCHAR) - start);
}

bool name_driver(Driver& driver, const UNICODE_STRING& name) {
    static constexpr WCHAR prefix[] = u"\\Driver\\";
    return rtl::concatenate(rtl::string_of(prefix, 8), name, driver.object.DriverName) &&
           rtl::duplicate(name, driver.extension.ServiceKeyName);
}

Driver* allocate_driver(ULONG number, const UNICODE_STRING& name) {
    void* memory = platform::allocate(sizeof(Driver));
    if (memory == nullptr) return nullptr;
    auto* driver = new (memory) Driver{};
    driver->object.Type = IO_TYPE_DRIVER;
    driver->object.Size = sizeof(DRIVER_OBJECT);
    driver->object.Flags = DRVO_LEGACY_DRIVER;
    driver->object.DriverExtension = &driver->extension;
    driver->extension.DriverObject = &driver->object;
    driver->number = number;
    for (PDRIVER_DISPATCH& entry : driver->object.MajorFunction)
        entry = invalid_request;
    if (name_driver(*driver, name)) return driver;
    rtl::free(driver->object.DriverName);
    platform::release(driver);
    return nullptr;
}

void free_driver(Driver& driver) {
    while (ClientExtension* extension = driver.client_extensions) {
        driver.client_extensions = extension->next;
        platform::release(extension);
    }
    if (driver.image != nullptr) mm::unload_image(driver.image);
    rtl::free(driver.object.DriverName);
    rtl::free(driver.extension.ServiceKeyName);
    rtl::free(driver.registry_path);
    platform::release(&driver);
}

// A driver may leave entries null; NT fills them in again after DriverEntry.
void mend_dispatch_table(Driver& driver) {
    for (PDRIVER_DISPATCH& entry : driver.object.MajorFunction)
        if (entry == nullptr) entry = invalid_request;
}

void finish_initialisation(Driver& driver) {
    mend_dispatch_table(driver);
    driver.object.Flags |= DRVO_INITIALIZED;
    if (driver.extension.AddDevice != nullptr) driver.object.Flags &= ~ULONG{DRVO_LEGACY_DRIVER};
    for (PDEVICE_OBJECT device = driver.object.DeviceObject; device != nullptr; device = device->NextDevice)
        device->Flags &= ~ULONG{DO_DEVICE_INITIALIZING};
    if (driver.reinitialize == nullptr) return;
    PDRIVER_REINITIALIZE routine = driver.reinitialize;
    driver.reinitialize = nullptr;
    routine(&driver.object, driver.reinitialize_context, ++driver.extension.Count);
}

NTSTATUS enter_driver(Driver& driver, const mm::Image& image) {
    driver.image = image.base;
    driver.object.DriverStart = image.base;
    driver.object.DriverSize = image.size;
    driver.object.DriverSection = image.base;
    driver.object.DriverInit = reinterpret_cast<PDRIVER_INITIALIZE>(image.entry);
    if (image.entry == nullptr) return STATUS_INVALID_IMAGE_FORMAT;
    return driver.object.DriverInit(&driver.object, &driver.registry_path);
}

void delete_devices(Driver& driver) {
    while (driver.object.DeviceObject != nullptr)
        IoDeleteDevice(driver.object.DeviceObject);
}

}  // namespace

NTSTATUS load_driver(ULONG number, const UNICODE_STRING& image_path, const UNICODE_STRING& registry_path) {
    if (number >= kMaximumDrivers || drivers[number] != nullptr) return STATUS_INVALID_PARAMETER;
    Driver* driver = allocate_driver(number, last_part(registry_path));
    if (driver == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    if (!rtl::duplicate(registry_path, driver->registry_path)) {
        free_driver(*driver);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    mm::Image image{};
    NTSTATUS status = mm::load_image(image_path, image);
    if (status >= 0) {
        drivers[number] = driver;
        status = enter_driver(*driver, image);
    }
    if (status >= 0) {
        finish_initialisation(*driver);
        return STATUS_SUCCESS;
    }
    drivers[number] = nullptr;
    delete_devices(*driver);
    free_driver(*driver);
    return status;
}

NTSTATUS unload_driver(ULONG number) {
    Driver* driver = driver_of(number);
    if (driver == nullptr) return STATUS_INVALID_PARAMETER;
    driver->object.Flags |= DRVO_UNLOAD_INVOKED;
    driver->object.DriverUnload(&driver->object);
    ex::check_pool();
    drivers[number] = nullptr;
    delete_devices(*driver);
    let_go(*driver);
    free_driver(*driver);
    return STATUS_SUCCESS;
}

Driver* driver_of(ULONG number) {
    return number < kMaximumDrivers ? drivers[number] : nullptr;
}

Driver* driver_at(const void* address) {
    for (Driver* driver : drivers) {
        if (driver == nullptr) continue;
        ke::CodeRange range{static_cast<const UCHAR*>(driver->object.DriverStart), driver->object.DriverSize};
        if (range.contains(address)) return driver;
    }
    return nullptr;
}

ULONG driver_number(const DRIVER_OBJECT& driver) {
    return reinterpret_cast<const Driver&>(driver).number;
}

Driver* create_internal_driver(const UNICODE_STRING& name) {
    return allocate_driver(~0u, name);
}

}  // namespace io

extern "C" {

NTSTATUS IoAllocateDriverObjectExtension(PDRIVER_OBJECT object, PVOID identification, ULONG size,
                                         PVOID* result) {
    auto& driver = reinterpret_cast<io::Driver&>(*object);
    *result = nullptr;
    for (io::ClientExtension* at = driver.client_extensions; at != nullptr; at = at->next)
        if (at->identification == identification) return STATUS_OBJECT_NAME_COLLISION;
    SIZE_T bytes = sizeof(io::ClientExtension) + size;
    auto* made = static_cast<io::ClientExtension*>(platform::allocate(bytes));
    if (made == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    __builtin_memset(made, 0, bytes);
    made->identification = identification;
    made->next = driver.client_extensions;
    driver.client_extensions = made;
    *result = made->data;
    return STATUS_SUCCESS;
}

PVOID IoGetDriverObjectExtension(PDRIVER_OBJECT object, PVOID identification) {
    auto& driver = reinterpret_cast<io::Driver&>(*object);
    for (io::ClientExtension* at = driver.client_extensions; at != nullptr; at = at->next)
        if (at->identification == identification) return at->data;
    return nullptr;
}

VOID IoRegisterDriverReinitialization(PDRIVER_OBJECT object, PDRIVER_REINITIALIZE routine, PVOID context) {
    auto& driver = reinterpret_cast<io::Driver&>(*object);
    driver.reinitialize = routine;
    driver.reinitialize_context = context;
}

VOID IoRegisterBootDriverReinitialization(PDRIVER_OBJECT object, PDRIVER_REINITIALIZE routine,
                                          PVOID context) {
    IoRegisterDriverReinitialization(object, routine, context);
}

}  // extern "C"
