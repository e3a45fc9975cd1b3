// SPDX-License-Identifier: GPL-3.0-only
//
// NtQueryInformationToken.
#include "executive/ex/ex.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

// The session that the console belongs to, and the logon of the system.
constexpr ULONG kSession = 1;
constexpr LUID kSystemLogon = {0x3e7, 0};

Result<PSID> append_sid(ob::Answer& answer, const se::Sid& sid) {
    size_t offset = TRY(answer.append(sid.bytes().data(), sid.size()));
    return answer.user<void>(offset);
}

Result<void> append_user(ob::Answer& answer, const ex::Token& token) {
    size_t at = TRY(answer.append(TOKEN_USER{}));
    answer.put(at, TOKEN_USER{{TRY(append_sid(answer, token.content.user)), 0}});
    return {};
}

Result<void> append_groups(ob::Answer& answer, const ex::Token& token) {
    struct {
        ULONG count;
        SID_AND_ATTRIBUTES groups[se::Token::kGroups];
    } list = {se::Token::kGroups, {}};
    static_assert(offsetof(TOKEN_GROUPS, Groups) == sizeof(PVOID));
    size_t at = TRY(answer.append(list));
    for (size_t i = 0; i < se::Token::kGroups; ++i) {
        const se::Group& group = token.content.groups[i];
        list.groups[i] = {TRY(append_sid(answer, group.sid)), group.attributes};
    }
    answer.put(at, list);
    return {};
}

Result<void> append_privileges(ob::Answer& answer, const ex::Token& token) {
    ULONG count = 0;
    size_t at = TRY(answer.append(count));
    for (const se::Privilege& privilege : token.content.privileges) {
        if (privilege.attributes & SE_PRIVILEGE_REMOVED) continue;
        TRY(answer.append(LUID_AND_ATTRIBUTES{{privilege.number, 0}, privilege.attributes}));
        ++count;
    }
    answer.put(at, count);
    return {};
}

// TOKEN_OWNER, TOKEN_PRIMARY_GROUP: a pointer, then what it points to.
Result<void> append_one_sid(ob::Answer& answer, const se::Sid& sid) {
    size_t at = TRY(answer.append(PSID{}));
    answer.put(at, TRY(append_sid(answer, sid)));
    return {};
}

// Full control for the user, as new objects of this token would get it.
Result<void> append_default_dacl(ob::Answer& answer, const ex::Token& token) {
    const se::Sid& sid = token.content.user;
    size_t at = TRY(answer.append(TOKEN_DEFAULT_DACL{}));
    auto ace_size = static_cast<USHORT>(offsetof(ACCESS_ALLOWED_ACE, SidStart) + sid.size());
    size_t list = TRY(answer.append(ACL{ACL_REVISION, 0, static_cast<USHORT>(sizeof(ACL) + ace_size), 1, 0}));
    TRY(answer.append(ACE_HEADER{ACCESS_ALLOWED_ACE_TYPE, 0, ace_size}));
    TRY(answer.append(ACCESS_MASK{GENERIC_ALL}));
    TRY(append_sid(answer, sid));
    answer.put(at, TOKEN_DEFAULT_DACL{answer.user<ACL>(list)});
    return {};
}

Result<void> append_source(ob::Answer& answer, const ex::Token&) {
    TRY(answer.append(TOKEN_SOURCE{{'*', 'S', 'Y', 'S', 'T', 'E', 'M', '*'}, {}}));
    return {};
}

Result<void> append_statistics(ob::Answer& answer, const ex::Token& token) {
    TOKEN_STATISTICS statistics{};
    statistics.TokenId = token.id;
    statistics.AuthenticationId = kSystemLogon;
    statistics.ExpirationTime.QuadPart = INT64_MAX;
    statistics.TokenType = token.token_type();
    statistics.ImpersonationLevel = SecurityImpersonation;
    statistics.GroupCount = se::Token::kGroups;
    statistics.PrivilegeCount = se::Token::kPrivileges;
    statistics.ModifiedId = token.modified_id;
    TRY(answer.append(statistics));
    return {};
}

Result<void> append_integrity(ob::Answer& answer, const ex::Token&) {
    size_t at = TRY(answer.append(TOKEN_MANDATORY_LABEL{}));
    PSID sid = TRY(append_sid(answer, se::kSystemIntegrity));
    answer.put(at, TOKEN_MANDATORY_LABEL{{sid, SE_GROUP_INTEGRITY | SE_GROUP_INTEGRITY_ENABLED}});
    return {};
}

// Classes whose answer is one number.
Result<ULONG> number_of(const ex::Token& token, ULONG which) {
    constexpr ULONG kElevationDefault = 1;
    constexpr ULONG kNoWriteUp = 1;
    switch (which) {
        case TokenType:
            return token.token_type();
        case TokenImpersonationLevel:
            if (token.token_type() == TokenPrimary) return fail(STATUS_INVALID_PARAMETER);
            return SecurityImpersonation;
        case TokenSessionId:
            return kSession;
        case TokenElevationType:
            return kElevationDefault;
        case TokenElevation:
            return 1u;
        case TokenMandatoryPolicy:
            return kNoWriteUp;
        case TokenSandBoxInert:
        case TokenHasRestrictions:
        case TokenVirtualizationAllowed:
        case TokenVirtualizationEnabled:
        case TokenUIAccess:
        case TokenIsAppContainer:
        case TokenAppContainerNumber:
        case TokenRestrictedSids:  // a count of groups, none of which follow
        case TokenCapabilities:
            return 0u;
        default:
            return fail(STATUS_INVALID_INFO_CLASS);
    }
}

Result<void> append_information(ob::Answer& answer, const ex::Token& token, ULONG which) {
    switch (which) {
        case TokenUser:
            return append_user(answer, token);
        case TokenGroups:
            return append_groups(answer, token);
        case TokenPrivileges:
            return append_privileges(answer, token);
        case TokenOwner:
            return append_one_sid(answer, token.content.owner);
        case TokenPrimaryGroup:
            return append_one_sid(answer, token.content.primary_group);
        case TokenDefaultDacl:
            return append_default_dacl(answer, token);
        case TokenSource:
            return append_source(answer, token);
        case TokenStatistics:
            return append_statistics(answer, token);
        case TokenIntegrityLevel:
            return append_integrity(answer, token);
        case TokenAppContainerSid:
            TRY(answer.append(PSID{}));
            return {};
        default:
            TRY(answer.append(TRY(number_of(token, which))));
            return {};
    }
}

}  // namespace

NTSTATUS NtQueryInformationToken(ke::Call& call, const NtQueryInformationTokenArgs& args) {
    ULONG which = static_cast<ULONG>(args.TokenInformationClass);
    ACCESS_MASK access = which == TokenSource ? TOKEN_QUERY_SOURCE : TOKEN_QUERY;
    auto* token = TRY(ob::borrow<ex::Token>(call, args.TokenHandle, access));
    ob::Answer answer(args.TokenInformation);
    TRY(append_information(answer, *token, which));
    return answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}
