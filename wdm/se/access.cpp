// SPDX-License-Identifier: GPL-3.0-only
//
// Access and privileges checked by drivers, for whose request it is: the Executive decides. Asked in kernel
// mode all is granted, as on NT.
#include "abi/nt/ntdll.h"
#include "wdm/ex/pool.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/ps/process.hpp"
#include "wdm/se/token.hpp"

namespace {

using se::Token;

Token* effective(const SECURITY_SUBJECT_CONTEXT& context) {
    return static_cast<Token*>(context.ClientToken != nullptr ? context.ClientToken : context.PrimaryToken);
}

bool only_identifies(const SECURITY_SUBJECT_CONTEXT& context) {
    return context.ClientToken != nullptr && context.ImpersonationLevel < SecurityImpersonation;
}

ACCESS_MASK granted_to_kernel(ACCESS_MASK desired, ACCESS_MASK previous, const GENERIC_MAPPING& mapping) {
    ACCESS_MASK access = desired | previous;
    if ((access & MAXIMUM_ALLOWED) != 0) access = (access & ~MAXIMUM_ALLOWED) | GENERIC_ALL;
    RtlMapGenericMask(&access, &mapping);
    return access;
}

// Null for none, and without memory.
PPRIVILEGE_SET set_of(ULONG64 bits) {
    constexpr ULONG kTag = 0x72506553;  // SePr
    auto count = static_cast<ULONG>(__builtin_popcountll(bits));
    if (count == 0) return nullptr;
    SIZE_T size = offsetof(PRIVILEGE_SET, Privilege) + count * sizeof(LUID_AND_ATTRIBUTES);
    auto* set = static_cast<PPRIVILEGE_SET>(ExAllocatePoolWithTag(1, size, kTag));
    if (set == nullptr) return nullptr;
    set->PrivilegeCount = 0;
    set->Control = 0;
    for (ULONG number = 0; number < 64; ++number)
        if ((bits >> number & 1) != 0)
            set->Privilege[set->PrivilegeCount++] = {{number, 0}, SE_PRIVILEGE_USED_FOR_ACCESS};
    return set;
}

NTSTATUS check(PVOID descriptor, const SECURITY_SUBJECT_CONTEXT& context, ACCESS_MASK desired,
               ACCESS_MASK previous, PPRIVILEGE_SET* privileges, const GENERIC_MAPPING& mapping,
               ACCESS_MASK& granted) {
    if (descriptor == nullptr) return STATUS_ACCESS_DENIED;
    if (only_identifies(context)) return STATUS_BAD_IMPERSONATION_LEVEL;
    granted = previous;
    if (desired == 0) return previous != 0 ? STATUS_SUCCESS : STATUS_ACCESS_DENIED;
    const Token* token = effective(context);
    if (token == nullptr) return STATUS_ACCESS_DENIED;
    ACCESS_MASK found = 0;
    ULONG64 used = 0;
    NTSTATUS status = platform::check_access(token->request, descriptor, desired, mapping, found, used);
    if (!NT_SUCCESS(status)) {
        granted = 0;
        return status;
    }
    granted |= found;
    if (privileges != nullptr) *privileges = set_of(used);
    return STATUS_SUCCESS;
}

bool holds(const TOKEN_PRIVILEGES& held, const LUID& privilege) {
    for (ULONG i = 0; i < held.PrivilegeCount; ++i) {
        const LUID_AND_ATTRIBUTES& one = held.Privileges[i];
        if (one.Luid.LowPart != privilege.LowPart || one.Luid.HighPart != privilege.HighPart) continue;
        return (one.Attributes & SE_PRIVILEGE_ENABLED) != 0;
    }
    return false;
}

}  // namespace

extern "C" {

BOOLEAN SeAccessCheck(PSECURITY_DESCRIPTOR descriptor, PSECURITY_SUBJECT_CONTEXT context, BOOLEAN,
                      ACCESS_MASK desired, ACCESS_MASK previous, PPRIVILEGE_SET* privileges,
                      const GENERIC_MAPPING* mapping, KPROCESSOR_MODE mode, ACCESS_MASK* granted,
                      NTSTATUS* status) {
    if (privileges != nullptr) *privileges = nullptr;
    *granted = 0;
    *status = STATUS_SUCCESS;
    if (mode == KernelMode)
        *granted = granted_to_kernel(desired, previous, *mapping);
    else
        *status = check(descriptor, *context, desired, previous, privileges, *mapping, *granted);
    return NT_SUCCESS(*status);
}

VOID SeFreePrivileges(PPRIVILEGE_SET privileges) {
    if (privileges != nullptr) ExFreePool(privileges);
}

BOOLEAN SePrivilegeCheck(PPRIVILEGE_SET required, PSECURITY_SUBJECT_CONTEXT context, KPROCESSOR_MODE mode) {
    if (mode == KernelMode) return TRUE;
    const Token* token = effective(*context);
    PVOID block = nullptr;
    if (token == nullptr || only_identifies(*context)) return FALSE;
    if (!NT_SUCCESS(se::query(*token, TokenPrivileges, &block))) return FALSE;
    ULONG found = 0;
    for (ULONG i = 0; i < required->PrivilegeCount; ++i) {
        if (!holds(*static_cast<TOKEN_PRIVILEGES*>(block), required->Privilege[i].Luid)) continue;
        required->Privilege[i].Attributes |= SE_PRIVILEGE_USED_FOR_ACCESS;
        ++found;
    }
    ExFreePool(block);
    bool all = (required->Control & PRIVILEGE_SET_ALL_NECESSARY) != 0;
    return all ? found == required->PrivilegeCount : found != 0;
}

VOID SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT context);
VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT context);

BOOLEAN SeSinglePrivilegeCheck(LUID privilege, KPROCESSOR_MODE mode) {
    if (mode == KernelMode) return TRUE;
    SECURITY_SUBJECT_CONTEXT context;
    PRIVILEGE_SET set = {1, PRIVILEGE_SET_ALL_NECESSARY, {{privilege, 0}}};
    SeCaptureSubjectContext(&context);
    BOOLEAN holds = SePrivilegeCheck(&set, &context, mode);
    SeReleaseSubjectContext(&context);
    return holds;
}

}  // extern "C"
