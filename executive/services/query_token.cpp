// SPDX-License-Identifier: GPL-3.0-only
//
// NtQueryInformationToken.
#include "executive/ob/ob.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"
#include "executive/services/token_information.hpp"

using namespace base;

namespace {

using se::Token;

Result<PSID> append_sid(ob::Answer& answer, const Sid& sid) {
    size_t offset = TRY(answer.append(sid.bytes().data(), sid.size()));
    return answer.user<void>(offset);
}

Sid label_of(ULONG integrity) {
    return Sid(16, {integrity});
}

// An array of SID_AND_ATTRIBUTES with the SIDs behind it; where it begins.
class SidList {
public:
    SidList(ob::Answer& answer, size_t count) : answer_(answer), count_(count) {}
    Result<void> begin() {
        at_ = TRY(answer_.reserve(count_ * sizeof(SID_AND_ATTRIBUTES)));
        return {};
    }
    Result<void> add(const Sid& sid, ULONG attributes) {
        SID_AND_ATTRIBUTES entry{TRY(append_sid(answer_, sid)), attributes};
        answer_.put(at_ + filled_++ * sizeof entry, entry);
        return {};
    }
    size_t at() const { return at_; }

private:
    ob::Answer& answer_;
    size_t count_;
    size_t at_ = 0;
    size_t filled_ = 0;
};

// A group and its label among them, as NT counts it.
size_t group_count(const Token& token) {
    return token.content().sids->size();
}

Result<void> add_groups(SidList& list, const Token& token) {
    const Token::Content& content = token.content();
    for (size_t i = 1; i < content.sids->size(); ++i)
        TRY(list.add((*content.sids)[i], content.attributes[i]));
    return list.add(label_of(content.integrity), SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED);
}

constexpr ULONG kRestricting = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;

size_t restricting_count(const Token& token) {
    return token.restricted() ? token.content().restricting->size() : 0;
}

Result<void> add_restricting(SidList& list, const Token& token) {
    for (size_t i = 0; i < restricting_count(token); ++i)
        TRY(list.add((*token.content().restricting)[i], kRestricting));
    return {};
}

Result<void> append_user(ob::Answer& answer, const Token& token) {
    size_t at = TRY(answer.append(TOKEN_USER{}));
    ULONG attributes = token.content().attributes[0] & SE_GROUP_USE_FOR_DENY_ONLY;
    answer.put(at, TOKEN_USER{{TRY(append_sid(answer, token.user())), attributes}});
    return {};
}

// TOKEN_GROUPS: a count, then the list.
template <typename Add>
Result<void> append_groups(ob::Answer& answer, const Token& token, size_t count, Add add) {
    static_assert(offsetof(TOKEN_GROUPS, Groups) == sizeof(PVOID));
    TRY(answer.append(uint64_t{count}));
    SidList list(answer, count);
    TRY(list.begin());
    return add(list, token);
}

Result<void> append_each_privilege(ob::Answer& answer, const Token& token) {
    const se::Privileges& privileges = token.content().privileges;
    for (ULONG number = 0; number <= se::Privileges::kMost; ++number)
        if (privileges.present & se::Privileges::bit(number))
            TRY(answer.append(LUID_AND_ATTRIBUTES{{number, 0}, privileges.attributes(number)}));
    return {};
}

Result<void> append_privileges(ob::Answer& answer, const Token& token) {
    TRY(answer.append(static_cast<ULONG>(token.content().privileges.count())));
    return append_each_privilege(answer, token);
}

Result<void> append_all(ob::Answer& answer, const Token& token) {
    const Token::Content& content = token.content();
    TOKEN_GROUPS_AND_PRIVILEGES all{};
    size_t at = TRY(answer.append(all));
    SidList sids(answer, 1 + group_count(token));
    size_t start = answer.size();
    TRY(sids.begin());
    TRY(sids.add(token.user(), content.attributes[0] & SE_GROUP_USE_FOR_DENY_ONLY));
    TRY(add_groups(sids, token));
    all.SidCount = static_cast<ULONG>(1 + group_count(token));
    all.SidLength = static_cast<ULONG>(answer.size() - start);
    all.Sids = answer.user<SID_AND_ATTRIBUTES>(sids.at());
    if (token.restricted()) {
        TRY(answer.align(sizeof(PVOID)));
        start = answer.size();
        SidList restricting(answer, restricting_count(token));
        TRY(restricting.begin());
        TRY(add_restricting(restricting, token));
        all.RestrictedSidCount = static_cast<ULONG>(restricting_count(token));
        all.RestrictedSidLength = static_cast<ULONG>(answer.size() - start);
        all.RestrictedSids = answer.user<SID_AND_ATTRIBUTES>(restricting.at());
    }
    TRY(answer.align(sizeof(ULONG)));
    start = answer.size();
    TRY(append_each_privilege(answer, token));
    all.PrivilegeCount = static_cast<ULONG>(content.privileges.count());
    all.PrivilegeLength = static_cast<ULONG>(answer.size() - start);
    if (all.PrivilegeCount) all.Privileges = answer.user<LUID_AND_ATTRIBUTES>(start);
    all.AuthenticationId = content.logon;
    answer.put(at, all);
    return {};
}

// TOKEN_OWNER, TOKEN_PRIMARY_GROUP: a pointer, then what it points to.
Result<void> append_one_sid(ob::Answer& answer, const Sid& sid) {
    size_t at = TRY(answer.append(PSID{}));
    answer.put(at, TRY(append_sid(answer, sid)));
    return {};
}

Result<void> append_default_dacl(ob::Answer& answer, const Token& token) {
    const Vector<uint8_t>& dacl = token.content().default_dacl;
    size_t at = TRY(answer.append(TOKEN_DEFAULT_DACL{}));
    if (dacl.empty()) return {};
    size_t list = TRY(answer.append(dacl.data(), dacl.size()));
    answer.put(at, TOKEN_DEFAULT_DACL{answer.user<ACL>(list)});
    return {};
}

Result<void> append_statistics(ob::Answer& answer, const Token& token) {
    const Token::Content& content = token.content();
    TOKEN_STATISTICS statistics{};
    statistics.TokenId = token.id();
    statistics.AuthenticationId = content.logon;
    statistics.ExpirationTime.QuadPart = content.expiration;
    statistics.TokenType = content.type;
    statistics.ImpersonationLevel = content.level;
    statistics.DynamicCharged = Token::kDynamic;
    statistics.DynamicAvailable = static_cast<ULONG>(Token::kDynamic - content.default_dacl.size());
    statistics.GroupCount = static_cast<ULONG>(group_count(token));
    statistics.PrivilegeCount = static_cast<ULONG>(content.privileges.count());
    statistics.ModifiedId = token.modified_id();
    TRY(answer.append(statistics));
    return {};
}

Result<void> append_integrity(ob::Answer& answer, const Token& token) {
    size_t at = TRY(answer.append(TOKEN_MANDATORY_LABEL{}));
    PSID sid = TRY(append_sid(answer, label_of(token.content().integrity)));
    answer.put(at, TOKEN_MANDATORY_LABEL{{sid, SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED}});
    return {};
}

// The SID of the logon session, which is one of the groups. STATUS_NOT_FOUND.
Result<void> append_logon_sid(ob::Answer& answer, const Token& token) {
    const Token::Content& content = token.content();
    for (size_t i = 1; i < content.sids->size(); ++i) {
        if ((content.attributes[i] & SE_GROUP_LOGON_ID) != SE_GROUP_LOGON_ID) continue;
        return append_groups(answer, token, 1, [&](SidList& list, const Token&) {
            return list.add((*content.sids)[i], content.attributes[i]);
        });
    }
    return fail(STATUS_NOT_FOUND);
}

// Elevated: High, or a member of Administrators for more than denying.
bool elevated(const Token& token) {
    return token.content().elevation != TokenElevationTypeLimited && token.grants_by(kAdministrators);
}

// Classes whose answer is one number of 32 bits.
Result<ULONG> number_of(const Token& token, ULONG which) {
    const Token::Content& content = token.content();
    switch (which) {
        case TokenType:
            return content.type;
        case TokenImpersonationLevel:
            if (content.type == TokenPrimary) return fail(STATUS_INVALID_INFO_CLASS);
            return content.level;
        case TokenSessionId:
            return content.session;
        case TokenElevationType:
            return content.elevation;
        case TokenElevation:
            return elevated(token);
        case TokenMandatoryPolicy:
            return content.mandatory_policy;
        case TokenSandBoxInert:
            return content.sandbox_inert;
        case TokenHasRestrictions:
            return content.filtered;
        case TokenIsRestricted:
            return token.restricted();
        case TokenVirtualizationAllowed:
            return content.virtualization_allowed;
        case TokenVirtualizationEnabled:
            return content.virtualization_enabled;
        case TokenUIAccess:
            return content.ui_access;
        case TokenIsAppContainer:
        case TokenAppContainerNumber:
            return 0u;
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
}

}  // namespace

Result<void> services::append_token_information(ob::Answer& answer, const Token& token, ULONG which) {
    auto none = [](SidList&, const Token&) { return Result<void>(); };
    switch (which) {
        case TokenUser:
            return append_user(answer, token);
        case TokenGroups:
            return append_groups(answer, token, group_count(token), add_groups);
        case TokenRestrictedSids:
            return append_groups(answer, token, restricting_count(token), add_restricting);
        case TokenCapabilities:
        case TokenDeviceGroups:
            return append_groups(answer, token, 0, none);
        case TokenPrivileges:
            return append_privileges(answer, token);
        case TokenGroupsAndPrivileges:
            return append_all(answer, token);
        case TokenOwner:
            return append_one_sid(answer, token.owner());
        case TokenPrimaryGroup:
            return append_one_sid(answer, token.primary_group());
        case TokenDefaultDacl:
            return append_default_dacl(answer, token);
        case TokenSource:
            TRY(answer.append(token.content().source));
            return {};
        case TokenStatistics:
            return append_statistics(answer, token);
        case TokenOrigin:
            TRY(answer.append(TOKEN_ORIGIN{token.content().origin}));
            return {};
        case TokenIntegrityLevel:
            return append_integrity(answer, token);
        case TokenLogonSid:
            return append_logon_sid(answer, token);
        case TokenAppContainerSid:
            TRY(answer.append(PSID{}));
            return {};
        default:
            TRY(answer.append(TRY(number_of(token, which))));
            return {};
    }
}

namespace {

// A handle to a copy of the other token of two: of a kind that can be used by those who may do everything,
// for the others one to look at. STATUS_NO_SUCH_LOGON_SESSION when there is none.
NTSTATUS give_linked(ke::Call& call, const NtQueryInformationTokenArgs& args, const Token& token) {
    if (args.TokenInformationLength < sizeof(TOKEN_LINKED_TOKEN)) {
        TRY(call.write(args.ReturnLength, sizeof(TOKEN_LINKED_TOKEN)));
        return STATUS_BUFFER_TOO_SMALL;
    }
    if (!token.content().linked) return STATUS_NO_SUCH_LOGON_SESSION;
    Token::Content content = TRY(token.content().linked->content().copy());
    if (!se::holds_privilege(call, SE_TCB_PRIVILEGE)) {
        content.type = TokenImpersonation;
        content.level = SecurityIdentification;
    }
    Ref<Token> copy = TRY(Token::create(std::move(content)));
    TRY(call.write(args.ReturnLength, sizeof(TOKEN_LINKED_TOKEN)));
    return to_status(ob::give_handle(call, ke::UserOut<HANDLE>(args.TokenInformation.address),
                                     std::move(copy), TOKEN_ALL_ACCESS, 0));
}

}  // namespace

NTSTATUS NtQueryInformationToken(ke::Call& call, const NtQueryInformationTokenArgs& args) {
    ULONG which = static_cast<ULONG>(args.TokenInformationClass);
    ACCESS_MASK access = which == TokenSource ? TOKEN_QUERY_SOURCE : TOKEN_QUERY;
    auto* token = TRY(ob::borrow<Token>(call, args.TokenHandle, access));
    if (which == TokenLinkedToken) return give_linked(call, args, *token);
    ob::Answer answer(args.TokenInformation);
    TRY(services::append_token_information(answer, *token, which));
    return answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}
