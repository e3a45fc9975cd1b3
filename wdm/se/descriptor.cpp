// SPDX-License-Identifier: GPL-3.0-only
//
// Descriptors of drivers' own objects: made for whose request it is, asked for, changed. They are
// self-relative, in the pool, and the driver's to free.
#include <string.h>

#include <span>

#include "abi/nt/ntdll.h"
#include "base/new_descriptor.hpp"
#include "wdm/ex/pool.hpp"
#include "wdm/se/token.hpp"

namespace {

using base::Result;
using base::Vector;

std::span<const UCHAR> whole(PSECURITY_DESCRIPTOR descriptor) {
    if (descriptor == nullptr) return {};
    return {static_cast<const UCHAR*>(descriptor), RtlLengthSecurityDescriptor(descriptor)};
}

// Of either form. STATUS_INVALID_SECURITY_DESCR and the like.
Result<Vector<UCHAR>> relative(PSECURITY_DESCRIPTOR descriptor) {
    Vector<UCHAR> bytes;
    if (descriptor == nullptr) return bytes;
    ULONG length = RtlLengthSecurityDescriptor(descriptor);
    TRY(bytes.resize(length));
    NTSTATUS status = RtlMakeSelfRelativeSD(descriptor, bytes.data(), &length);
    if (!NT_SUCCESS(status)) return base::fail(status);
    TRY(base::check_descriptor(bytes.span()));
    return bytes;
}

Result<PVOID> in_pool(std::span<const UCHAR> bytes) {
    constexpr ULONG kTag = 0x64536553;  // SeSd
    PVOID block = ExAllocatePoolWithTag(1, bytes.size(), kTag);
    if (block == nullptr) return base::fail(STATUS_INSUFFICIENT_RESOURCES);
    memcpy(block, bytes.data(), bytes.size());
    return block;
}

// Of a subject, as long as this lasts.
class Information {
public:
    NTSTATUS ask(const se::Token& token, ULONG information_class) {
        return se::query(token, information_class, &block_);
    }
    ~Information() {
        if (block_ != nullptr) ExFreePool(block_);
    }
    template <typename T>
    const T& as() const {
        return *static_cast<const T*>(block_);
    }

private:
    PVOID block_ = nullptr;
};

base::SidView sid_at(PSID sid) {
    return sid != nullptr ? base::SidView::checked(static_cast<const UCHAR*>(sid)) : base::SidView();
}

NTSTATUS assign(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR asked, PSECURITY_DESCRIPTOR* made,
                const GUID* type, bool directory, ULONG flags, const SECURITY_SUBJECT_CONTEXT& context,
                const GENERIC_MAPPING& mapping) {
    PVOID object = context.ClientToken != nullptr ? context.ClientToken : context.PrimaryToken;
    if (object == nullptr) return STATUS_NO_TOKEN;
    auto& token = *static_cast<se::Token*>(object);
    Information owner, group, dacl;
    NTSTATUS status = owner.ask(token, TokenOwner);
    if (NT_SUCCESS(status)) status = group.ask(token, TokenPrimaryGroup);
    if (NT_SUCCESS(status)) status = dacl.ask(token, TokenDefaultDacl);
    if (!NT_SUCCESS(status)) return status;
    Vector<UCHAR> parent_bytes = TRY(relative(parent));
    Vector<UCHAR> asked_bytes = TRY(relative(asked));
    base::NewDescriptor how;
    how.container = parent_bytes.span();
    how.asked = asked_bytes.span();
    how.is_container = directory;
    how.object_type = type;
    how.flags = flags;
    how.owner = sid_at(owner.as<TOKEN_OWNER>().Owner);
    how.group = sid_at(group.as<TOKEN_PRIMARY_GROUP>().PrimaryGroup);
    if (const ACL* list = dacl.as<TOKEN_DEFAULT_DACL>().DefaultDacl)
        how.default_dacl = {reinterpret_cast<const UCHAR*>(list), list->AclSize};
    how.mapping = mapping;
    *made = TRY(in_pool(TRY(base::new_descriptor(how)).span()));
    return STATUS_SUCCESS;
}

NTSTATUS query(SECURITY_INFORMATION which, PVOID out, ULONG& length, PSECURITY_DESCRIPTOR descriptor) {
    Vector<UCHAR> part = TRY(base::extract(whole(descriptor), which));
    ULONG room = length;
    length = static_cast<ULONG>(part.size());
    if (room < length) return STATUS_BUFFER_TOO_SMALL;
    memcpy(out, part.data(), length);
    return STATUS_SUCCESS;
}

NTSTATUS change(SECURITY_INFORMATION which, PSECURITY_DESCRIPTOR changes, PSECURITY_DESCRIPTOR* descriptor,
                bool inherit, const GENERIC_MAPPING& mapping) {
    if (*descriptor == nullptr) return STATUS_NO_SECURITY_ON_OBJECT;
    Vector<UCHAR> bytes = TRY(relative(changes));
    Vector<UCHAR> changed =
        TRY(base::changed_descriptor(whole(*descriptor), bytes.span(), which, inherit, mapping));
    *descriptor = TRY(in_pool(changed.span()));
    return STATUS_SUCCESS;
}

}  // namespace

extern "C" {

BOOLEAN SeValidSecurityDescriptor(ULONG length, PSECURITY_DESCRIPTOR descriptor) {
    if (length < sizeof(SECURITY_DESCRIPTOR_RELATIVE)) return FALSE;
    auto valid = base::check_descriptor({static_cast<const UCHAR*>(descriptor), length});
    return valid ? TRUE : FALSE;
}

NTSTATUS SeAssignSecurityEx(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR asked,
                            PSECURITY_DESCRIPTOR* made, const GUID* type, BOOLEAN directory, ULONG flags,
                            PSECURITY_SUBJECT_CONTEXT context, const GENERIC_MAPPING* mapping, ULONG) {
    *made = nullptr;
    return assign(parent, asked, made, type, directory != FALSE, flags, *context, *mapping);
}

NTSTATUS SeAssignSecurity(PSECURITY_DESCRIPTOR parent, PSECURITY_DESCRIPTOR asked, PSECURITY_DESCRIPTOR* made,
                          BOOLEAN directory, PSECURITY_SUBJECT_CONTEXT context,
                          const GENERIC_MAPPING* mapping, ULONG pool) {
    return SeAssignSecurityEx(parent, asked, made, nullptr, directory, 0, context, mapping, pool);
}

NTSTATUS SeDeassignSecurity(PSECURITY_DESCRIPTOR* descriptor) {
    if (*descriptor != nullptr) ExFreePool(*descriptor);
    *descriptor = nullptr;
    return STATUS_SUCCESS;
}

NTSTATUS SeQuerySecurityDescriptorInfo(PSECURITY_INFORMATION which, PSECURITY_DESCRIPTOR out, PULONG length,
                                       PSECURITY_DESCRIPTOR* descriptor) {
    return query(*which, out, *length, *descriptor);
}

NTSTATUS SeSetSecurityDescriptorInfo(PVOID, PSECURITY_INFORMATION which, PSECURITY_DESCRIPTOR changes,
                                     PSECURITY_DESCRIPTOR* descriptor, ULONG,
                                     const GENERIC_MAPPING* mapping) {
    return change(*which, changes, descriptor, false, *mapping);
}

NTSTATUS SeSetSecurityDescriptorInfoEx(PVOID, PSECURITY_INFORMATION which, PSECURITY_DESCRIPTOR changes,
                                       PSECURITY_DESCRIPTOR* descriptor, ULONG flags, ULONG,
                                       const GENERIC_MAPPING* mapping) {
    return change(*which, changes, descriptor, (flags & SEF_DACL_AUTO_INHERIT) != 0, *mapping);
}

}  // extern "C"
