// SPDX-License-Identifier: GPL-3.0-only
//
// Sizes of kernel objects (log2 of bytes) and levels of paging structures, for the kernel made for tests.
#pragma once

#include "abi/sel4/sel4.h"

namespace fake {

inline unsigned object_bits(seL4_Word type, seL4_Word size_bits) {
    switch (type) {
        case seL4_UntypedObject:
            return static_cast<unsigned>(size_bits);
        case seL4_TCBObject:
            return seL4_TCBBits;
        case seL4_EndpointObject:
            return seL4_EndpointBits;
        case seL4_NotificationObject:
            return seL4_NotificationBits;
        case seL4_CapTableObject:
            return static_cast<unsigned>(size_bits) + seL4_SlotBits;
        case seL4_X86_LargePageObject:
            return seL4_LargePageBits;
        default:
            return seL4_PageBits;
    }
}

inline int table_level(seL4_ObjectType type) {
    return type == seL4_X86_PDPTObject ? 0 : type == seL4_X86_PageDirectoryObject ? 1 : 2;
}
inline constexpr unsigned kLevelShift[] = {39, 30, 21};

}  // namespace fake
