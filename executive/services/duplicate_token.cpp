// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens made of tokens: copies, filtered ones; and whether two say the same.
#include "executive/ke/in_slices.hpp"
#include "executive/ob/ob.hpp"
#include "executive/services.hpp"
#include "executive/services/token_arguments.hpp"

namespace {

using namespace base;
using se::Token;

// Without the groups and privileges that are disabled.
Result<void> keep_effective(Token::Content& content) {
    constexpr ULONG kKept = SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY;
    Ref<se::SidSet> sids = TRY(se::SidSet::create());
    Vector<ULONG> attributes;
    uint32_t owner = 0, primary_group = 0;
    for (size_t i = 0; i < content.sids->size(); ++i) {
        if (i > 0 && !(content.attributes[i] & kKept)) continue;
        uint32_t place = TRY(sids->add((*content.sids)[i]));
        TRY(attributes.push_back(content.attributes[i]));
        if (i == content.owner) owner = place;
        if (i == content.primary_group) primary_group = place;
    }
    content.sids = std::move(sids);
    content.attributes = std::move(attributes);
    content.owner = owner;
    content.primary_group = primary_group;
    content.privileges.remove(content.privileges.present & ~content.privileges.enabled);
    return {};
}

Result<void> set_kind(Token::Content& content, const Token& existing, TOKEN_TYPE type,
                      const services::Quality& quality) {
    const Token::Content& old = existing.content();
    bool impersonates = old.type == TokenImpersonation;
    if (type == TokenPrimary) {
        if (impersonates && old.level < SecurityImpersonation) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
        content.type = TokenPrimary;
        content.level = SecurityAnonymous;
        return {};
    }
    SECURITY_IMPERSONATION_LEVEL level = quality.given  ? quality.level
                                         : impersonates ? old.level
                                                        : SecurityImpersonation;
    if (impersonates && level > old.level) return fail(STATUS_BAD_IMPERSONATION_LEVEL);
    content.type = TokenImpersonation;
    content.level = level;
    return {};
}

// What NtFilterToken leaves to one who is no administrator any more.
constexpr uint64_t kOrdinary =
    se::Privileges::bits({SE_CHANGE_NOTIFY_PRIVILEGE, SE_SHUTDOWN_PRIVILEGE, SE_UNDOCK_PRIVILEGE,
                          SE_INC_WORKING_SET_PRIVILEGE, SE_TIME_ZONE_PRIVILEGE});

void deny_only(Token::Content& content, SidView sid) {
    uint32_t place = content.sids->find(sid);
    if (place == se::SidSet::kNone) return;
    ULONG& attributes = content.attributes[place];
    attributes &= ~ULONG{SE_GROUP_ENABLED | SE_GROUP_ENABLED_BY_DEFAULT};
    attributes |= SE_GROUP_USE_FOR_DENY_ONLY;
    if (content.owner == place) content.owner = 0;
}

bool any_attributes(const Vector<services::ListedSid>& list) {
    for (const services::ListedSid& listed : list)
        if (listed.attributes) return true;
    return false;
}

// What the lists of NtFilterToken do to a token's content, in slices.
class ListFilter {
public:
    ListFilter(Token::Content& content, const services::GroupLists& lists)
        : content_(content), disable_(lists.first().span()), restricting_(lists.second().span()) {}
    // More than this turn has time for, beside the reading of them.
    bool long_lists() const { return disable_.size() + restricting_.size() > 16; }
    // True when nothing is left.
    Result<bool> slice() {
        if (!restricting_.empty() && !wanted_) wanted_ = TRY(se::SidSet::create());
        for (ke::Slice slice; at_ < disable_.size() + restricting_.size(); ++at_) {
            if (slice.over()) return false;
            if (at_ < disable_.size())
                deny_only(content_, disable_[at_].sid);
            else
                TRY(restrict_to(restricting_[at_ - disable_.size()].sid));
        }
        if (wanted_) content_.restricting = std::move(wanted_);
        return true;
    }

private:
    // A token that has restricting SIDs already keeps those that are asked for again.
    Result<void> restrict_to(SidView sid) {
        if (!content_.restricting || content_.restricting->has(sid)) TRY(wanted_->add(sid));
        return {};
    }

    Token::Content& content_;
    std::span<const services::ListedSid> disable_, restricting_;
    Ref<se::SidSet> wanted_;
    size_t at_ = 0;
};

// All but what the lists say.
void filter(Token::Content& content, ULONG flags, const Vector<services::ListedPrivilege>& privileges,
            bool restricts) {
    for (const services::ListedPrivilege& listed : privileges)
        content.privileges.remove(listed.bit);
    if (flags & DISABLE_MAX_PRIVILEGE)
        content.privileges.remove(~se::Privileges::bit(SE_CHANGE_NOTIFY_PRIVILEGE));
    if (flags & LUA_TOKEN) {
        deny_only(content, kAdministrators);
        content.privileges.remove(~kOrdinary);
    }
    if (flags & SANDBOX_INERT) content.sandbox_inert = true;
    // One that is restricted altogether does not become less so.
    if (!content.restricting && restricts) content.write_restricted = flags & WRITE_RESTRICTED;
    if (content.restricting && restricts && !(flags & WRITE_RESTRICTED)) content.write_restricted = false;
    content.filtered = true;
}

bool same_sids(const Token& one, const Token& other) {
    constexpr ULONG kCounts = SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY;
    const Token::Content &left = one.content(), &right = other.content();
    if (left.sids->size() != right.sids->size() || !(one.user() == other.user())) return false;
    for (size_t i = 0; i < left.sids->size(); ++i) {
        uint32_t place = right.sids->find((*left.sids)[i]);
        if (place == se::SidSet::kNone || ((left.attributes[i] ^ right.attributes[place]) & kCounts))
            return false;
    }
    return true;
}

bool same_restrictions(const Token& one, const Token& other) {
    const Token::Content &left = one.content(), &right = other.content();
    if (one.restricted() != other.restricted()) return false;
    if (!one.restricted()) return true;
    if (left.write_restricted != right.write_restricted) return false;
    if (left.restricting->size() != right.restricting->size()) return false;
    for (size_t i = 0; i < left.restricting->size(); ++i)
        if (!right.restricting->has((*left.restricting)[i])) return false;
    return true;
}

}  // namespace

NTSTATUS NtDuplicateToken(ke::Call& call, const NtDuplicateTokenArgs& args) {
    ob::Resolved resolved =
        TRY(ob::resolve_typed(call, args.ExistingTokenHandle, args.ExistingTokenHandleAccess, Token::kType));
    auto& existing = static_cast<Token&>(*resolved.object);
    if (args.TokenType != TokenPrimary && args.TokenType != TokenImpersonation)
        return STATUS_INVALID_PARAMETER;
    auto attributes = TRY(services::capture_token_attributes(call, args.ObjectAttributes));
    services::Quality quality;
    if (!args.ObjectAttributes.null()) {
        OBJECT_ATTRIBUTES given = TRY(call.read(args.ObjectAttributes));
        quality =
            TRY(services::read_quality(call, reinterpret_cast<uint64_t>(given.SecurityQualityOfService)));
    }
    Token::Content content = TRY(existing.content().copy());
    TRY(set_kind(content, existing, args.TokenType, quality));
    if (args.EffectiveOnly || quality.effective_only) TRY(keep_effective(content));
    Ref<Token> made = TRY(Token::create(std::move(content)));
    // Nothing asked for: as much as the handle to the existing one.
    ACCESS_MASK desired = args.DesiredAccess ? args.DesiredAccess : resolved.granted;
    return TRY(ob::create_handle(call, attributes, std::move(made), desired, args.NewTokenHandle));
}

ke::Task<NTSTATUS> NtFilterToken(ke::Call& call, NtFilterTokenArgs args) {
    constexpr ULONG kKnown = DISABLE_MAX_PRIVILEGE | SANDBOX_INERT | LUA_TOKEN | WRITE_RESTRICTED;
    if (args.Flags & ~kKnown) co_return STATUS_INVALID_PARAMETER;
    ob::Resolved resolved = CO_TRY(
        ob::resolve_typed(call, args.ExistingTokenHandle, args.ExistingTokenHandleAccess, Token::kType));
    auto lists =
        CO_TRY(services::GroupLists::read(call, args.SidsToDisable.address(), args.RestrictedSids.address()));
    auto privileges = CO_TRY(services::read_privileges(call, args.PrivilegesToDelete.address()));
    if (any_attributes(lists->first()) || any_attributes(lists->second())) co_return STATUS_INVALID_PARAMETER;
    const auto& existing = static_cast<const Token&>(*resolved.object);
    Token::Content content = CO_TRY(existing.content().copy());
    content.parent = existing.id();
    filter(content, args.Flags, privileges, !lists->second().empty());
    ListFilter filtering(content, *lists);
    if (filtering.long_lists()) CO_TRY(lists->charge(call));
    NTSTATUS done = co_await ke::in_slices(
        call.thread(), [&filtering] { return filtering.slice(); },
        filtering.long_lists() ? ke::FirstSlice::Paced : ke::FirstSlice::AtOnce);
    if (done != STATUS_SUCCESS) co_return done;
    Ref<Token> made = CO_TRY(Token::create(std::move(content)));
    co_return to_status(ob::open_handle(call, args.NewTokenHandle, std::move(made), resolved.granted, 0));
}

NTSTATUS NtCompareTokens(ke::Call& call, const NtCompareTokensArgs& args) {
    auto first = TRY(ob::resolve<Token>(call, args.FirstTokenHandle, args.FirstTokenHandleAccess));
    auto second = TRY(ob::resolve<Token>(call, args.SecondTokenHandle, args.SecondTokenHandleAccess));
    const se::Privileges &one = first->content().privileges, &other = second->content().privileges;
    bool equal = one.present == other.present && one.enabled == other.enabled && same_sids(*first, *second) &&
                 same_restrictions(*first, *second);
    if (args.Equal.null()) return STATUS_ACCESS_VIOLATION;
    return to_status(call.write(args.Equal, static_cast<BOOLEAN>(equal)));
}
