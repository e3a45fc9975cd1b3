// SPDX-License-Identifier: GPL-3.0-only
// Security descriptors, absolute (with pointers) or self-relative (with offsets), as
// RtlValidSecurityDescriptor has them: what is read is inside.
#pragma once

#include "ntdll/ntdll.hpp"

namespace rtl {

// Of a self-relative one only what both forms have in common.
inline PISECURITY_DESCRIPTOR absolute(PSECURITY_DESCRIPTOR descriptor) {
    return static_cast<PISECURITY_DESCRIPTOR>(descriptor);
}

struct Parts {
    PSID owner;
    PSID group;
    PACL sacl;
    PACL dacl;
};

inline Parts parts_of(PSECURITY_DESCRIPTOR descriptor) {
    PISECURITY_DESCRIPTOR sd = absolute(descriptor);
    if (!(sd->Control & SE_SELF_RELATIVE)) return {sd->Owner, sd->Group, sd->Sacl, sd->Dacl};
    const auto* relative = static_cast<PISECURITY_DESCRIPTOR_RELATIVE>(descriptor);
    const auto at = [descriptor](ULONG offset) -> PVOID {
        return offset ? static_cast<char*>(descriptor) + offset : nullptr;
    };
    return {at(relative->Owner), at(relative->Group), static_cast<PACL>(at(relative->Sacl)),
            static_cast<PACL>(at(relative->Dacl))};
}

}  // namespace rtl
