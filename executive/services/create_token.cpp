// SPDX-License-Identifier: GPL-3.0-only
//
// NtCreateToken: a token out of nothing, for who logs users on.
#include "executive/ob/ob.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

namespace {

using namespace base;
using se::Token;

Result<void> add_groups(ke::Call& call, const NtCreateTokenArgs& args, Token::Content& content) {
    auto groups = TRY(services::GroupLists::read(call, args.Groups.address()));
    for (const services::ListedSid& group : groups->first()) {
        if (group.attributes & SE_GROUP_INTEGRITY) {
            if (!(group.sid == Sid(16, {group.sid.last_part()}))) return fail(STATUS_INVALID_LABEL);
            content.integrity = group.sid.last_part();
            continue;
        }
        size_t before = content.sids->size();
        TRY(content.sids->add(group.sid));
        // The first of two that are the same counts.
        if (content.sids->size() > before) TRY(content.attributes.push_back(group.attributes));
    }
    return {};
}

Result<void> add_privileges(ke::Call& call, const NtCreateTokenArgs& args, Token::Content& content) {
    se::Privileges& all = content.privileges;
    for (const services::ListedPrivilege& one :
         TRY(services::read_privileges(call, args.Privileges.address()))) {
        all.present |= one.bit;
        if (one.attributes & SE_PRIVILEGE_ENABLED) all.enabled |= one.bit;
        if (one.attributes & SE_PRIVILEGE_ENABLED_BY_DEFAULT) all.by_default |= one.bit;
    }
    return {};
}

// Who owns what the token's holder makes. REQUIRES: the groups are there.
Result<void> set_defaults(ke::Call& call, const NtCreateTokenArgs& args, Token::Content& content) {
    auto group = TRY(call.read(args.PrimaryGroup));
    Sid primary = TRY(services::read_sid(call, reinterpret_cast<uint64_t>(group.PrimaryGroup)));
    content.primary_group = content.sids->find(primary);
    if (content.primary_group == se::SidSet::kNone) return fail(STATUS_INVALID_PRIMARY_GROUP);
    if (!args.Owner.null()) {
        auto owner = TRY(call.read(args.Owner));
        content.owner =
            content.sids->find(TRY(services::read_sid(call, reinterpret_cast<uint64_t>(owner.Owner))));
        constexpr ULONG kMayOwn = SE_GROUP_OWNER | SE_GROUP_ENABLED;
        bool may = content.owner == 0 || (content.owner != se::SidSet::kNone &&
                                          (content.attributes[content.owner] & kMayOwn) == kMayOwn);
        if (!may) return fail(STATUS_INVALID_OWNER);
    }
    if (args.DefaultDacl.null()) return {};
    auto dacl = TRY(call.read(args.DefaultDacl));
    content.default_dacl = TRY(se::capture_acl(call, reinterpret_cast<uint64_t>(dacl.DefaultDacl)));
    if (content.default_dacl.size() > Token::kDynamic) return fail(STATUS_ALLOTTED_SPACE_EXCEEDED);
    return {};
}

Result<Token::Content> read_content(ke::Call& call, const NtCreateTokenArgs& args,
                                    const services::Quality& quality) {
    Token::Content content;
    content.integrity = SECURITY_MANDATORY_MEDIUM_RID;
    content.sids = TRY(se::SidSet::create());
    auto user = TRY(call.read(args.User));
    TRY(content.sids->add(TRY(services::read_sid(call, reinterpret_cast<uint64_t>(user.User.Sid)))));
    TRY(content.attributes.push_back(user.User.Attributes | SE_GROUP_ENABLED));
    TRY(add_groups(call, args, content));
    TRY(add_privileges(call, args, content));
    TRY(set_defaults(call, args, content));
    content.logon = TRY(call.read(args.AuthenticationId));
    content.expiration = TRY(call.read(args.ExpirationTime)).QuadPart;
    content.source = TRY(call.read(args.Source));
    content.session = call.client().token().content().session;
    content.type = args.TokenType;
    if (content.type == TokenImpersonation) content.level = quality.level;
    return content;
}

}  // namespace

NTSTATUS NtCreateToken(ke::Call& call, const NtCreateTokenArgs& args) {
    if (args.TokenType != TokenPrimary && args.TokenType != TokenImpersonation) return STATUS_BAD_TOKEN_TYPE;
    if (!se::holds_privilege(call, SE_CREATE_TOKEN_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
    auto attributes = TRY(services::capture_token_attributes(call, args.ObjectAttributes));
    services::Quality quality;
    if (!args.ObjectAttributes.null()) {
        OBJECT_ATTRIBUTES given = TRY(call.read(args.ObjectAttributes));
        quality =
            TRY(services::read_quality(call, reinterpret_cast<uint64_t>(given.SecurityQualityOfService)));
    }
    Ref<Token> made = TRY(Token::create(TRY(read_content(call, args, quality))));
    return TRY(ob::create_handle(call, attributes, std::move(made), args.DesiredAccess, args.TokenHandle));
}
