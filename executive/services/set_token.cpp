// SPDX-License-Identifier: GPL-3.0-only
//
// What a token says, changed: NtSetInformationToken, NtAdjustGroupsToken.
#include <string.h>

#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

namespace {

using namespace base;
using se::Token;

struct Change {
    ke::Call& call;
    Token& token;
    const NtSetInformationTokenArgs& args;

    // The structure of the class, which is what the caller has to give.
    template <typename T>
    Result<T> read() const {
        if (args.TokenInformationLength < sizeof(T)) return fail(STATUS_INFO_LENGTH_MISMATCH);
        return call.read(ke::UserIn<T>(args.TokenInformation.address));
    }
    Result<void> need(ULONG privilege) const {
        if (!se::holds_privilege(call, privilege)) return fail(STATUS_PRIVILEGE_NOT_HELD);
        return {};
    }
};

Result<void> set_owner(const Change& change) {
    auto given = TRY(change.read<TOKEN_OWNER>());
    Sid sid = TRY(services::read_sid(change.call, reinterpret_cast<uint64_t>(given.Owner)));
    if (!change.token.may_give_owner(sid)) return fail(STATUS_INVALID_OWNER);
    change.token.change().owner = change.token.content().sids->find(sid);
    return {};
}

Result<void> set_primary_group(const Change& change) {
    auto given = TRY(change.read<TOKEN_PRIMARY_GROUP>());
    Sid sid = TRY(services::read_sid(change.call, reinterpret_cast<uint64_t>(given.PrimaryGroup)));
    uint32_t place = change.token.content().sids->find(sid);
    if (place == se::SidSet::kNone) return fail(STATUS_INVALID_PRIMARY_GROUP);
    change.token.change().primary_group = place;
    return {};
}

Result<void> set_default_dacl(const Change& change) {
    auto given = TRY(change.read<TOKEN_DEFAULT_DACL>());
    Vector<uint8_t> dacl = TRY(se::capture_acl(change.call, reinterpret_cast<uint64_t>(given.DefaultDacl)));
    if (dacl.size() > Token::kDynamic) return fail(STATUS_ALLOTTED_SPACE_EXCEEDED);
    change.token.change().default_dacl = std::move(dacl);
    return {};
}

Result<void> set_integrity(const Change& change) {
    auto given = TRY(change.read<TOKEN_MANDATORY_LABEL>());
    Sid sid = TRY(services::read_sid(change.call, reinterpret_cast<uint64_t>(given.Label.Sid)));
    if (!(sid == Sid(16, {sid.last_part()}))) return fail(STATUS_INVALID_LABEL);
    // Lower whenever one likes.
    if (sid.last_part() > change.token.content().integrity) TRY(change.need(SE_TCB_PRIVILEGE));
    change.token.change().integrity = sid.last_part();
    return {};
}

Result<void> set_session(const Change& change) {
    ULONG session = TRY(change.read<ULONG>());
    TRY(change.need(SE_TCB_PRIVILEGE));
    change.token.change().session = session;
    return {};
}

// Once.
Result<void> set_origin(const Change& change) {
    auto given = TRY(change.read<TOKEN_ORIGIN>());
    TRY(change.need(SE_TCB_PRIVILEGE));
    const LUID& origin = change.token.content().origin;
    if (origin.LowPart || origin.HighPart) return fail(STATUS_INVALID_PARAMETER);
    change.token.change().origin = given.OriginatingLogonSession;
    return {};
}

// A copy of the other as it is now: so that two which are linked to each other hold no circle.
Result<void> set_linked(const Change& change) {
    auto given = TRY(change.read<TOKEN_LINKED_TOKEN>());
    TRY(change.need(SE_TCB_PRIVILEGE));
    auto other = TRY(ob::resolve<Token>(change.call, given.LinkedToken, TOKEN_DUPLICATE));
    Token::Content content = TRY(other->content().copy());
    content.linked.reset();
    Ref<Token> copy = TRY(Token::create(std::move(content)));
    change.token.change().linked = std::move(copy);
    return {};
}

Result<void> set_policy(const Change& change) {
    auto given = TRY(change.read<TOKEN_MANDATORY_POLICY>());
    if (given.Policy & ~ULONG{TOKEN_MANDATORY_POLICY_VALID_MASK}) return fail(STATUS_INVALID_PARAMETER);
    TRY(change.need(SE_TCB_PRIVILEGE));
    change.token.change().mandatory_policy = given.Policy;
    return {};
}

Result<void> set_flag(const Change& change, bool Token::Content::* flag, bool privileged) {
    ULONG value = TRY(change.read<ULONG>());
    if (value > 1) return fail(STATUS_INVALID_PARAMETER);
    if (privileged) TRY(change.need(SE_TCB_PRIVILEGE));
    if (flag == &Token::Content::virtualization_enabled && !change.token.content().virtualization_allowed)
        return fail(STATUS_INVALID_PARAMETER);
    change.token.change().*flag = value != 0;
    return {};
}

Result<void> apply(const Change& change) {
    switch (static_cast<ULONG>(change.args.TokenInformationClass)) {
        case TokenOwner:
            return set_owner(change);
        case TokenPrimaryGroup:
            return set_primary_group(change);
        case TokenDefaultDacl:
            return set_default_dacl(change);
        case TokenSessionId:
            return set_session(change);
        case TokenOrigin:
            return set_origin(change);
        case TokenLinkedToken:
            return set_linked(change);
        case TokenIntegrityLevel:
            return set_integrity(change);
        case TokenMandatoryPolicy:
            return set_policy(change);
        case TokenVirtualizationAllowed:
            return set_flag(change, &Token::Content::virtualization_allowed, true);
        case TokenVirtualizationEnabled:
            return set_flag(change, &Token::Content::virtualization_enabled, false);
        case TokenUIAccess:
            return set_flag(change, &Token::Content::ui_access, true);
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
}

// What the state of a group is to be.
Result<ULONG> adjusted(ULONG attributes, bool enable) {
    if ((attributes & SE_GROUP_MANDATORY) && !enable) return fail(STATUS_CANT_DISABLE_MANDATORY);
    if ((attributes & SE_GROUP_USE_FOR_DENY_ONLY) && enable) return fail(STATUS_CANT_ENABLE_DENY_ONLY);
    return enable ? attributes | SE_GROUP_ENABLED : attributes & ~ULONG{SE_GROUP_ENABLED};
}

// Attributes as they will be. STATUS_NOT_ALL_ASSIGNED is data: some were not groups of the token.
struct Adjustment {
    Vector<ULONG> attributes;
    bool all = true;
};

Result<Adjustment> adjust(ke::Call& call, const NtAdjustGroupsTokenArgs& args, const Token& token) {
    const Token::Content& content = token.content();
    Adjustment next;
    TRY(next.attributes.append(content.attributes.span()));
    if (args.ResetToDefault) {
        for (size_t i = 1; i < next.attributes.size(); ++i) {
            ULONG& state = next.attributes[i];
            if (state & (SE_GROUP_MANDATORY | SE_GROUP_USE_FOR_DENY_ONLY)) continue;
            state = TRY(adjusted(state, state & SE_GROUP_ENABLED_BY_DEFAULT));
        }
        return next;
    }
    if (args.NewState.null()) return fail(STATUS_INVALID_PARAMETER);
    auto lists = TRY(services::GroupLists::read(call, args.NewState.address()));
    for (const services::ListedSid& listed : lists->first()) {
        uint32_t place = content.sids->find(listed.sid);
        if (place == 0 || place == se::SidSet::kNone) {
            next.all = false;
            continue;
        }
        ULONG& state = next.attributes[place];
        state = TRY(adjusted(state, listed.attributes & SE_GROUP_ENABLED));
    }
    return next;
}

// TOKEN_GROUPS: those that change, as they are before.
Result<void> append_previous(ob::Answer& answer, const Token& token, const Adjustment& next) {
    const Token::Content& content = token.content();
    uint64_t count = 0;
    for (size_t i = 0; i < next.attributes.size(); ++i)
        count += next.attributes[i] != content.attributes[i];
    TRY(answer.append(count));
    size_t at = TRY(answer.reserve(count * sizeof(SID_AND_ATTRIBUTES)));
    for (size_t i = 0; i < next.attributes.size(); ++i) {
        if (next.attributes[i] == content.attributes[i]) continue;
        const Sid& sid = (*content.sids)[i];
        size_t place = TRY(answer.append(sid.bytes().data(), sid.size()));
        answer.put(at, SID_AND_ATTRIBUTES{answer.user<void>(place), content.attributes[i]});
        at += sizeof(SID_AND_ATTRIBUTES);
    }
    return {};
}

}  // namespace

NTSTATUS NtSetInformationToken(ke::Call& call, const NtSetInformationTokenArgs& args) {
    bool session = static_cast<ULONG>(args.TokenInformationClass) == TokenSessionId;
    ACCESS_MASK access = TOKEN_ADJUST_DEFAULT | (session ? TOKEN_ADJUST_SESSIONID : 0);
    auto token = TRY(ob::resolve<Token>(call, args.TokenHandle, access));
    return to_status(apply({call, *token, args}));
}

NTSTATUS NtAdjustGroupsToken(ke::Call& call, const NtAdjustGroupsTokenArgs& args) {
    ACCESS_MASK access = args.TokenHandleAccess | (args.PreviousState.null() ? 0 : TOKEN_QUERY);
    auto token = TRY(ob::resolve<Token>(call, args.TokenHandle, access));
    Adjustment next = TRY(adjust(call, args, *token));
    if (!args.PreviousState.null()) {
        ob::Answer answer(args.PreviousState);
        TRY(append_previous(answer, *token, next));
        NTSTATUS status = answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
        if (status != STATUS_SUCCESS) return status;
    }
    token->change().attributes = std::move(next.attributes);
    return next.all ? STATUS_SUCCESS : STATUS_NOT_ALL_ASSIGNED;
}
