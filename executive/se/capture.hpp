// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors of callers, copied in.
#pragma once

#include "base/descriptor.hpp"
#include "executive/ke/call.hpp"

namespace se {

// Entries that a list may have: what one turn can check, and check access by.
inline constexpr unsigned kMostEntries = 64;

// Copies a descriptor of either form from the caller, makes it self-relative and checks it. As
// check_descriptor(); STATUS_INVALID_ACL for too many entries too.
Result<Vector<uint8_t>> capture_descriptor(ke::Call& call, uint64_t address);
// A list alone, checked; empty for a null address. STATUS_INVALID_ACL, STATUS_INVALID_SID.
Result<Vector<uint8_t>> capture_acl(ke::Call& call, uint64_t address);

}  // namespace se
