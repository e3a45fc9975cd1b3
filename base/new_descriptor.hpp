// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptor of a new object ([MS-DTYP] 2.5.3.4): made of what its creator asks for, what its container
// hands down and what its creator's token says. Pure functions on checked bytes; the Executive and ntdll
// share them. Who may ask for which owner, list or label is checked elsewhere.
#pragma once

#include "base/descriptor.hpp"

namespace base {

struct NewDescriptor {
    std::span<const uint8_t> container;     // empty: none, or it has no security
    std::span<const uint8_t> asked;         // empty: the creator asks for nothing
    bool is_container = false;              // the new object can hand down itself
    const GUID* object_type = nullptr;      // which entries for one type of heirs concern
    ULONG flags = 0;                        // SEF_*
    SidView owner, group;                   // the creator's
    std::span<const uint8_t> default_dacl;  // the creator's; empty: none
    GENERIC_MAPPING mapping = {};           // of the new object's type
};

// STATUS_INVALID_OWNER, STATUS_INVALID_PRIMARY_GROUP: there is none. STATUS_BAD_INHERITANCE_ACL: what is
// inherited has no room in a list.
Result<Vector<uint8_t>> new_descriptor(const NewDescriptor& how);

// The entries of a container's list that a new object gets. Empty: none.
Result<Vector<uint8_t>> inherited_acl(std::span<const uint8_t> parent, const NewDescriptor& how,
                                      SidView owner, SidView group, bool marked);

// The descriptor with the chosen parts replaced as RtlSetSecurityObject does: generic rights are mapped, and
// with `auto_inherit` entries that were inherited before stay unless the new list is protected.
Result<Vector<uint8_t>> changed_descriptor(std::span<const uint8_t> old_descriptor,
                                           std::span<const uint8_t> changes, SECURITY_INFORMATION which,
                                           bool auto_inherit, const GENERIC_MAPPING& mapping);

// The descriptor of an object made before there was auto-inheritance: entries that came from its container
// are marked as such, or its list as protected when not all of them are there.
Result<Vector<uint8_t>> converted_descriptor(std::span<const uint8_t> descriptor, const NewDescriptor& how);

ACCESS_MASK map_generic(ACCESS_MASK mask, const GENERIC_MAPPING& mapping);

}  // namespace base
