// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/token.hpp"

#include "executive/ke/call.hpp"
#include "executive/se/default_descriptor.hpp"

namespace se {

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

Result<Token::Content> Token::Content::copy() const {
    Content copy;
    copy.sids = sids;
    TRY(copy.attributes.append(attributes.span()));
    copy.restricting = restricting;
    copy.privileges = privileges;
    TRY(copy.default_dacl.append(default_dacl.span()));
    copy.owner = owner;
    copy.primary_group = primary_group;
    copy.integrity = integrity;
    copy.mandatory_policy = mandatory_policy;
    copy.session = session;
    copy.logon = logon;
    copy.origin = origin;
    copy.source = source;
    copy.expiration = expiration;
    copy.type = type;
    copy.level = level;
    copy.elevation = elevation;
    copy.write_restricted = write_restricted;
    copy.sandbox_inert = sandbox_inert;
    copy.filtered = filtered;
    copy.virtualization_allowed = virtualization_allowed;
    copy.virtualization_enabled = virtualization_enabled;
    copy.ui_access = ui_access;
    copy.linked = linked;
    copy.parent = parent;
    return copy;
}

size_t Token::Content::bytes() const {
    return sizeof(Token) + kDynamic + attributes.size() * sizeof(ULONG) + sids->bytes() +
           (restricting ? restricting->bytes() : 0);
}

Token::Token(Content content)
    : Object(kType), content_(std::move(content)), id_(allocate_luid()), modified_id_(id_) {
    set_extra_charge(content_.bytes());
}

Result<Ref<Token>> Token::create(Content content) {
    Ref<Token> token = TRY(make_ref<Token>(std::move(content)));
    TRY(token->set_descriptor(TRY(default_descriptor(*token, kType, {}, false))));
    return token;
}

Result<Ref<Token>> Token::duplicate() const {
    return create(TRY(content_.copy()));
}

Token::Content& Token::change() {
    modified_id_ = allocate_luid();
    return content_;
}

bool Token::may_give_owner(SidView sid) const {
    uint32_t place = sid.null() ? SidSet::kNone : content_.sids->find(sid);
    if (place == SidSet::kNone) return false;
    ULONG attributes = content_.attributes[place];
    if (attributes & SE_GROUP_USE_FOR_DENY_ONLY) return false;
    constexpr ULONG kMayOwn = SE_GROUP_OWNER | SE_GROUP_ENABLED;
    return place == 0 || (attributes & kMayOwn) == kMayOwn;
}

Token& subject(ke::Call& call) {
    Token* own = call.thread().impersonation();
    return own ? *own : call.client().token();
}

bool holds_privilege(ke::Call& call, ULONG privilege) {
    const Token& token = subject(call);
    return !token.only_identifies() && token.holds(privilege);
}

}  // namespace se
