// SPDX-License-Identifier: GPL-3.0-only
//
// IoCheckEaBufferValidity and IoCheckQuotaBufferValidity, for file systems that look at a client's own memory
// (the Executive has checked the lists of the system's services, before it copied them).
#include "abi/nt/ntiofile.h"
#include "abi/nt/ntiolists.h"
#include "abi/nt/ntstatus.h"
#include "base/list_check.hpp"

namespace {

NTSTATUS check(base::ListKind kind, const void* list, ULONG length, ULONG* error, NTSTATUS wrong) {
    base::ListCheck check(kind, {static_cast<const UCHAR*>(list), length});
    check.go_on(~0u);
    if (check.good()) return STATUS_SUCCESS;
    *error = static_cast<ULONG>(check.wrong_at());
    return wrong;
}

}  // namespace

extern "C" {

NTSTATUS IoCheckEaBufferValidity(PFILE_FULL_EA_INFORMATION list, ULONG length, PULONG error) {
    return check(base::ListKind::Attributes, list, length, error, STATUS_EA_LIST_INCONSISTENT);
}

NTSTATUS IoCheckQuotaBufferValidity(PFILE_QUOTA_INFORMATION list, ULONG length, PULONG error) {
    return check(base::ListKind::Quotas, list, length, error, STATUS_QUOTA_LIST_INCONSISTENT);
}

}  // extern "C"
