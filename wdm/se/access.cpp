// SPDX-License-Identifier: GPL-3.0-only
//
// Security as a driver host sees it: the Executive has checked a client's access before a request gets here,
// and a client's token is not visible to drivers. What is asked again is granted.
#include "abi/nt/ntdll.h"

typedef struct _SECURITY_SUBJECT_CONTEXT {
    PVOID ClientToken;
    ULONG ImpersonationLevel;
    PVOID PrimaryToken;
    PVOID ProcessAuditId;
} SECURITY_SUBJECT_CONTEXT, *PSECURITY_SUBJECT_CONTEXT;

extern "C" {

VOID SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT context) {
    *context = {};
}

VOID SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT) {}

VOID SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT) {}

VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT) {}

BOOLEAN SeSinglePrivilegeCheck(LUID, CCHAR) {
    return TRUE;
}

BOOLEAN SePrivilegeCheck(PVOID, PVOID, CCHAR) {
    return TRUE;
}

BOOLEAN SeAccessCheck(PVOID, PSECURITY_SUBJECT_CONTEXT, BOOLEAN, ACCESS_MASK desired, ACCESS_MASK previous,
                      PVOID*, const GENERIC_MAPPING* mapping, CCHAR, ACCESS_MASK* granted, NTSTATUS* status) {
    ACCESS_MASK access = desired | previous;
    if ((access & MAXIMUM_ALLOWED) != 0) access = (access & ~MAXIMUM_ALLOWED) | GENERIC_ALL;
    RtlMapGenericMask(&access, mapping);
    *granted = access;
    *status = STATUS_SUCCESS;
    return TRUE;
}

}  // extern "C"
