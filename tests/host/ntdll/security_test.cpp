// SPDX-License-Identifier: GPL-3.0-only
// SIDs, access control lists and security descriptors, by what MSDN and [MS-DTYP] say of them.
#include <gtest/gtest.h>
#include <string.h>

#include <string>

#include "tests/host/ntdll/fake.hpp"

namespace {

struct Sid2 {
    UCHAR revision = 1, count = 2;
    SID_IDENTIFIER_AUTHORITY authority;
    ULONG parts[2];
};
Sid2 administrators = {1, 2, SECURITY_NT_AUTHORITY, {32, 544}};
SID everyone = {1, 1, SECURITY_WORLD_SID_AUTHORITY, {0}};
GUID one_type = {1, 2, 3, {4}}, another_type = {5, 6, 7, {8}};

struct List {
    alignas(8) UCHAR bytes[256] = {};
    PACL acl = reinterpret_cast<PACL>(bytes);
    explicit List(ULONG revision = ACL_REVISION) { RtlCreateAcl(acl, sizeof bytes, revision); }
    UCHAR* entry(ULONG index) {
        PVOID ace = nullptr;
        return RtlGetAce(acl, index, &ace) == STATUS_SUCCESS ? static_cast<UCHAR*>(ace) : nullptr;
    }
};

std::u16string text_of(PSID sid) {
    WCHAR buffer[192];
    UNICODE_STRING text = {0, sizeof buffer, buffer};
    if (RtlConvertSidToUnicodeString(&text, sid, FALSE) != STATUS_SUCCESS) return u"?";
    return {buffer, text.Length / sizeof(WCHAR)};
}

TEST(Security, ALargeAuthorityHasTwelveDigits) {
    SID sid = {1, 1, {{0, 1, 0, 0, 0x0a, 0xbc}}, {7}};
    EXPECT_EQ(text_of(&sid), u"S-1-0x000100000abc-7");
    EXPECT_EQ(text_of(&administrators), u"S-1-5-32-544");
}

TEST(Security, AnEntryIsRefusedForItsRevisionAndFlags) {
    List list;
    EXPECT_EQ(RtlAddAccessAllowedAce(list.acl, 1, 1, &everyone), STATUS_REVISION_MISMATCH);
    EXPECT_EQ(RtlAddAccessAllowedAce(list.acl, 5, 1, &everyone), STATUS_REVISION_MISMATCH);
    EXPECT_EQ(RtlAddAccessAllowedAceEx(list.acl, 2, 0x20, 1, &everyone), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlAddAccessDeniedAceEx(list.acl, 2, SUCCESSFUL_ACCESS_ACE_FLAG, 1, &everyone),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(list.acl->AceCount, 0);
}

TEST(Security, EntriesForTypes) {
    List list;
    EXPECT_EQ(RtlAddAccessAllowedObjectAce(list.acl, 2, 0, 1, &one_type, nullptr, &everyone),
              STATUS_REVISION_MISMATCH);
    ASSERT_EQ(RtlAddAccessAllowedObjectAce(list.acl, 4, CONTAINER_INHERIT_ACE, 0x11, &one_type, &another_type,
                                           &administrators),
              STATUS_SUCCESS);
    ASSERT_EQ(RtlAddAccessDeniedObjectAce(list.acl, 4, 0, 0x22, nullptr, &another_type, &everyone),
              STATUS_SUCCESS);
    EXPECT_EQ(list.acl->AclRevision, 4);
    auto* both = reinterpret_cast<ACCESS_ALLOWED_OBJECT_ACE*>(list.entry(0));
    EXPECT_EQ(both->Header.AceType, ACCESS_ALLOWED_OBJECT_ACE_TYPE);
    EXPECT_EQ(both->Header.AceFlags, CONTAINER_INHERIT_ACE);
    EXPECT_EQ(both->Header.AceSize, 4 + 4 + 4 + 16 + 16 + 16);
    EXPECT_EQ(both->Mask, 0x11u);
    EXPECT_EQ(both->Flags, 3u);
    EXPECT_EQ(memcmp(&both->ObjectType, &one_type, sizeof(GUID)), 0);
    EXPECT_EQ(memcmp(&both->InheritedObjectType, &another_type, sizeof(GUID)), 0);
    EXPECT_TRUE(RtlEqualSid(&both->SidStart, &administrators));
    auto* inherited = reinterpret_cast<ACCESS_DENIED_OBJECT_ACE*>(list.entry(1));
    EXPECT_EQ(inherited->Flags, 2u);
    EXPECT_EQ(memcmp(&inherited->ObjectType, &another_type, sizeof(GUID)), 0);
    EXPECT_TRUE(RtlEqualSid(&inherited->InheritedObjectType, &everyone));
}

TEST(Security, AuditsAndLabels) {
    List list;
    SID high = {1, 1, SECURITY_MANDATORY_LABEL_AUTHORITY, {SECURITY_MANDATORY_HIGH_RID}};
    ASSERT_EQ(RtlAddAuditAccessAce(list.acl, 2, 7, &everyone, TRUE, FALSE), STATUS_SUCCESS);
    ASSERT_EQ(RtlAddAuditAccessAceEx(list.acl, 2, OBJECT_INHERIT_ACE, 7, &everyone, FALSE, TRUE),
              STATUS_SUCCESS);
    ASSERT_EQ(RtlAddMandatoryAce(list.acl, 2, 0, &high, SYSTEM_MANDATORY_LABEL_ACE_TYPE, 1), STATUS_SUCCESS);
    EXPECT_EQ(list.entry(0)[0], SYSTEM_AUDIT_ACE_TYPE);
    EXPECT_EQ(list.entry(0)[1], SUCCESSFUL_ACCESS_ACE_FLAG);
    EXPECT_EQ(list.entry(1)[1], FAILED_ACCESS_ACE_FLAG | OBJECT_INHERIT_ACE);
    EXPECT_EQ(list.entry(2)[0], SYSTEM_MANDATORY_LABEL_ACE_TYPE);
    EXPECT_EQ(RtlAddMandatoryAce(list.acl, 2, 0, &everyone, SYSTEM_MANDATORY_LABEL_ACE_TYPE, 1),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlAddMandatoryAce(list.acl, 2, 0, &high, SYSTEM_MANDATORY_LABEL_ACE_TYPE, 8),
              STATUS_INVALID_PARAMETER);
    ACL_REVISION_INFORMATION revision = {4};
    EXPECT_EQ(RtlSetInformationAcl(list.acl, &revision, sizeof revision, AclRevisionInformation),
              STATUS_SUCCESS);
    revision.AclRevision = 2;
    EXPECT_EQ(RtlSetInformationAcl(list.acl, &revision, sizeof revision, AclRevisionInformation),
              STATUS_INVALID_PARAMETER);
    EXPECT_EQ(list.acl->AclRevision, 4);
}

TEST(Security, MadeSids) {
    fake::enter();
    UNICODE_STRING name = fake::string(u"TrustedInstaller");
    alignas(4) UCHAR sid[SECURITY_MAX_SID_SIZE];
    ULONG length = 4;
    EXPECT_EQ(RtlCreateServiceSid(&name, sid, &length), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length, 32u);
    ASSERT_EQ(RtlCreateServiceSid(&name, sid, &length), STATUS_SUCCESS);
    EXPECT_EQ(text_of(sid), u"S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464");
    ASSERT_EQ(RtlLengthSidAsUnicodeString(&administrators, &length), STATUS_SUCCESS);
    EXPECT_EQ(length, sizeof u"S-1-5-32-544");

    ULONG parts[15] = {21, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    PSID made = nullptr;
    ASSERT_EQ(RtlAllocateAndInitializeSidEx(&authority, 10, parts, &made), STATUS_SUCCESS);
    EXPECT_EQ(text_of(made), u"S-1-5-21-1-2-3-4-5-6-7-8-9");
    RtlFreeSid(made);
    EXPECT_EQ(RtlAllocateAndInitializeSidEx(&authority, 16, parts, &made), STATUS_INVALID_SID);
}

// libwine's kernelbase hands these two on as BOOLs.
TEST(Sid, AnswersOfCopying) {
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_NT_AUTHORITY;
    alignas(8) UCHAR sid[SECURITY_MAX_SID_SIZE], copy[SECURITY_MAX_SID_SIZE];
    ULONG& subsystem = NtCurrentPeb()->ImageSubsystem;
    const ULONG native = subsystem;
    EXPECT_EQ(RtlInitializeSid(sid, &authority, 2), STATUS_SUCCESS);
    EXPECT_EQ(RtlInitializeSid(sid, &authority, 16), STATUS_INVALID_PARAMETER);
    EXPECT_EQ(RtlCopySid(sizeof copy, copy, sid), STATUS_SUCCESS);
    EXPECT_EQ(RtlCopySid(8, copy, sid), STATUS_BUFFER_TOO_SMALL);
    subsystem = IMAGE_SUBSYSTEM_WINDOWS_CUI;
    EXPECT_EQ(RtlInitializeSid(sid, &authority, 2), TRUE);
    EXPECT_EQ(RtlInitializeSid(sid, &authority, 16), FALSE);
    EXPECT_EQ(RtlCopySid(sizeof copy, copy, sid), TRUE);
    EXPECT_EQ(RtlCopySid(8, copy, sid), FALSE);
    EXPECT_EQ(RtlGetLastWin32Error(), 122u);  // ERROR_INSUFFICIENT_BUFFER
    subsystem = native;
}

struct Absolute {
    SECURITY_DESCRIPTOR descriptor;
    List dacl;
    Absolute() {
        RtlAddAccessAllowedAce(dacl.acl, 2, GENERIC_ALL, &administrators);
        RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
        RtlSetOwnerSecurityDescriptor(&descriptor, &administrators, FALSE);
        RtlSetGroupSecurityDescriptor(&descriptor, &everyone, FALSE);
        RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl.acl, FALSE);
    }
};

// Header, SIDs of 16 and 12 bytes, a list of 256.
constexpr ULONG kRelativeSize = 20 + 16 + 12 + 256;

TEST(Security, FromOneFormIntoTheOther) {
    Absolute absolute;
    alignas(8) UCHAR relative[512];
    ULONG length = 0;
    EXPECT_EQ(RtlAbsoluteToSelfRelativeSD(&absolute.descriptor, relative, &length), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(length, kRelativeSize);
    ASSERT_EQ(RtlAbsoluteToSelfRelativeSD(&absolute.descriptor, relative, &length), STATUS_SUCCESS);
    EXPECT_EQ(RtlAbsoluteToSelfRelativeSD(relative, relative, &length), STATUS_BAD_DESCRIPTOR_FORMAT);
    constexpr SECURITY_INFORMATION kThree =
        OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;
    EXPECT_TRUE(RtlValidRelativeSecurityDescriptor(relative, length, kThree));
    EXPECT_FALSE(RtlValidRelativeSecurityDescriptor(relative, length, kThree | SACL_SECURITY_INFORMATION));
    EXPECT_FALSE(RtlValidRelativeSecurityDescriptor(relative, length - 4, kThree));
    EXPECT_FALSE(RtlValidRelativeSecurityDescriptor(&absolute.descriptor, sizeof absolute.descriptor, 0));

    SECURITY_DESCRIPTOR back;
    List dacl;
    alignas(4) UCHAR owner[68], group[68];
    ULONG sizes[5] = {sizeof back, 255, 0, sizeof owner, sizeof group};
    auto convert = [&] {
        return RtlSelfRelativeToAbsoluteSD(relative, &back, &sizes[0], dacl.acl, &sizes[1], nullptr,
                                           &sizes[2], owner, &sizes[3], group, &sizes[4]);
    };
    EXPECT_EQ(convert(), STATUS_BUFFER_TOO_SMALL);
    const ULONG needed[5] = {sizeof back, 256, 0, 16, 12};
    for (int i = 0; i < 5; ++i)
        EXPECT_EQ(sizes[i], needed[i]) << i;
    ASSERT_EQ(convert(), STATUS_SUCCESS);
    EXPECT_EQ(back.Control, SE_DACL_PRESENT);
    EXPECT_TRUE(RtlEqualSid(back.Owner, &administrators));
    EXPECT_TRUE(RtlEqualSid(back.Group, &everyone));
    EXPECT_EQ(memcmp(back.Dacl, absolute.dacl.acl, 256), 0);
    EXPECT_EQ(back.Sacl, nullptr);

    length = sizeof relative;
    ULONG room = kRelativeSize;
    EXPECT_EQ(RtlSelfRelativeToAbsoluteSD2(relative, &room), STATUS_BUFFER_TOO_SMALL);
    EXPECT_EQ(room, kRelativeSize + 20);
    ASSERT_EQ(RtlSelfRelativeToAbsoluteSD2(relative, &room), STATUS_SUCCESS);
    auto* moved = reinterpret_cast<PISECURITY_DESCRIPTOR>(relative);
    EXPECT_EQ(moved->Control, SE_DACL_PRESENT);
    EXPECT_TRUE(RtlEqualSid(moved->Owner, &administrators));
    EXPECT_EQ(memcmp(moved->Dacl, absolute.dacl.acl, 256), 0);
    EXPECT_EQ(RtlSelfRelativeToAbsoluteSD2(relative, &room), STATUS_BAD_DESCRIPTOR_FORMAT);
}

TEST(Security, WhatStandsInTheHeader) {
    Absolute absolute;
    UCHAR manager = 0x5a, read = 1;
    EXPECT_FALSE(RtlGetSecurityDescriptorRMControl(&absolute.descriptor, &read));
    EXPECT_EQ(read, 0);
    RtlSetSecurityDescriptorRMControl(&absolute.descriptor, &manager);
    EXPECT_TRUE(RtlGetSecurityDescriptorRMControl(&absolute.descriptor, &read));
    EXPECT_EQ(read, 0x5a);
    alignas(8) UCHAR relative[512];
    ULONG length = sizeof relative, revision = 0;
    ASSERT_EQ(RtlMakeSelfRelativeSD(&absolute.descriptor, relative, &length), STATUS_SUCCESS);
    EXPECT_TRUE(RtlGetSecurityDescriptorRMControl(relative, &read));
    EXPECT_EQ(read, 0x5a);
    RtlSetSecurityDescriptorRMControl(relative, nullptr);
    EXPECT_FALSE(RtlGetSecurityDescriptorRMControl(relative, &read));
    ASSERT_EQ(RtlSetAttributesSecurityDescriptor(&absolute.descriptor, SE_DACL_PROTECTED | SE_SELF_RELATIVE,
                                                 &revision),
              STATUS_SUCCESS);
    EXPECT_EQ(revision, 1u);
    EXPECT_EQ(absolute.descriptor.Control, SE_DACL_PRESENT | SE_RM_CONTROL_VALID | SE_DACL_PROTECTED);
    SECURITY_DESCRIPTOR_RELATIVE empty;
    ASSERT_EQ(RtlCreateSecurityDescriptorRelative(&empty, 1), STATUS_SUCCESS);
    EXPECT_EQ(empty.Control, SE_SELF_RELATIVE);
    EXPECT_EQ(RtlCreateSecurityDescriptorRelative(&empty, 2), STATUS_UNKNOWN_REVISION);
}

}  // namespace
