// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens through their services: copies, filtered ones, groups, what can be set, impersonation, and the
// access check that a server makes for its client.
#include "abi/nt/neptune.h"
#include "tests/system/test.h"

namespace {

struct Sid1 {
    UCHAR revision = 1, count = 1, authority[6];
    ULONG part;
};
struct Sid2 {
    UCHAR revision = 1, count = 2, authority[6];
    ULONG parts[2];
};
Sid2 administrators = {1, 2, {0, 0, 0, 0, 0, 5}, {32, 544}};
Sid1 everyone = {1, 1, {0, 0, 0, 0, 0, 1}, 0};
Sid1 restricted_code = {1, 1, {0, 0, 0, 0, 0, 5}, 12};

alignas(16) UCHAR buffer[4096];
ULONG length;

NTSTATUS query(HANDLE token, TOKEN_INFORMATION_CLASS which) {
    return NtQueryInformationToken(token, which, buffer, sizeof buffer, &length);
}

ULONG number(HANDLE token, TOKEN_INFORMATION_CLASS which) {
    *reinterpret_cast<ULONG*>(buffer) = ~0u;
    return NT_SUCCESS(query(token, which)) && length == sizeof(ULONG) ? *reinterpret_cast<ULONG*>(buffer)
                                                                      : ~0u;
}

PSID own_user() {
    alignas(8) static UCHAR user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    ULONG size;
    NtQueryInformationToken(NtCurrentProcessToken(), TokenUser, user, sizeof user, &size);
    return reinterpret_cast<TOKEN_USER*>(user)->User.Sid;
}

HANDLE own_token() {
    HANDLE token = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &token);
    return token;
}

HANDLE duplicate(HANDLE token, TOKEN_TYPE type, SECURITY_IMPERSONATION_LEVEL level,
                 NTSTATUS* status = nullptr, BOOLEAN effective = FALSE) {
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, level, FALSE, FALSE};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    attributes.SecurityQualityOfService = &quality;
    HANDLE made = nullptr;
    NTSTATUS done = NtDuplicateToken(token, 0, &attributes, effective, type, &made);
    if (status) *status = done;
    return made;
}

ULONG attributes_of(HANDLE token, PSID sid) {
    if (!NT_SUCCESS(query(token, TokenGroups))) return ~0u;
    auto* groups = reinterpret_cast<TOKEN_GROUPS*>(buffer);
    for (ULONG i = 0; i < groups->GroupCount; ++i)
        if (RtlEqualSid(groups->Groups[i].Sid, sid)) return groups->Groups[i].Attributes;
    return ~0u;
}

TEST(duplicates_and_levels) {
    HANDLE token = own_token();
    NTSTATUS status;
    HANDLE identified = duplicate(token, TokenImpersonation, SecurityIdentification);
    CHECK(number(identified, TokenType) == TokenImpersonation);
    CHECK(number(identified, TokenImpersonationLevel) == SecurityIdentification);
    CHECK(query(token, TokenImpersonationLevel) == STATUS_INVALID_INFO_CLASS);
    duplicate(identified, TokenImpersonation, SecurityImpersonation, &status);
    CHECK(status == STATUS_BAD_IMPERSONATION_LEVEL);
    duplicate(identified, TokenPrimary, SecurityAnonymous, &status);
    CHECK(status == STATUS_BAD_IMPERSONATION_LEVEL);
    HANDLE usual = nullptr;
    CHECK(NtDuplicateToken(token, TOKEN_QUERY, nullptr, FALSE, TokenImpersonation, &usual) == STATUS_SUCCESS);
    CHECK(number(usual, TokenImpersonationLevel) == SecurityImpersonation);
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, u"\\BaseNamedObjects\\a token");
    OBJECT_ATTRIBUTES named;
    InitializeObjectAttributes(&named, &name, OBJ_PERMANENT, nullptr, nullptr);
    CHECK(NtDuplicateToken(token, 0, &named, FALSE, TokenPrimary, &usual) == STATUS_OBJECT_NAME_INVALID);
    CHECK(NtDuplicateToken(token, 0, nullptr, FALSE, static_cast<TOKEN_TYPE>(3), &usual) ==
          STATUS_INVALID_PARAMETER);
    BOOLEAN equal = FALSE;
    CHECK(NtCompareTokens(token, identified, &equal) == STATUS_SUCCESS && equal);
    HANDLE effective = duplicate(token, TokenPrimary, SecurityAnonymous, nullptr, TRUE);
    CHECK(NtCompareTokens(token, effective, &equal) == STATUS_SUCCESS && !equal);
    CHECK(query(effective, TokenPrivileges) == STATUS_SUCCESS);
    auto* privileges = reinterpret_cast<TOKEN_PRIVILEGES*>(buffer);
    bool enabled = privileges->PrivilegeCount > 0;
    for (ULONG i = 0; i < privileges->PrivilegeCount; ++i)
        enabled = enabled && (privileges->Privileges[i].Attributes & SE_PRIVILEGE_ENABLED);
    CHECK(enabled);
    NtClose(token);
    NtClose(identified);
    NtClose(usual);
    NtClose(effective);
}

TEST(filtered_tokens) {
    HANDLE token = own_token(), made = nullptr;
    TOKEN_GROUPS disable = {1, {{&administrators, 0}}}, restricting = {1, {{&restricted_code, 0}}};
    CHECK(NtFilterToken(token, 0x10, nullptr, nullptr, nullptr, &made) == STATUS_INVALID_PARAMETER);
    CHECK(NtFilterToken(token, DISABLE_MAX_PRIVILEGE | WRITE_RESTRICTED, &disable, nullptr, &restricting,
                        &made) == STATUS_SUCCESS);
    ULONG state = attributes_of(made, &administrators);
    CHECK((state & SE_GROUP_USE_FOR_DENY_ONLY) && !(state & SE_GROUP_ENABLED));
    CHECK(query(made, TokenPrivileges) == STATUS_SUCCESS);
    auto* privileges = reinterpret_cast<TOKEN_PRIVILEGES*>(buffer);
    CHECK(privileges->PrivilegeCount == 1 &&
          privileges->Privileges[0].Luid.LowPart == SE_CHANGE_NOTIFY_PRIVILEGE);
    CHECK(query(made, TokenRestrictedSids) == STATUS_SUCCESS);
    CHECK(reinterpret_cast<TOKEN_GROUPS*>(buffer)->GroupCount == 1);
    CHECK(number(made, TokenHasRestrictions) == 1);
    CHECK(number(made, TokenIsRestricted) == 1);
    CHECK(number(token, TokenIsRestricted) == 0);
    // The owner that it had is for denying only now: the user owns what it makes.
    CHECK(query(made, TokenOwner) == STATUS_SUCCESS);
    CHECK(RtlEqualSid(reinterpret_cast<TOKEN_OWNER*>(buffer)->Owner, own_user()));
    // What is not in both lists is in neither.
    HANDLE twice = nullptr;
    restricting.Groups[0].Sid = &everyone;
    CHECK(NtFilterToken(made, 0, nullptr, nullptr, &restricting, &twice) == STATUS_SUCCESS);
    CHECK(query(twice, TokenRestrictedSids) == STATUS_SUCCESS);
    CHECK(reinterpret_cast<TOKEN_GROUPS*>(buffer)->GroupCount == 0);
    CHECK(number(twice, TokenIsRestricted) == 1);
    NtClose(token);
    NtClose(made);
    NtClose(twice);
}

// The token of the keyboard's driver host, whose groups for its services may be disabled.
HANDLE token_of_host() {
    static NEPTUNE_DRIVER_INFORMATION drivers[32];
    NtQuerySystemInformation(SystemNeptuneDriverInformation, drivers, sizeof drivers, &length);
    CLIENT_ID id = {};
    for (ULONG i = 0; i < length / sizeof *drivers; ++i)
        if (wcscmp(drivers[i].Name, u"i8042prt") == 0)
            id.UniqueProcess = reinterpret_cast<HANDLE>(drivers[i].HostProcess);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE process = nullptr, token = nullptr;
    NtOpenProcess(&process, PROCESS_QUERY_INFORMATION, &attributes, &id);
    NtOpenProcessToken(process, TOKEN_DUPLICATE | TOKEN_QUERY, &token);
    NtClose(process);
    return token;
}

TEST(groups_are_adjusted) {
    HANDLE own = token_of_host();
    HANDLE token = nullptr;
    CHECK(NtDuplicateToken(own, TOKEN_ALL_ACCESS, nullptr, FALSE, TokenPrimary, &token) == STATUS_SUCCESS);
    CHECK(query(token, TokenGroups) == STATUS_SUCCESS);
    alignas(4) UCHAR service[SECURITY_MAX_SID_SIZE];
    RtlCopySid(sizeof service, service, reinterpret_cast<TOKEN_GROUPS*>(buffer)->Groups[0].Sid);
    // S-1-5-80 and the hash of a name.
    CHECK(service[1] == 6 && *RtlSubAuthoritySid(service, 0) == SECURITY_SERVICE_ID_BASE_RID);
    CHECK(attributes_of(token, &administrators) == ~0u);
    TOKEN_GROUPS change = {1, {{service, 0}}};
    CHECK(NtAdjustGroupsToken(token, FALSE, &change, sizeof buffer, buffer, &length) == STATUS_SUCCESS);
    CHECK(reinterpret_cast<TOKEN_GROUPS*>(buffer)->GroupCount == 1);
    CHECK(!(attributes_of(token, service) & SE_GROUP_ENABLED));
    CHECK(NtAdjustGroupsToken(token, TRUE, nullptr, 0, nullptr, nullptr) == STATUS_SUCCESS);
    CHECK(attributes_of(token, service) & SE_GROUP_ENABLED);
    change.Groups[0].Sid = &everyone;
    CHECK(NtAdjustGroupsToken(token, FALSE, &change, 0, nullptr, nullptr) == STATUS_CANT_DISABLE_MANDATORY);
    change.Groups[0].Sid = &restricted_code;
    CHECK(NtAdjustGroupsToken(token, FALSE, &change, 0, nullptr, nullptr) == STATUS_NOT_ALL_ASSIGNED);
    CHECK(!(attributes_of(own, &everyone) & SE_GROUP_USE_FOR_DENY_ONLY));
    NtClose(token);
    NtClose(own);
}

TEST(what_can_be_set) {
    HANDLE own = own_token();
    HANDLE token = duplicate(own, TokenPrimary, SecurityAnonymous);
    TOKEN_OWNER owner = {own_user()};
    CHECK(NtSetInformationToken(token, TokenOwner, &owner, sizeof owner) == STATUS_SUCCESS);
    owner.Owner = &everyone;
    CHECK(NtSetInformationToken(token, TokenOwner, &owner, sizeof owner) == STATUS_INVALID_OWNER);
    TOKEN_PRIMARY_GROUP group = {&restricted_code};
    CHECK(NtSetInformationToken(token, TokenPrimaryGroup, &group, sizeof group) ==
          STATUS_INVALID_PRIMARY_GROUP);
    CHECK(NtSetInformationToken(token, TokenPrimaryGroup, &group, 4) == STATUS_INFO_LENGTH_MISMATCH);
    Sid1 low = {1, 1, {0, 0, 0, 0, 0, 16}, SECURITY_MANDATORY_LOW_RID};
    TOKEN_MANDATORY_LABEL label = {{&low, 0}};
    CHECK(NtSetInformationToken(token, TokenIntegrityLevel, &label, sizeof label) == STATUS_SUCCESS);
    CHECK(query(token, TokenIntegrityLevel) == STATUS_SUCCESS);
    CHECK(RtlEqualSid(reinterpret_cast<TOKEN_MANDATORY_LABEL*>(buffer)->Label.Sid, &low));
    CHECK(query(own, TokenIntegrityLevel) == STATUS_SUCCESS);
    CHECK(!RtlEqualSid(reinterpret_cast<TOKEN_MANDATORY_LABEL*>(buffer)->Label.Sid, &low));
    UCHAR dacl[64];
    auto* list = reinterpret_cast<PACL>(dacl);
    RtlCreateAcl(list, sizeof dacl, ACL_REVISION);
    RtlAddAccessAllowedAce(list, ACL_REVISION, GENERIC_READ, &everyone);
    TOKEN_DEFAULT_DACL given = {list};
    CHECK(NtSetInformationToken(token, TokenDefaultDacl, &given, sizeof given) == STATUS_SUCCESS);
    CHECK(query(token, TokenDefaultDacl) == STATUS_SUCCESS);
    CHECK(reinterpret_cast<TOKEN_DEFAULT_DACL*>(buffer)->DefaultDacl->AceCount == 1);
    CHECK(NtSetInformationToken(token, TokenUser, &owner, sizeof owner) == STATUS_INVALID_INFO_CLASS);
    NtClose(token);
    NtClose(own);
}

TEST(impersonation) {
    HANDLE own = own_token(), seen = nullptr;
    HANDLE token = duplicate(own, TokenImpersonation, SecurityImpersonation);
    CHECK(NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &own, sizeof own) ==
          STATUS_BAD_TOKEN_TYPE);
    CHECK(NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof token) ==
          STATUS_SUCCESS);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &seen) == STATUS_SUCCESS);
    NtClose(seen);
    HANDLE none = nullptr;
    CHECK(NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none) ==
          STATUS_SUCCESS);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &seen) == STATUS_NO_TOKEN);
    // One that can be looked at alone opens nothing.
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, SecurityIdentification, FALSE, FALSE};
    CHECK(NtImpersonateThread(NtCurrentThread(), NtCurrentThread(), &quality) == STATUS_SUCCESS);
    CHECK(NtShutdownSystem(ShutdownPowerOff) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &seen) == STATUS_SUCCESS);
    CHECK(number(seen, TokenImpersonationLevel) == SecurityIdentification);
    NtClose(seen);
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
    CHECK(NtImpersonateAnonymousToken(NtCurrentThread()) == STATUS_SUCCESS);
    CHECK(query(NtCurrentThreadToken(), TokenUser) == STATUS_SUCCESS);
    CHECK(!RtlEqualSid(reinterpret_cast<TOKEN_USER*>(buffer)->User.Sid, own_user()));
    CHECK(NtShutdownSystem(ShutdownPowerOff) == STATUS_PRIVILEGE_NOT_HELD);
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
    quality.ImpersonationLevel = SecurityAnonymous;
    CHECK(NtImpersonateThread(NtCurrentThread(), NtCurrentThread(), &quality) == STATUS_SUCCESS);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &seen) == STATUS_CANT_OPEN_ANONYMOUS);
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
    NtClose(token);
    NtClose(own);
}

TEST(access_checks) {
    HANDLE own = own_token();
    HANDLE token = duplicate(own, TokenImpersonation, SecurityIdentification);
    UCHAR dacl[64];
    auto* list = reinterpret_cast<PACL>(dacl);
    RtlCreateAcl(list, sizeof dacl, ACL_REVISION);
    RtlAddAccessDeniedAce(list, ACL_REVISION, 2, &everyone);
    RtlAddAccessAllowedAce(list, ACL_REVISION, 7, &everyone);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, list, FALSE);
    GENERIC_MAPPING mapping = {1, 2, 4, 0x1f0007};
    PRIVILEGE_SET set;
    ACCESS_MASK granted = 0;
    NTSTATUS status = 0;
    auto ask = [&](ACCESS_MASK desired, HANDLE who) {
        length = sizeof set;
        return NtAccessCheck(&descriptor, who, desired, &mapping, &set, &length, &granted, &status);
    };
    CHECK(ask(1, token) == STATUS_INVALID_SECURITY_DESCR);
    RtlSetOwnerSecurityDescriptor(&descriptor, &restricted_code, FALSE);
    RtlSetGroupSecurityDescriptor(&descriptor, &restricted_code, FALSE);
    CHECK(ask(1, token) == STATUS_SUCCESS && status == STATUS_SUCCESS && granted == 1);
    CHECK(ask(3, token) == STATUS_SUCCESS && status == STATUS_ACCESS_DENIED && granted == 0);
    CHECK(ask(MAXIMUM_ALLOWED, token) == STATUS_SUCCESS && status == STATUS_SUCCESS && granted == 5);
    CHECK(ask(GENERIC_READ, token) == STATUS_GENERIC_NOT_MAPPED);
    CHECK(ask(1, own) == STATUS_NO_IMPERSONATION_TOKEN);
    length = 4;
    CHECK(NtAccessCheck(&descriptor, token, 1, &mapping, &set, &length, &granted, &status) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(length == sizeof set);
    GUID guids[3] = {{1, 0, 0, {}}, {2, 0, 0, {}}, {3, 0, 0, {}}};
    OBJECT_TYPE_LIST types[3] = {{0, 0, &guids[0]}, {1, 0, &guids[1]}, {1, 0, &guids[2]}};
    length = sizeof set;
    CHECK(NtAccessCheckByType(&descriptor, nullptr, token, 1, types, 3, &mapping, &set, &length, &granted,
                              &status) == STATUS_SUCCESS &&
          status == STATUS_SUCCESS && granted == 1);
    ACCESS_MASK each[3] = {};
    NTSTATUS answers[3] = {1, 1, 1};
    CHECK(NtAccessCheckByTypeResultList(&descriptor, nullptr, token, MAXIMUM_ALLOWED, types, 3, &mapping,
                                        &set, &length, each, answers) == STATUS_SUCCESS);
    CHECK(answers[2] == STATUS_SUCCESS && each[2] == 5);
    types[2].Level = 3;
    CHECK(NtAccessCheckByType(&descriptor, nullptr, token, 1, types, 3, &mapping, &set, &length, &granted,
                              &status) == STATUS_INVALID_PARAMETER);
    PRIVILEGE_SET needed = {1, PRIVILEGE_SET_ALL_NECESSARY, {{{SE_DEBUG_PRIVILEGE, 0}, 0}}};
    BOOLEAN held = FALSE;
    CHECK(NtPrivilegeCheck(token, &needed, &held) == STATUS_SUCCESS && held);
    CHECK(needed.Privilege[0].Attributes & SE_PRIVILEGE_USED_FOR_ACCESS);
    needed.Privilege[0].Luid.LowPart = SE_CREATE_TOKEN_PRIVILEGE;
    CHECK(NtPrivilegeCheck(token, &needed, &held) == STATUS_SUCCESS && !held);
    NtClose(token);
    NtClose(own);
}

}  // namespace
