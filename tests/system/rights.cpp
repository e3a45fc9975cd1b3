// SPDX-License-Identifier: GPL-3.0-only
//
// What privileges and the descriptors of processes, threads and tokens keep from those who lack them: the
// program starts itself with a token that is filtered and Medium.
#include "tests/system/test.h"

namespace {

struct Sid1 {
    UCHAR revision = 1, count = 1, authority[6];
    ULONG part;
};
Sid1 medium = {1, 1, {0, 0, 0, 0, 0, 16}, SECURITY_MANDATORY_MEDIUM_RID};
Sid1 everyone = {1, 1, {0, 0, 0, 0, 0, 1}, 0};

NTSTATUS set_privilege(ULONG privilege, bool enabled) {
    HANDLE token = nullptr;
    NTSTATUS status = NtOpenProcessToken(NtCurrentProcess(), TOKEN_ADJUST_PRIVILEGES, &token);
    TOKEN_PRIVILEGES change = {1, {{{privilege, 0}, enabled ? SE_PRIVILEGE_ENABLED : 0u}}};
    if (NT_SUCCESS(status)) status = NtAdjustPrivilegesToken(token, FALSE, &change, 0, nullptr, nullptr);
    NtClose(token);
    return status;
}

NTSTATUS make_permanent(ULONG flags) {
    OBJECT_ATTRIBUTES attributes;
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\rights");
    InitializeObjectAttributes(&attributes, &name, flags, nullptr, nullptr);
    HANDLE event = nullptr;
    NTSTATUS status = NtCreateEvent(&event, EVENT_ALL_ACCESS, &attributes, NotificationEvent, FALSE);
    if (NT_SUCCESS(status)) status = NtMakePermanentObject(event);
    if (NT_SUCCESS(status)) NtMakeTemporaryObject(event);
    if (event) NtClose(event);
    return status;
}

TEST(privileges_are_needed) {
    UNICODE_STRING service =
        RTL_CONSTANT_STRING(u"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\none");
    UNICODE_STRING log = RTL_CONSTANT_STRING(u"ps:info");
    set_privilege(SE_LOAD_DRIVER_PRIVILEGE, false);
    set_privilege(SE_CREATE_PERMANENT_PRIVILEGE, false);
    set_privilege(SE_DEBUG_PRIVILEGE, false);
    CHECK(NtLoadDriver(&service) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtUnloadDriver(&service) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(make_permanent(0) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(make_permanent(OBJ_PERMANENT) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(NtNeptuneSetLog(&log) == STATUS_PRIVILEGE_NOT_HELD);
    CHECK(set_privilege(SE_LOAD_DRIVER_PRIVILEGE, true) == STATUS_SUCCESS);
    CHECK(NtLoadDriver(&service) == STATUS_OBJECT_NAME_NOT_FOUND);
}

HANDLE filtered_token() {
    HANDLE own = nullptr, made = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &own);
    NtFilterToken(own, LUA_TOKEN, nullptr, nullptr, nullptr, &made);
    TOKEN_MANDATORY_LABEL label = {{&medium, 0}};
    NtSetInformationToken(made, TokenIntegrityLevel, &label, sizeof label);
    // What it makes is its user's.
    alignas(8) UCHAR user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE], bytes[128];
    ULONG length = 0;
    NtQueryInformationToken(made, TokenUser, user, sizeof user, &length);
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, reinterpret_cast<TOKEN_USER*>(user)->User.Sid);
    TOKEN_DEFAULT_DACL given = {dacl};
    NtSetInformationToken(made, TokenDefaultDacl, &given, sizeof given);
    NtClose(own);
    return made;
}

NTSTATUS open_process(HANDLE id, ACCESS_MASK access, HANDLE* process) {
    CLIENT_ID client = {id, nullptr};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    return NtOpenProcess(process, access, &attributes, &client);
}

NTSTATUS start_child(HANDLE token, RTL_USER_PROCESS_INFORMATION& child) {
    UNICODE_STRING image = RTL_CONSTANT_STRING(u"\\SystemRoot\\System32\\rights.exe");
    UNICODE_STRING line = RTL_CONSTANT_STRING(u"rights.exe child");
    PRTL_USER_PROCESS_PARAMETERS parameters = nullptr;
    RtlCreateProcessParametersEx(&parameters, &image, nullptr, nullptr, &line, nullptr, nullptr, nullptr,
                                 nullptr, nullptr, RTL_USER_PROC_PARAMS_NORMALIZED);
    child = {};
    child.Length = sizeof child;
    NTSTATUS status = RtlCreateUserProcess(&image, OBJ_CASE_INSENSITIVE, parameters, nullptr, nullptr,
                                           nullptr, FALSE, nullptr, token, &child);
    RtlDestroyProcessParameters(parameters);
    return status;
}

// What the child may do to its parent. The number of the first that is not as it should be.
NTSTATUS be_child(const UNICODE_STRING& arguments) {
    if (!arguments.Length) return STATUS_NOT_IMPLEMENTED;
    PROCESS_BASIC_INFORMATION own = {};
    NtQueryInformationProcess(NtCurrentProcess(), ProcessBasicInformation, &own, sizeof own, nullptr);
    HANDLE parent = reinterpret_cast<HANDLE>(own.InheritedFromUniqueProcessId);
    HANDLE self = reinterpret_cast<HANDLE>(own.UniqueProcessId);
    HANDLE handle = nullptr;
    const ACCESS_MASK refused[] = {PROCESS_VM_READ,
                                   PROCESS_VM_WRITE,
                                   PROCESS_VM_OPERATION,
                                   PROCESS_TERMINATE,
                                   PROCESS_SUSPEND_RESUME,
                                   PROCESS_CREATE_THREAD,
                                   PROCESS_DUP_HANDLE,
                                   PROCESS_SET_INFORMATION,
                                   PROCESS_ALL_ACCESS,
                                   PROCESS_CREATE_PROCESS,
                                   WRITE_DAC,
                                   WRITE_OWNER};
    NTSTATUS place = 1;
    for (ACCESS_MASK access : refused) {
        if (open_process(parent, access, &handle) != STATUS_ACCESS_DENIED) return place;
        ++place;
    }
    if (open_process(self, PROCESS_ALL_ACCESS, &handle) != STATUS_SUCCESS) return 20;
    if (set_privilege(SE_DEBUG_PRIVILEGE, true) != STATUS_NOT_ALL_ASSIGNED) return 21;
    HANDLE thread = nullptr;
    CLIENT_ID client = {self, NtCurrentTeb()->ClientId.UniqueThread};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    if (NtOpenThread(&thread, THREAD_ALL_ACCESS, &attributes, &client) != STATUS_SUCCESS) return 22;
    HANDLE token = nullptr;
    if (NtOpenProcessToken(NtCurrentProcess(), TOKEN_ALL_ACCESS, &token) != STATUS_SUCCESS) return 23;
    return STATUS_SUCCESS;
}
CHILD(be_child);

TEST(a_filtered_child_leaves_its_parent_alone) {
    HANDLE token = filtered_token();
    RTL_USER_PROCESS_INFORMATION child;
    CHECK(start_child(token, child) == STATUS_SUCCESS);
    NtResumeThread(child.Thread, nullptr);
    NtWaitForSingleObject(child.Process, FALSE, nullptr);
    PROCESS_BASIC_INFORMATION information = {};
    NtQueryInformationProcess(child.Process, ProcessBasicInformation, &information, sizeof information,
                              nullptr);
    CHECK(information.ExitStatus == STATUS_SUCCESS);
    if (information.ExitStatus) test::print("the child's place: %d", information.ExitStatus);
    HANDLE copy = nullptr;
    NtDuplicateToken(token, TOKEN_ALL_ACCESS, nullptr, FALSE, TokenImpersonation, &copy);
    CHECK(start_child(copy, child) == STATUS_BAD_TOKEN_TYPE);
    NtClose(token);
    NtClose(copy);
}

TEST(every_process_thread_and_token_has_a_descriptor) {
    alignas(8) UCHAR buffer[512];
    ULONG length = 0;
    HANDLE token = nullptr;
    NtOpenProcessToken(NtCurrentProcess(), READ_CONTROL, &token);
    constexpr SECURITY_INFORMATION kAll = OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION |
                                          DACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
    HANDLE handles[] = {NtCurrentProcess(), NtCurrentThread(), token};
    for (HANDLE handle : handles) {
        CHECK(NtQuerySecurityObject(handle, kAll, buffer, sizeof buffer, &length) == STATUS_SUCCESS);
        PACL dacl = nullptr;
        BOOLEAN present = FALSE, defaulted = FALSE;
        RtlGetDaclSecurityDescriptor(buffer, &present, &dacl, &defaulted);
        CHECK(present && dacl && dacl->AceCount > 0);
        if (handle == token) continue;
        PACL sacl = nullptr;
        RtlGetSaclSecurityDescriptor(buffer, &present, &sacl, &defaulted);
        CHECK(present && sacl && sacl->AceCount == 1);
    }
    NtClose(token);
}

TEST(an_explicit_descriptor_is_kept) {
    UCHAR bytes[64];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, THREAD_QUERY_LIMITED_INFORMATION, &everyone);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    set_privilege(SE_DEBUG_PRIVILEGE, false);
    HANDLE thread = nullptr, again = nullptr;
    CLIENT_ID id = {};
    auto rest = [](PVOID) -> NTSTATUS { return STATUS_SUCCESS; };
    PUSER_THREAD_START_ROUTINE start = rest;
    CHECK(RtlCreateUserThread(NtCurrentProcess(), &descriptor, TRUE, 0, 0, 0, start, nullptr, &thread, &id) ==
          STATUS_SUCCESS);
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    CHECK(NtOpenThread(&again, THREAD_TERMINATE, &attributes, &id) == STATUS_ACCESS_DENIED);
    CHECK(NtOpenThread(&again, THREAD_QUERY_LIMITED_INFORMATION, &attributes, &id) == STATUS_SUCCESS);
    NtResumeThread(thread, nullptr);
    NtWaitForSingleObject(thread, FALSE, nullptr);
    // SeDebugPrivilege opens whatever there is.
    if (set_privilege(SE_DEBUG_PRIVILEGE, true) == STATUS_SUCCESS)
        CHECK(NtOpenThread(&again, THREAD_TERMINATE, &attributes, &id) == STATUS_SUCCESS);
    NtClose(thread);
}

// The list of an object, as it is queried. Null: it has none.
PACL list_of(HANDLE handle) {
    alignas(8) static UCHAR buffer[1024];
    ULONG length = 0;
    if (!NT_SUCCESS(NtQuerySecurityObject(handle, DACL_SECURITY_INFORMATION, buffer, sizeof buffer, &length)))
        return nullptr;
    PACL dacl = nullptr;
    BOOLEAN present = FALSE, defaulted = FALSE;
    RtlGetDaclSecurityDescriptor(buffer, &present, &dacl, &defaulted);
    return present ? dacl : nullptr;
}

TEST(named_objects_have_a_descriptor) {
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"\\BaseNamedObjects\\rights");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, nullptr, nullptr);
    constexpr ACCESS_MASK kAll = STANDARD_RIGHTS_REQUIRED | READ_CONTROL;
    HANDLE made = nullptr, other = nullptr;
    CHECK(NtCreateMutant(&made, kAll, &attributes, FALSE) == STATUS_SUCCESS);
    PACL dacl = list_of(made);
    CHECK(dacl && dacl->AceCount > 0);
    NtClose(made);
    LARGE_INTEGER size = {};
    size.QuadPart = 4096;
    CHECK(NtCreateSection(&made, kAll, &attributes, &size, PAGE_READONLY, SEC_COMMIT, nullptr) ==
          STATUS_SUCCESS);
    dacl = list_of(made);
    CHECK(dacl && dacl->AceCount > 0);
    NtClose(made);
    CHECK(NtCreateDirectoryObject(&made, kAll, nullptr) == STATUS_SUCCESS);
    dacl = list_of(made);
    CHECK(dacl && dacl->AceCount > 0);
    NtClose(made);
    // One without a name has none, and what holds a handle to it may have all.
    CHECK(NtCreateEvent(&made, READ_CONTROL, nullptr, NotificationEvent, FALSE) == STATUS_SUCCESS);
    CHECK(!list_of(made));
    CHECK(NtDuplicateObject(NtCurrentProcess(), made, NtCurrentProcess(), &other, EVENT_ALL_ACCESS, 0, 0) ==
          STATUS_SUCCESS);
    NtClose(other);
    NtClose(made);
}

TEST(a_key_keeps_its_descriptor) {
    HANDLE user = nullptr, key = nullptr, other = nullptr;
    CHECK(RtlOpenCurrentUser(KEY_ALL_ACCESS, &user) == STATUS_SUCCESS);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"rights");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, user, nullptr);
    CHECK(NtCreateKey(&key, KEY_ALL_ACCESS, &attributes, 0, nullptr, 0, nullptr) == STATUS_SUCCESS);
    PACL dacl = list_of(key);
    CHECK(dacl && dacl->AceCount > 1);
    PACE_HEADER ace = nullptr;
    CHECK(RtlGetAce(dacl, 0, reinterpret_cast<PVOID*>(&ace)) == STATUS_SUCCESS);
    CHECK(ace->AceFlags == (CONTAINER_INHERIT_ACE | INHERITED_ACE));
    UCHAR bytes[64];
    auto* readable = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(readable, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(readable, ACL_REVISION, KEY_READ, &everyone);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, readable, FALSE);
    CHECK(NtSetSecurityObject(key, DACL_SECURITY_INFORMATION, &descriptor) == STATUS_SUCCESS);
    CHECK(NtOpenKey(&other, KEY_SET_VALUE, &attributes) == STATUS_ACCESS_DENIED);
    CHECK(NtDuplicateObject(NtCurrentProcess(), key, NtCurrentProcess(), &other, KEY_READ, 0, 0) ==
          STATUS_SUCCESS);
    HANDLE wider = nullptr;
    CHECK(NtDuplicateObject(NtCurrentProcess(), other, NtCurrentProcess(), &wider, KEY_WRITE, 0, 0) ==
          STATUS_ACCESS_DENIED);
    CHECK(list_of(other)->AceCount == 1);
    NtClose(other);
    CHECK(NtDeleteKey(key) == STATUS_SUCCESS);
    NtClose(key);
    NtClose(user);
}

// A key that is closed to all opens for a backup, with what the privileges give and no more.
TEST(keys_open_for_a_backup) {
    HANDLE user = nullptr, key = nullptr, other = nullptr;
    CHECK(RtlOpenCurrentUser(KEY_ALL_ACCESS, &user) == STATUS_SUCCESS);
    UCHAR bytes[64];
    auto* nothing = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(nothing, sizeof bytes, ACL_REVISION);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, nothing, FALSE);
    RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    UNICODE_STRING name = RTL_CONSTANT_STRING(u"closed");
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, &name, 0, user, &descriptor);
    REQUIRE(NtCreateKey(&key, DELETE, &attributes, 0, nullptr, 0, nullptr) == STATUS_SUCCESS);
    attributes.SecurityDescriptor = nullptr;
    const auto granted = [&](ULONG privilege) -> ACCESS_MASK {
        OBJECT_BASIC_INFORMATION basic = {};
        if (privilege) set_privilege(privilege, true);
        // What is asked for counts for nothing.
        const NTSTATUS status = NtOpenKeyEx(&other, KEY_ALL_ACCESS, &attributes, REG_OPTION_BACKUP_RESTORE);
        if (privilege) set_privilege(privilege, false);
        if (!NT_SUCCESS(status)) return static_cast<ACCESS_MASK>(status);
        NtQueryObject(other, ObjectBasicInformation, &basic, sizeof basic, nullptr);
        NtClose(other);
        return basic.GrantedAccess;
    };
    CHECK(NtOpenKey(&other, KEY_QUERY_VALUE, &attributes) == STATUS_ACCESS_DENIED);
    CHECK(granted(0) == static_cast<ACCESS_MASK>(STATUS_ACCESS_DENIED));
    CHECK(granted(SE_BACKUP_PRIVILEGE) == (KEY_READ | ACCESS_SYSTEM_SECURITY));
    CHECK(granted(SE_RESTORE_PRIVILEGE) == (KEY_WRITE | DELETE | ACCESS_SYSTEM_SECURITY));
    UNICODE_STRING below = RTL_CONSTANT_STRING(u"closed\\below");
    InitializeObjectAttributes(&attributes, &below, 0, user, nullptr);
    constexpr ULONG kRestore = REG_OPTION_VOLATILE | REG_OPTION_BACKUP_RESTORE;
    CHECK(NtCreateKey(&other, KEY_READ, &attributes, 0, nullptr, kRestore, nullptr) == STATUS_ACCESS_DENIED);
    set_privilege(SE_RESTORE_PRIVILEGE, true);
    CHECK(NtCreateKey(&other, KEY_READ, &attributes, 0, nullptr, kRestore, nullptr) == STATUS_SUCCESS);
    set_privilege(SE_RESTORE_PRIVILEGE, false);
    CHECK(NtDeleteKey(other) == STATUS_SUCCESS);
    NtClose(other);
    CHECK(NtDeleteKey(key) == STATUS_SUCCESS);
    NtClose(key);
    NtClose(user);
}

}  // namespace
