// SPDX-License-Identifier: GPL-3.0-only
//
// Mandatory labels in system access lists: the integrity level that a token needs to do to an object what the
// label's policy says. All lists here have been checked; an empty one has no entries.
#pragma once

#include "base/descriptor.hpp"
#include "executive/ke/call.hpp"

namespace se {

// Has the list a label?
bool has_label(std::span<const uint8_t> sacl);
// Has it an entry that is not one?
bool has_audit(std::span<const uint8_t> sacl);

// May the caller give an object this list's label, or for a list without one Medium, which is what such an
// object has? STATUS_PRIVILEGE_NOT_HELD: it lies above the caller's own level and he lacks
// SeRelabelPrivilege. STATUS_INVALID_LABEL: it names no level. STATUS_INVALID_ACL: there are several.
Result<void> check_label(ke::Call& call, std::span<const uint8_t> sacl);

// The list with a label of this level behind its entries; with one that it has, as it is.
Result<Vector<uint8_t>> labelled(std::span<const uint8_t> sacl, ULONG level, ACCESS_MASK policy);
// The labels of one list, the other entries of another. Empty when there are none of both.
Result<Vector<uint8_t>> joined(std::span<const uint8_t> labels, std::span<const uint8_t> audit);

}  // namespace se
