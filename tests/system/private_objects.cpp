// SPDX-License-Identifier: GPL-3.0-only
//
// Descriptors of a program's own objects (RtlNewSecurityObject and its like), and acting as oneself.
#include "tests/system/test.h"

namespace {

SID everyone = {1, 1, SECURITY_WORLD_SID_AUTHORITY, {0}};
SID creator_owner = {1, 1, SECURITY_CREATOR_SID_AUTHORITY, {0}};
SID system_user = {1, 1, SECURITY_NT_AUTHORITY, {18}};
GENERIC_MAPPING mapping = {0x20001, 0x20002, 0x20004, 0x1f0007};

struct Token {
    HANDLE handle = nullptr;
    alignas(8) UCHAR owner[128];
    Token() {
        ULONG length;
        NtOpenProcessToken(NtCurrentProcess(), TOKEN_QUERY, &handle);
        NtQueryInformationToken(handle, TokenOwner, owner, sizeof owner, &length);
    }
    ~Token() { NtClose(handle); }
    PSID default_owner() { return reinterpret_cast<TOKEN_OWNER*>(owner)->Owner; }
};

// A container that hands down what its owner may do and what everybody may read.
struct Container {
    alignas(8) UCHAR list[128];
    SECURITY_DESCRIPTOR descriptor;
    Container() {
        auto* dacl = reinterpret_cast<PACL>(list);
        RtlCreateAcl(dacl, sizeof list, ACL_REVISION);
        RtlAddAccessAllowedAceEx(dacl, 2, OBJECT_INHERIT_ACE | INHERIT_ONLY_ACE, GENERIC_ALL, &creator_owner);
        RtlAddAccessAllowedAceEx(dacl, 2, OBJECT_INHERIT_ACE, GENERIC_READ, &everyone);
        RtlAddAccessAllowedAceEx(dacl, 2, CONTAINER_INHERIT_ACE, GENERIC_WRITE, &everyone);
        RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
        RtlSetOwnerSecurityDescriptor(&descriptor, &system_user, FALSE);
        RtlSetGroupSecurityDescriptor(&descriptor, &system_user, FALSE);
        RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    }
};

PACL list_of(PSECURITY_DESCRIPTOR descriptor) {
    BOOLEAN present = FALSE, defaulted;
    PACL list = nullptr;
    RtlGetDaclSecurityDescriptor(descriptor, &present, &list, &defaulted);
    return present ? list : nullptr;
}

bool entry_is(PACL list, ULONG index, UCHAR flags, ACCESS_MASK mask, PSID sid) {
    PVOID at = nullptr;
    if (!list || RtlGetAce(list, index, &at) != STATUS_SUCCESS) return false;
    auto* ace = static_cast<PACCESS_ALLOWED_ACE>(at);
    return ace->Header.AceFlags == flags && ace->Mask == mask && RtlEqualSid(&ace->SidStart, sid);
}

PSID owner_of(PSECURITY_DESCRIPTOR descriptor) {
    PSID owner = nullptr;
    BOOLEAN defaulted;
    RtlGetOwnerSecurityDescriptor(descriptor, &owner, &defaulted);
    return owner;
}

TEST(inherited_from_the_container) {
    Token token;
    Container container;
    PSECURITY_DESCRIPTOR made = nullptr;
    CHECK(RtlNewSecurityObjectEx(&container.descriptor, nullptr, &made, nullptr, FALSE, SEF_DACL_AUTO_INHERIT,
                                 token.handle, &mapping) == STATUS_SUCCESS);
    PACL list = list_of(made);
    CHECK(list && list->AceCount == 2);
    CHECK(entry_is(list, 0, INHERITED_ACE, 0x1f0007, token.default_owner()));
    CHECK(entry_is(list, 1, INHERITED_ACE, 0x20001, &everyone));
    CHECK(RtlEqualSid(owner_of(made), token.default_owner()));
    SECURITY_DESCRIPTOR_CONTROL control = 0;
    ULONG revision;
    RtlGetControlSecurityDescriptor(made, &control, &revision);
    CHECK((control & SE_DACL_AUTO_INHERITED) && (control & SE_SELF_RELATIVE));
    CHECK(RtlDeleteSecurityObject(&made) == STATUS_SUCCESS && made == nullptr);
}

TEST(what_a_token_is_needed_for) {
    Container container;
    PSECURITY_DESCRIPTOR made = nullptr;
    CHECK(RtlNewSecurityObject(&container.descriptor, nullptr, &made, FALSE, nullptr, &mapping) ==
          STATUS_NO_TOKEN);
    CHECK(RtlNewSecurityObjectEx(&container.descriptor, nullptr, &made, nullptr, FALSE,
                                 SEF_DEFAULT_OWNER_FROM_PARENT | SEF_DEFAULT_GROUP_FROM_PARENT, nullptr,
                                 &mapping) == STATUS_SUCCESS);
    CHECK(RtlEqualSid(owner_of(made), &system_user));
    RtlDeleteSecurityObject(&made);
}

TEST(an_owner_is_oneself) {
    Token token;
    SECURITY_DESCRIPTOR asked;
    RtlCreateSecurityDescriptor(&asked, SECURITY_DESCRIPTOR_REVISION);
    RtlSetOwnerSecurityDescriptor(&asked, &everyone, FALSE);
    PSECURITY_DESCRIPTOR made = nullptr;
    CHECK(RtlNewSecurityObject(nullptr, &asked, &made, FALSE, token.handle, &mapping) ==
          STATUS_INVALID_OWNER);
    CHECK(RtlNewSecurityObjectEx(nullptr, &asked, &made, nullptr, FALSE, SEF_AVOID_OWNER_CHECK, token.handle,
                                 &mapping) == STATUS_SUCCESS);
    CHECK(RtlEqualSid(owner_of(made), &everyone));
    CHECK(RtlSetSecurityObject(OWNER_SECURITY_INFORMATION, &asked, &made, &mapping, token.handle) ==
          STATUS_INVALID_OWNER);
    RtlSetOwnerSecurityDescriptor(&asked, token.default_owner(), FALSE);
    CHECK(RtlSetSecurityObject(OWNER_SECURITY_INFORMATION, &asked, &made, &mapping, token.handle) ==
          STATUS_SUCCESS);
    CHECK(RtlEqualSid(owner_of(made), token.default_owner()));
    RtlDeleteSecurityObject(&made);
}

TEST(audits_take_a_privilege) {
    Token token;
    alignas(8) UCHAR bytes[64];
    auto* list = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(list, sizeof bytes, ACL_REVISION);
    RtlAddAuditAccessAce(list, 2, 1, &everyone, TRUE, TRUE);
    SECURITY_DESCRIPTOR asked;
    RtlCreateSecurityDescriptor(&asked, SECURITY_DESCRIPTOR_REVISION);
    RtlSetSaclSecurityDescriptor(&asked, TRUE, list, FALSE);
    BOOLEAN was = FALSE;
    RtlAdjustPrivilege(SE_SECURITY_PRIVILEGE, FALSE, FALSE, &was);
    PSECURITY_DESCRIPTOR made = nullptr;
    CHECK(RtlNewSecurityObject(nullptr, &asked, &made, FALSE, token.handle, &mapping) ==
          STATUS_PRIVILEGE_NOT_HELD);
    CHECK(RtlNewSecurityObjectEx(nullptr, &asked, &made, nullptr, FALSE, SEF_AVOID_PRIVILEGE_CHECK,
                                 token.handle, &mapping) == STATUS_SUCCESS);
    RtlDeleteSecurityObject(&made);
    if (was) RtlAdjustPrivilege(SE_SECURITY_PRIVILEGE, TRUE, FALSE, &was);
}

TEST(parts_are_asked_for_and_changed) {
    Token token;
    Container container;
    PSECURITY_DESCRIPTOR made = nullptr;
    CHECK(RtlNewSecurityObjectEx(&container.descriptor, nullptr, &made, nullptr, FALSE, SEF_DACL_AUTO_INHERIT,
                                 token.handle, &mapping) == STATUS_SUCCESS);
    alignas(8) UCHAR part[512], bytes[64];
    ULONG length = 0;
    CHECK(RtlQuerySecurityObject(made, OWNER_SECURITY_INFORMATION, part, 8, &length) ==
          STATUS_BUFFER_TOO_SMALL);
    CHECK(length == 20 + RtlLengthSid(token.default_owner()));
    CHECK(RtlQuerySecurityObject(made, OWNER_SECURITY_INFORMATION, part, sizeof part, &length) ==
          STATUS_SUCCESS);
    CHECK(RtlEqualSid(owner_of(part), token.default_owner()) && !list_of(part));
    // A new list takes the place of what was given, and with auto-inheritance not of what was inherited.
    auto* list = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(list, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(list, 2, GENERIC_EXECUTE, &system_user);
    SECURITY_DESCRIPTOR changes;
    RtlCreateSecurityDescriptor(&changes, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&changes, TRUE, list, FALSE);
    CHECK(RtlSetSecurityObjectEx(DACL_SECURITY_INFORMATION, &changes, &made, SEF_DACL_AUTO_INHERIT, &mapping,
                                 token.handle) == STATUS_SUCCESS);
    CHECK(list_of(made)->AceCount == 3);
    CHECK(entry_is(list_of(made), 0, 0, 0x20004, &system_user));
    CHECK(RtlSetSecurityObject(DACL_SECURITY_INFORMATION, &changes, &made, &mapping, token.handle) ==
          STATUS_SUCCESS);
    CHECK(list_of(made)->AceCount == 1);
    RtlDeleteSecurityObject(&made);
}

// What was copied from the container before there was auto-inheritance is known again.
TEST(converted_to_auto_inheritance) {
    Token token;
    Container container;
    PSECURITY_DESCRIPTOR before = nullptr, after = nullptr;
    CHECK(RtlNewSecurityObject(&container.descriptor, nullptr, &before, FALSE, token.handle, &mapping) ==
          STATUS_SUCCESS);
    CHECK(entry_is(list_of(before), 1, 0, 0x20001, &everyone));
    CHECK(RtlConvertToAutoInheritSecurityObject(&container.descriptor, before, &after, nullptr, FALSE,
                                                &mapping) == STATUS_SUCCESS);
    CHECK(entry_is(list_of(after), 1, INHERITED_ACE, 0x20001, &everyone));
    RtlDeleteSecurityObject(&before);
    RtlDeleteSecurityObject(&after);
}

TEST(the_list_of_a_pipe) {
    Token token;
    PACL list = nullptr;
    CHECK(RtlDefaultNpAcl(&list) == STATUS_SUCCESS);
    CHECK(list->AceCount == 5);
    CHECK(entry_is(list, 0, 0, GENERIC_ALL, &system_user));
    CHECK(entry_is(list, 2, 0, GENERIC_ALL, token.default_owner()));
    CHECK(entry_is(list, 3, 0, GENERIC_READ, &everyone));
    RtlFreeHeap(NtCurrentPeb()->ProcessHeap, 0, list);
}

TEST(acting_as_oneself) {
    HANDLE token = nullptr;
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token) == STATUS_NO_TOKEN);
    CHECK(RtlImpersonateSelf(SecurityIdentification) == STATUS_SUCCESS);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token) == STATUS_SUCCESS);
    SECURITY_IMPERSONATION_LEVEL level;
    ULONG length;
    CHECK(NtQueryInformationToken(token, TokenImpersonationLevel, &level, sizeof level, &length) ==
          STATUS_SUCCESS);
    CHECK(level == SecurityIdentification);
    NtClose(token);
    HANDLE none = nullptr;
    NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &none, sizeof none);
    CHECK(NtOpenThreadToken(NtCurrentThread(), TOKEN_QUERY, TRUE, &token) == STATUS_NO_TOKEN);
}

}  // namespace
