// SPDX-License-Identifier: GPL-3.0-only
//
// The calls by which a protected server asks what its client may and has it written down, or has only that
// written down. There is no log to write into yet, so nothing is: GenerateOnClose is always FALSE. All else
// is as it will be: whoever may not write into it is told so, and arguments are read.
#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/access_question.hpp"

namespace {

using namespace base;
using se::Token;
using services::Question;

// The server's own right, whomever it acts as.
Result<void> check_auditor(ke::Call& call) {
    bool holds = call.client().token().content().privileges.holds(SE_AUDIT_PRIVILEGE);
    return holds ? Result<void>() : fail(STATUS_PRIVILEGE_NOT_HELD);
}

Result<Ref<Token>> impersonated(ke::Call& call) {
    Token* token = static_cast<Token*>(call.thread().impersonation());
    if (!token) return fail(STATUS_NO_IMPERSONATION_TOKEN);
    TRY(services::check_client_token(*token));
    return Ref<Token>(token);
}

Result<Ref<Token>> audited_token(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    auto token = TRY(ob::resolve<Token>(call, handle, access));
    if (token->token_type() == TokenImpersonation && token->content().level < SecurityIdentification)
        return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    return token;
}

Result<void> read_names(ke::Call& call, std::initializer_list<ke::UserIn<UNICODE_STRING>> names) {
    for (ke::UserIn<UNICODE_STRING> name : names)
        TRY(call.capture_string(name));
    return {};
}

// A PRIVILEGE_SET that is told of.
Result<void> read_privilege_set(ke::Call& call, uint64_t address) {
    auto header = TRY(call.read(ke::UserIn<PRIVILEGE_SET>(address)));
    if (header.PrivilegeCount > services::kMostPrivileges) return fail(STATUS_INVALID_PARAMETER);
    ke::UserIn<LUID_AND_ATTRIBUTES> list(address + offsetof(PRIVILEGE_SET, Privilege));
    for (ULONG i = 0; i < header.PrivilegeCount; ++i)
        TRY(call.read(list, i));
    return {};
}

// Where the answers go: `count` of them, of which only a result list has more than one.
struct Answers {
    ke::UserOut<ACCESS_MASK> granted;
    ke::UserOut<NTSTATUS> status;
    ke::UserOut<BOOLEAN> on_close;
    ULONG count;
};

Result<void> give(ke::Call& call, const Answers& to, const se::AccessCheck& check) {
    if (to.granted.null() || to.status.null() || to.on_close.null()) return fail(STATUS_ACCESS_VIOLATION);
    for (ULONG i = 0; i < to.count; ++i) {
        se::AccessAnswer answer = check.answer(i);
        uint64_t granted = to.granted.address() + i * sizeof(ACCESS_MASK);
        uint64_t status = to.status.address() + i * sizeof(NTSTATUS);
        ACCESS_MASK given = to.count == 1 && answer.status != STATUS_SUCCESS ? 0 : answer.granted;
        TRY(call.write(ke::UserOut<ACCESS_MASK>(granted), given));
        TRY(call.write(ke::UserOut<NTSTATUS>(status), answer.status));
    }
    return call.write(to.on_close, BOOLEAN{FALSE});
}

ke::Task<NTSTATUS> answer(ke::Call& call, const Question& question, const Answers& to) {
    se::AccessCheck check(question.request());
    CO_TRY(check.begin());
    NTSTATUS done = co_await services::decide(call, check);
    if (done != STATUS_SUCCESS) co_return done;
    co_return to_status(give(call, to, check));
}

// The three by type are given the same.
template <typename Args>
ke::Task<NTSTATUS> by_type(ke::Call& call, const Args& args, Ref<Token> token, bool result_list) {
    if (args.AuditType > AuditEventDirectoryServiceAccess) co_return STATUS_INVALID_PARAMETER;
    if (result_list && args.ObjectTypeListLength == 0) co_return STATUS_INVALID_PARAMETER;
    // Who asks for it is answered all the same, and nothing would be written down.
    if (!(args.Flags & AUDIT_ALLOW_NO_PRIVILEGE)) CO_TRY(check_auditor(call));
    CO_TRY(read_names(call, {args.SubsystemName, args.ObjectTypeName, args.ObjectName}));
    Question question = CO_TRY(services::read_question(call, std::move(token), args.SecurityDescriptor,
                                                       args.DesiredAccess, args.GenericMapping));
    NTSTATUS read = co_await services::read_rest(call, question, args.PrincipalSelfSid,
                                                 args.ObjectTypeList.address(), args.ObjectTypeListLength);
    if (read != STATUS_SUCCESS) co_return read;
    Answers to = {args.GrantedAccess, args.AccessStatus, args.GenerateOnClose,
                  result_list ? args.ObjectTypeListLength : 1};
    co_return co_await answer(call, question, to);
}

}  // namespace

NTSTATUS NtAccessCheckAndAuditAlarm(ke::Call& call, const NtAccessCheckAndAuditAlarmArgs& args) {
    Ref<Token> token = TRY(impersonated(call));
    TRY(check_auditor(call));
    TRY(read_names(call, {args.SubsystemName, args.ObjectTypeName, args.ObjectName}));
    Question question = TRY(services::read_question(call, std::move(token), args.SecurityDescriptor,
                                                    args.DesiredAccess, args.GenericMapping));
    se::AccessCheck check(question.request());
    TRY(check.begin());
    while (!check.step(se::kMostEntries)) {
    }
    return to_status(give(call, {args.GrantedAccess, args.AccessStatus, args.GenerateOnClose, 1}, check));
}

ke::Task<NTSTATUS> NtAccessCheckByTypeAndAuditAlarm(ke::Call& call,
                                                    NtAccessCheckByTypeAndAuditAlarmArgs args) {
    Ref<Token> token = CO_TRY(impersonated(call));
    co_return co_await by_type(call, args, std::move(token), false);
}

ke::Task<NTSTATUS> NtAccessCheckByTypeResultListAndAuditAlarm(
    ke::Call& call, NtAccessCheckByTypeResultListAndAuditAlarmArgs args) {
    Ref<Token> token = CO_TRY(impersonated(call));
    co_return co_await by_type(call, args, std::move(token), true);
}

ke::Task<NTSTATUS> NtAccessCheckByTypeResultListAndAuditAlarmByHandle(
    ke::Call& call, NtAccessCheckByTypeResultListAndAuditAlarmByHandleArgs args) {
    Ref<Token> token = CO_TRY(services::client_token(call, args.ClientToken, args.ClientTokenAccess));
    co_return co_await by_type(call, args, std::move(token), true);
}

NTSTATUS NtOpenObjectAuditAlarm(ke::Call& call, const NtOpenObjectAuditAlarmArgs& args) {
    TRY(audited_token(call, args.ClientToken, args.ClientTokenAccess));
    TRY(check_auditor(call));
    TRY(read_names(call, {args.SubsystemName, args.ObjectTypeName, args.ObjectName}));
    if (args.SecurityDescriptor)
        TRY(se::capture_descriptor(call, reinterpret_cast<uint64_t>(args.SecurityDescriptor)));
    if (!args.Privileges.null()) TRY(read_privilege_set(call, args.Privileges.address()));
    if (args.GenerateOnClose.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.GenerateOnClose, BOOLEAN{FALSE}));
}

NTSTATUS NtCloseObjectAuditAlarm(ke::Call& call, const NtCloseObjectAuditAlarmArgs& args) {
    // Nothing was to be written down, so nobody has to be allowed to.
    if (!args.GenerateOnClose) return STATUS_SUCCESS;
    TRY(check_auditor(call));
    return to_status(read_names(call, {args.SubsystemName}));
}

NTSTATUS NtDeleteObjectAuditAlarm(ke::Call& call, const NtDeleteObjectAuditAlarmArgs& args) {
    if (!args.GenerateOnClose) return STATUS_SUCCESS;
    TRY(check_auditor(call));
    return to_status(read_names(call, {args.SubsystemName}));
}

NTSTATUS NtPrivilegeObjectAuditAlarm(ke::Call& call, const NtPrivilegeObjectAuditAlarmArgs& args) {
    TRY(audited_token(call, args.ClientToken, args.ClientTokenAccess));
    TRY(check_auditor(call));
    TRY(read_names(call, {args.SubsystemName}));
    return to_status(read_privilege_set(call, args.Privileges.address()));
}

NTSTATUS NtPrivilegedServiceAuditAlarm(ke::Call& call, const NtPrivilegedServiceAuditAlarmArgs& args) {
    TRY(audited_token(call, args.ClientToken, args.ClientTokenAccess));
    TRY(check_auditor(call));
    TRY(read_names(call, {args.SubsystemName, args.ServiceName}));
    return to_status(read_privilege_set(call, args.Privileges.address()));
}
