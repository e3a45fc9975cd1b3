// SPDX-License-Identifier: GPL-3.0-only
// A thread that acts as its own process does, with a token of its own to change.
#include "ntdll/ntdll.hpp"

extern "C" {

// The thread's token is given out, with what is asked for, where there is a place for it.
NTSTATUS NTAPI RtlImpersonateSelfEx(SECURITY_IMPERSONATION_LEVEL ImpersonationLevel,
                                    ACCESS_MASK AdditionalAccess, PHANDLE ThreadToken) {
    HANDLE own = nullptr, token = nullptr;
    NTSTATUS status = NtOpenProcessToken(NtCurrentProcess(), TOKEN_DUPLICATE, &own);
    if (!NT_SUCCESS(status)) return status;
    SECURITY_QUALITY_OF_SERVICE quality = {sizeof(quality), ImpersonationLevel, FALSE, FALSE};
    OBJECT_ATTRIBUTES attributes;
    InitializeObjectAttributes(&attributes, nullptr, 0, nullptr, nullptr);
    attributes.SecurityQualityOfService = &quality;
    status = NtDuplicateToken(own, TOKEN_IMPERSONATE | AdditionalAccess, &attributes, FALSE,
                              TokenImpersonation, &token);
    NtClose(own);
    if (!NT_SUCCESS(status)) return status;
    status = NtSetInformationThread(NtCurrentThread(), ThreadImpersonationToken, &token, sizeof(token));
    if (NT_SUCCESS(status) && ThreadToken) {
        *ThreadToken = token;
    } else {
        NtClose(token);
    }
    return status;
}

NTSTATUS NTAPI RtlImpersonateSelf(SECURITY_IMPERSONATION_LEVEL ImpersonationLevel) {
    return RtlImpersonateSelfEx(ImpersonationLevel, 0, nullptr);
}

}  // extern "C"
