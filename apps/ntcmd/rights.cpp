// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/rights.hpp"

namespace ntcmd {
namespace {

using app::View;

struct OneSid {
    UCHAR revision = SID_REVISION, count = 1;
    UCHAR authority[6];
    ULONG part;
};

OneSid local_system = {SID_REVISION, 1, {0, 0, 0, 0, 0, 5}, SECURITY_LOCAL_SYSTEM_RID};
OneSid medium = {SID_REVISION, 1, {0, 0, 0, 0, 0, 16}, SECURITY_MANDATORY_MEDIUM_RID};

constexpr ACCESS_MASK kOfOwnToken =
    TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY | TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_PRIVILEGES;

constexpr ULONG kOfAdministration[] = {SE_LOAD_DRIVER_PRIVILEGE, SE_DEBUG_PRIVILEGE, SE_SYSTEMTIME_PRIVILEGE,
                                       SE_SHUTDOWN_PRIVILEGE, SE_CREATE_PERMANENT_PRIVILEGE};

// What an ordinary program makes is its user's, and not the administrators'.
NTSTATUS set_default_dacl(HANDLE token) {
    alignas(8) UCHAR user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    ULONG length = 0;
    NTSTATUS status = NtQueryInformationToken(token, TokenUser, user, sizeof user, &length);
    if (!NT_SUCCESS(status)) return status;
    alignas(8) UCHAR bytes[160];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, reinterpret_cast<TOKEN_USER*>(user)->User.Sid);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, &local_system);
    TOKEN_DEFAULT_DACL given = {dacl};
    return NtSetInformationToken(token, TokenDefaultDacl, &given, sizeof given);
}

NTSTATUS make_ordinary(HANDLE own, app::Handle& token) {
    TOKEN_PRIVILEGES shutdown = {1, {{{SE_SHUTDOWN_PRIVILEGE, 0}, 0}}};
    NTSTATUS status = NtFilterToken(own, LUA_TOKEN, nullptr, &shutdown, nullptr, token.receive());
    if (!NT_SUCCESS(status)) return status;
    TOKEN_MANDATORY_LABEL label = {{&medium, 0}};
    status = NtSetInformationToken(token.get(), TokenIntegrityLevel, &label, sizeof label);
    // One below Medium stays there.
    if (!NT_SUCCESS(status) && status != STATUS_PRIVILEGE_NOT_HELD) return status;
    return set_default_dacl(token.get());
}

NTSTATUS make_administrators(HANDLE own, app::Handle& token) {
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    NTSTATUS status = NtDuplicateToken(own, kOfOwnToken, &attributes, FALSE, TokenPrimary, token.receive());
    if (!NT_SUCCESS(status)) return status;
    for (ULONG privilege : kOfAdministration) {
        TOKEN_PRIVILEGES change = {1, {{{privilege, 0}, SE_PRIVILEGE_ENABLED}}};
        status = NtAdjustPrivilegesToken(token.get(), FALSE, &change, 0, nullptr, nullptr);
        if (status == STATUS_NOT_ALL_ASSIGNED) return STATUS_PRIVILEGE_NOT_HELD;
        if (!NT_SUCCESS(status)) return status;
    }
    return STATUS_SUCCESS;
}

}  // namespace

NTSTATUS make_program_token(bool administrator, app::Handle& token) {
    app::Handle own;
    const NTSTATUS status = NtOpenProcessToken(NtCurrentProcess(), kOfOwnToken, own.receive());
    if (!NT_SUCCESS(status)) return status;
    return administrator ? make_administrators(own.get(), token) : make_ordinary(own.get(), token);
}

bool elevated_by_boot_option() {
    app::Attributes attributes(View(u"\\Registry\\Machine\\System\\CurrentControlSet\\Control"));
    app::Handle key;
    if (!NT_SUCCESS(NtOpenKey(key.receive(), KEY_QUERY_VALUE, attributes.get()))) return false;
    alignas(8) UCHAR buffer[1024];
    ULONG length = 0;
    UNICODE_STRING name = app::unicode(View(u"SystemStartOptions"));
    if (!NT_SUCCESS(
            NtQueryValueKey(key.get(), &name, KeyValuePartialInformation, buffer, sizeof buffer, &length)))
        return false;
    const auto& value = *reinterpret_cast<KEY_VALUE_PARTIAL_INFORMATION*>(buffer);
    View rest(reinterpret_cast<const WCHAR*>(value.Data), value.DataLength / sizeof(WCHAR));
    rest = rest.first(rest.find(u'\0'));
    while (!rest.empty()) {
        const SIZE_T end = rest.find(u' ');
        if (rest.first(end).equals(u"elevated=1")) return true;
        rest = rest.from(end + 1);
    }
    return false;
}

}  // namespace ntcmd
