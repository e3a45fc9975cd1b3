// SPDX-License-Identifier: GPL-3.0-only
//
// Pipes whose name and descriptor have no room beside each other in a request.
#include "tests/system/test.h"

namespace {

constexpr ACCESS_MASK kClient = GENERIC_READ | SYNCHRONIZE | WRITE_DAC;

alignas(8) UCHAR list[2048], everyone[SECURITY_MAX_SID_SIZE], answer[4096];
SECURITY_DESCRIPTOR descriptor;

// More than 768 bytes.
void make_descriptor() {
    SID_IDENTIFIER_AUTHORITY world = SECURITY_WORLD_SID_AUTHORITY;
    RtlInitializeSid(everyone, &world, 1);
    *RtlSubAuthoritySid(everyone, 0) = SECURITY_WORLD_RID;
    RtlCreateAcl(reinterpret_cast<PACL>(list), sizeof list, ACL_REVISION);
    for (int i = 0; i < 50; ++i)
        RtlAddAccessAllowedAce(reinterpret_cast<PACL>(list), ACL_REVISION, FILE_ALL_ACCESS, everyone);
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, reinterpret_cast<PACL>(list), FALSE);
}

void check_name(ULONG length) {
    static WCHAR text[400];
    wcscpy(text, u"\\??\\pipe\\");
    ULONG at = static_cast<ULONG>(wcslen(text));
    for (ULONG i = 0; i < length; ++i)
        text[at + i] = u'l';
    text[at + length] = 0;
    UNICODE_STRING name;
    RtlInitUnicodeString(&name, text);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, OBJ_CASE_INSENSITIVE, nullptr, &descriptor);
    HANDLE server, client;
    IO_STATUS_BLOCK io;
    LARGE_INTEGER timeout;
    timeout.QuadPart = -500000;
    CHECK(NtCreateNamedPipeFile(&server, GENERIC_READ | GENERIC_WRITE | SYNCHRONIZE, &attributes, &io,
                                FILE_SHARE_READ | FILE_SHARE_WRITE, FILE_CREATE, FILE_SYNCHRONOUS_IO_NONALERT,
                                0, 0, 0, 1, 100, 100, &timeout) == STATUS_SUCCESS);
    attributes.SecurityDescriptor = nullptr;
    CHECK(NtOpenFile(&client, kClient, &attributes, &io, FILE_SHARE_READ | FILE_SHARE_WRITE,
                     FILE_SYNCHRONOUS_IO_NONALERT) == STATUS_SUCCESS);
    ULONG needed = 0;
    CHECK(NtQuerySecurityObject(client, DACL_SECURITY_INFORMATION, answer, sizeof answer, &needed) ==
          STATUS_SUCCESS);
    CHECK(needed > 1000);
    CHECK(NtSetSecurityObject(client, DACL_SECURITY_INFORMATION, &descriptor) == STATUS_SUCCESS);
    NtClose(client);
    NtClose(server);
}

}  // namespace

TEST(a_long_descriptor_beside_names) {
    make_descriptor();
    for (ULONG length = 8; length < 384; length += 119)
        check_name(length);
}
