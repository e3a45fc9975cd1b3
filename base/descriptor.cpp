// SPDX-License-Identifier: GPL-3.0-only
#include "base/descriptor.hpp"

#include <string.h>

#include "base/bits.hpp"

namespace base {

namespace {

using Bytes = std::span<const uint8_t>;

template <typename T>
T load(Bytes bytes, size_t offset) {
    T value;
    memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

Result<Bytes> sid_at(Bytes descriptor, ULONG offset) {
    if (offset == 0) return Bytes();
    if (offset > descriptor.size()) return fail(STATUS_INVALID_SECURITY_DESCR);
    SidView sid = TRY(SidView::at(descriptor.subspan(offset)));
    return descriptor.subspan(offset, sid.size());
}

Result<Bytes> acl_at(Bytes descriptor, ULONG offset) {
    if (offset == 0) return Bytes();
    if (offset > descriptor.size()) return fail(STATUS_INVALID_SECURITY_DESCR);
    Bytes rest = descriptor.subspan(offset);
    TRY(check_acl(rest));
    return rest.first(acl_size(rest));
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

}  // namespace

Result<void> check_descriptor(Bytes descriptor) {
    TRY(decode(descriptor));
    return {};
}

Parts parts_of(Bytes descriptor) {
    if (descriptor.empty()) return {};
    auto header = load<SECURITY_DESCRIPTOR_RELATIVE>(descriptor, 0);
    auto sid = [&](ULONG at) { return at ? SidView::checked(descriptor.data() + at).bytes() : Bytes(); };
    auto acl = [&](ULONG at) {
        return at ? descriptor.subspan(at, acl_size(descriptor.subspan(at))) : Bytes();
    };
    Parts parts;
    parts.control = header.Control;
    parts.owner = sid(header.Owner);
    parts.group = sid(header.Group);
    parts.has_sacl = header.Control & SE_SACL_PRESENT;
    parts.has_dacl = header.Control & SE_DACL_PRESENT;
    if (parts.has_sacl) parts.sacl = acl(header.Sacl);
    if (parts.has_dacl) parts.dacl = acl(header.Dacl);
    return parts;
}

// The parts have been checked, or whoever takes them from elsewhere checks the whole.
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
    return out;
}

namespace {

// The entries that are mandatory labels, as a list; empty when there are none.
Result<Vector<uint8_t>> labels_of(Bytes sacl) {
    AclBuilder labels;
    AceReader reader(sacl);
    Ace ace;
    while (reader.next(ace))
        if (ace.type == SYSTEM_MANDATORY_LABEL_ACE_TYPE) TRY(labels.append(ace, ace.flags, ace.mask()));
    return labels.count() ? labels.finish() : Vector<uint8_t>();
}

}  // namespace

// What the control word says of a list goes with the list.
constexpr SECURITY_DESCRIPTOR_CONTROL kOfSacl =
    SE_SACL_DEFAULTED | SE_SACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERITED | SE_SACL_PROTECTED;
constexpr SECURITY_DESCRIPTOR_CONTROL kOfDacl =
    SE_DACL_DEFAULTED | SE_DACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED | SE_DACL_PROTECTED;

Result<Vector<uint8_t>> extract(Bytes descriptor, SECURITY_INFORMATION which) {
    Parts parts = parts_of(descriptor);
    Vector<uint8_t> labels;
    if ((which & LABEL_SECURITY_INFORMATION) && !(which & SACL_SECURITY_INFORMATION)) {
        labels = TRY(labels_of(parts.sacl));
        parts.sacl = labels.span();
        parts.has_sacl = !labels.empty();
        which |= SACL_SECURITY_INFORMATION;
    }
    if (!(which & OWNER_SECURITY_INFORMATION)) parts.owner = {};
    if (!(which & GROUP_SECURITY_INFORMATION)) parts.group = {};
    if (!(which & SACL_SECURITY_INFORMATION)) {
        parts.sacl = {}, parts.has_sacl = false;
        parts.control &= static_cast<SECURITY_DESCRIPTOR_CONTROL>(~kOfSacl);
    }
    if (!(which & DACL_SECURITY_INFORMATION)) {
        parts.dacl = {}, parts.has_dacl = false;
        parts.control &= static_cast<SECURITY_DESCRIPTOR_CONTROL>(~kOfDacl);
    }
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

}  // namespace base
