// SPDX-License-Identifier: GPL-3.0-only
// Security descriptors, absolute (with pointers) and self-relative (with offsets).
#include "ntdll/ntdll.hpp"

namespace {

PISECURITY_DESCRIPTOR absolute(PSECURITY_DESCRIPTOR descriptor) {
    return static_cast<PISECURITY_DESCRIPTOR>(descriptor);
}

// The four parts of a descriptor of either form.
struct Parts {
    PSID owner;
    PSID group;
    PACL sacl;
    PACL dacl;
};

Parts parts_of(PSECURITY_DESCRIPTOR descriptor) {
    PISECURITY_DESCRIPTOR sd = absolute(descriptor);
    if (!(sd->Control & SE_SELF_RELATIVE)) return {sd->Owner, sd->Group, sd->Sacl, sd->Dacl};
    const auto* relative = static_cast<PISECURITY_DESCRIPTOR_RELATIVE>(descriptor);
    const auto at = [descriptor](ULONG offset) -> PVOID {
        return offset ? static_cast<char*>(descriptor) + offset : nullptr;
    };
    return {at(relative->Owner), at(relative->Group), static_cast<PACL>(at(relative->Sacl)),
            static_cast<PACL>(at(relative->Dacl))};
}

NTSTATUS check_absolute(PSECURITY_DESCRIPTOR descriptor) {
    if (absolute(descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    return absolute(descriptor)->Control & SE_SELF_RELATIVE ? STATUS_INVALID_SECURITY_DESCR : STATUS_SUCCESS;
}

void set_bits(PSECURITY_DESCRIPTOR descriptor, USHORT mask, bool set) {
    USHORT& control = absolute(descriptor)->Control;
    control = static_cast<USHORT>(set ? control | mask : control & ~mask);
}

NTSTATUS set_acl(PSECURITY_DESCRIPTOR descriptor, bool present, PACL acl, bool defaulted,
                 bool discretionary) {
    const NTSTATUS status = check_absolute(descriptor);
    if (!NT_SUCCESS(status)) return status;
    (discretionary ? absolute(descriptor)->Dacl : absolute(descriptor)->Sacl) = present ? acl : nullptr;
    set_bits(descriptor, discretionary ? SE_DACL_PRESENT : SE_SACL_PRESENT, present);
    set_bits(descriptor, discretionary ? SE_DACL_DEFAULTED : SE_SACL_DEFAULTED, present && defaulted);
    return STATUS_SUCCESS;
}

NTSTATUS get_acl(PSECURITY_DESCRIPTOR descriptor, PBOOLEAN present, PACL* acl, PBOOLEAN defaulted,
                 bool discretionary) {
    const USHORT control = absolute(descriptor)->Control;
    if (absolute(descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *present = (control & (discretionary ? SE_DACL_PRESENT : SE_SACL_PRESENT)) != 0;
    if (!*present) return STATUS_SUCCESS;
    const Parts parts = parts_of(descriptor);
    *acl = discretionary ? parts.dacl : parts.sacl;
    *defaulted = (control & (discretionary ? SE_DACL_DEFAULTED : SE_SACL_DEFAULTED)) != 0;
    return STATUS_SUCCESS;
}

ULONG sid_size(PSID sid) {
    return sid ? static_cast<ULONG>(rtl::round_up(RtlLengthSid(sid), 4)) : 0;
}
ULONG acl_size(PACL acl) {
    return acl ? static_cast<ULONG>(rtl::round_up(acl->AclSize, 4)) : 0;
}

// Copies a part behind the others and returns its offset.
ULONG place(PISECURITY_DESCRIPTOR_RELATIVE to, ULONG& used, const void* part, ULONG exact, ULONG padded) {
    if (!part) return 0;
    const ULONG offset = used;
    rtl::copy(rtl::at<char>(to, offset), part, exact);
    used += padded;
    return offset;
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Revision) {
    if (Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *absolute(Descriptor) = {};
    absolute(Descriptor)->Revision = SECURITY_DESCRIPTOR_REVISION;
    return STATUS_SUCCESS;
}

BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor) {
    if (!Descriptor || absolute(Descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return FALSE;
    const Parts parts = parts_of(Descriptor);
    const USHORT control = absolute(Descriptor)->Control;
    return (!parts.owner || RtlValidSid(parts.owner)) && (!parts.group || RtlValidSid(parts.group)) &&
           (!(control & SE_DACL_PRESENT) || !parts.dacl || RtlValidAcl(parts.dacl)) &&
           (!(control & SE_SACL_PRESENT) || !parts.sacl || RtlValidAcl(parts.sacl));
}

ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor) {
    const Parts parts = parts_of(Descriptor);
    const ULONG header = absolute(Descriptor)->Control & SE_SELF_RELATIVE
                             ? sizeof(SECURITY_DESCRIPTOR_RELATIVE)
                             : sizeof(SECURITY_DESCRIPTOR);
    return header + sid_size(parts.owner) + sid_size(parts.group) + acl_size(parts.sacl) +
           acl_size(parts.dacl);
}

NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Dacl,
                                            BOOLEAN Defaulted) {
    return set_acl(Descriptor, Present, Dacl, Defaulted, true);
}
NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Sacl,
                                            BOOLEAN Defaulted) {
    return set_acl(Descriptor, Present, Sacl, Defaulted, false);
}
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL* Dacl,
                                            PBOOLEAN Defaulted) {
    return get_acl(Descriptor, Present, Dacl, Defaulted, true);
}
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL* Sacl,
                                            PBOOLEAN Defaulted) {
    return get_acl(Descriptor, Present, Sacl, Defaulted, false);
}

NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Owner, BOOLEAN Defaulted) {
    const NTSTATUS status = check_absolute(Descriptor);
    if (!NT_SUCCESS(status)) return status;
    absolute(Descriptor)->Owner = Owner;
    set_bits(Descriptor, SE_OWNER_DEFAULTED, Defaulted);
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Group, BOOLEAN Defaulted) {
    const NTSTATUS status = check_absolute(Descriptor);
    if (!NT_SUCCESS(status)) return status;
    absolute(Descriptor)->Group = Group;
    set_bits(Descriptor, SE_GROUP_DEFAULTED, Defaulted);
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID* Owner,
                                             PBOOLEAN Defaulted) {
    if (absolute(Descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *Owner = parts_of(Descriptor).owner;
    *Defaulted = (absolute(Descriptor)->Control & SE_OWNER_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID* Group,
                                             PBOOLEAN Defaulted) {
    if (absolute(Descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *Group = parts_of(Descriptor).group;
    *Defaulted = (absolute(Descriptor)->Control & SE_GROUP_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               PSECURITY_DESCRIPTOR_CONTROL Control, PULONG Revision) {
    *Revision = absolute(Descriptor)->Revision;
    if (*Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *Control = absolute(Descriptor)->Control;
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               SECURITY_DESCRIPTOR_CONTROL Mask,
                                               SECURITY_DESCRIPTOR_CONTROL Value) {
    constexpr USHORT settable = SE_DACL_AUTO_INHERITED | SE_SACL_AUTO_INHERITED | SE_DACL_PROTECTED |
                                SE_SACL_PROTECTED | 0x0100 | 0x0200;
    if ((Mask | Value) & ~settable || Value & ~Mask) return STATUS_INVALID_PARAMETER;
    absolute(Descriptor)->Control = static_cast<USHORT>((absolute(Descriptor)->Control & ~Mask) | Value);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR Source, PSECURITY_DESCRIPTOR SelfRelative,
                                     PULONG Length) {
    const Parts parts = parts_of(Source);
    const ULONG size = static_cast<ULONG>(sizeof(SECURITY_DESCRIPTOR_RELATIVE)) + sid_size(parts.owner) +
                       sid_size(parts.group) + acl_size(parts.sacl) + acl_size(parts.dacl);
    const ULONG room = *Length;
    *Length = size;
    if (room < size) return STATUS_BUFFER_TOO_SMALL;
    auto* to = static_cast<PISECURITY_DESCRIPTOR_RELATIVE>(SelfRelative);
    rtl::zero(to, size);
    to->Revision = SECURITY_DESCRIPTOR_REVISION;
    to->Control = static_cast<USHORT>(absolute(Source)->Control | SE_SELF_RELATIVE);
    ULONG used = sizeof(SECURITY_DESCRIPTOR_RELATIVE);
    to->Sacl = place(to, used, parts.sacl, parts.sacl ? parts.sacl->AclSize : 0, acl_size(parts.sacl));
    to->Dacl = place(to, used, parts.dacl, parts.dacl ? parts.dacl->AclSize : 0, acl_size(parts.dacl));
    to->Owner =
        place(to, used, parts.owner, parts.owner ? RtlLengthSid(parts.owner) : 0, sid_size(parts.owner));
    to->Group =
        place(to, used, parts.group, parts.group ? RtlLengthSid(parts.group) : 0, sid_size(parts.group));
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR Absolute, PSECURITY_DESCRIPTOR SelfRelative,
                                           PULONG Length) {
    if (absolute(Absolute)->Control & SE_SELF_RELATIVE) return STATUS_BAD_DESCRIPTOR_FORMAT;
    return RtlMakeSelfRelativeSD(Absolute, SelfRelative, Length);
}

}  // extern "C"
