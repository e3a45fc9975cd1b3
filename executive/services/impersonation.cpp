// SPDX-License-Identifier: GPL-3.0-only
//
// Threads that act as somebody else: NtImpersonateThread, NtImpersonateAnonymousToken, and what
// ThreadImpersonationToken does.
#include "executive/services/impersonation.hpp"

#include "executive/ob/ob.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

namespace {

using namespace base;
using se::Token;

bool same_luid(const LUID& one, const LUID& other) {
    return one.LowPart == other.LowPart && one.HighPart == other.HighPart;
}

// May a process act as this token? With SeImpersonatePrivilege as all; else as itself and as those that its
// own logon made, if they are not above it.
bool may_impersonate(const Token& process, const Token& token) {
    if (token.content().level < SecurityImpersonation) return true;
    if (process.holds(SE_IMPERSONATE_PRIVILEGE)) return true;
    if (token.content().integrity > process.content().integrity) return false;
    if (process.restricted() && !token.restricted()) return false;
    return process.user() == token.user() || same_luid(token.content().origin, process.content().logon);
}

}  // namespace

namespace services {

Result<Ref<Token>> as_seen(const Token& token, SECURITY_IMPERSONATION_LEVEL level) {
    Token::Content content = TRY(token.content().copy());
    content.type = TokenImpersonation;
    content.level = level;
    return Token::create(std::move(content));
}

Result<void> impersonate(ps::Thread& thread, Ref<Token> token) {
    if (thread.terminating()) return fail(STATUS_THREAD_IS_TERMINATING);
    const Ref<Token>& own = thread.process().primary_token();
    if (!own) return fail(STATUS_PROCESS_IS_TERMINATING);
    // One who may not learns who it is, and can do nothing in its name.
    if (!may_impersonate(*own, *token)) token = TRY(as_seen(*token, SecurityIdentification));
    thread.set_impersonation(std::move(token));
    return {};
}

Result<void> set_impersonation(ke::Call& call, ps::Thread& thread, HANDLE handle) {
    if (!handle) return thread.set_impersonation({}), Result<void>();
    auto token = TRY(ob::resolve<Token>(call, handle, TOKEN_IMPERSONATE));
    if (token->token_type() != TokenImpersonation) return fail(STATUS_BAD_TOKEN_TYPE);
    return impersonate(thread, std::move(token));
}

}  // namespace services

NTSTATUS NtImpersonateThread(ke::Call& call, const NtImpersonateThreadArgs& args) {
    auto server = TRY(ob::resolve<ps::Thread>(call, args.ServerThreadHandle, args.ServerThreadHandleAccess));
    auto client = TRY(ob::resolve<ps::Thread>(call, args.ClientThreadHandle, args.ClientThreadHandleAccess));
    if (args.SecurityQos.null()) return STATUS_ACCESS_VIOLATION;
    services::Quality quality = TRY(services::read_quality(call, args.SecurityQos.address()));
    const Ref<Token>& worn = client->impersonation_token();
    if (worn && quality.level > worn->content().level) return STATUS_BAD_IMPERSONATION_LEVEL;
    const Ref<Token>& token = worn ? worn : client->process().primary_token();
    if (!token) return STATUS_PROCESS_IS_TERMINATING;
    return to_status(services::impersonate(*server, TRY(services::as_seen(*token, quality.level))));
}

NTSTATUS NtImpersonateAnonymousToken(ke::Call& call, const NtImpersonateAnonymousTokenArgs& args) {
    auto thread = TRY(ob::resolve<ps::Thread>(call, args.ThreadHandle, args.ThreadHandleAccess));
    if (call.client().token().restricted()) return STATUS_ACCESS_DENIED;
    thread->set_impersonation(TRY(se::anonymous_token().duplicate()));
    return STATUS_SUCCESS;
}
