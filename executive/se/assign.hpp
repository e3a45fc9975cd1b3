// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors of new objects that a caller makes, as NT's SeAssignSecurityEx gives them: what he asks
// for, what the container hands down, and what his token says of the rest.
#pragma once

#include "base/descriptor.hpp"
#include "executive/ke/call.hpp"
#include "executive/ob/object.hpp"

namespace se {

struct Assignment {
    const ob::Type& type;
    std::span<const uint8_t> asked;      // checked; empty: nothing is asked for
    std::span<const uint8_t> container;  // that of the container; empty: there is none
    bool is_container = false;           // the new object can hand down itself
    ULONG flags = 0;                     // SEF_*
};

// A caller below Medium labels what it makes with its own level, unless it asks for another label or inherits
// one. STATUS_INVALID_OWNER: he may not give this owner. STATUS_PRIVILEGE_NOT_HELD: entries for auditing take
// SeSecurityPrivilege, a label above his own SeRelabelPrivilege. STATUS_INVALID_LABEL, STATUS_INVALID_ACL.
// STATUS_BAD_INHERITANCE_ACL: a list would have more than kMostEntries.
Result<Vector<uint8_t>> assigned_descriptor(ke::Call& call, const Assignment& assignment);

// What a caller may ask for, in a new descriptor or a changed one. As above.
Result<void> check_owner(ke::Call& call, std::span<const uint8_t> descriptor);
// Has each of its lists kMostEntries at most?
bool is_short(std::span<const uint8_t> descriptor);

}  // namespace se
