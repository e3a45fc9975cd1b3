// SPDX-License-Identifier: GPL-3.0-only
//
// The bus driver at the bottom of every stack: it owns the PDOs and answers what reaches them.
#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/interrupt.hpp"
#include "wdm/pnp/node.hpp"
#include "wdm/rtl/string.hpp"

namespace pnp {
namespace {

constexpr ULONG kFileDeviceController = 0x04;
constexpr ULONG kTargetDeviceRelation = 4;
constexpr ULONG kIsaLines = 16;  // edge-triggered, unless firmware says otherwise to the Executive
enum : ULONG { kBusQueryDeviceId, kBusQueryHardwareIds, kBusQueryCompatibleIds, kBusQueryInstanceId };

NTSTATUS finish(IRP& irp, NTSTATUS status, ULONG_PTR information) {
    irp.IoStatus.Status = status;
    irp.IoStatus.Information = information;
    IofCompleteRequest(&irp, 0);
    return status;
}

// A copy of the text with two terminators, as the multi-string queries want it.
ULONG_PTR id_string(const UNICODE_STRING& text) {
    auto* copy = static_cast<WCHAR*>(platform::allocate(SIZE_T{text.Length} + 2 * sizeof(WCHAR)));
    if (copy == nullptr) return 0;
    __builtin_memcpy(copy, text.Buffer, text.Length);
    copy[text.Length / sizeof(WCHAR)] = 0;
    copy[text.Length / sizeof(WCHAR) + 1] = 0;
    return reinterpret_cast<ULONG_PTR>(copy);
}

NTSTATUS query_id(IRP& irp, const Node& node, ULONG type) {
    static constexpr WCHAR instance[] = u"0000";
    ULONG_PTR text = 0;
    switch (type) {
        case kBusQueryDeviceId:
        case kBusQueryHardwareIds:
            text = id_string(node.hardware_id);
            break;
        case kBusQueryInstanceId:
            text = id_string(rtl::string_of(instance, 4));
            break;
        default:
            return finish(irp, irp.IoStatus.Status, irp.IoStatus.Information);
    }
    return finish(irp, text != 0 ? STATUS_SUCCESS : STATUS_INSUFFICIENT_RESOURCES, text);
}

NTSTATUS query_relations(IRP& irp, DEVICE_OBJECT& pdo, ULONG type) {
    if (type != kTargetDeviceRelation) return finish(irp, irp.IoStatus.Status, irp.IoStatus.Information);
    auto* relations = static_cast<DEVICE_RELATIONS*>(platform::allocate(sizeof(DEVICE_RELATIONS)));
    if (relations == nullptr) return finish(irp, STATUS_INSUFFICIENT_RESOURCES, 0);
    io::reference(pdo);
    *relations = {1, {&pdo}};
    return finish(irp, STATUS_SUCCESS, reinterpret_cast<ULONG_PTR>(relations));
}

NTSTATUS NTAPI dispatch_pnp(PDEVICE_OBJECT device, PIRP irp) {
    const IO_STACK_LOCATION& location = io::current_location(*irp);
    const Node* node = node_of(*device);
    if (node == nullptr) return finish(*irp, STATUS_NO_SUCH_DEVICE, 0);
    switch (location.MinorFunction) {
        case IRP_MN_START_DEVICE:
        case IRP_MN_QUERY_REMOVE_DEVICE:
        case IRP_MN_REMOVE_DEVICE:
        case IRP_MN_CANCEL_REMOVE_DEVICE:
        case IRP_MN_STOP_DEVICE:
        case IRP_MN_QUERY_STOP_DEVICE:
        case IRP_MN_CANCEL_STOP_DEVICE:
        case IRP_MN_SURPRISE_REMOVAL:
        case IRP_MN_QUERY_CAPABILITIES:
            return finish(*irp, STATUS_SUCCESS, irp->IoStatus.Information);
        case IRP_MN_QUERY_ID:
            return query_id(*irp, *node, location.Parameters.QueryId.IdType);
        case IRP_MN_QUERY_DEVICE_RELATIONS:
            return query_relations(*irp, *device, location.Parameters.QueryDeviceRelations.Type);
        // Whatever else comes here was not handled above: the status stays as it is.
        default:
            return finish(*irp, irp->IoStatus.Status, irp->IoStatus.Information);
    }
}

NTSTATUS NTAPI dispatch_power(PDEVICE_OBJECT, PIRP irp) {
    return finish(*irp, STATUS_SUCCESS, 0);
}

NTSTATUS NTAPI dispatch_system_control(PDEVICE_OBJECT, PIRP irp) {
    return finish(*irp, irp->IoStatus.Status, irp->IoStatus.Information);
}

io::Driver* bus_driver() {
    static constinit io::Driver* driver = nullptr;
    if (driver != nullptr) return driver;
    static constexpr WCHAR name[] = u"PnpManager";
    driver = io::create_internal_driver(rtl::string_of(name, 10));
    if (driver == nullptr) return nullptr;
    driver->object.MajorFunction[IRP_MJ_PNP] = dispatch_pnp;
    driver->object.MajorFunction[IRP_MJ_POWER] = dispatch_power;
    driver->object.MajorFunction[IRP_MJ_SYSTEM_CONTROL] = dispatch_system_control;
    return driver;
}

CM_PARTIAL_RESOURCE_DESCRIPTOR describe(const WDM_RESOURCE& resource) {
    CM_PARTIAL_RESOURCE_DESCRIPTOR descriptor{};
    descriptor.ShareDisposition = CmResourceShareDeviceExclusive;
    descriptor.Flags = static_cast<USHORT>(resource.Flags);
    switch (resource.Type) {
        case WDM_RESOURCE_INTERRUPT:
            descriptor.Type = CmResourceTypeInterrupt;
            if (resource.Start < kIsaLines) descriptor.Flags |= CM_RESOURCE_INTERRUPT_LATCHED;
            descriptor.u.Interrupt.Level = ke::device_irql(static_cast<ULONG>(resource.Start));
            descriptor.u.Interrupt.Vector = static_cast<ULONG>(resource.Start);
            descriptor.u.Interrupt.Affinity = 1;
            break;
        case WDM_RESOURCE_PORT:
            descriptor.Type = CmResourceTypePort;
            descriptor.Flags |= CM_RESOURCE_PORT_IO;
            [[fallthrough]];
        default:
            if (descriptor.Type == 0) descriptor.Type = CmResourceTypeMemory;
            descriptor.u.Range.Start.QuadPart = static_cast<LONGLONG>(resource.Start);
            descriptor.u.Range.Length = static_cast<ULONG>(resource.Length);
    }
    return descriptor;
}

}  // namespace

DEVICE_OBJECT* create_pdo(Node& node) {
    io::Driver* driver = bus_driver();
    if (driver == nullptr) return nullptr;
    PDEVICE_OBJECT pdo;
    if (IoCreateDevice(&driver->object, 0, nullptr, kFileDeviceController, 0, FALSE, &pdo) < 0)
        return nullptr;
    pdo->DeviceObjectExtension->DeviceNode = &node;
    pdo->Flags |= DO_BUS_ENUMERATED_DEVICE;
    pdo->Flags &= ~ULONG{DO_DEVICE_INITIALIZING};
    return pdo;
}

CM_RESOURCE_LIST* resource_list(const Node& node) {
    SIZE_T size = sizeof(CM_RESOURCE_LIST) + node.resource_count * sizeof(CM_PARTIAL_RESOURCE_DESCRIPTOR);
    auto* list = static_cast<CM_RESOURCE_LIST*>(platform::allocate(size));
    if (list == nullptr) return nullptr;
    __builtin_memset(list, 0, size);
    list->Count = 1;
    list->List[0].InterfaceType = INTERFACE_TYPE_ISA;
    CM_PARTIAL_RESOURCE_LIST& partial = list->List[0].PartialResourceList;
    partial.Version = partial.Revision = 1;
    partial.Count = node.resource_count;
    for (ULONG i = 0; i < node.resource_count; i++)
        partial.PartialDescriptors[i] = describe(node.resources[i]);
    return list;
}

}  // namespace pnp
