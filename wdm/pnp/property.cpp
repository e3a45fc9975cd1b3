// SPDX-License-Identifier: GPL-3.0-only
//
// Questions about a device node, its registry key, and the notices about hardware that drivers send and ask
// for.
#include "abi/nt/ntdll.h"
#include "wdm/io/device.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/pnp/node.hpp"
#include "wdm/rtl/string.hpp"

namespace {

enum Property : ULONG {
    kDeviceDescription = 0,
    kHardwareId = 1,
    kCompatibleIds = 2,
    kBootConfiguration = 3,
    kPhysicalDeviceObjectName = 11,
    kBusTypeGuid = 12,
    kLegacyBusType = 13,
    kBusNumber = 14,
    kEnumeratorName = 15,
    kAddress = 16,
};

NTSTATUS give(const void* data, ULONG size, ULONG capacity, PVOID buffer, PULONG result) {
    *result = size;
    if (capacity < size) return STATUS_BUFFER_TOO_SMALL;
    memcpy(buffer, data, size);
    return STATUS_SUCCESS;
}

// A string with one terminator, or two for a list.
NTSTATUS give_text(const UNICODE_STRING& text, ULONG terminators, ULONG capacity, PVOID buffer,
                   PULONG result) {
    ULONG size = text.Length + terminators * sizeof(WCHAR);
    *result = size;
    if (capacity < size) return STATUS_BUFFER_TOO_SMALL;
    memset(buffer, 0, size);
    if (text.Length != 0) memcpy(buffer, text.Buffer, text.Length);
    return STATUS_SUCCESS;
}

UNICODE_STRING enumerator_of(const UNICODE_STRING& hardware_id) {
    SIZE_T length = 0;
    while (length < hardware_id.Length / sizeof(WCHAR) && hardware_id.Buffer[length] != u'\\')
        length++;
    return rtl::string_of(hardware_id.Buffer, length);
}

constexpr UNICODE_STRING kNoText{};

}  // namespace

extern "C" {

NTSTATUS IoGetDeviceProperty(PDEVICE_OBJECT pdo, ULONG property, ULONG capacity, PVOID buffer,
                             PULONG result) {
    const pnp::Node* node = pnp::node_of(*pdo);
    *result = 0;
    if (node == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    constexpr ULONG bus_type = INTERFACE_TYPE_ISA, bus_number = 0;
    switch (property) {
        case kDeviceDescription:
            return give_text(node->hardware_id, 1, capacity, buffer, result);
        case kHardwareId:
            return give_text(node->hardware_id, 2, capacity, buffer, result);
        case kCompatibleIds:
            return give_text(kNoText, 2, capacity, buffer, result);
        case kPhysicalDeviceObjectName:
            return give_text(pdo->DeviceObjectExtension->name, 1, capacity, buffer, result);
        case kLegacyBusType:
            return give(&bus_type, sizeof bus_type, capacity, buffer, result);
        case kBusNumber:
            return give(&bus_number, sizeof bus_number, capacity, buffer, result);
        case kEnumeratorName:
            return give_text(enumerator_of(node->hardware_id), 1, capacity, buffer, result);
        case kAddress:
            return give(&node->number, sizeof node->number, capacity, buffer, result);
        default:
            return STATUS_OBJECT_NAME_NOT_FOUND;
    }
}

// Both the hardware key and the software key of a node are Parameters below its driver's service key.
NTSTATUS IoOpenDeviceRegistryKey(PDEVICE_OBJECT pdo, ULONG, ACCESS_MASK access, PHANDLE key) {
    const pnp::Node* node = pnp::node_of(*pdo);
    io::Driver* driver = node != nullptr ? io::driver_of(node->driver_number) : nullptr;
    if (driver == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    static constexpr WCHAR suffix[] = u"\\Parameters";
    UNICODE_STRING path;
    if (!rtl::concatenate(driver->registry_path, rtl::string_of(suffix, 11), path))
        return STATUS_INSUFFICIENT_RESOURCES;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &path, OBJ_CASE_INSENSITIVE, nullptr, nullptr);
    NTSTATUS status = NtCreateKey(key, access, &attributes, 0, nullptr, 0, nullptr);
    rtl::free(path);
    return status;
}

NTSTATUS IoOpenDeviceInterfaceRegistryKey(PUNICODE_STRING, ACCESS_MASK, PHANDLE) {
    return STATUS_OBJECT_NAME_NOT_FOUND;
}

// Nodes are enumerated by the Executive alone: these notices change nothing.
VOID IoInvalidateDeviceRelations(PDEVICE_OBJECT, ULONG) {}

VOID IoInvalidateDeviceState(PDEVICE_OBJECT) {}

VOID IoRequestDeviceEject(PDEVICE_OBJECT) {}

NTSTATUS IoReportTargetDeviceChange(PDEVICE_OBJECT, PVOID) {
    return STATUS_SUCCESS;
}

NTSTATUS IoReportTargetDeviceChangeAsynchronous(PDEVICE_OBJECT, PVOID, PVOID, PVOID) {
    return STATUS_SUCCESS;
}

NTSTATUS IoRegisterPlugPlayNotification(ULONG, ULONG, PVOID, PDRIVER_OBJECT driver, PVOID, PVOID,
                                        PVOID* entry) {
    *entry = driver;
    return STATUS_SUCCESS;
}

NTSTATUS IoUnregisterPlugPlayNotification(PVOID) {
    return STATUS_SUCCESS;
}

NTSTATUS IoUnregisterPlugPlayNotificationEx(PVOID) {
    return STATUS_SUCCESS;
}

PCONFIGURATION_INFORMATION IoGetConfigurationInformation(void) {
    static constinit CONFIGURATION_INFORMATION information{};
    return &information;
}

NTSTATUS IoWMIRegistrationControl(PDEVICE_OBJECT, ULONG) {
    return STATUS_SUCCESS;
}

ULONG IoWMIDeviceObjectToProviderId(PDEVICE_OBJECT device) {
    return static_cast<ULONG>(reinterpret_cast<ULONG_PTR>(device));
}

BOOLEAN IoIsWdmVersionAvailable(UCHAR major, UCHAR) {
    return major <= 6;
}

}  // extern "C"
