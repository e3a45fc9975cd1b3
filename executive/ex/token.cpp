// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/token.hpp"

#include "executive/ps/thread.hpp"

namespace ex {

const ob::Type Token::kType{
    u"Token",
    {STANDARD_RIGHTS_READ | TOKEN_QUERY,
     STANDARD_RIGHTS_WRITE | TOKEN_ADJUST_PRIVILEGES | TOKEN_ADJUST_GROUPS | TOKEN_ADJUST_DEFAULT,
     STANDARD_RIGHTS_EXECUTE | TOKEN_IMPERSONATE, TOKEN_ALL_ACCESS},
    TOKEN_ALL_ACCESS};

namespace {

// LUIDs up to 999 are reserved for well-known things.
constinit uint64_t g_next_luid = 1000;

}  // namespace

LUID allocate_luid() {
    uint64_t value = g_next_luid++;
    return {static_cast<ULONG>(value), static_cast<LONG>(value >> 32)};
}

Result<Ref<Token>> Token::create(TOKEN_TYPE type, const se::Token& content) {
    return make_ref<Token>(type, content, allocate_luid());
}

Result<Ref<Token>> primary_token(ps::Process& process) {
    if (!process.token()) process.set_token(TRY(Token::create(TokenPrimary, se::Token())));
    return Ref<Token>(static_cast<Token*>(process.token()));
}

Result<Ref<Token>> thread_token(ps::Thread& thread) {
    if (!thread.impersonation()) return fail(STATUS_NO_TOKEN);
    return Ref<Token>(static_cast<Token*>(thread.impersonation()));
}

}  // namespace ex
