// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/access_question.hpp"

#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/services/token_arguments.hpp"

namespace services {

using se::Token;

namespace {

constexpr ACCESS_MASK kGeneric = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL;

// A slice of reading the tree of types; true when all are read. Each may lie on pages that have to be
// brought, and is compared with all before it.
Result<bool> read_types(ke::Call& call, Question& question, uint64_t list, ULONG count) {
    if (count > se::AccessCheck::kMostTypes) return fail(STATUS_INVALID_PARAMETER);
    TRY(question.types.reserve(count));
    for (ke::Slice slice; question.types.size() < count;) {
        if (slice.over()) return false;
        OBJECT_TYPE_LIST type = TRY(call.read(ke::UserIn<OBJECT_TYPE_LIST>(list), question.types.size()));
        auto guid = ke::UserIn<GUID>(reinterpret_cast<uint64_t>(type.ObjectType));
        TRY(question.types.push_back({type.Level, TRY(call.read(guid))}));
        TRY(se::check_last_object_type(question.types.span()));
    }
    return true;
}

// A slice of a check; true when it is decided.
bool step(se::AccessCheck& check) {
    ke::Slice slice;
    while (!check.step(1))
        if (slice.over()) return false;
    return true;
}

}  // namespace

se::AccessRequest Question::request() const {
    return {*token, descriptor.span(), desired, mapping, has_self ? SidView(self) : SidView(), types.span()};
}

Result<void> check_client_token(const Token& token) {
    if (token.token_type() != TokenImpersonation) return fail(STATUS_NO_IMPERSONATION_TOKEN);
    if (token.content().level < SecurityIdentification) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    return {};
}

Result<Ref<Token>> client_token(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    auto token = TRY(ob::resolve<Token>(call, handle, access));
    TRY(check_client_token(*token));
    return token;
}

Result<Question> read_question(ke::Call& call, Ref<Token> token, PVOID descriptor, ACCESS_MASK desired,
                               ke::UserIn<GENERIC_MAPPING> mapping) {
    Question question;
    question.token = std::move(token);
    if (desired & kGeneric) return fail(STATUS_GENERIC_NOT_MAPPED);
    question.desired = desired;
    GENERIC_MAPPING given = TRY(call.read(mapping));
    question.mapping = {given.GenericRead, given.GenericWrite, given.GenericExecute, given.GenericAll};
    question.descriptor = TRY(se::capture_descriptor(call, reinterpret_cast<uint64_t>(descriptor)));
    Parts parts = parts_of(question.descriptor.span());
    if (parts.owner.empty() || parts.group.empty()) return fail(STATUS_INVALID_SECURITY_DESCR);
    return question;
}

ke::Task<NTSTATUS> read_rest(ke::Call& call, Question& question, PSID self, uint64_t list, ULONG count) {
    if (self) question.self = CO_TRY(read_sid(call, reinterpret_cast<uint64_t>(self)));
    question.has_self = self != nullptr;
    co_return co_await ke::in_slices(
        call.thread(), [&call, &question, list, count] { return read_types(call, question, list, count); });
}

ke::Task<NTSTATUS> decide(ke::Call& call, se::AccessCheck& check) {
    co_return co_await ke::in_slices(call.thread(), [&check] { return Result<bool>(step(check)); });
}

}  // namespace services
