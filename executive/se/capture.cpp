// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/capture.hpp"

#include <string.h>

namespace se {

namespace {

// Owners of the bytes that a captured descriptor of the absolute form points to.
struct Captured {
    Vector<uint8_t> owner, group, sacl, dacl;
};

Result<Vector<uint8_t>> capture_bytes(ke::Call& call, uint64_t address, size_t length) {
    TRY(call.bring(address, length, ke::Access::Read));
    Vector<uint8_t> bytes;
    TRY(bytes.resize(length));
    TRY(call.memory().copy_in(bytes.data(), address, length));
    return bytes;
}

Result<Vector<uint8_t>> capture_sid(ke::Call& call, uint64_t address) {
    if (address == 0) return Vector<uint8_t>();
    uint8_t head[2];
    TRY(call.memory().copy_in(head, address, sizeof(head)));
    if (head[1] > SID_MAX_SUB_AUTHORITIES) return fail(STATUS_INVALID_SID);
    return capture_bytes(call, address, 8 + 4u * head[1]);
}

Result<Vector<uint8_t>> copy_acl(ke::Call& call, uint64_t address) {
    if (address == 0) return Vector<uint8_t>();
    ACL acl;
    TRY(call.memory().copy_in(&acl, address, sizeof(acl)));
    if (acl.AclSize < sizeof(ACL) || acl.AclSize > kMaximumDescriptor) return fail(STATUS_INVALID_ACL);
    Vector<uint8_t> bytes = TRY(capture_bytes(call, address, acl.AclSize));
    // As it is now: the caller may have changed it meanwhile.
    if (acl_size(bytes.span()) != bytes.size() || ace_count(bytes.span()) > kMostEntries)
        return fail(STATUS_INVALID_ACL);
    return bytes;
}

Result<Vector<uint8_t>> capture_absolute(ke::Call& call, const SECURITY_DESCRIPTOR& header) {
    Captured captured;
    Parts parts;
    parts.control = header.Control;
    captured.owner = TRY(capture_sid(call, reinterpret_cast<uint64_t>(header.Owner)));
    captured.group = TRY(capture_sid(call, reinterpret_cast<uint64_t>(header.Group)));
    parts.has_sacl = header.Control & SE_SACL_PRESENT;
    parts.has_dacl = header.Control & SE_DACL_PRESENT;
    if (parts.has_sacl) captured.sacl = TRY(copy_acl(call, reinterpret_cast<uint64_t>(header.Sacl)));
    if (parts.has_dacl) captured.dacl = TRY(copy_acl(call, reinterpret_cast<uint64_t>(header.Dacl)));
    parts.owner = captured.owner.span();
    parts.group = captured.group.span();
    parts.sacl = captured.sacl.span();
    parts.dacl = captured.dacl.span();
    Vector<uint8_t> whole = TRY(build_descriptor(parts));
    TRY(check_descriptor(whole.span()));
    return whole;
}

// The self-relative form has no length of its own: it reaches to the end of its furthest part.
Result<Vector<uint8_t>> capture_relative(ke::Call& call, uint64_t address) {
    auto header = TRY(call.read(ke::UserIn<SECURITY_DESCRIPTOR_RELATIVE>(address)));
    SECURITY_DESCRIPTOR absolute{};
    absolute.Revision = header.Revision;
    absolute.Control = header.Control;
    auto place = [&](ULONG offset) { return reinterpret_cast<PVOID>(offset ? address + offset : 0); };
    absolute.Owner = place(header.Owner);
    absolute.Group = place(header.Group);
    absolute.Sacl = static_cast<PACL>(place(header.Sacl));
    absolute.Dacl = static_cast<PACL>(place(header.Dacl));
    return capture_absolute(call, absolute);
}

}  // namespace

Result<Vector<uint8_t>> capture_acl(ke::Call& call, uint64_t address) {
    Vector<uint8_t> bytes = TRY(copy_acl(call, address));
    if (!bytes.empty()) TRY(check_acl(bytes.span()));
    return bytes;
}

Result<Vector<uint8_t>> capture_descriptor(ke::Call& call, uint64_t address) {
    struct Head {
        UCHAR revision, reserved;
        SECURITY_DESCRIPTOR_CONTROL control;
    };
    Head head = TRY(call.read(ke::UserIn<Head>(address)));
    if (head.revision != SECURITY_DESCRIPTOR_REVISION) return fail(STATUS_UNKNOWN_REVISION);
    if (head.control & SE_SELF_RELATIVE) return capture_relative(call, address);
    return capture_absolute(call, TRY(call.read(ke::UserIn<SECURITY_DESCRIPTOR>(address))));
}

}  // namespace se
