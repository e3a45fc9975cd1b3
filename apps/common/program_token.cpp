// SPDX-License-Identifier: GPL-3.0-only
#include "apps/common/program_token.hpp"

#include "apps/common/ordinary_token.hpp"

namespace app {
namespace {

constexpr ACCESS_MASK kOfOwnToken =
    TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_QUERY | TOKEN_ADJUST_DEFAULT | TOKEN_ADJUST_PRIVILEGES;

constexpr ULONG kOfAdministration[] = {SE_LOAD_DRIVER_PRIVILEGE, SE_DEBUG_PRIVILEGE, SE_SYSTEMTIME_PRIVILEGE,
                                       SE_SHUTDOWN_PRIVILEGE, SE_CREATE_PERMANENT_PRIVILEGE};

NTSTATUS make_administrators(HANDLE own, Handle& token) {
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

NTSTATUS make_program_token(bool administrator, Handle& token) {
    Handle own;
    const NTSTATUS status = NtOpenProcessToken(NtCurrentProcess(), kOfOwnToken, own.receive());
    if (!NT_SUCCESS(status)) return status;
    return administrator ? make_administrators(own.get(), token) : make_ordinary_token(own.get(), token);
}

}  // namespace app
