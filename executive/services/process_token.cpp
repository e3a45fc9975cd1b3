// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/process_token.hpp"

#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"

namespace services {

namespace {

bool same(const LUID& one, const LUID& other) {
    return one.LowPart == other.LowPart && one.HighPart == other.HighPart;
}

// One that was filtered from the caller's, or a copy of it, may be given by everybody: it grants no more.
bool belongs_to(const se::Token& token, const se::Token& callers) {
    const se::Token::Content &content = token.content(), &own = callers.content();
    return same(content.parent, callers.id()) ||
           (same(content.parent, own.parent) && same(content.logon, own.logon));
}

}  // namespace

base::Result<base::Ref<se::Token>> token_for_child(ke::Call& call, HANDLE handle) {
    if (!handle) return base::Ref<se::Token>();
    auto token = TRY(ob::resolve<se::Token>(call, handle, TOKEN_ASSIGN_PRIMARY));
    if (token->token_type() != TokenPrimary) return base::fail(STATUS_BAD_TOKEN_TYPE);
    bool may = belongs_to(*token, call.client().token()) ||
               se::holds_privilege(call, SE_ASSIGNPRIMARYTOKEN_PRIVILEGE);
    if (!may) return base::fail(STATUS_PRIVILEGE_NOT_HELD);
    return token;
}

}  // namespace services
