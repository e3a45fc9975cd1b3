// SPDX-License-Identifier: GPL-3.0-only
//
// Device interfaces: a symbolic link \??\<id>#{class guid} to the physical device, there while the interface
// is enabled. A PDO gets a name of its own when its first interface is enabled.
#include "abi/nt/ntdll.h"
#include "wdm/io/device.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/pnp/node.hpp"
#include "wdm/rtl/string.hpp"

extern "C" {
NTSTATUS IoCreateSymbolicLink(PUNICODE_STRING Name, PUNICODE_STRING Target);
NTSTATUS IoDeleteSymbolicLink(PUNICODE_STRING Name);
}

namespace {

constexpr SIZE_T kNameCapacity = 200;

struct Interface {
    Interface* next;
    PDEVICE_OBJECT pdo;
    UNICODE_STRING link;
};

constinit Interface* interfaces = nullptr;
constinit platform::Lock interfaces_lock;

// \??\ACPI#PNP0303#0000#{884b96c3-...}[\reference]
bool link_name(const pnp::Node& node, const GUID& guid, const UNICODE_STRING* reference,
               UNICODE_STRING& link) {
    WCHAR text[kNameCapacity];
    UNICODE_STRING guid_text;
    if (!NT_SUCCESS(RtlStringFromGUID(&guid, &guid_text))) return false;
    static constexpr UNICODE_STRING none{};
    const WCHAR* separator = reference != nullptr ? u"\\" : u"";
    int length = _snwprintf(text, kNameCapacity, u"\\??\\%wZ#%04u#%wZ%s%wZ", &node.hardware_id, node.number,
                            &guid_text, separator, reference != nullptr ? reference : &none);
    RtlFreeUnicodeString(&guid_text);
    if (length < 0) return false;
    for (int i = 4; i < length; i++)
        if (text[i] == u'\\' && i < 4 + node.hardware_id.Length / 2) text[i] = u'#';
    return rtl::duplicate(rtl::string_of(text, static_cast<SIZE_T>(length)), link);
}

Interface* find(const UNICODE_STRING& link) {
    platform::Guard guard(interfaces_lock);
    for (Interface* at = interfaces; at != nullptr; at = at->next)
        if (rtl::equal_ignoring_case(at->link, link)) return at;
    return nullptr;
}

NTSTATUS name_pdo(DEVICE_OBJECT& pdo) {
    const pnp::Node* node = pnp::node_of(pdo);
    WCHAR text[32];
    int length = _snwprintf(text, 32, u"\\Device\\%08x", node != nullptr ? node->number : 0);
    return io::name_device(pdo, rtl::string_of(text, static_cast<SIZE_T>(length)));
}

}  // namespace

extern "C" {

NTSTATUS IoRegisterDeviceInterface(PDEVICE_OBJECT pdo, const GUID* guid, PUNICODE_STRING reference,
                                   PUNICODE_STRING link) {
    const pnp::Node* node = pnp::node_of(*pdo);
    if (node == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    *link = {};
    const UNICODE_STRING* suffix = reference != nullptr && reference->Length != 0 ? reference : nullptr;
    if (!link_name(*node, *guid, suffix, *link)) return STATUS_INSUFFICIENT_RESOURCES;
    if (find(*link) != nullptr) return STATUS_SUCCESS;
    auto* made = static_cast<Interface*>(platform::allocate(sizeof(Interface)));
    if (made == nullptr || !rtl::duplicate(*link, made->link)) {
        if (made != nullptr) platform::release(made);
        rtl::free(*link);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    made->pdo = pdo;
    platform::Guard guard(interfaces_lock);
    made->next = interfaces;
    interfaces = made;
    return STATUS_SUCCESS;
}

NTSTATUS IoSetDeviceInterfaceState(PUNICODE_STRING link, BOOLEAN enable) {
    Interface* interface = find(*link);
    if (interface == nullptr) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (!enable) return IoDeleteSymbolicLink(&interface->link);
    NTSTATUS status = name_pdo(*interface->pdo);
    if (!NT_SUCCESS(status)) return status;
    status = IoCreateSymbolicLink(&interface->link, &interface->pdo->DeviceObjectExtension->name);
    return status == STATUS_OBJECT_NAME_COLLISION ? STATUS_OBJECT_NAME_EXISTS : status;
}

// Interfaces of other hosts are not visible from here: the list is empty.
NTSTATUS IoGetDeviceInterfaces(const GUID*, PDEVICE_OBJECT, ULONG, PWSTR* list) {
    *list = static_cast<PWSTR>(platform::allocate(2 * sizeof(WCHAR)));
    if (*list == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    (*list)[0] = (*list)[1] = 0;
    return STATUS_SUCCESS;
}

}  // extern "C"
