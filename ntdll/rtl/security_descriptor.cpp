// SPDX-License-Identifier: GPL-3.0-only
// Security descriptors of either form: made, read and filled.
#include "ntdll/rtl/descriptor.hpp"

namespace {

using rtl::absolute;

// What RtlSetControlSecurityDescriptor changes.
constexpr USHORT settable = SE_DACL_AUTO_INHERIT_REQ | SE_SACL_AUTO_INHERIT_REQ | SE_DACL_AUTO_INHERITED |
                            SE_SACL_AUTO_INHERITED | SE_DACL_PROTECTED | SE_SACL_PROTECTED;

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
    const rtl::Parts parts = rtl::parts_of(descriptor);
    *acl = discretionary ? parts.dacl : parts.sacl;
    *defaulted = (control & (discretionary ? SE_DACL_DEFAULTED : SE_SACL_DEFAULTED)) != 0;
    return STATUS_SUCCESS;
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
    const rtl::Parts parts = rtl::parts_of(Descriptor);
    const USHORT control = absolute(Descriptor)->Control;
    return (!parts.owner || RtlValidSid(parts.owner)) && (!parts.group || RtlValidSid(parts.group)) &&
           (!(control & SE_DACL_PRESENT) || !parts.dacl || RtlValidAcl(parts.dacl)) &&
           (!(control & SE_SACL_PRESENT) || !parts.sacl || RtlValidAcl(parts.sacl));
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
    *Owner = rtl::parts_of(Descriptor).owner;
    *Defaulted = (absolute(Descriptor)->Control & SE_OWNER_DEFAULTED) != 0;
    return STATUS_SUCCESS;
}
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID* Group,
                                             PBOOLEAN Defaulted) {
    if (absolute(Descriptor)->Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    *Group = rtl::parts_of(Descriptor).group;
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
    if ((Mask | Value) & ~settable || Value & ~Mask) return STATUS_INVALID_PARAMETER;
    absolute(Descriptor)->Control = static_cast<USHORT>((absolute(Descriptor)->Control & ~Mask) | Value);
    return STATUS_SUCCESS;
}

NTSTATUS NTAPI RtlSetAttributesSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                                  SECURITY_DESCRIPTOR_CONTROL Control, PULONG Revision) {
    *Revision = absolute(Descriptor)->Revision;
    if (*Revision != SECURITY_DESCRIPTOR_REVISION) return STATUS_UNKNOWN_REVISION;
    Control &= settable;
    return RtlSetControlSecurityDescriptor(Descriptor, Control, Control);
}

// A byte of the resource manager's, which nobody else reads.
BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR RMControl) {
    const bool valid = absolute(Descriptor)->Control & SE_RM_CONTROL_VALID;
    *RMControl = valid ? absolute(Descriptor)->Sbz1 : UCHAR{0};
    return valid;
}
void NTAPI RtlSetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR RMControl) {
    set_bits(Descriptor, SE_RM_CONTROL_VALID, RMControl != nullptr);
    absolute(Descriptor)->Sbz1 = RMControl ? *RMControl : UCHAR{0};
}

}  // extern "C"
