// SPDX-License-Identifier: GPL-3.0-only
//
// Whose request it is, as a driver asks for it, and acting as him.
#include "abi/nt/ntdll.h"
#include "wdm/ex/pool.hpp"
#include "wdm/io/file.hpp"
#include "wdm/ke/thread.hpp"
#include "wdm/platform/executive.hpp"
#include "wdm/ps/process.hpp"
#include "wdm/se/token.hpp"

namespace se {

NTSTATUS query(const Token& token, ULONG information_class, PVOID* information) {
    constexpr ULONG kTag = 0x6b546553;  // SeTk
    *information = nullptr;
    ULONG length = 64;
    // It may grow between two looks, but not for ever.
    for (int tries = 0; tries < 4; ++tries) {
        PVOID block = ExAllocatePoolWithTag(1, length, kTag);
        if (block == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
        NTSTATUS status =
            platform::query_subject(token.request, token.which, information_class, block, length, length);
        if (NT_SUCCESS(status)) {
            *information = block;
            return status;
        }
        ExFreePool(block);
        if (status != STATUS_BUFFER_TOO_SMALL) return status;
    }
    return STATUS_UNSUCCESSFUL;
}

namespace {

// A number that such a class gives; `otherwise` where it has none.
ULONG number(const Token& token, ULONG information_class, ULONG otherwise) {
    ULONG value = 0, length = 0;
    NTSTATUS status =
        platform::query_subject(token.request, token.which, information_class, &value, sizeof value, length);
    return NT_SUCCESS(status) ? value : otherwise;
}

// Of the thread that calls, which is the only one whose request is known.
bool is_caller(PKTHREAD thread) {
    return thread == nullptr || thread == &ke::current();
}

NTSTATUS act_as(ULONG64 request, ULONG level) {
    if (request == 0) return STATUS_NOT_SUPPORTED;
    NTSTATUS status = platform::impersonate_subject(request, level, false);
    if (NT_SUCCESS(status)) ke::current().impersonating = true;
    return status;
}

NTSTATUS client_security(ULONG64 request, const SECURITY_QUALITY_OF_SERVICE& quality, bool remote,
                         SECURITY_CLIENT_CONTEXT& context) {
    if (request == 0) return STATUS_NOT_SUPPORTED;
    auto level = static_cast<ULONG>(quality.ImpersonationLevel);
    NTSTATUS status = platform::impersonate_subject(request, level, true);
    if (!NT_SUCCESS(status)) return status;
    context = {};
    context.ClientToken = make_token(request, WDM_SUBJECT_EFFECTIVE, static_cast<LONG>(level));
    if (context.ClientToken == nullptr) return STATUS_INSUFFICIENT_RESOURCES;
    context.SecurityQos = quality;
    context.DirectAccessEffectiveOnly = quality.EffectiveOnly;
    context.ServerIsRemote = remote;
    return STATUS_SUCCESS;
}

ULONG64 request_of(const WDM_SUBJECT* subject) {
    return subject != nullptr ? ps::current_request() : 0;
}

}  // namespace

}  // namespace se

extern "C" {

using se::Token;

VOID SeCaptureSubjectContextEx(PKTHREAD thread, PEPROCESS, PSECURITY_SUBJECT_CONTEXT context) {
    const WDM_SUBJECT* subject = se::is_caller(thread) ? ps::current_subject() : nullptr;
    se::capture(*context, se::request_of(subject), subject);
}

VOID SeCaptureSubjectContext(PSECURITY_SUBJECT_CONTEXT context) {
    SeCaptureSubjectContextEx(nullptr, nullptr, context);
}

// What a context says is the Executive's, which answers for one moment at a time.
VOID SeLockSubjectContext(PSECURITY_SUBJECT_CONTEXT) {}

VOID SeUnlockSubjectContext(PSECURITY_SUBJECT_CONTEXT) {}

VOID SeReleaseSubjectContext(PSECURITY_SUBJECT_CONTEXT context) {
    se::release(*context);
}

NTSTATUS SeQueryInformationToken(PVOID token, TOKEN_INFORMATION_CLASS information_class, PVOID* information) {
    return se::query(*static_cast<Token*>(token), static_cast<ULONG>(information_class), information);
}

TOKEN_TYPE SeTokenType(PVOID object) {
    auto& token = *static_cast<Token*>(object);
    if (token.level != se::kNotToActAs || token.which == WDM_SUBJECT_IMPERSONATION) return TokenImpersonation;
    return static_cast<TOKEN_TYPE>(se::number(token, TokenType, TokenPrimary));
}

SECURITY_IMPERSONATION_LEVEL SeTokenImpersonationLevel(PVOID object) {
    auto& token = *static_cast<Token*>(object);
    if (token.level != se::kNotToActAs) return static_cast<SECURITY_IMPERSONATION_LEVEL>(token.level);
    return static_cast<SECURITY_IMPERSONATION_LEVEL>(
        se::number(token, TokenImpersonationLevel, SecurityAnonymous));
}

BOOLEAN SeTokenIsAdmin(PVOID object) {
    PVOID block = nullptr;
    if (!NT_SUCCESS(se::query(*static_cast<Token*>(object), TokenGroups, &block))) return FALSE;
    constexpr UCHAR kAdministrators[] = {1, 2, 0, 0, 0, 0, 0, 5, 0x20, 0, 0, 0, 0x20, 2, 0, 0};
    auto& groups = *static_cast<TOKEN_GROUPS*>(block);
    BOOLEAN is = FALSE;
    for (ULONG i = 0; i < groups.GroupCount; ++i) {
        bool counts = (groups.Groups[i].Attributes & (SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY)) ==
                      SE_GROUP_ENABLED;
        auto* sid = const_cast<UCHAR*>(kAdministrators);
        if (counts && RtlEqualSid(groups.Groups[i].Sid, sid)) is = TRUE;
    }
    ExFreePool(block);
    return is;
}

BOOLEAN SeTokenIsRestricted(PVOID object) {
    PVOID block = nullptr;
    if (!NT_SUCCESS(se::query(*static_cast<Token*>(object), TokenRestrictedSids, &block))) return TRUE;
    BOOLEAN is = static_cast<TOKEN_GROUPS*>(block)->GroupCount != 0;
    ExFreePool(block);
    return is;
}

NTSTATUS SeQueryAuthenticationIdToken(PVOID token, PLUID id) {
    PVOID block = nullptr;
    NTSTATUS status = se::query(*static_cast<Token*>(token), TokenStatistics, &block);
    if (!NT_SUCCESS(status)) return status;
    *id = static_cast<TOKEN_STATISTICS*>(block)->AuthenticationId;
    ExFreePool(block);
    return status;
}

NTSTATUS SeQuerySessionIdToken(PVOID object, PULONG session) {
    auto& token = *static_cast<Token*>(object);
    ULONG length = 0;
    return platform::query_subject(token.request, token.which, TokenSessionId, session, sizeof *session,
                                   length);
}

// --- references

// Of a process for which no request is being dispatched here nothing can be known: a token that opens
// nothing.
PVOID PsReferencePrimaryToken(PEPROCESS process) {
    constexpr ULONG64 kNobody = ~0ull;
    const WDM_SUBJECT* subject = ps::current_subject();
    ULONG64 request = kNobody;
    if (process == &ps::host()) request = 0;
    if (subject != nullptr && process->id == subject->Process) request = ps::current_request();
    return se::make_token(request, WDM_SUBJECT_PRIMARY);
}

PVOID PsReferenceImpersonationToken(PKTHREAD thread, PBOOLEAN copy_on_open, PBOOLEAN effective_only,
                                    SECURITY_IMPERSONATION_LEVEL* level) {
    const WDM_SUBJECT* subject = se::is_caller(thread) ? ps::current_subject() : nullptr;
    if (subject == nullptr || subject->Acting == 0) return nullptr;
    *copy_on_open = *effective_only = FALSE;
    *level = static_cast<SECURITY_IMPERSONATION_LEVEL>(subject->Acting - 1);
    return se::make_token(ps::current_request(), WDM_SUBJECT_IMPERSONATION);
}

VOID PsDereferencePrimaryToken(PVOID token) {
    se::dereference(*static_cast<Token*>(token));
}

VOID PsDereferenceImpersonationToken(PVOID token) {
    se::dereference(*static_cast<Token*>(token));
}

// --- acting as a client

NTSTATUS SeCreateClientSecurity(PKTHREAD thread, PSECURITY_QUALITY_OF_SERVICE quality, BOOLEAN remote,
                                PSECURITY_CLIENT_CONTEXT context) {
    const WDM_SUBJECT* subject = se::is_caller(thread) ? ps::current_subject() : nullptr;
    return se::client_security(se::request_of(subject), *quality, remote, *context);
}

NTSTATUS SeCreateClientSecurityFromSubjectContext(PSECURITY_SUBJECT_CONTEXT subject,
                                                  PSECURITY_QUALITY_OF_SERVICE quality, BOOLEAN remote,
                                                  PSECURITY_CLIENT_CONTEXT context) {
    PVOID token = subject->ClientToken != nullptr ? subject->ClientToken : subject->PrimaryToken;
    if (token == nullptr) return STATUS_NO_TOKEN;
    return se::client_security(static_cast<Token*>(token)->request, *quality, remote, *context);
}

NTSTATUS SeImpersonateClientEx(PSECURITY_CLIENT_CONTEXT context, PKTHREAD thread) {
    if (!se::is_caller(thread)) return STATUS_NOT_SUPPORTED;
    if (context->ClientToken == nullptr) return STATUS_NO_TOKEN;
    return se::act_as(static_cast<Token*>(context->ClientToken)->request,
                      static_cast<ULONG>(context->SecurityQos.ImpersonationLevel));
}

VOID SeImpersonateClient(PSECURITY_CLIENT_CONTEXT context, PKTHREAD thread) {
    SeImpersonateClientEx(context, thread);
}

// Not of NT's: there a dispatch routine runs in its client's thread, and what it puts on stays. The thread
// whose request is being dispatched acts as who opened this file of the same device.
NTSTATUS NeptuneImpersonateOpener(PFILE_OBJECT file) {
    ULONG64 request = se::request_of(ps::current_subject());
    return request != 0 ? platform::impersonate_opener(request, io::number_of(*file)) : STATUS_NOT_SUPPORTED;
}

VOID PsRevertToSelf(void) {
    platform::revert_to_self();
    ke::current().impersonating = false;
}

NTSTATUS PsImpersonateClient(PKTHREAD thread, PVOID token, BOOLEAN, BOOLEAN,
                             SECURITY_IMPERSONATION_LEVEL level) {
    if (!se::is_caller(thread)) return STATUS_NOT_SUPPORTED;
    if (token != nullptr) return se::act_as(static_cast<Token*>(token)->request, static_cast<ULONG>(level));
    PsRevertToSelf();
    return STATUS_SUCCESS;
}

}  // extern "C"
