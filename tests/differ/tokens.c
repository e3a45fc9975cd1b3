// SPDX-License-Identifier: GPL-3.0-only
// Tokens, security descriptors, access checks.
#include "differ.h"

static ULONGLONG buffer[400];
static ULONG length;
static HANDLE token;

static void begin(ULONG access) {
    QUIET(NtOpenProcessToken, SELF, access, &token);
}

PROGRAM(classes) {
    begin(TOKEN_ALL_ACCESS);
    for (ULONG number = 1; number < 30; number++) {
        char label[30];
        sprintf(label, "class %lu", number);
        length = 777;
        NTSTATUS status = QUIET(NtQueryInformationToken, token, number, buffer, sizeof buffer, &length);
        static const char of_who[] = {1, 2, 3, 4, 5, 6, 7, 13, 14, 25, 28};
        line(label, "%08lx, %lu", (ULONG)status, memchr(of_who, (int)number, sizeof of_who) ? 0 : length);
        sprintf(label, "class %lu, nothing", number);
        ST(label, NtQueryInformationToken, token, number, buffer, 0, &length);
    }
    ST("class 0", NtQueryInformationToken, token, 0, buffer, 8, &length);
    ST("class 99", NtQueryInformationToken, token, 99, buffer, 8, &length);
}

PROGRAM(opening) {
    ST("process", NtOpenProcessToken, SELF, TOKEN_QUERY, &token);
    ST("no access", NtOpenProcessToken, SELF, 0, &token);
    ST("thread without", NtOpenThreadToken, THREAD, TOKEN_QUERY, 0, &token);
    ST("bad process", NtOpenProcessToken, 0x9998, TOKEN_QUERY, &token);
    ST("a thread", NtOpenProcessToken, THREAD, TOKEN_QUERY, &token);
    ST("no place", NtOpenProcessToken, SELF, TOKEN_QUERY, NULL);
    begin(TOKEN_ADJUST_PRIVILEGES);
    ST("query without the right", NtQueryInformationToken, token, 1, buffer, 400, &length);
    begin(TOKEN_QUERY);
    ST("adjust without the right", NtAdjustPrivilegesToken, token, 1, NULL, 0, NULL, NULL);
    HANDLE copy;
    ST("duplicate without the right", NtDuplicateToken, token, TOKEN_ALL_ACCESS, NULL, 0, TokenImpersonation,
       &copy);
    ST("pseudo query", NtQueryInformationToken, -4, TokenType, buffer, 4, &length);
    ST("pseudo of the thread", NtQueryInformationToken, -5, TokenType, buffer, 4, &length);
    ST("pseudo effective", NtQueryInformationToken, -6, TokenType, buffer, 4, &length);
}

PROGRAM(duplicates) {
    HANDLE copy = NULL, deeper = NULL;
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityIdentification, 0, 0};
    OBJECT_ATTRIBUTES* with = attributes(NULL, 0);
    with->SecurityQualityOfService = &quality;
    begin(TOKEN_ALL_ACCESS);
    ST("primary", NtDuplicateToken, token, TOKEN_ALL_ACCESS, NULL, 0, TokenPrimary, &copy);
    ST("impersonation", NtDuplicateToken, token, TOKEN_ALL_ACCESS, with, 0, TokenImpersonation, &copy);
    QUIET(NtQueryInformationToken, copy, TokenImpersonationLevel, buffer, 4, &length);
    NUM("level", *(ULONG*)buffer);
    quality.ImpersonationLevel = SecurityDelegation;
    ST("raise the level", NtDuplicateToken, copy, TOKEN_ALL_ACCESS, with, 0, TokenImpersonation, &deeper);
    ST("primary of identification", NtDuplicateToken, copy, TOKEN_ALL_ACCESS, NULL, 0, TokenPrimary, &deeper);
    ST("type 3", NtDuplicateToken, token, TOKEN_ALL_ACCESS, NULL, 0, 3, &deeper);
    quality.ImpersonationLevel = 7;
    ST("level 7", NtDuplicateToken, token, TOKEN_ALL_ACCESS, with, 0, TokenImpersonation, &deeper);
    ST("level of a primary", NtQueryInformationToken, token, TokenImpersonationLevel, buffer, 4, &length);
    ST("impersonate by it", NtSetInformationThread, THREAD, 5, &copy, 8);
    ST("thread's", NtOpenThreadToken, THREAD, TOKEN_QUERY, 0, &deeper);
    ST("thread's as self", NtOpenThreadToken, THREAD, TOKEN_QUERY, 1, &deeper);
    ST("a file, identified", NtOpenFile, &deeper, FILE_READ_DATA, attributes(nt_path(L""), 0),
       &(IO_STATUS_BLOCK){{0}}, 7, 0);
    WIN("revert", RevertToSelf());
    ST("impersonate by a primary", NtSetInformationThread, THREAD, 5, &token, 8);
}

PROGRAM(privileges) {
    TOKEN_PRIVILEGES change = {1}, before;
    LUID luid;
    begin(TOKEN_ALL_ACCESS);
    WIN("known", LookupPrivilegeValueA(NULL, "SeDebugPrivilege", &luid));
    NUM("number", luid.LowPart);
    WIN("unknown", LookupPrivilegeValueA(NULL, "SeNonsense", &luid));
    change.Privileges[0].Luid.LowPart = 23;
    change.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    ST("enable what is", NtAdjustPrivilegesToken, token, 0, &change, sizeof change, NULL, NULL);
    change.Privileges[0].Luid.LowPart = 999;
    ST("none such", NtAdjustPrivilegesToken, token, 0, &change, sizeof change, NULL, NULL);
    change.Privileges[0].Luid.LowPart = 23;
    ST("short previous", NtAdjustPrivilegesToken, token, 0, &change, 4, &before, &length);
    ST("previous without length", NtAdjustPrivilegesToken, token, 0, &change, sizeof change, &before, NULL);
    ST("nothing", NtAdjustPrivilegesToken, token, 0, NULL, 0, NULL, NULL);
    ST("disable all", NtAdjustPrivilegesToken, token, 1, NULL, 0, NULL, NULL);
    PRIVILEGE_SET set = {1, 1, {{{23, 0}, 0}}};
    BOOLEAN has = 9;
    ST("check", NtPrivilegeCheck, token, &set, &has);
    NUM("has", has);
    change.Privileges[0].Attributes = SE_PRIVILEGE_REMOVED;
    change.Privileges[0].Luid.LowPart = 18;
    ST("remove", NtAdjustPrivilegesToken, token, 0, &change, sizeof change, NULL, NULL);
    change.Privileges[0].Attributes = SE_PRIVILEGE_ENABLED;
    ST("enable the removed", NtAdjustPrivilegesToken, token, 0, &change, sizeof change, NULL, NULL);
}

PROGRAM(access_checks) {
    HANDLE as = NULL;
    GENERIC_MAPPING mapping = {1, 2, 4, 0x1f0007};
    UCHAR list[200], space[200];
    SECURITY_DESCRIPTOR descriptor;
    SID_IDENTIFIER_AUTHORITY world = {{0, 0, 0, 0, 0, 1}};
    PSID everyone;
    ULONG granted, size = sizeof space;
    NTSTATUS status;
    begin(TOKEN_ALL_ACCESS);
    QUIET(NtDuplicateToken, token, TOKEN_ALL_ACCESS, NULL, 0, TokenImpersonation, &as);
    WIN("impersonation", DuplicateToken(token, SecurityImpersonation, &as));
    AllocateAndInitializeSid(&world, 1, 0, 0, 0, 0, 0, 0, 0, 0, &everyone);
    InitializeSecurityDescriptor(&descriptor, 1);
    ST("no owner", NtAccessCheck, &descriptor, as, 1, &mapping, space, &size, &granted, &status);
    SetSecurityDescriptorOwner(&descriptor, everyone, FALSE);
    SetSecurityDescriptorGroup(&descriptor, everyone, FALSE);
    ST("no list", NtAccessCheck, &descriptor, as, 3, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    InitializeAcl((ACL*)list, sizeof list, ACL_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, (ACL*)list, FALSE);
    ST("empty list", NtAccessCheck, &descriptor, as, 1, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    ST("maximum of it", NtAccessCheck, &descriptor, as, MAXIMUM_ALLOWED, &mapping, space, &size, &granted,
       &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    AddAccessAllowedAce((ACL*)list, ACL_REVISION, 3, everyone);
    ST("allowed", NtAccessCheck, &descriptor, as, 1, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    ST("more", NtAccessCheck, &descriptor, as, 7, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    ST("maximum", NtAccessCheck, &descriptor, as, MAXIMUM_ALLOWED, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    ST("generic", NtAccessCheck, &descriptor, as, GENERIC_READ, &mapping, space, &size, &granted, &status);
    ST("nothing", NtAccessCheck, &descriptor, as, 0, &mapping, space, &size, &granted, &status);
    line("granted", "%lx, %08lx", granted, (ULONG)status);
    ST("by a primary", NtAccessCheck, &descriptor, token, 1, &mapping, space, &size, &granted, &status);
    size = 4;
    ST("no space", NtAccessCheck, &descriptor, as, 1, &mapping, space, &size, &granted, &status);
    NUM("wanted", size);
}

PROGRAM(lists) {
    UCHAR list[64];
    ACL* acl = (ACL*)list;
    SID_IDENTIFIER_AUTHORITY world = {{0, 0, 0, 0, 0, 1}};
    PSID everyone;
    void* ace;
    AllocateAndInitializeSid(&world, 1, 0, 0, 0, 0, 0, 0, 0, 0, &everyone);
    ST("too short", RtlCreateAcl, acl, 4, ACL_REVISION);
    ST("revision 1", RtlCreateAcl, acl, 64, 1);
    ST("revision 5", RtlCreateAcl, acl, 64, 5);
    ST("too long", RtlCreateAcl, acl, 0x20000, ACL_REVISION);
    ST("create", RtlCreateAcl, acl, 62, ACL_REVISION);
    NUM("size", acl->AclSize);
    for (int i = 0; i < 4; i++)
        ST("add", RtlAddAccessAllowedAce, acl, ACL_REVISION, 1, everyone);
    ST("revision of an ace", RtlAddAccessAllowedAce, acl, 9, 1, everyone);
    NUM("count", acl->AceCount);
    ST("get", RtlGetAce, acl, 1, &ace);
    NUM("at", (UCHAR*)ace - list);
    ST("get past", RtlGetAce, acl, 9, &ace);
    ST("delete", RtlDeleteAce, acl, 0);
    ST("delete past", RtlDeleteAce, acl, 9);
    NUM("free", CALL(RtlFirstFreeAce, acl, &ace) & 0xff);
    NUM("valid", CALL(RtlValidAcl, acl) & 0xff);
    acl->AceCount = 9;
    NUM("not valid", CALL(RtlValidAcl, acl) & 0xff);
    acl->AceCount = 2;
    ST("information", RtlQueryInformationAcl, acl, buffer, 12, 2);
    line("sizes", "%lu %lu %lu", ((ULONG*)buffer)[0], ((ULONG*)buffer)[1], ((ULONG*)buffer)[2]);
    ST("information short", RtlQueryInformationAcl, acl, buffer, 3, 2);
    ST("bad flags", RtlAddAccessAllowedAceEx, acl, ACL_REVISION, 0x100, 1, everyone);
}

PROGRAM(descriptors) {
    SECURITY_DESCRIPTOR absolute;
    ULONG size = 0;
    UCHAR defaulted = 9, present = 9;
    void* part = (void*)9;
    USHORT control = 0;
    ULONG revision = 0;
    ST("revision 2", RtlCreateSecurityDescriptor, &absolute, 2);
    ST("create", RtlCreateSecurityDescriptor, &absolute, 1);
    NUM("valid", CALL(RtlValidSecurityDescriptor, &absolute) & 0xff);
    NUM("length", (ULONG)CALL(RtlLengthSecurityDescriptor, &absolute));
    ST("size", RtlAbsoluteToSelfRelativeSD, &absolute, NULL, &size);
    NUM("size", size);
    ST("make", RtlAbsoluteToSelfRelativeSD, &absolute, buffer, &size);
    ST("again", RtlAbsoluteToSelfRelativeSD, buffer, buffer + 100, &size);
    ST("make self-relative", RtlMakeSelfRelativeSD, buffer, buffer + 100, &size);
    ST("owner", RtlGetOwnerSecurityDescriptor, &absolute, &part, &defaulted);
    HEX("owner", part);
    ST("list", RtlGetDaclSecurityDescriptor, &absolute, &present, &part, &defaulted);
    NUM("present", present);
    ST("set in self-relative", RtlSetOwnerSecurityDescriptor, buffer, NULL, 0);
    ST("control", RtlGetControlSecurityDescriptor, buffer, &control, &revision);
    HEX("control", control);
    ST("set control", RtlSetControlSecurityDescriptor, &absolute, 0x1000, 0x1000);
    ST("set control, not so", RtlSetControlSecurityDescriptor, &absolute, 4, 4);
    absolute.Revision = 9;
    NUM("not valid", CALL(RtlValidSecurityDescriptor, &absolute) & 0xff);
    ST("of a bad one", RtlGetOwnerSecurityDescriptor, &absolute, &part, &defaulted);
}
