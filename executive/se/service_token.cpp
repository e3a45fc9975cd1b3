// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/service_token.hpp"

#include "base/acl.hpp"

namespace se {

namespace {

constexpr ULONG kUsual = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;
constexpr LUID kServiceLogon = {0x3e5, 0};
constexpr TOKEN_SOURCE kSource = {{'*', 'D', 'R', 'I', 'V', 'E', 'R', '*'}, {}};
constexpr uint64_t kHeld =
    Privileges::bits({SE_CHANGE_NOTIFY_PRIVILEGE, SE_IMPERSONATE_PRIVILEGE, SE_CREATE_GLOBAL_PRIVILEGE});

Result<void> add(Token::Content& content, const Sid& sid, ULONG attributes) {
    size_t before = content.sids->size();
    TRY(content.sids->add(sid));
    return content.sids->size() > before ? content.attributes.push_back(attributes) : Result<void>();
}

}  // namespace

Result<Ref<Token>> service_token(const Vector<Sid>& services) {
    Token::Content content;
    content.sids = TRY(SidSet::create());
    for (const Sid& service : services)
        TRY(add(content, service, SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED | SE_GROUP_OWNER));
    for (const Sid& group : {kEveryone, kAuthenticatedUsers, kService})
        TRY(add(content, group, kUsual));
    content.privileges = {kHeld, kHeld, kHeld};
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, (*content.sids)[0]));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kAdministrators));
    content.default_dacl = TRY(dacl.finish());
    content.session = 0;
    content.logon = kServiceLogon;
    content.source = kSource;
    return Token::create(std::move(content));
}

}  // namespace se
