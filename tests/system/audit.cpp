// SPDX-License-Identifier: GPL-3.0-only
//
// The calls that have written down what a client was granted. Whoever lacks SeAuditPrivilege is refused; a
// process of SYSTEM's, which this program starts of itself below smss, is answered.
#include "tests/system/test.h"

namespace {

SID everyone = {SID_REVISION, 1, {{0, 0, 0, 0, 0, 1}}, {SECURITY_WORLD_RID}};
UNICODE_STRING name = RTL_CONSTANT_STRING(u"audited");
GENERIC_MAPPING mapping = {1, 2, 4, 0x1f0007};
GUID guids[2] = {{1, 0, 0, {}}, {2, 0, 0, {}}};
OBJECT_TYPE_LIST types[2] = {{0, 0, &guids[0]}, {1, 0, &guids[1]}};
PRIVILEGE_SET debug = {1, 0, {{{SE_DEBUG_PRIVILEGE, 0}, 0}}};
const PVOID id = &name;

// Everybody may 1 and 4 of it, and not 2.
struct Descriptor {
    alignas(8) UCHAR dacl[64];
    SECURITY_DESCRIPTOR bytes;

    Descriptor() {
        auto* list = reinterpret_cast<PACL>(dacl);
        RtlCreateAcl(list, sizeof dacl, ACL_REVISION);
        RtlAddAccessDeniedAce(list, ACL_REVISION, 2, &everyone);
        RtlAddAccessAllowedAce(list, ACL_REVISION, 7, &everyone);
        RtlCreateSecurityDescriptor(&bytes, SECURITY_DESCRIPTOR_REVISION);
        RtlSetDaclSecurityDescriptor(&bytes, TRUE, list, FALSE);
        RtlSetOwnerSecurityDescriptor(&bytes, &everyone, FALSE);
        RtlSetGroupSecurityDescriptor(&bytes, &everyone, FALSE);
    }
};

struct Answer {
    NTSTATUS status;  // of the call
    ACCESS_MASK granted[2] = {~0u, ~0u};
    NTSTATUS access[2] = {1, 1};
    BOOLEAN on_close = 2;

    bool is(NTSTATUS result, ACCESS_MASK first) const {
        return status == STATUS_SUCCESS && access[0] == result && granted[0] == first && on_close == FALSE;
    }
};

Answer plain(ACCESS_MASK desired) {
    Descriptor descriptor;
    Answer answer;
    answer.status = NtAccessCheckAndAuditAlarm(&name, id, &name, &name, &descriptor.bytes, desired, &mapping,
                                               FALSE, answer.granted, answer.access, &answer.on_close);
    return answer;
}
Answer by_type(ACCESS_MASK desired, ULONG flags) {
    Descriptor descriptor;
    Answer answer;
    answer.status = NtAccessCheckByTypeAndAuditAlarm(
        &name, id, &name, &name, &descriptor.bytes, nullptr, desired, AuditEventObjectAccess, flags, types, 2,
        &mapping, FALSE, answer.granted, answer.access, &answer.on_close);
    return answer;
}
Answer each_type(ACCESS_MASK desired, ULONG flags, ULONG count = 2) {
    Descriptor descriptor;
    Answer answer;
    answer.status = NtAccessCheckByTypeResultListAndAuditAlarm(
        &name, id, &name, &name, &descriptor.bytes, nullptr, desired, AuditEventDirectoryServiceAccess, flags,
        types, count, &mapping, FALSE, answer.granted, answer.access, &answer.on_close);
    return answer;
}
Answer by_handle(HANDLE token, ACCESS_MASK desired, ULONG flags) {
    Descriptor descriptor;
    Answer answer;
    answer.status = NtAccessCheckByTypeResultListAndAuditAlarmByHandle(
        &name, id, token, &name, &name, &descriptor.bytes, nullptr, desired, AuditEventObjectAccess, flags,
        types, 2, &mapping, FALSE, answer.granted, answer.access, &answer.on_close);
    return answer;
}

HANDLE copy_of_token(SECURITY_IMPERSONATION_LEVEL level) {
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof quality, level, FALSE, FALSE};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    attributes.SecurityQualityOfService = &quality;
    HANDLE own = nullptr, copy = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &own);
    NtDuplicateToken(own, TOKEN_ALL_ACCESS, &attributes, FALSE, TokenImpersonation, &copy);
    NtClose(own);
    return copy;
}
NTSTATUS act_as(HANDLE token) {
    return NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof token);
}

// The calls that only tell.
NTSTATUS opened(HANDLE token, BOOLEAN* on_close) {
    Descriptor descriptor;
    return NtOpenObjectAuditAlarm(&name, id, &name, &name, &descriptor.bytes, token, 1, 1, nullptr, FALSE,
                                  TRUE, on_close);
}
NTSTATUS privileged(HANDLE token, PPRIVILEGE_SET set) {
    return NtPrivilegeObjectAuditAlarm(&name, id, token, 1, set, TRUE);
}
NTSTATUS service(HANDLE token, PPRIVILEGE_SET set) {
    return NtPrivilegedServiceAuditAlarm(&name, &name, token, set, TRUE);
}

TEST(without_the_privilege) {
    CHECK(plain(1).status == STATUS_NO_IMPERSONATION_TOKEN);
    CHECK(by_type(1, 0).status == STATUS_NO_IMPERSONATION_TOKEN);
    const HANDLE anonymous = copy_of_token(SecurityAnonymous);
    CHECK(by_handle(anonymous, 1, 0).status == STATUS_BAD_IMPERSONATION_LEVEL);
    const HANDLE token = copy_of_token(SecurityImpersonation);
    CHECK(NT_SUCCESS(act_as(token)));
    CHECK(plain(1).status == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(by_type(1, 0).status == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(each_type(1, 0).status == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(by_handle(token, 1, 0).status == STATUS_PRIVILEGE_NOT_HELD);
    BOOLEAN on_close = 2;
    CHECK(opened(token, &on_close) == STATUS_PRIVILEGE_NOT_HELD && on_close == 2);
    CHECK(privileged(token, &debug) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(service(token, &debug) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtCloseObjectAuditAlarm(&name, id, TRUE) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtDeleteObjectAuditAlarm(&name, id, TRUE) == STATUS_PRIVILEGE_NOT_HELD);
    // When nothing is to be written down nobody is asked.
    CHECK(NtCloseObjectAuditAlarm(&name, id, FALSE) == STATUS_SUCCESS);
    CHECK(NtDeleteObjectAuditAlarm(&name, id, FALSE) == STATUS_SUCCESS);
    CHECK(by_type(1, AUDIT_ALLOW_NO_PRIVILEGE).is(STATUS_SUCCESS, 1));
    CHECK(each_type(3, AUDIT_ALLOW_NO_PRIVILEGE).access[1] == STATUS_ACCESS_DENIED);
    CHECK(by_handle(token, MAXIMUM_ALLOWED, AUDIT_ALLOW_NO_PRIVILEGE).granted[1] & 1);
    act_as(nullptr);
    CHECK(by_handle(token, 1, AUDIT_ALLOW_NO_PRIVILEGE).is(STATUS_SUCCESS, 1));
    NtClose(token);
    NtClose(anonymous);
}

// --- the child, which is SYSTEM's

#define EXPECT(expression) \
    if (!(expression)) return 0xc0000000 + __LINE__

NTSTATUS checks_by_system() {
    EXPECT(plain(1).is(STATUS_SUCCESS, 1));
    EXPECT(plain(3).is(STATUS_ACCESS_DENIED, 0));
    EXPECT(plain(GENERIC_READ).status == STATUS_GENERIC_NOT_MAPPED);
    EXPECT(by_type(5, 0).is(STATUS_SUCCESS, 5));
    EXPECT(by_type(2, 0).is(STATUS_ACCESS_DENIED, 0));
    const Answer each = each_type(1, 0);
    EXPECT(each.is(STATUS_SUCCESS, 1) && each.access[1] == STATUS_SUCCESS && each.granted[1] == 1);
    EXPECT(each_type(1, 0, 0).status == STATUS_INVALID_PARAMETER);
    Descriptor descriptor;
    Answer answer;
    EXPECT(NtAccessCheckAndAuditAlarm(&name, id, &name, &name, &descriptor.bytes, 1, &mapping, FALSE,
                                      answer.granted, answer.access, nullptr) == STATUS_ACCESS_VIOLATION);
    return STATUS_SUCCESS;
}

NTSTATUS tells_by_system(HANDLE token) {
    BOOLEAN on_close = 2;
    EXPECT(opened(token, &on_close) == STATUS_SUCCESS && on_close == FALSE);
    EXPECT(opened(nullptr, &on_close) == STATUS_INVALID_HANDLE);
    EXPECT(privileged(token, &debug) == STATUS_SUCCESS);
    EXPECT(service(token, &debug) == STATUS_SUCCESS);
    PRIVILEGE_SET many = debug;
    many.PrivilegeCount = 1000;
    EXPECT(service(token, &many) == STATUS_INVALID_PARAMETER);
    EXPECT(NtCloseObjectAuditAlarm(&name, id, TRUE) == STATUS_SUCCESS);
    EXPECT(NtDeleteObjectAuditAlarm(&name, id, TRUE) == STATUS_SUCCESS);
    EXPECT(NtCloseObjectAuditAlarm(nullptr, id, TRUE) == STATUS_ACCESS_VIOLATION);
    return STATUS_SUCCESS;
}

NTSTATUS child(const UNICODE_STRING& arguments) {
    UNICODE_STRING word = RTL_CONSTANT_STRING(u"child");
    if (!RtlEqualUnicodeString(&arguments, &word, FALSE)) return STATUS_NOT_IMPLEMENTED;
    RtlAdjustPrivilege(SE_AUDIT_PRIVILEGE, TRUE, FALSE, reinterpret_cast<PBOOLEAN>(&debug.Control));
    debug.Control = 0;
    const HANDLE token = copy_of_token(SecurityImpersonation);
    // The one that counts is the process's, whatever the thread's holds.
    RtlAdjustPrivilege(SE_AUDIT_PRIVILEGE, FALSE, FALSE, reinterpret_cast<PBOOLEAN>(&debug.Control));
    debug.Control = 0;
    EXPECT(NT_SUCCESS(act_as(token)));
    EXPECT(plain(1).status == STATUS_PRIVILEGE_NOT_HELD);
    act_as(nullptr);
    RtlAdjustPrivilege(SE_AUDIT_PRIVILEGE, TRUE, FALSE, reinterpret_cast<PBOOLEAN>(&debug.Control));
    debug.Control = 0;
    EXPECT(NT_SUCCESS(act_as(token)));
    const NTSTATUS status = checks_by_system();
    act_as(nullptr);
    return status == STATUS_SUCCESS ? tells_by_system(token) : status;
}
CHILD(child);

HANDLE find_process(const WCHAR* image) {
    alignas(8) static UCHAR list[0x20000];
    UNICODE_STRING wanted;
    RtlInitUnicodeString(&wanted, image);
    ULONG length = 0;
    if (!NT_SUCCESS(NtQuerySystemInformation(SystemProcessInformation, list, sizeof list, &length)))
        return nullptr;
    for (UCHAR* at = list;;) {
        const auto& process = *reinterpret_cast<const SYSTEM_PROCESS_INFORMATION*>(at);
        if (RtlEqualUnicodeString(&process.ImageName, &wanted, TRUE)) return process.UniqueProcessId;
        if (!process.NextEntryOffset) return nullptr;
        at += process.NextEntryOffset;
    }
}

TEST(with_the_privilege) {
    BOOLEAN before;
    RtlAdjustPrivilege(SE_DEBUG_PRIVILEGE, TRUE, FALSE, &before);
    CLIENT_ID client = {find_process(u"smss.exe"), nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    HANDLE parent = nullptr;
    REQUIRE(NT_SUCCESS(NtOpenProcess(&parent, PROCESS_CREATE_PROCESS, &attributes, &client)));
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\audit.exe");
    UNICODE_STRING line = RTL_CONSTANT_STRING(u"audit child");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    REQUIRE(NT_SUCCESS(RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &line, nullptr,
                                                    nullptr, nullptr, nullptr, nullptr,
                                                    RTL_USER_PROC_PARAMS_NORMALIZED)));
    RTL_USER_PROCESS_INFORMATION process = {};
    process.Length = sizeof process;
    REQUIRE(NT_SUCCESS(RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                            parent, FALSE, nullptr, nullptr, &process)));
    RtlDestroyProcessParameters(parameters);
    NtResumeThread(process.Thread, nullptr);
    NtWaitForSingleObject(process.Process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION basic = {};
    NtQueryInformationProcess(process.Process, ProcessBasicInformation, &basic, sizeof basic, nullptr);
    if (basic.ExitStatus) test::print("the child fails in line %u", basic.ExitStatus & 0xfffff);
    CHECK(basic.ExitStatus == STATUS_SUCCESS);
    NtClose(process.Thread);
    NtClose(process.Process);
    NtClose(parent);
}

}  // namespace
