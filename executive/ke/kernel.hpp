// SPDX-License-Identifier: GPL-3.0-only
//
// The way to the microkernel, for ke and mm only. ke is below mm but needs capability slots and small kernel
// objects: it declares what it needs here, mm provides it.
#pragma once

#include "abi/sel4/sel4.h"
#include "base/result.hpp"
#include "executive/ke/grants.hpp"
#include "executive/prelude.hpp"

namespace ke {

// The Executive's CSpace: any CPtr resolves with these.
inline constexpr uint8_t kDepth = 64;
CPtr cspace_root();

// The endpoint all threads call, before any badge.
CPtr service_endpoint();

// The last slots that the kernel leaves empty in the boot CNode are for what comes before mm.
inline constexpr unsigned kEarlySlots = 2;
// The ports of the console (executive/hal/machine.hpp). First thing in main; REQUIRES: the IPC buffer is set.
void take_console_ports(const seL4_BootInfo& boot_info);

// --- provided by mm
Result<CPtr> allocate_slot();
// REQUIRES: the slot is empty.
void free_slot(CPtr slot);
// From pools; given back with every capability derived from them deleted.
Result<CPtr> allocate_endpoint();
// A copy of a capability where the first step of a lookup ends, as the kernel's fastpath likes it best: for
// the one endpoint that is used with every message. It can be invoked, not named in CNode operations.
// REQUIRES: first call.
Result<CPtr> copy_near(CPtr capability);
Result<CPtr> allocate_notification();
// A CNode of 2^radix slots, at most 64, all empty; given back with all that is in it. STATUS_NO_MEMORY.
Result<NodeResources> allocate_node(unsigned radix);
void free_node(const NodeResources& node);
void free_notification(CPtr notification);

inline NTSTATUS from_kernel(seL4_Error error) {
    switch (error) {
        case seL4_NoError:
            return STATUS_SUCCESS;
        case seL4_NotEnoughMemory:
            return STATUS_NO_MEMORY;
        case seL4_DeleteFirst:
        case seL4_RevokeFirst:
            return STATUS_CONFLICTING_ADDRESSES;
        default:
            return STATUS_INVALID_PARAMETER;
    }
}

}  // namespace ke
