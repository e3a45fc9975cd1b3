// SPDX-License-Identifier: GPL-3.0-only
#include "apps/ntcmd/rights.hpp"

#include "apps/common/ordinary_token.hpp"

namespace ntcmd {
namespace {

using app::View;

constexpr ACCESS_MASK kOfOwnToken =
    TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY | TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_PRIVILEGES;

constexpr ULONG kOfAdministration[] = {SE_LOAD_DRIVER_PRIVILEGE, SE_DEBUG_PRIVILEGE, SE_SYSTEMTIME_PRIVILEGE,
                                       SE_SHUTDOWN_PRIVILEGE, SE_CREATE_PERMANENT_PRIVILEGE};

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
    return administrator ? make_administrators(own.get(), token) : app::make_ordinary_token(own.get(), token);
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
