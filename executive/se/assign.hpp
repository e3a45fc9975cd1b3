// SPDX-License-Identifier: GPL-3.0-only
//
// The descriptors of new objects that a caller makes, as NT's SeAssignSecurityEx gives them: what he asks
// for, what the container hands down, and what his token says of the rest.
#pragma once

#include "base/descriptor.hpp"
#include "executive/ke/call.hpp"
#include "executive/se/token.hpp"

namespace se {

struct Assignment {
    const ob::Type& type;
    std::span<const uint8_t> asked;      // checked; empty: nothing is asked for
    std::span<const uint8_t> container;  // that of the container; empty: there is none
    bool is_container = false;           // the new object can hand down itself
    ULONG flags = 0;                     // SEF_*
};

// May the caller ask for this descriptor, which has been checked, of a new object? STATUS_INVALID_OWNER: he
// may not give this owner. STATUS_PRIVILEGE_NOT_HELD: entries for auditing take SeSecurityPrivilege, a label
// above his own SeRelabelPrivilege. STATUS_INVALID_LABEL, STATUS_INVALID_ACL.
Result<void> check_asked(ke::Call& call, std::span<const uint8_t> asked);
// The part of it that is about the owner, whom the descriptor must have.
Result<void> check_owner(ke::Call& call, std::span<const uint8_t> descriptor);

// The descriptor that a creator, null for the Executive itself, gives an object. Who is below Medium labels
// what he makes with his own level, unless another label is asked for or inherited.
// STATUS_BAD_INHERITANCE_ACL: a list would have more than kMostEntries.
Result<Vector<uint8_t>> descriptor_by(const Token* creator, const Assignment& assignment);
// Both for the caller.
Result<Vector<uint8_t>> assigned_descriptor(ke::Call& call, const Assignment& assignment);

// Has each of its lists kMostEntries at most?
bool is_short(std::span<const uint8_t> descriptor);

}  // namespace se
