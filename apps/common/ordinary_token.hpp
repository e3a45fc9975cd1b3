// SPDX-License-Identifier: GPL-3.0-only
//
// The token of an ordinary user's program, made of an administrator's: what the shell gives to all that it
// starts, and what tests take when they want no more rights than such a program has.
#pragma once

#include "abi/nt/ntdll.h"
#include "apps/common/native.hpp"

namespace app {

struct OneSid {
    UCHAR revision = SID_REVISION, count = 1;
    UCHAR authority[6];
    ULONG part;
};

// What an ordinary program makes is its user's, and not the administrators'.
inline NTSTATUS set_ordinary_dacl(HANDLE token) {
    alignas(8) UCHAR user[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    ULONG length = 0;
    NTSTATUS status = NtQueryInformationToken(token, TokenUser, user, sizeof user, &length);
    if (!NT_SUCCESS(status)) return status;
    OneSid local_system = {SID_REVISION, 1, {0, 0, 0, 0, 0, 5}, SECURITY_LOCAL_SYSTEM_RID};
    alignas(8) UCHAR bytes[160];
    auto* dacl = reinterpret_cast<PACL>(bytes);
    RtlCreateAcl(dacl, sizeof bytes, ACL_REVISION);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, reinterpret_cast<TOKEN_USER*>(user)->User.Sid);
    RtlAddAccessAllowedAce(dacl, ACL_REVISION, GENERIC_ALL, &local_system);
    TOKEN_DEFAULT_DACL given = {dacl};
    return NtSetInformationToken(token, TokenDefaultDacl, &given, sizeof given);
}

// `own` is a token of the caller's with TOKEN_DUPLICATE, TOKEN_QUERY and TOKEN_ADJUST_DEFAULT. The new one is
// filtered (LUA_TOKEN, without SeShutdownPrivilege), Medium, and may start processes.
inline NTSTATUS make_ordinary_token(HANDLE own, Handle& token) {
    TOKEN_PRIVILEGES shutdown = {1, {{{SE_SHUTDOWN_PRIVILEGE, 0}, 0}}};
    NTSTATUS status = NtFilterToken(own, LUA_TOKEN, nullptr, &shutdown, nullptr, token.receive());
    if (!NT_SUCCESS(status)) return status;
    OneSid medium = {SID_REVISION, 1, {0, 0, 0, 0, 0, 16}, SECURITY_MANDATORY_MEDIUM_RID};
    TOKEN_MANDATORY_LABEL label = {{&medium, 0}};
    status = NtSetInformationToken(token.get(), TokenIntegrityLevel, &label, sizeof label);
    // One below Medium stays there.
    if (!NT_SUCCESS(status) && status != STATUS_PRIVILEGE_NOT_HELD) return status;
    return set_ordinary_dacl(token.get());
}

}  // namespace app
