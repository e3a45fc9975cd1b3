// SPDX-License-Identifier: GPL-3.0-only
// Enabling one privilege of the process's token, or of the one that the thread acts as.
#include "ntdll/ntdll.hpp"

extern "C" NTSTATUS NTAPI RtlAdjustPrivilege(ULONG Privilege, BOOLEAN Enable, BOOLEAN CurrentThread,
                                             PBOOLEAN WasEnabled) {
    constexpr ACCESS_MASK access = TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY;
    HANDLE token;
    NTSTATUS status = CurrentThread ? NtOpenThreadToken(NtCurrentThread(), access, FALSE, &token)
                                    : NtOpenProcessToken(NtCurrentProcess(), access, &token);
    if (!NT_SUCCESS(status)) return status;
    TOKEN_PRIVILEGES change = {1, {{{Privilege, 0}, Enable ? SE_PRIVILEGE_ENABLED : 0u}}};
    TOKEN_PRIVILEGES before = {};
    ULONG length;
    status = NtAdjustPrivilegesToken(token, FALSE, &change, sizeof(before), &before, &length);
    NtClose(token);
    if (status == STATUS_NOT_ALL_ASSIGNED) return STATUS_PRIVILEGE_NOT_HELD;
    if (!NT_SUCCESS(status)) return status;
    // What did not change is not listed.
    bool was = before.PrivilegeCount ? (before.Privileges[0].Attributes & SE_PRIVILEGE_ENABLED) : Enable;
    if (WasEnabled) *WasEnabled = was;
    return status;
}
