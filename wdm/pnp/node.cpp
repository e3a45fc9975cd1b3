// SPDX-License-Identifier: GPL-3.0-only
#include "wdm/pnp/node.hpp"

#include <new>

#include "abi/nt/ntstatus.h"
#include "wdm/io/device.hpp"
#include "wdm/io/driver.hpp"
#include "wdm/io/irp.hpp"
#include "wdm/ke/ports.hpp"
#include "wdm/rtl/string.hpp"

namespace pnp {
namespace {

constinit Node* nodes = nullptr;

// Sends a Plug and Play IRP to the top of the node's stack and waits for it.
NTSTATUS send(Node& node, IO_STACK_LOCATION parameters, NTSTATUS initial) {
    DEVICE_OBJECT& top = io::top_of(*node.pdo);
    PIRP irp = IoAllocateIrp(top.StackSize, FALSE);
    if (irp == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    irp->IoStatus.Status = initial;
    parameters.MajorFunction = IRP_MJ_PNP;
    io::next_location(*irp) = parameters;
    NTSTATUS status = io::call_and_wait(top, *irp);
    IoFreeIrp(irp);
    return status;
}

NTSTATUS attach_driver(Node& node, ULONG number) {
    io::Driver* driver = io::driver_of(number);
    if (driver == nullptr) return STATUS_INVALID_PARAMETER;
    if (driver->extension.AddDevice == nullptr) return STATUS_INVALID_DEVICE_REQUEST;
    return driver->extension.AddDevice(&driver->object, node.pdo);
}

NTSTATUS attach_drivers(Node& node, const WDM_ADD_DEVICE& add) {
    NTSTATUS status = attach_driver(node, node.driver_number);
    for (ULONG i = 0; i < add.ClassDriverCount && status >= 0; i++)
        status = attach_driver(node, add.ClassDrivers[i]);
    return status;
}

void claim_port_ranges(const Node& node) {
    for (ULONG i = 0; i < node.resource_count; i++) {
        const WDM_RESOURCE& resource = node.resources[i];
        if (resource.Type != WDM_RESOURCE_PORT || resource.Length == 0) continue;
        ke::claim_ports(static_cast<USHORT>(resource.Start),
                        static_cast<USHORT>(resource.Start + resource.Length - 1));
    }
}

NTSTATUS start(Node& node) {
    claim_port_ranges(node);
    CM_RESOURCE_LIST* list = resource_list(node);
    if (list == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    IO_STACK_LOCATION location{};
    location.MinorFunction = IRP_MN_START_DEVICE;
    location.Parameters.StartDevice.AllocatedResources = list;
    location.Parameters.StartDevice.AllocatedResourcesTranslated = list;
    NTSTATUS status = send(node, location, STATUS_NOT_SUPPORTED);
    platform::release(list);
    node.started = status >= 0;
    return status;
}

Node* create_node(ULONG driver, const WDM_ADD_DEVICE& add, const UNICODE_STRING& hardware_id) {
    void* memory = platform::allocate(sizeof(Node));
    if (memory == nullptr) return nullptr;
    auto* node = new (memory) Node{};
    node->number = add.NodeNumber;
    node->driver_number = driver;
    node->resource_count = add.ResourceCount;
    for (ULONG i = 0; i < add.ResourceCount; i++)
        node->resources[i] = add.Resources[i];
    node->pdo = create_pdo(*node);
    if (node->pdo != nullptr && rtl::duplicate(hardware_id, node->hardware_id)) return node;
    if (node->pdo != nullptr) IoDeleteDevice(node->pdo);
    platform::release(node);
    return nullptr;
}

void destroy(Node& node) {
    for (Node** link = &nodes; *link != nullptr; link = &(*link)->next) {
        if (*link != &node) continue;
        *link = node.next;
        break;
    }
    node.pdo->DeviceObjectExtension->DeviceNode = nullptr;
    IoDeleteDevice(node.pdo);
    rtl::free(node.hardware_id);
    platform::release(&node);
}

NTSTATUS send_minor(Node& node, UCHAR minor) {
    IO_STACK_LOCATION location{};
    location.MinorFunction = minor;
    return send(node, location, minor == IRP_MN_REMOVE_DEVICE ? STATUS_SUCCESS : STATUS_NOT_SUPPORTED);
}

NTSTATUS remove(Node& node) {
    NTSTATUS status = send_minor(node, IRP_MN_REMOVE_DEVICE);
    destroy(node);
    return status;
}

Node* first_of(ULONG driver, Node* from) {
    while (from != nullptr && from->driver_number != driver)
        from = from->next;
    return from;
}

NTSTATUS query_remove(ULONG driver) {
    NTSTATUS status = STATUS_SUCCESS;
    Node* node = first_of(driver, nodes);
    for (; node != nullptr && status >= 0; node = first_of(driver, node->next))
        status = send_minor(*node, IRP_MN_QUERY_REMOVE_DEVICE);
    if (status >= 0) return status;
    for (node = first_of(driver, nodes); node != nullptr; node = first_of(driver, node->next))
        send_minor(*node, IRP_MN_CANCEL_REMOVE_DEVICE);
    return status;
}

}  // namespace

NTSTATUS add_node(ULONG function_driver, const WDM_ADD_DEVICE& add, const UNICODE_STRING& hardware_id) {
    Node* node = create_node(function_driver, add, hardware_id);
    if (node == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    node->next = nodes;
    nodes = node;
    NTSTATUS status = attach_drivers(*node, add);
    if (status >= 0) status = start(*node);
    if (status < 0) remove(*node);
    return status;
}

NTSTATUS remove_node(ULONG number) {
    for (Node* node = nodes; node != nullptr; node = node->next)
        if (node->number == number) return remove(*node);
    return STATUS_NO_SUCH_DEVICE;
}

NTSTATUS remove_nodes_of(ULONG driver) {
    NTSTATUS status = query_remove(driver);
    if (status < 0) return status;
    while (Node* node = first_of(driver, nodes))
        remove(*node);
    return STATUS_SUCCESS;
}

Node* node_of(const DEVICE_OBJECT& device) {
    return static_cast<Node*>(device.DeviceObjectExtension->DeviceNode);
}

}  // namespace pnp
