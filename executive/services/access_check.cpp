// SPDX-License-Identifier: GPL-3.0-only
//
// NtAccessCheck and its relatives, NtPrivilegeCheck.
#include "executive/se/access_check.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

namespace {

using namespace base;
using se::Token;

constexpr ACCESS_MASK kGeneric = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL;

// What all of them are given, read.
struct Question {
    Ref<Token> token;
    Vector<uint8_t> descriptor;
    ob::GenericMapping mapping{};
    ACCESS_MASK desired = 0;
    bool has_self = false;
    Sid self;
    Vector<se::ObjectType> types;

    se::AccessRequest request() const {
        return {*token,      descriptor.span(), desired, mapping, has_self ? SidView(self) : SidView(),
                types.span()};
    }
};

Result<Ref<Token>> client_token(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    auto token = TRY(ob::resolve<Token>(call, handle, access));
    if (token->token_type() != TokenImpersonation) return fail(STATUS_NO_IMPERSONATION_TOKEN);
    if (token->content().level < SecurityIdentification) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
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

// What the checks by type are given beside the question, in slices.
ke::Task<NTSTATUS> read_rest(ke::Call& call, Question& question, PSID self, uint64_t list, ULONG count) {
    if (self) question.self = CO_TRY(services::read_sid(call, reinterpret_cast<uint64_t>(self)));
    question.has_self = self != nullptr;
    co_return co_await ke::in_slices(
        call.thread(), [&call, &question, list, count] { return read_types(call, question, list, count); });
}

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

// A slice of a check; true when it is decided.
bool step(se::AccessCheck& check) {
    ke::Slice slice;
    while (!check.step(1))
        if (slice.over()) return false;
    return true;
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
    NTSTATUS done = co_await ke::in_slices(call.thread(), [&check] { return Result<bool>(step(check)); });
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
    NTSTATUS done = co_await ke::in_slices(call.thread(), [&check] { return Result<bool>(step(check)); });
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
    constexpr ULONG kMost = 64;
    auto token = TRY(ob::resolve<Token>(call, args.ClientToken, args.ClientTokenAccess));
    if (token->token_type() == TokenImpersonation && token->content().level < SecurityIdentification)
        return STATUS_BAD_IMPERSONATION_LEVEL;
    if (args.RequiredPrivileges.null() || args.Result.null()) return STATUS_ACCESS_VIOLATION;
    auto header = TRY(call.read(ke::UserIn<PRIVILEGE_SET>(args.RequiredPrivileges.address())));
    if (header.PrivilegeCount > kMost) return STATUS_INVALID_PARAMETER;
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
