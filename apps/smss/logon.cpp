// SPDX-License-Identifier: GPL-3.0-only
#include "apps/smss/logon.hpp"

namespace smss {
namespace {

struct Sid {
    UCHAR revision = SID_REVISION;
    UCHAR count;
    UCHAR authority[6];
    ULONG parts[5];
};
static_assert(sizeof(Sid) == 28);

constexpr Sid sid(UCHAR authority, UCHAR count, ULONG a, ULONG b = 0, ULONG c = 0, ULONG d = 0, ULONG e = 0) {
    return {SID_REVISION, count, {0, 0, 0, 0, 0, authority}, {a, b, c, d, e}};
}

// Accounts of this machine, whose own SID is the same on every one: there is nothing to confuse them with.
constexpr ULONG kMachine[3] = {0x4e455054, 0x554e4521, 0x4f530001};
Sid account(ULONG rid) {
    return sid(5, 5, SECURITY_NT_NON_UNIQUE, kMachine[0], kMachine[1], kMachine[2], rid);
}

Sid everyone = sid(1, 1, SECURITY_WORLD_RID);
Sid interactive = sid(5, 1, SECURITY_INTERACTIVE_RID);
Sid authenticated = sid(5, 1, SECURITY_AUTHENTICATED_USER_RID);
Sid local_system = sid(5, 1, SECURITY_LOCAL_SYSTEM_RID);
Sid administrators = sid(5, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_ADMINS);
Sid users = sid(5, 2, SECURITY_BUILTIN_DOMAIN_RID, DOMAIN_ALIAS_RID_USERS);
Sid high = sid(16, 1, SECURITY_MANDATORY_HIGH_RID);

constexpr ULONG kUsual = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;

// NT's for administrators, and SeCreatePermanentPrivilege, which nobody else would have here.
constexpr ULONG kEnabled[] = {SE_CHANGE_NOTIFY_PRIVILEGE, SE_IMPERSONATE_PRIVILEGE,
                              SE_CREATE_GLOBAL_PRIVILEGE};
constexpr ULONG kDisabled[] = {
    SE_INCREASE_QUOTA_PRIVILEGE,
    SE_SECURITY_PRIVILEGE,
    SE_TAKE_OWNERSHIP_PRIVILEGE,
    SE_LOAD_DRIVER_PRIVILEGE,
    SE_SYSTEM_PROFILE_PRIVILEGE,
    SE_SYSTEMTIME_PRIVILEGE,
    SE_PROF_SINGLE_PROCESS_PRIVILEGE,
    SE_INC_BASE_PRIORITY_PRIVILEGE,
    SE_CREATE_PAGEFILE_PRIVILEGE,
    SE_BACKUP_PRIVILEGE,
    SE_RESTORE_PRIVILEGE,
    SE_SHUTDOWN_PRIVILEGE,
    SE_DEBUG_PRIVILEGE,
    SE_SYSTEM_ENVIRONMENT_PRIVILEGE,
    SE_UNDOCK_PRIVILEGE,
    SE_MANAGE_VOLUME_PRIVILEGE,
    SE_INC_WORKING_SET_PRIVILEGE,
    SE_TIME_ZONE_PRIVILEGE,
    SE_CREATE_SYMBOLIC_LINK_PRIVILEGE,
    SE_CREATE_PERMANENT_PRIVILEGE,
};
constexpr ULONG kPrivileges = sizeof kEnabled / sizeof(ULONG) + sizeof kDisabled / sizeof(ULONG);

struct Privileges {
    ULONG count = 0;
    LUID_AND_ATTRIBUTES list[kPrivileges];

    void add(ULONG privilege, ULONG attributes) { list[count++] = {{privilege, 0}, attributes}; }
};
static_assert(offsetof(Privileges, list) == offsetof(TOKEN_PRIVILEGES, Privileges));

constexpr ULONG kMostGroups = 8;
struct Groups {
    ULONG count = 0;
    SID_AND_ATTRIBUTES list[kMostGroups];

    void add(Sid& group, ULONG attributes) { list[count++] = {&group, attributes}; }
};
static_assert(offsetof(Groups, list) == offsetof(TOKEN_GROUPS, Groups));

void allow(PACL dacl, ACCESS_MASK access, Sid& who) {
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, access, &who);
}

NTSTATUS create(app::Handle& token) {
    Sid user = account(DOMAIN_USER_RID_ADMIN), none = account(DOMAIN_GROUP_RID_USERS);
    LUID logon = {}, session = {};
    NTSTATUS status = NtAllocateLocallyUniqueId(&logon);
    if (NT_SUCCESS(status)) status = NtAllocateLocallyUniqueId(&session);
    if (!NT_SUCCESS(status)) return status;
    Sid logon_sid = sid(5, 3, SECURITY_LOGON_IDS_RID, static_cast<ULONG>(session.HighPart), session.LowPart);
    Groups groups;
    groups.add(none, kUsual);
    groups.add(everyone, kUsual);
    groups.add(administrators, kUsual | SE_GROUP_OWNER);
    groups.add(users, kUsual);
    groups.add(interactive, kUsual);
    groups.add(authenticated, kUsual);
    groups.add(logon_sid, kUsual | SE_GROUP_LOGON_ID);
    groups.add(high, SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED);
    Privileges privileges;
    for (ULONG privilege : kEnabled)
        privileges.add(privilege, SE_PRIVILEGE_ENABLED_BY_DEFAULT | SE_PRIVILEGE_ENABLED);
    for (ULONG privilege : kDisabled)
        privileges.add(privilege, 0);
    alignas(8) UCHAR bytes[128];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    allow(dacl, GENERIC_ALL, administrators);
    allow(dacl, GENERIC_ALL, local_system);
    allow(dacl, GENERIC_READ | GENERIC_EXECUTE, logon_sid);
    TOKEN_USER token_user = {{&user, 0}};
    TOKEN_OWNER owner = {&administrators};
    TOKEN_PRIMARY_GROUP primary = {&none};
    TOKEN_DEFAULT_DACL default_dacl = {dacl};
    TOKEN_SOURCE source = {{'s', 'm', 's', 's'}, logon};
    LARGE_INTEGER never;
    never.QuadPart = 0x7fffffffffffffff;
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    return NtCreateToken(token.receive(), TOKEN_ALL_ACCESS, &attributes, TokenPrimary, &logon, &never,
                         &token_user, reinterpret_cast<PTOKEN_GROUPS>(&groups),
                         reinterpret_cast<PTOKEN_PRIVILEGES>(&privileges), &owner, &primary, &default_dacl,
                         &source);
}

// \Registry\User\SID, where the user's programs keep what they like: his, the system's and the
// administrators', with all that is below it.
NTSTATUS make_hive() {
    Sid user = account(DOMAIN_USER_RID_ADMIN);
    UNICODE_STRING name = {};
    NTSTATUS status = RtlConvertSidToUnicodeString(&name, &user, TRUE);
    if (!NT_SUCCESS(status)) return status;
    app::Text path(u"\\Registry\\User\\");
    path.append(app::View(name));
    RtlFreeUnicodeString(&name);
    alignas(8) UCHAR bytes[128];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    Sid* const all[] = {&user, &local_system, &administrators};
    for (Sid* who : all)
        RtlAddAccessAllowedAceEx(dacl, ACL_REVISION, CONTAINER_INHERIT_ACE, KEY_ALL_ACCESS, who);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    app::Attributes attributes(path);
    attributes.get()->SecurityDescriptor = &descriptor;
    app::Handle key;
    return NtCreateKey(key.receive(), KEY_READ, attributes.get(), 0, nullptr, 0, nullptr);
}

void make_folder(app::View path, PVOID security) {
    app::Attributes attributes(path);
    attributes.get()->SecurityDescriptor = security;
    app::Handle folder;
    IO_STATUS_BLOCK block;
    NtCreateFile(folder.receive(), FILE_LIST_DIRECTORY | SYNCHRONIZE, attributes.get(), &block, nullptr, 0,
                 FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, FILE_OPEN_IF,
                 FILE_DIRECTORY_FILE | FILE_SYNCHRONOUS_IO_NONALERT, nullptr, 0);
}

// The user's own folder, and those in it that programs expect; that one is there already is as well.
void make_profile() {
    Sid user = account(DOMAIN_USER_RID_ADMIN);
    alignas(8) UCHAR bytes[160];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    Sid* const masters[] = {&local_system, &administrators, &user};
    for (Sid* who : masters)
        RtlAddAccessAllowedAceEx(dacl, ACL_REVISION, OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE,
                                 FILE_ALL_ACCESS, who);
    SECURITY_DESCRIPTOR descriptor;
    RtlCreateSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor, TRUE, dacl, FALSE);
    RtlSetControlSecurityDescriptor(&descriptor, SE_DACL_PROTECTED, SE_DACL_PROTECTED);
    make_folder(app::View(u"\\??\\C:\\Users\\Administrator"), &descriptor);
    constexpr const WCHAR* kBelow[] = {u"\\AppData", u"\\AppData\\Roaming", u"\\AppData\\Local",
                                       u"\\AppData\\Local\\Temp"};
    for (const WCHAR* below : kBelow) {
        app::Text path(u"\\??\\C:\\Users\\Administrator");
        path.append(app::View(below));
        make_folder(path, nullptr);
    }
}

// The machine's name, as the registry has it.
app::Text computer_name() {
    app::Attributes attributes(
        app::View(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control\\ComputerName\\ComputerName"));
    app::Handle key;
    alignas(8) UCHAR buffer[256];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(app::View(u"ComputerName"));
    NTSTATUS status = NtOpenKey(key.receive(), KEY_QUERY_VALUE, attributes.get());
    if (NT_SUCCESS(status))
        status =
            NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length);
    if (!NT_SUCCESS(status)) return app::Text();
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    const app::View text(reinterpret_cast<const WCHAR*>(value.Data), value.DataLength / sizeof(WCHAR));
    return app::Text(text.first(text.find(u'\0')));
}

}  // namespace

NTSTATUS log_on_administrator(app::Handle& token) {
    BOOLEAN before = FALSE;
    NTSTATUS status = RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, TRUE, FALSE, &before);
    if (!NT_SUCCESS(status)) return status;
    status = make_hive();
    // Without a folder of his own he is logged on all the same.
    make_profile();
    if (NT_SUCCESS(status)) status = create(token);
    RtlAdjustPrivilege(SE_CREATE_TOKEN_PRIVILEGE, before, FALSE, &before);
    return status;
}

UserEnvironment::UserEnvironment() {
    if (!NT_SUCCESS(RtlCreateEnvironment(TRUE, &variables_))) return;
    const app::Text computer = computer_name();
    app::Text server(u"\\\\");
    server.append(computer);
    set(u"ALLUSERSPROFILE", u"C:\\Users\\Public");
    set(u"APPDATA", u"C:\\Users\\Administrator\\AppData\\Roaming");
    set(u"COMPUTERNAME", computer);
    set(u"HOMEDRIVE", u"C:");
    set(u"HOMEPATH", u"\\Users\\Administrator");
    set(u"LOCALAPPDATA", u"C:\\Users\\Administrator\\AppData\\Local");
    set(u"LOGONSERVER", server);
    set(u"PUBLIC", u"C:\\Users\\Public");
    set(u"SESSIONNAME", u"Console");
    set(u"TEMP", u"C:\\Users\\Administrator\\AppData\\Local\\Temp");
    set(u"TMP", u"C:\\Users\\Administrator\\AppData\\Local\\Temp");
    set(u"USERDOMAIN", computer);
    set(u"USERNAME", u"Administrator");
    set(u"USERPROFILE", u"C:\\Users\\Administrator");
}

void UserEnvironment::set(app::View name, app::View value) {
    UNICODE_STRING name_string = app::unicode(name), value_string = app::unicode(value);
    RtlSetEnvironmentVariable(&variables_, &name_string, &value_string);
}

UserEnvironment::~UserEnvironment() {
    if (variables_) RtlDestroyEnvironment(variables_);
}

ShellSecurity::ShellSecurity() {
    auto* dacl = reinterpret_cast<PACL>(dacl_);
    RtlCreateAcl(dacl, sizeof dacl_, ACL_REVISION);
    allow(dacl, PROCESS_ALL_ACCESS, local_system);
    allow(dacl, PROCESS_ALL_ACCESS, administrators);
    allow(dacl, PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE | READ_CONTROL, authenticated);
    RtlCreateSecurityDescriptor(&descriptor_, SECURITY_DESCRIPTOR_REVISION);
    RtlSetDaclSecurityDescriptor(&descriptor_, TRUE, dacl, FALSE);
}

}  // namespace smss
