// SPDX-License-Identifier: GPL-3.0-only
// SIDs, access control lists, security descriptors.
#pragma once

#include "abi/nt/ntseapi.h"

NT_BEGIN_C

// STATUS_PRIVILEGE_NOT_HELD when the token lacks it.
NTSTATUS NTAPI RtlAdjustPrivilege(ULONG Privilege, BOOLEAN Enable, BOOLEAN CurrentThread,
                                  PBOOLEAN WasEnabled);

BOOLEAN NTAPI RtlValidSid(PSID Sid);
BOOLEAN NTAPI RtlEqualSid(PSID First, PSID Second);
BOOLEAN NTAPI RtlEqualPrefixSid(PSID First, PSID Second);
ULONG NTAPI RtlLengthSid(PSID Sid);
ULONG NTAPI RtlLengthRequiredSid(ULONG SubAuthorityCount);
NTSTATUS NTAPI RtlCopySid(ULONG DestinationLength, PSID Destination, PSID Source);
NTSTATUS NTAPI RtlInitializeSid(PSID Sid, PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount);
PULONG NTAPI RtlSubAuthoritySid(PSID Sid, ULONG SubAuthority);
PUCHAR NTAPI RtlSubAuthorityCountSid(PSID Sid);
PSID_IDENTIFIER_AUTHORITY NTAPI RtlIdentifierAuthoritySid(PSID Sid);
NTSTATUS NTAPI RtlAllocateAndInitializeSid(PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount,
                                           ULONG Sub0, ULONG Sub1, ULONG Sub2, ULONG Sub3, ULONG Sub4,
                                           ULONG Sub5, ULONG Sub6, ULONG Sub7, PSID* Sid);
// Up to 15 sub-authorities.
NTSTATUS NTAPI RtlAllocateAndInitializeSidEx(PSID_IDENTIFIER_AUTHORITY Authority, UCHAR SubAuthorityCount,
                                             PULONG SubAuthorities, PSID* Sid);
PVOID NTAPI RtlFreeSid(PSID Sid);
// Bytes, the terminator included.
NTSTATUS NTAPI RtlLengthSidAsUnicodeString(PSID Sid, PULONG StringLength);
// S-1-5-80-...; STATUS_BUFFER_TOO_SMALL says the length, 32.
NTSTATUS NTAPI RtlCreateServiceSid(PUNICODE_STRING ServiceName, PSID ServiceSid, PULONG ServiceSidLength);
NTSTATUS NTAPI RtlConvertSidToUnicodeString(PUNICODE_STRING String, PSID Sid, BOOLEAN Allocate);

NTSTATUS NTAPI RtlCreateAcl(PACL Acl, ULONG AclLength, ULONG Revision);
BOOLEAN NTAPI RtlValidAcl(PACL Acl);
BOOLEAN NTAPI RtlFirstFreeAce(PACL Acl, PVOID* FirstFree);
NTSTATUS NTAPI RtlGetAce(PACL Acl, ULONG Index, PVOID* Ace);
NTSTATUS NTAPI RtlAddAce(PACL Acl, ULONG Revision, ULONG StartingIndex, PVOID AceList, ULONG AceListLength);
NTSTATUS NTAPI RtlDeleteAce(PACL Acl, ULONG Index);
NTSTATUS NTAPI RtlAddAccessAllowedAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid);
NTSTATUS NTAPI RtlAddAccessAllowedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                        PSID Sid);
NTSTATUS NTAPI RtlAddAccessDeniedAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid);
NTSTATUS NTAPI RtlAddAccessDeniedAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                       PSID Sid);
NTSTATUS NTAPI RtlAddAuditAccessAce(PACL Acl, ULONG Revision, ACCESS_MASK AccessMask, PSID Sid,
                                    BOOLEAN AuditSuccess, BOOLEAN AuditFailure);
NTSTATUS NTAPI RtlAddAuditAccessAceEx(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask, PSID Sid,
                                      BOOLEAN AuditSuccess, BOOLEAN AuditFailure);
// Entries for types of objects; the revision must be ACL_REVISION_DS.
NTSTATUS NTAPI RtlAddAccessAllowedObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                            GUID* ObjectType, GUID* InheritedObjectType, PSID Sid);
NTSTATUS NTAPI RtlAddAccessDeniedObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                           GUID* ObjectType, GUID* InheritedObjectType, PSID Sid);
NTSTATUS NTAPI RtlAddAuditAccessObjectAce(PACL Acl, ULONG Revision, ULONG Flags, ACCESS_MASK AccessMask,
                                          GUID* ObjectType, GUID* InheritedObjectType, PSID Sid,
                                          BOOLEAN AuditSuccess, BOOLEAN AuditFailure);
NTSTATUS NTAPI RtlAddMandatoryAce(PACL Acl, ULONG Revision, ULONG Flags, PSID Sid, UCHAR AceType,
                                  ACCESS_MASK AccessMask);
NTSTATUS NTAPI RtlQueryInformationAcl(PACL Acl, PVOID Information, ULONG Length, ACL_INFORMATION_CLASS Class);
NTSTATUS NTAPI RtlSetInformationAcl(PACL Acl, PVOID Information, ULONG Length, ACL_INFORMATION_CLASS Class);
// On the process heap: what a named pipe gets that nobody asked a list for.
NTSTATUS NTAPI RtlDefaultNpAcl(PACL* Acl);
void NTAPI RtlMapGenericMask(PACCESS_MASK AccessMask, const GENERIC_MAPPING* Mapping);
BOOLEAN NTAPI RtlAreAllAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired);
BOOLEAN NTAPI RtlAreAnyAccessesGranted(ACCESS_MASK Granted, ACCESS_MASK Desired);

NTSTATUS NTAPI RtlCreateSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Revision);
BOOLEAN NTAPI RtlValidSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor);
ULONG NTAPI RtlLengthSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor);
NTSTATUS NTAPI RtlSetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Dacl,
                                            BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetDaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL* Dacl,
                                            PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, BOOLEAN Present, PACL Sacl,
                                            BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetSaclSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PBOOLEAN Present, PACL* Sacl,
                                            PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Owner, BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetOwnerSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID* Owner,
                                             PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlSetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID Group, BOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetGroupSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, PSID* Group,
                                             PBOOLEAN Defaulted);
NTSTATUS NTAPI RtlGetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               PSECURITY_DESCRIPTOR_CONTROL Control, PULONG Revision);
NTSTATUS NTAPI RtlSetControlSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                               SECURITY_DESCRIPTOR_CONTROL Mask,
                                               SECURITY_DESCRIPTOR_CONTROL Value);
NTSTATUS NTAPI RtlMakeSelfRelativeSD(PSECURITY_DESCRIPTOR Absolute, PSECURITY_DESCRIPTOR SelfRelative,
                                     PULONG Length);
NTSTATUS NTAPI RtlAbsoluteToSelfRelativeSD(PSECURITY_DESCRIPTOR Absolute, PSECURITY_DESCRIPTOR SelfRelative,
                                           PULONG Length);
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD(PSECURITY_DESCRIPTOR SelfRelative, PSECURITY_DESCRIPTOR Absolute,
                                           PULONG AbsoluteSize, PACL Dacl, PULONG DaclSize, PACL Sacl,
                                           PULONG SaclSize, PSID Owner, PULONG OwnerSize, PSID Group,
                                           PULONG GroupSize);
// In place.
NTSTATUS NTAPI RtlSelfRelativeToAbsoluteSD2(PSECURITY_DESCRIPTOR SelfRelative, PULONG BufferSize);
NTSTATUS NTAPI RtlCopySecurityDescriptor(PSECURITY_DESCRIPTOR Input, PSECURITY_DESCRIPTOR* Output);
NTSTATUS NTAPI RtlCreateSecurityDescriptorRelative(PISECURITY_DESCRIPTOR_RELATIVE Descriptor, ULONG Revision);
BOOLEAN NTAPI RtlValidRelativeSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor, ULONG Length,
                                                 SECURITY_INFORMATION Required);
NTSTATUS NTAPI RtlSetAttributesSecurityDescriptor(PSECURITY_DESCRIPTOR Descriptor,
                                                  SECURITY_DESCRIPTOR_CONTROL Control, PULONG Revision);
// FALSE: there is none. A null pointer takes it away.
BOOLEAN NTAPI RtlGetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR RMControl);
void NTAPI RtlSetSecurityDescriptorRMControl(PSECURITY_DESCRIPTOR Descriptor, PUCHAR RMControl);

// Descriptors of a program's own objects, self-relative and on the process heap. The token needs TOKEN_QUERY;
// without one STATUS_NO_TOKEN where something would have come from it.
NTSTATUS NTAPI RtlNewSecurityObject(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Creator,
                                    PSECURITY_DESCRIPTOR* NewDescriptor, BOOLEAN IsDirectoryObject,
                                    HANDLE Token, PGENERIC_MAPPING GenericMapping);
NTSTATUS NTAPI RtlNewSecurityObjectEx(PSECURITY_DESCRIPTOR Parent, PSECURITY_DESCRIPTOR Creator,
                                      PSECURITY_DESCRIPTOR* NewDescriptor, GUID* ObjectType,
                                      BOOLEAN IsDirectoryObject, ULONG AutoInheritFlags, HANDLE Token,
                                      PGENERIC_MAPPING GenericMapping);
NTSTATUS NTAPI RtlNewSecurityObjectWithMultipleInheritance(PSECURITY_DESCRIPTOR Parent,
                                                           PSECURITY_DESCRIPTOR Creator,
                                                           PSECURITY_DESCRIPTOR* NewDescriptor,
                                                           GUID** ObjectTypes, ULONG GuidCount,
                                                           BOOLEAN IsDirectoryObject, ULONG AutoInheritFlags,
                                                           HANDLE Token, PGENERIC_MAPPING GenericMapping);
NTSTATUS NTAPI RtlSetSecurityObject(SECURITY_INFORMATION SecurityInformation, PSECURITY_DESCRIPTOR Changes,
                                    PSECURITY_DESCRIPTOR* ObjectsDescriptor, PGENERIC_MAPPING GenericMapping,
                                    HANDLE Token);
NTSTATUS NTAPI RtlSetSecurityObjectEx(SECURITY_INFORMATION SecurityInformation, PSECURITY_DESCRIPTOR Changes,
                                      PSECURITY_DESCRIPTOR* ObjectsDescriptor, ULONG AutoInheritFlags,
                                      PGENERIC_MAPPING GenericMapping, HANDLE Token);
NTSTATUS NTAPI RtlQuerySecurityObject(PSECURITY_DESCRIPTOR Descriptor, SECURITY_INFORMATION Information,
                                      PSECURITY_DESCRIPTOR Resultant, ULONG Length, PULONG ReturnLength);
NTSTATUS NTAPI RtlDeleteSecurityObject(PSECURITY_DESCRIPTOR* Descriptor);
NTSTATUS NTAPI RtlConvertToAutoInheritSecurityObject(PSECURITY_DESCRIPTOR Parent,
                                                     PSECURITY_DESCRIPTOR Current,
                                                     PSECURITY_DESCRIPTOR* NewDescriptor, GUID* ObjectType,
                                                     BOOLEAN IsDirectoryObject,
                                                     PGENERIC_MAPPING GenericMapping);

// The thread acts as its process does, with a token of its own. Ex gives a handle to it.
NTSTATUS NTAPI RtlImpersonateSelf(SECURITY_IMPERSONATION_LEVEL ImpersonationLevel);
NTSTATUS NTAPI RtlImpersonateSelfEx(SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
                                    ACCESS_MASK AdditionalAccess, PHANDLE ThreadToken);

NT_END_C
