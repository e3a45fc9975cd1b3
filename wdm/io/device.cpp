// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/io/device.hpp"

#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/io/driver.hpp"
#include "wdm/io/shutdown.hpp"
#include "wdm/ke/dispatcher.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/rtl/list.hpp"
#include "wdm/rtl/string.hpp"

extern "C" VOID KeInitializeDeviceQueue(PKDEVICE_QUEUE queue);

namespace io {

constinit platform::Lock database_lock;

namespace {

constexpr ULONG kFileDeviceDisk = 0x07, kFileDeviceTape = 0x1f, kFileDeviceCdRom = 0x02;

constinit DEVICE_OBJECT* by_index[kMaximumDevices]{};

constexpr SIZE_T align(SIZE_T size) {
    return (size + 15) & ~SIZE_T{15};
}

DEVICE_OBJECT* allocate_device(DRIVER_OBJECT& driver, const NewDevice& request) {
    SIZE_T head = align(sizeof(DEVICE_OBJECT)) + align(request.extension_size);
    SIZE_T size = head + sizeof(_DEVOBJ_EXTENSION);
    if (request.extension_size > 0xf000) return nullptr;
    auto* memory = static_cast<UCHAR*>(platform::allocate(size));
    if (memory == nullptr) return nullptr;
    __builtin_memset(memory, 0, size);
    auto* device = reinterpret_cast<DEVICE_OBJECT*>(memory);
    auto* extension = reinterpret_cast<_DEVOBJ_EXTENSION*>(memory + head);
    device->Type = IO_TYPE_DEVICE;
    device->Size = static_cast<USHORT>(sizeof(DEVICE_OBJECT) + request.extension_size);
    device->ReferenceCount = 1;
    device->DriverObject = &driver;
    device->Flags = DO_DEVICE_INITIALIZING | (request.exclusive ? DO_EXCLUSIVE : 0);
    device->Characteristics = request.characteristics;
    device->DeviceExtension = request.extension_size != 0 ? memory + align(sizeof(DEVICE_OBJECT)) : nullptr;
    device->DeviceType = request.type;
    device->StackSize = 1;
    device->DeviceObjectExtension = extension;
    bool has_sectors = request.type == kFileDeviceDisk || request.type == kFileDeviceTape;
    device->SectorSize = has_sectors ? 512 : request.type == kFileDeviceCdRom ? 2048 : 0;
    KeInitializeDeviceQueue(&device->DeviceQueue);
    KeInitializeEvent(&device->DeviceLock, SynchronizationEvent, TRUE);
    extension->Type = IO_TYPE_DEVICE_OBJECT_EXTENSION;
    extension->Size = sizeof(_DEVOBJ_EXTENSION);
    extension->DeviceObject = device;
    extension->index = kNoIndex;
    return device;
}

// Registers the name with the Executive, which from now on may send requests for it.
NTSTATUS register_name(DEVICE_OBJECT& device, const UNICODE_STRING& name, bool exclusive, PVOID descriptor) {
    _DEVOBJ_EXTENSION& extension = *device.DeviceObjectExtension;
    if (!rtl::duplicate(name, extension.name)) return STATUS_INSUFFICIENT_RESOURCES;
    ULONG index = kNoIndex;
    NTSTATUS status = platform::create_device(name, driver_number(*device.DriverObject), device.DeviceType,
                                              device.Characteristics, exclusive, descriptor, index);
    if (status >= 0 && index >= kMaximumDevices) {
        platform::delete_device(index);
        status = STATUS_INSUFFICIENT_RESOURCES;
    }
    if (status < 0) {
        rtl::free(extension.name);
        return status;
    }
    platform::Guard guard(database_lock);
    by_index[index] = &device;
    extension.index = index;
    device.Flags |= DO_DEVICE_HAS_NAME;
    return status;
}

NTSTATUS register_generated_name(DEVICE_OBJECT& device, PVOID descriptor) {
    static constinit ULONG next = 1;
    for (ULONG tries = 0; tries < 4096; tries++) {
        WCHAR text[] = u"\\Device\\00000000";
        ULONG number = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
        for (int i = 0; i < 8; i++)
            text[8 + i] = u"0123456789abcdef"[(number >> (28 - 4 * i)) & 15];
        UNICODE_STRING name = rtl::string_of(text, 16);
        NTSTATUS status = register_name(device, name, false, descriptor);
        if (status != STATUS_OBJECT_NAME_COLLISION) return status;
    }
    return STATUS_OBJECT_NAME_COLLISION;
}

void unlink_from_driver(DEVICE_OBJECT& device) {
    platform::Guard guard(database_lock);
    for (PDEVICE_OBJECT* link = &device.DriverObject->DeviceObject; *link != nullptr;
         link = &(*link)->NextDevice) {
        if (*link != &device) continue;
        *link = device.NextDevice;
        break;
    }
}

// Caller holds the lock.
void drop_index(_DEVOBJ_EXTENSION& extension) {
    if (extension.index == kNoIndex || !extension.deleted || extension.files != 0) return;
    by_index[extension.index] = nullptr;
    extension.index = kNoIndex;
}

// From here on the Executive opens nothing on the device and gives its index to no other while files are
// open.
void unregister_name(DEVICE_OBJECT& device) {
    ULONG index = device.DeviceObjectExtension->index;
    if (index == kNoIndex) return;
    {
        platform::Guard guard(database_lock);
        drop_index(*device.DeviceObjectExtension);
    }
    platform::delete_device(index);
}

}  // namespace

DEVICE_OBJECT* device_of(ULONG index) {
    return index < kMaximumDevices ? __atomic_load_n(&by_index[index], __ATOMIC_ACQUIRE) : nullptr;
}

DEVICE_OBJECT& top_of(DEVICE_OBJECT& device) {
    DEVICE_OBJECT* top = &device;
    while (top->AttachedDevice != nullptr)
        top = top->AttachedDevice;
    return *top;
}

void reference(DEVICE_OBJECT& device) {
    __atomic_add_fetch(&device.ReferenceCount, 1, __ATOMIC_RELAXED);
}

void dereference(DEVICE_OBJECT& device) {
    if (__atomic_sub_fetch(&device.ReferenceCount, 1, __ATOMIC_ACQ_REL) != 0) return;
    rtl::free(device.DeviceObjectExtension->name);
    device.Type = 0;
    platform::release(&device);
}

void file_opened(DEVICE_OBJECT& device) {
    platform::Guard guard(database_lock);
    reference(device);
    device.DeviceObjectExtension->files++;
}

void file_closed(DEVICE_OBJECT& device) {
    {
        platform::Guard guard(database_lock);
        device.DeviceObjectExtension->files--;
        drop_index(*device.DeviceObjectExtension);
    }
    dereference(device);
}

DEVICE_OBJECT* find_device(const UNICODE_STRING& name) {
    platform::Guard guard(database_lock);
    for (DEVICE_OBJECT* device : by_index)
        if (device != nullptr && !device->DeviceObjectExtension->deleted &&
            rtl::equal_ignoring_case(device->DeviceObjectExtension->name, name))
            return device;
    return nullptr;
}

NTSTATUS name_device(DEVICE_OBJECT& device, const UNICODE_STRING& name) {
    if (device.DeviceObjectExtension->index != kNoIndex) return STATUS_SUCCESS;
    return register_name(device, name, false, nullptr);
}

NTSTATUS create_device(DRIVER_OBJECT& driver, const UNICODE_STRING* name, const NewDevice& wanted,
                       PDEVICE_OBJECT* result) {
    *result = nullptr;
    DEVICE_OBJECT* device = allocate_device(driver, wanted);
    if (device == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    NTSTATUS status = STATUS_SUCCESS;
    if (name != nullptr && name->Length != 0)
        status = register_name(*device, *name, wanted.exclusive, wanted.descriptor);
    else if ((wanted.characteristics & kAutogeneratedName) != 0)
        status = register_generated_name(*device, wanted.descriptor);
    if (status < 0) {
        platform::release(device);
        return status;
    }
    platform::Guard guard(database_lock);
    device->NextDevice = driver.DeviceObject;
    driver.DeviceObject = device;
    *result = device;
    return STATUS_SUCCESS;
}

}  // namespace io

extern "C" {

NTSTATUS IoCreateDevice(PDRIVER_OBJECT driver, ULONG extension_size, PUNICODE_STRING name, ULONG type,
                        ULONG characteristics, BOOLEAN exclusive, PDEVICE_OBJECT* result) {
    return io::create_device(*driver, name,
                             {extension_size, type, characteristics, exclusive != FALSE, nullptr}, result);
}

VOID IoDeleteDevice(PDEVICE_OBJECT device) {
    _DEVOBJ_EXTENSION& extension = *device->DeviceObjectExtension;
    if (extension.deleted) return;
    extension.deleted = true;
    io::forget_shutdown(*device);
    io::forget_timer(*device);
    io::unregister_name(*device);
    io::unlink_from_driver(*device);
    io::dereference(*device);
}

PDEVICE_OBJECT IoAttachDeviceToDeviceStack(PDEVICE_OBJECT source, PDEVICE_OBJECT target) {
    platform::Guard guard(io::database_lock);
    DEVICE_OBJECT& top = io::top_of(*target);
    if (top.DeviceObjectExtension->deleted) return nullptr;
    source->StackSize = static_cast<CCHAR>(top.StackSize + 1);
    source->AlignmentRequirement = top.AlignmentRequirement;
    source->SectorSize = top.SectorSize;
    source->DeviceObjectExtension->AttachedTo = &top;
    // A device that is deleted stays until what is attached to it has let go.
    io::reference(top);
    top.AttachedDevice = source;
    return &top;
}

NTSTATUS IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT source, PDEVICE_OBJECT target,
                                         PDEVICE_OBJECT* lower) {
    *lower = IoAttachDeviceToDeviceStack(source, target);
    return *lower != nullptr ? STATUS_SUCCESS : STATUS_NO_SUCH_DEVICE;
}

PDEVICE_OBJECT IoAttachDeviceByPointer(PDEVICE_OBJECT source, PDEVICE_OBJECT target) {
    return IoAttachDeviceToDeviceStack(source, target);
}

VOID IoDetachDevice(PDEVICE_OBJECT lower) {
    {
        platform::Guard guard(io::database_lock);
        if (lower->AttachedDevice == nullptr) return;
        lower->AttachedDevice->DeviceObjectExtension->AttachedTo = nullptr;
        lower->AttachedDevice = nullptr;
    }
    io::dereference(*lower);
}

PDEVICE_OBJECT IoGetAttachedDevice(PDEVICE_OBJECT device) {
    return &io::top_of(*device);
}

PDEVICE_OBJECT IoGetAttachedDeviceReference(PDEVICE_OBJECT device) {
    platform::Guard guard(io::database_lock);
    DEVICE_OBJECT& top = io::top_of(*device);
    io::reference(top);
    return &top;
}

PDEVICE_OBJECT IoGetLowerDeviceObject(PDEVICE_OBJECT device) {
    platform::Guard guard(io::database_lock);
    PDEVICE_OBJECT lower = device->DeviceObjectExtension->AttachedTo;
    if (lower != nullptr) io::reference(*lower);
    return lower;
}

PDEVICE_OBJECT IoGetDeviceAttachmentBaseRef(PDEVICE_OBJECT device) {
    platform::Guard guard(io::database_lock);
    while (device->DeviceObjectExtension->AttachedTo != nullptr)
        device = device->DeviceObjectExtension->AttachedTo;
    io::reference(*device);
    return device;
}

PDEVICE_OBJECT IoGetRelatedDeviceObject(PFILE_OBJECT file) {
    return &io::top_of(*file->DeviceObject);
}

PDEVICE_OBJECT IoGetBaseFileSystemDeviceObject(PFILE_OBJECT file) {
    return file->DeviceObject;
}

}  // extern "C"
