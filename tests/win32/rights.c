// SPDX-License-Identifier: GPL-3.0-only
// runtime: msvcrt
// libraries: -ladvapi32
// SIDs, access lists, descriptors, tokens and privileges.
#include <aclapi.h>
#include <sddl.h>
#include "say.h"

static void sids(void) {
    SID_IDENTIFIER_AUTHORITY nt = {SECURITY_NT_AUTHORITY};
    BYTE made[SECURITY_MAX_SID_SIZE];
    DWORD size = sizeof made;
    PSID admins, other;
    char* text;
    YES(AllocateAndInitializeSid(&nt, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS, 0, 0, 0, 0, 0,
                                 0, &admins));
    YES(ConvertSidToStringSidA(admins, &text));
    STR(text);
    NUM(GetLengthSid(admins));
    NUM(*GetSidSubAuthorityCount(admins));
    YES(CreateWellKnownSid(WinBuiltinAdministratorsSid, NULL, made, &size));
    YES(EqualSid(admins, made));
    YES(ConvertStringSidToSidA("S-1-5-21-1-2-3-500", &other));
    NUM(*GetSidSubAuthority(other, 4));
    YES(EqualSid(admins, other));
    YES(EqualPrefixSid(admins, other));
    YES(ConvertStringSidToSidA("S-1-x", &other));
    NUM(IsValidSid(made));
    size = 4;
    YES(CreateWellKnownSid(WinWorldSid, NULL, made, &size));
    NUM(size);
    size = sizeof made;
    YES(CreateWellKnownSid(WinWorldSid, NULL, made, &size));
    YES(IsWellKnownSid(made, WinWorldSid));
}

static void lists(void) {
    BYTE world[SECURITY_MAX_SID_SIZE], room[256];
    ACL* list = (ACL*)room;
    ACL_SIZE_INFORMATION info;
    ACCESS_ALLOWED_ACE* ace;
    DWORD size = sizeof world;
    CreateWellKnownSid(WinWorldSid, NULL, world, &size);
    YES(InitializeAcl(list, sizeof room, ACL_REVISION));
    YES(AddAccessAllowedAce(list, ACL_REVISION, GENERIC_READ, world));
    YES(AddAccessDeniedAceEx(list, ACL_REVISION, CONTAINER_INHERIT_ACE, DELETE, world));
    YES(GetAclInformation(list, &info, sizeof info, AclSizeInformation));
    printf("%lu entries, %lu bytes, %lu free\n", info.AceCount, info.AclBytesInUse, info.AclBytesFree);
    YES(GetAce(list, 1, (void**)&ace));
    printf("type %d, flags %d, mask %lx\n", ace->Header.AceType, ace->Header.AceFlags, ace->Mask);
    YES(DeleteAce(list, 0));
    YES(GetAce(list, 1, (void**)&ace));
    YES(InitializeAcl(list, 4, ACL_REVISION));
}

static void descriptors(void) {
    SECURITY_DESCRIPTOR absolute;
    PSECURITY_DESCRIPTOR relative;
    SECURITY_DESCRIPTOR_CONTROL control;
    BOOL present, defaulted;
    ACL* list;
    char* text;
    DWORD size = 0, revision;
    YES(InitializeSecurityDescriptor(&absolute, SECURITY_DESCRIPTOR_REVISION));
    YES(SetSecurityDescriptorDacl(&absolute, TRUE, NULL, FALSE));
    YES(GetSecurityDescriptorControl(&absolute, &control, &revision));
    HEX(control);
    YES(MakeSelfRelativeSD(&absolute, NULL, &size));
    NUM(size);
    YES(ConvertStringSecurityDescriptorToSecurityDescriptorA("O:BAG:SYD:P(A;OICI;GA;;;BA)(D;;0x10000;;;WD)",
                                                             SDDL_REVISION_1, &relative, &size));
    NUM(size);
    YES(GetSecurityDescriptorDacl(relative, &present, &list, &defaulted));
    printf("present %d, %d entries\n", present, list->AceCount);
    YES(ConvertSecurityDescriptorToStringSecurityDescriptorA(
        relative, SDDL_REVISION_1,
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION, &text, NULL));
    STR(text);
    YES(ConvertStringSecurityDescriptorToSecurityDescriptorA("D:(X)", SDDL_REVISION_1, &relative, NULL));
}

static void tokens(void) {
    HANDLE token, copy;
    BYTE room[1024];
    DWORD size;
    TOKEN_TYPE type;
    LUID luid;
    char name[64];
    YES(OpenProcessToken(GetCurrentProcess(), TOKEN_ALL_ACCESS, &token));
    YES(GetTokenInformation(token, TokenUser, NULL, 0, &size));
    YES(GetTokenInformation(token, TokenUser, room, sizeof room, &size));
    NUM(IsValidSid(((TOKEN_USER*)room)->User.Sid));
    YES(GetTokenInformation(token, TokenType, &type, sizeof type, &size));
    NUM(type);
    YES(GetTokenInformation(token, TokenPrivileges, room, sizeof room, &size));
    NUM(((TOKEN_PRIVILEGES*)room)->PrivilegeCount > 0);
    YES(LookupPrivilegeValueA(NULL, "SeChangeNotifyPrivilege", &luid));
    NUM(luid.LowPart);
    size = sizeof name;
    YES(LookupPrivilegeNameA(NULL, &luid, name, &size));
    STR(name);
    YES(LookupPrivilegeValueA(NULL, "SeNonePrivilege", &luid));
    YES(DuplicateTokenEx(token, TOKEN_QUERY | TOKEN_IMPERSONATE, NULL, SecurityImpersonation,
                         TokenImpersonation, &copy));
    YES(GetTokenInformation(copy, TokenType, &type, sizeof type, &size));
    NUM(type);
    YES(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    YES(SetThreadToken(NULL, copy));
    YES(OpenThreadToken(GetCurrentThread(), TOKEN_QUERY, TRUE, &token));
    YES(RevertToSelf());
    YES(ImpersonateSelf(SecurityImpersonation));
    YES(RevertToSelf());
}

int main(void) {
    sids();
    lists();
    descriptors();
    tokens();
    return 0;
}
