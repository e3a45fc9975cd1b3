// SPDX-License-Identifier: GPL-3.0-only
//
// Security descriptors. Here a descriptor is the bytes of NT's self-relative form, checked once when it comes
// in (all offsets, SIDs and ACEs lie inside), so the readers need no checks of their own. An empty span
// means: no security, everything is granted.
#pragma once

#include <span>

#include "base/acl.hpp"

namespace base {

inline constexpr size_t kMaximumDescriptor = 0x4000;

// STATUS_INVALID_SECURITY_DESCR, STATUS_INVALID_ACL, STATUS_INVALID_SID, STATUS_UNKNOWN_REVISION.
Result<void> check_descriptor(std::span<const uint8_t> descriptor);

// The parts of a checked descriptor; empty when absent. A present but null DACL is "present, empty span".
struct Parts {
    std::span<const uint8_t> owner, group, sacl, dacl;
    bool has_sacl = false;
    bool has_dacl = false;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
};
Parts parts_of(std::span<const uint8_t> descriptor);
Result<Vector<uint8_t>> build_descriptor(const Parts& parts);

// The chosen parts alone, as NtQuerySecurityObject gives them.
Result<Vector<uint8_t>> extract(std::span<const uint8_t> descriptor, SECURITY_INFORMATION which);
// The old descriptor with the chosen parts taken from the new one.
Result<Vector<uint8_t>> merge(std::span<const uint8_t> old_descriptor, std::span<const uint8_t> changes,
                              SECURITY_INFORMATION which);

}  // namespace base
