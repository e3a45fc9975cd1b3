// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/descriptor.hpp"

#include <string.h>

#include "base/bits.hpp"

namespace se {

namespace {

using Bytes = std::span<const uint8_t>;

template <typename T>
T load(Bytes bytes, size_t offset) {
    T value;
    memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

// An ACL whose entries lie inside it; an entry that grants or denies carries a whole SID.
Result<void> check_acl(Bytes bytes) {
    if (bytes.size() < sizeof(ACL)) return fail(STATUS_INVALID_ACL);
    ACL acl = load<ACL>(bytes, 0);
    if (acl.AclRevision < MIN_ACL_REVISION || acl.AclRevision > MAX_ACL_REVISION)
        return fail(STATUS_INVALID_ACL);
    if (acl.AclSize < sizeof(ACL) || acl.AclSize > bytes.size()) return fail(STATUS_INVALID_ACL);
    size_t at = sizeof(ACL);
    for (unsigned i = 0; i < acl.AceCount; ++i) {
        if (!range_fits(at, sizeof(ACE_HEADER), acl.AclSize)) return fail(STATUS_INVALID_ACL);
        ACE_HEADER ace = load<ACE_HEADER>(bytes, at);
        if (ace.AceSize < sizeof(ACE_HEADER) || !range_fits(at, ace.AceSize, acl.AclSize))
            return fail(STATUS_INVALID_ACL);
        if (ace.AceType <= ACCESS_DENIED_ACE_TYPE) {
            if (ace.AceSize < 8) return fail(STATUS_INVALID_ACL);
            TRY(Sid::parse(bytes.subspan(at + 8, ace.AceSize - 8u)));
        }
        at += ace.AceSize;
    }
    return {};
}

Result<Bytes> sid_at(Bytes descriptor, ULONG offset) {
    if (offset == 0) return Bytes();
    if (offset > descriptor.size()) return fail(STATUS_INVALID_SECURITY_DESCR);
    Sid sid = TRY(Sid::parse(descriptor.subspan(offset)));
    return descriptor.subspan(offset, sid.size());
}

Result<Bytes> acl_at(Bytes descriptor, ULONG offset) {
    if (offset == 0) return Bytes();
    if (offset > descriptor.size()) return fail(STATUS_INVALID_SECURITY_DESCR);
    Bytes rest = descriptor.subspan(offset);
    TRY(check_acl(rest));
    return rest.first(load<ACL>(rest, 0).AclSize);
}

Result<Parts> decode(Bytes descriptor) {
    if (descriptor.size() < sizeof(SECURITY_DESCRIPTOR_RELATIVE)) return fail(STATUS_INVALID_SECURITY_DESCR);
    auto header = load<SECURITY_DESCRIPTOR_RELATIVE>(descriptor, 0);
    if (header.Revision != SECURITY_DESCRIPTOR_REVISION) return fail(STATUS_UNKNOWN_REVISION);
    if (!(header.Control & SE_SELF_RELATIVE)) return fail(STATUS_INVALID_SECURITY_DESCR);
    Parts parts;
    parts.control = header.Control;
    parts.owner = TRY(sid_at(descriptor, header.Owner));
    parts.group = TRY(sid_at(descriptor, header.Group));
    parts.has_sacl = header.Control & SE_SACL_PRESENT;
    parts.has_dacl = header.Control & SE_DACL_PRESENT;
    if (parts.has_sacl) parts.sacl = TRY(acl_at(descriptor, header.Sacl));
    if (parts.has_dacl) parts.dacl = TRY(acl_at(descriptor, header.Dacl));
    return parts;
}

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

Result<Vector<uint8_t>> capture_acl(ke::Call& call, uint64_t address) {
    if (address == 0) return Vector<uint8_t>();
    ACL acl;
    TRY(call.memory().copy_in(&acl, address, sizeof(acl)));
    if (acl.AclSize < sizeof(ACL)) return fail(STATUS_INVALID_ACL);
    return capture_bytes(call, address, acl.AclSize);
}

Result<Vector<uint8_t>> capture_absolute(ke::Call& call, const SECURITY_DESCRIPTOR& header) {
    Captured captured;
    Parts parts;
    parts.control = header.Control;
    captured.owner = TRY(capture_sid(call, reinterpret_cast<uint64_t>(header.Owner)));
    captured.group = TRY(capture_sid(call, reinterpret_cast<uint64_t>(header.Group)));
    parts.has_sacl = header.Control & SE_SACL_PRESENT;
    parts.has_dacl = header.Control & SE_DACL_PRESENT;
    if (parts.has_sacl) captured.sacl = TRY(capture_acl(call, reinterpret_cast<uint64_t>(header.Sacl)));
    if (parts.has_dacl) captured.dacl = TRY(capture_acl(call, reinterpret_cast<uint64_t>(header.Dacl)));
    parts.owner = captured.owner.span();
    parts.group = captured.group.span();
    parts.sacl = captured.sacl.span();
    parts.dacl = captured.dacl.span();
    return build_descriptor(parts);
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

Result<void> check_descriptor(Bytes descriptor) {
    TRY(decode(descriptor));
    return {};
}

Parts parts_of(Bytes descriptor) {
    if (descriptor.empty()) return {};
    return MUST(decode(descriptor));
}

Result<Vector<uint8_t>> build_descriptor(const Parts& parts) {
    SECURITY_DESCRIPTOR_RELATIVE header{};
    header.Revision = SECURITY_DESCRIPTOR_REVISION;
    header.Control = (parts.control & ~(SE_SACL_PRESENT | SE_DACL_PRESENT)) | SE_SELF_RELATIVE;
    if (parts.has_sacl) header.Control |= SE_SACL_PRESENT;
    if (parts.has_dacl) header.Control |= SE_DACL_PRESENT;
    Vector<uint8_t> out;
    size_t size = sizeof(header);
    auto place = [&](Bytes part) -> ULONG {
        if (part.empty()) return 0;
        size_t at = size;
        size = align_up(size + part.size(), 4);
        return static_cast<ULONG>(at);
    };
    header.Sacl = place(parts.sacl);
    header.Dacl = place(parts.dacl);
    header.Owner = place(parts.owner);
    header.Group = place(parts.group);
    if (size > kMaximumDescriptor) return fail(STATUS_INVALID_SECURITY_DESCR);
    TRY(out.resize(size));
    memcpy(out.data(), &header, sizeof(header));
    auto put = [&](ULONG at, Bytes part) {
        if (at) memcpy(out.data() + at, part.data(), part.size());
    };
    put(header.Sacl, parts.sacl);
    put(header.Dacl, parts.dacl);
    put(header.Owner, parts.owner);
    put(header.Group, parts.group);
    TRY(check_descriptor(out.span()));
    return out;
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

Result<Vector<uint8_t>> extract(Bytes descriptor, SECURITY_INFORMATION which) {
    Parts parts = parts_of(descriptor);
    if (!(which & OWNER_SECURITY_INFORMATION)) parts.owner = {};
    if (!(which & GROUP_SECURITY_INFORMATION)) parts.group = {};
    if (!(which & SACL_SECURITY_INFORMATION)) parts.sacl = {}, parts.has_sacl = false;
    if (!(which & DACL_SECURITY_INFORMATION)) parts.dacl = {}, parts.has_dacl = false;
    return build_descriptor(parts);
}

Result<Vector<uint8_t>> merge(Bytes old_descriptor, Bytes changes, SECURITY_INFORMATION which) {
    Parts parts = parts_of(old_descriptor);
    Parts wanted = parts_of(changes);
    if (which & OWNER_SECURITY_INFORMATION) parts.owner = wanted.owner;
    if (which & GROUP_SECURITY_INFORMATION) parts.group = wanted.group;
    if (which & SACL_SECURITY_INFORMATION) parts.sacl = wanted.sacl, parts.has_sacl = wanted.has_sacl;
    if (which & DACL_SECURITY_INFORMATION) parts.dacl = wanted.dacl, parts.has_dacl = wanted.has_dacl;
    return build_descriptor(parts);
}

}  // namespace se
