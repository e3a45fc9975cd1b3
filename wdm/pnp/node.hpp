// SPDX-License-Identifier: GPL-3.0-only
//
// Device nodes of this host: what the Executive's Plug and Play manager tells it to drive. A node has a
// physical device object of the runtime's own bus driver at the bottom; the function driver and the class
// drivers attach above it, then IRP_MN_START_DEVICE goes down with the resources.
#pragma once

#include "abi/wdm/pnptypes.h"
#include "abi/wdm/ring.h"

constexpr ULONG kMaximumResources = 16;

namespace pnp {

struct Node {
    Node* next;
    ULONG number;
    DEVICE_OBJECT* pdo;
    UNICODE_STRING hardware_id;
    ULONG driver_number;
    ULONG resource_count;
    WDM_RESOURCE resources[kMaximumResources];
    bool started;
};

NTSTATUS add_node(ULONG function_driver, const WDM_ADD_DEVICE& add, const UNICODE_STRING& hardware_id);
NTSTATUS remove_node(ULONG number);
// Asks the stacks whose function driver this is, and removes them. When one refuses, all stay and its status
// is returned.
NTSTATUS remove_nodes_of(ULONG driver);
// The node of a PDO, null for any other device.
Node* node_of(const DEVICE_OBJECT& device);

// The PDO's own answers to IRPs that reach the bottom (bus.cpp).
DEVICE_OBJECT* create_pdo(Node& node);
// Resources in the form START_DEVICE carries; allocated, null without memory.
CM_RESOURCE_LIST* resource_list(const Node& node);

}  // namespace pnp
