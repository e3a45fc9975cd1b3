// SPDX-License-Identifier: GPL-3.0-only
//
// MEM_EXTENDED_PARAMETERs of the services that allocate and map.
#pragma once

#include "executive/ke/call.hpp"
#include "executive/mm/address_space.hpp"

namespace memory {

struct Extended {
    mm::Bounds bounds;
    bool bounded = false;  // MEM_ADDRESS_REQUIREMENTS were given
    USHORT machine = 0;    // IMAGE_FILE_MACHINE_*; 0: none asked for
};

// STATUS_INVALID_PARAMETER for an unknown type, one given twice or one that contradicts itself,
// STATUS_INVALID_HANDLE for partitions and physical memory, STATUS_NOT_SUPPORTED for attributes.
base::Result<Extended> read_parameters(ke::Call& call, ke::UserIn<MEM_EXTENDED_PARAMETER> parameters,
                                       ULONG count);

}  // namespace memory
