// SPDX-License-Identifier: GPL-3.0-only
//
// NtAccessCheck and its relatives, NtPrivilegeCheck.
#include "executive/ob/ob.hpp"
#include "executive/services.hpp"
#include "executive/services/access_question.hpp"

namespace {

using namespace base;
using se::Token;
using services::client_token;
using services::decide;
using services::Question;
using services::read_question;
using services::read_rest;

// A PRIVILEGE_SET of those that were needed. STATUS_BUFFER_TOO_SMALL, with the length it takes.
Result<void> give_privileges(ke::Call& call, uint64_t address, ke::UserInOut<ULONG> length, uint64_t used) {
    if (address == 0 || length.null()) return fail(STATUS_ACCESS_VIOLATION);
    auto count = static_cast<ULONG>(__builtin_popcountll(used));
    auto needed =
        static_cast<ULONG>(offsetof(PRIVILEGE_SET, Privilege) + count * sizeof(LUID_AND_ATTRIBUTES));
    if (needed < sizeof(PRIVILEGE_SET)) needed = sizeof(PRIVILEGE_SET);
    ULONG room = TRY(call.read(length));
    TRY(call.write(length, needed));
    if (room < needed) return fail(STATUS_BUFFER_TOO_SMALL);
    PRIVILEGE_SET set{};
    set.PrivilegeCount = count;
    TRY(call.write(ke::UserOut<PRIVILEGE_SET>(address), set));
    uint64_t at = address + offsetof(PRIVILEGE_SET, Privilege);
    for (ULONG number = 0; number <= se::Privileges::kMost; ++number) {
        if (!(used & se::Privileges::bit(number))) continue;
        LUID_AND_ATTRIBUTES one{{number, 0}, SE_PRIVILEGE_USED_FOR_ACCESS};
        TRY(call.write(ke::UserOut<LUID_AND_ATTRIBUTES>(at), one));
        at += sizeof one;
    }
    return {};
}

Result<void> give_answer(ke::Call& call, const se::AccessAnswer& answer, ke::UserOut<ACCESS_MASK> granted,
                         ke::UserOut<NTSTATUS> status) {
    if (granted.null() || status.null()) return fail(STATUS_ACCESS_VIOLATION);
    TRY(call.write(granted, answer.status == STATUS_SUCCESS ? answer.granted : 0));
    return call.write(status, answer.status);
}

}  // namespace

NTSTATUS NtAccessCheck(ke::Call& call, const NtAccessCheckArgs& args) {
    Ref<Token> token = TRY(client_token(call, args.ClientToken, args.ClientTokenAccess));
    Question question = TRY(read_question(call, std::move(token), args.SecurityDescriptor, args.DesiredAccess,
                                          args.GenericMapping));
    se::AccessAnswer answer = se::access_check(question.request());
    TRY(give_privileges(call, args.PrivilegeSet.address(), args.PrivilegeSetLength, answer.privileges));
    return to_status(give_answer(call, answer, args.GrantedAccess, args.AccessStatus));
}

ke::Task<NTSTATUS> NtAccessCheckByType(ke::Call& call, NtAccessCheckByTypeArgs args) {
    Ref<Token> token = CO_TRY(client_token(call, args.ClientToken, args.ClientTokenAccess));
    Question question = CO_TRY(read_question(call, std::move(token), args.SecurityDescriptor,
                                             args.DesiredAccess, args.GenericMapping));
    NTSTATUS read = co_await read_rest(call, question, args.PrincipalSelfSid, args.ObjectTypeList.address(),
                                       args.ObjectTypeListLength);
    if (read != STATUS_SUCCESS) co_return read;
    se::AccessCheck check(question.request());
    CO_TRY(check.begin());
    NTSTATUS done = co_await decide(call, check);
    if (done != STATUS_SUCCESS) co_return done;
    CO_TRY(give_privileges(call, args.PrivilegeSet.address(), args.PrivilegeSetLength,
                           check.answer().privileges));
    co_return to_status(give_answer(call, check.answer(), args.GrantedAccess, args.AccessStatus));
}

ke::Task<NTSTATUS> NtAccessCheckByTypeResultList(ke::Call& call, NtAccessCheckByTypeResultListArgs args) {
    Ref<Token> token = CO_TRY(client_token(call, args.ClientToken, args.ClientTokenAccess));
    Question question = CO_TRY(read_question(call, std::move(token), args.SecurityDescriptor,
                                             args.DesiredAccess, args.GenericMapping));
    if (args.ObjectTypeListLength == 0) co_return STATUS_INVALID_PARAMETER;
    NTSTATUS read = co_await read_rest(call, question, args.PrincipalSelfSid, args.ObjectTypeList.address(),
                                       args.ObjectTypeListLength);
    if (read != STATUS_SUCCESS) co_return read;
    if (args.GrantedAccess.null() || args.AccessStatus.null()) co_return STATUS_ACCESS_VIOLATION;
    se::AccessCheck check(question.request());
    CO_TRY(check.begin());
    NTSTATUS done = co_await decide(call, check);
    if (done != STATUS_SUCCESS) co_return done;
    CO_TRY(give_privileges(call, args.PrivilegeSet.address(), args.PrivilegeSetLength,
                           check.answer().privileges));
    for (ULONG i = 0; i < args.ObjectTypeListLength; ++i) {
        se::AccessAnswer answer = check.answer(i);
        uint64_t granted = args.GrantedAccess.address() + i * sizeof(ACCESS_MASK);
        uint64_t status = args.AccessStatus.address() + i * sizeof(NTSTATUS);
        CO_TRY(call.write(ke::UserOut<ACCESS_MASK>(granted), answer.granted));
        CO_TRY(call.write(ke::UserOut<NTSTATUS>(status), answer.status));
    }
    co_return STATUS_SUCCESS;
}

NTSTATUS NtPrivilegeCheck(ke::Call& call, const NtPrivilegeCheckArgs& args) {
    auto token = TRY(ob::resolve<Token>(call, args.ClientToken, args.ClientTokenAccess));
    if (token->token_type() == TokenImpersonation && token->content().level < SecurityIdentification)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    if (args.RequiredPrivileges.null() || args.Result.null()) return STATUS_ACCESS_VIOLATION;
    auto header = TRY(call.read(ke::UserIn<PRIVILEGE_SET>(args.RequiredPrivileges.address())));
    if (header.PrivilegeCount > services::kMostPrivileges) return STATUS_INVALID_PARAMETER;
    TRY(call.probe(args.Result));
    ULONG held = 0;
    uint64_t at = args.RequiredPrivileges.address() + offsetof(PRIVILEGE_SET, Privilege);
    for (ULONG i = 0; i < header.PrivilegeCount; ++i, at += sizeof(LUID_AND_ATTRIBUTES)) {
        auto one = TRY(call.read(ke::UserIn<LUID_AND_ATTRIBUTES>(at)));
        if (!(token->content().privileges.enabled & se::Privileges::bit(one.Luid))) continue;
        ++held;
        one.Attributes |= SE_PRIVILEGE_USED_FOR_ACCESS;
        TRY(call.write(ke::UserOut<LUID_AND_ATTRIBUTES>(at), one));
    }
    bool all = header.Control & PRIVILEGE_SET_ALL_NECESSARY;
    bool passes = all ? held == header.PrivilegeCount : held > 0;
    return to_status(call.write(args.Result, static_cast<BOOLEAN>(passes)));
}
