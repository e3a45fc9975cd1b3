// SPDX-License-Identifier: GPL-3.0-only
// New entries at the end of access control lists.
#include "ntdll/ntdll.hpp"

namespace {

constexpr ULONG audits = SUCCESSFUL_ACCESS_ACE_FLAG | FAILED_ACCESS_ACE_FLAG;

struct Entry {
    UCHAR type;
    ULONG flags;
    ACCESS_MASK mask;
    PSID sid;
    ULONG allowed_flags = VALID_INHERIT_FLAGS;
    bool for_types = false;  // it has room for two types of objects
    const GUID* object_type = nullptr;
    const GUID* inherited_type = nullptr;
};

bool revision_known(ULONG revision) {
    return revision >= MIN_ACL_REVISION && revision <= MAX_ACL_REVISION;
}

PUCHAR put(PUCHAR at, const void* part, SIZE_T size) {
    rtl::copy(at, part, size);
    return at + size;
}

// [MS-DTYP] 2.4.4: header, mask, of an entry for types flags and what they announce, SID.
NTSTATUS add(PACL acl, ULONG revision, const Entry& entry) {
    if (!RtlValidSid(entry.sid)) return STATUS_INVALID_SID;
    const ULONG least = entry.for_types ? ACL_REVISION_DS : MIN_ACL_REVISION;
    if (!revision_known(revision) || revision < least || !revision_known(acl->AclRevision))
        return STATUS_REVISION_MISMATCH;
    if (entry.flags & ~entry.allowed_flags) return STATUS_INVALID_PARAMETER;
    PVOID free;
    if (!RtlValidAcl(acl) || !RtlFirstFreeAce(acl, &free)) return STATUS_INVALID_ACL;
    const ULONG types = (entry.object_type ? ACE_OBJECT_TYPE_PRESENT : 0u) |
                        (entry.inherited_type ? ACE_INHERITED_OBJECT_TYPE_PRESENT : 0u);
    SIZE_T size = sizeof(ACE_HEADER) + sizeof(ACCESS_MASK) + RtlLengthSid(entry.sid);
    if (entry.for_types) size += sizeof(ULONG);
    if (entry.object_type) size += sizeof(GUID);
    if (entry.inherited_type) size += sizeof(GUID);
    const char* end = reinterpret_cast<const char*>(acl) + acl->AclSize;
    if (!free || size > static_cast<SIZE_T>(end - static_cast<char*>(free)))
        return STATUS_ALLOTTED_SPACE_EXCEEDED;
    const ACE_HEADER header = {entry.type, static_cast<UCHAR>(entry.flags), static_cast<USHORT>(size)};
    PUCHAR at = put(static_cast<PUCHAR>(free), &header, sizeof(header));
    at = put(at, &entry.mask, sizeof(ACCESS_MASK));
    if (entry.for_types) at = put(at, &types, sizeof(types));
    if (entry.object_type) at = put(at, entry.object_type, sizeof(GUID));
    if (entry.inherited_type) at = put(at, entry.inherited_type, sizeof(GUID));
    put(at, entry.sid, RtlLengthSid(entry.sid));
    ++acl->AceCount;
    if (revision > acl->AclRevision) acl->AclRevision = static_cast<UCHAR>(revision);
    return STATUS_SUCCESS;
}

ULONG with_audits(ULONG flags, BOOLEAN success, BOOLEAN failure) {
    return flags | (success ? SUCCESSFUL_ACCESS_ACE_FLAG : 0u) | (failure ? FAILED_ACCESS_ACE_FLAG : 0u);
}

}  // namespace

extern "C" {

NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid) {
    return add(Acl, Revision, {ACCESS_ALLOWED_ACE_TYPE, 0, AccessMask, Sid});
}
NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                        PSID Sid) {
    return add(Acl, Revision, {ACCESS_ALLOWED_ACE_TYPE, Flags, AccessMask, Sid});
}
NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid) {
    return add(Acl, Revision, {ACCESS_DENIED_ACE_TYPE, 0, AccessMask, Sid});
}
NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                       PSID Sid) {
    return add(Acl, Revision, {ACCESS_DENIED_ACE_TYPE, Flags, AccessMask, Sid});
}

NTSTATUS NTAPI RtlAddAuditAccessAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid,
                                    BOOLEAN AuditSuccess, BOOLEAN AuditFailure) {
    return RtlAddAuditAccessAceEx(Acl, Revision, 0, AccessMask, Sid, AuditSuccess, AuditFailure);
}
NTSTATUS NTAPI RtlAddAuditAccessAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask, PSID Sid,
                                      BOOLEAN AuditSuccess, BOOLEAN AuditFailure) {
    const ULONG flags = with_audits(Flags, AuditSuccess, AuditFailure);
    return add(Acl, Revision, {SYSTEM_AUDIT_ACE_TYPE, flags, AccessMask, Sid, VALID_INHERIT_FLAGS | audits});
}

NTSTATUS NTAPI RtlAddAccessAllowedObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                            GUID* ObjectType, GUID* InheritedObjectType, PSID Sid) {
    return add(Acl, Revision,
               {ACCESS_ALLOWED_OBJECT_ACE_TYPE, Flags, AccessMask, Sid, VALID_INHERIT_FLAGS, true, ObjectType,
                InheritedObjectType});
}
NTSTATUS NTAPI RtlAddAccessDeniedObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                           GUID* ObjectType, GUID* InheritedObjectType, PSID Sid) {
    return add(Acl, Revision,
               {ACCESS_DENIED_OBJECT_ACE_TYPE, Flags, AccessMask, Sid, VALID_INHERIT_FLAGS, true, ObjectType,
                InheritedObjectType});
}
NTSTATUS NTAPI RtlAddAuditAccessObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                          GUID* ObjectType, GUID* InheritedObjectType, PSID Sid,
                                          BOOLEAN AuditSuccess, BOOLEAN AuditFailure) {
    const ULONG flags = with_audits(Flags, AuditSuccess, AuditFailure);
    return add(Acl, Revision,
               {SYSTEM_AUDIT_OBJECT_ACE_TYPE, flags, AccessMask, Sid, VALID_INHERIT_FLAGS | audits, true,
                ObjectType, InheritedObjectType});
}

// The mask says SYSTEM_MANDATORY_LABEL_NO_*_UP, the SID which level: S-1-16-N.
NTSTATUS NTAPI RtlAddMandatoryAce(PACL Acl, ULONG Revision, ULONG Flags, PSID Sid, UCHAR AceType,
                                  ACCESS_MASK AccessMask) {
    constexpr SID_IDENTIFIER_AUTHORITY labels = SECURITY_MANDATORY_LABEL_AUTHORITY;
    if (!RtlValidSid(Sid)) return STATUS_INVALID_SID;
    const SIZE_T size = sizeof(labels);
    if (RtlCompareMemory(RtlIdentifierAuthoritySid(Sid), &labels, size) != size ||
        AceType != SYSTEM_MANDATORY_LABEL_ACE_TYPE || (AccessMask & ~SYSTEM_MANDATORY_LABEL_VALID_MASK))
        return STATUS_INVALID_PARAMETER;
    return add(Acl, Revision, {AceType, Flags, AccessMask, Sid});
}

}  // extern "C"
