// SPDX-License-Identifier: GPL-3.0-only
//
// The tokens that are there from the beginning.
#include "base/acl.hpp"
#include "executive/se/token.hpp"

namespace se {

namespace {

constinit Token* g_system = nullptr;
constinit Token* g_anonymous = nullptr;

// The session that the console belongs to.
constexpr ULONG kConsoleSession = 1;
constexpr ULONG kUsual = SE_GROUP_MANDATORY | SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED;
constexpr TOKEN_SOURCE kSource = {{'*', 'S', 'Y', 'S', 'T', 'E', 'M', '*'}, {}};

// NT's.
constexpr uint64_t kSystemEnabled = Privileges::bits({
    SE_TCB_PRIVILEGE,
    SE_LOCK_MEMORY_PRIVILEGE,
    SE_CREATE_PAGEFILE_PRIVILEGE,
    SE_INC_BASE_PRIORITY_PRIVILEGE,
    SE_CREATE_PERMANENT_PRIVILEGE,
    SE_DEBUG_PRIVILEGE,
    SE_AUDIT_PRIVILEGE,
    SE_PROF_SINGLE_PROCESS_PRIVILEGE,
    SE_CHANGE_NOTIFY_PRIVILEGE,
    SE_IMPERSONATE_PRIVILEGE,
    SE_CREATE_GLOBAL_PRIVILEGE,
    SE_INC_WORKING_SET_PRIVILEGE,
    SE_TIME_ZONE_PRIVILEGE,
    SE_CREATE_SYMBOLIC_LINK_PRIVILEGE,
    SE_DELEGATE_SESSION_USER_IMPERSONATE_PRIVILEGE,
});
constexpr uint64_t kSystemDisabled = Privileges::bits({
    SE_CREATE_TOKEN_PRIVILEGE,
    SE_ASSIGNPRIMARYTOKEN_PRIVILEGE,
    SE_INCREASE_QUOTA_PRIVILEGE,
    SE_SECURITY_PRIVILEGE,
    SE_TAKE_OWNERSHIP_PRIVILEGE,
    SE_BACKUP_PRIVILEGE,
    SE_RESTORE_PRIVILEGE,
    SE_SYSTEM_ENVIRONMENT_PRIVILEGE,
    SE_SYSTEM_PROFILE_PRIVILEGE,
    SE_MANAGE_VOLUME_PRIVILEGE,
    SE_UNDOCK_PRIVILEGE,
    SE_RELABEL_PRIVILEGE,
    SE_LOAD_DRIVER_PRIVILEGE,
    SE_SYSTEMTIME_PRIVILEGE,
    SE_SHUTDOWN_PRIVILEGE,
});

Result<void> add(Token::Content& content, const Sid& sid, ULONG attributes) {
    TRY(content.sids->add(sid));
    return content.attributes.push_back(attributes);
}

Result<Token::Content> system_content() {
    Token::Content content;
    content.sids = TRY(SidSet::create());
    TRY(add(content, kLocalSystem, SE_GROUP_ENABLED));
    TRY(add(content, kAdministrators, SE_GROUP_ENABLED_BY_DEFAULT | SE_GROUP_ENABLED | SE_GROUP_OWNER));
    TRY(add(content, kEveryone, kUsual));
    TRY(add(content, kAuthenticatedUsers, kUsual));
    content.owner = 1;
    content.privileges = {kSystemEnabled | kSystemDisabled, kSystemEnabled, kSystemEnabled};
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, READ_CONTROL | GENERIC_READ | GENERIC_EXECUTE,
                    kAdministrators));
    content.default_dacl = TRY(dacl.finish());
    content.session = kConsoleSession;
    content.logon = kSystemLogon;
    content.source = kSource;
    return content;
}

Result<Token::Content> anonymous_content() {
    Token::Content content;
    content.sids = TRY(SidSet::create());
    TRY(add(content, kAnonymous, SE_GROUP_ENABLED));
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, GENERIC_ALL, kAnonymous));
    content.default_dacl = TRY(dacl.finish());
    content.integrity = SECURITY_MANDATORY_UNTRUSTED_RID;
    content.session = kConsoleSession;
    content.logon = kAnonymousLogon;
    content.source = kSource;
    content.type = TokenImpersonation;
    content.level = SecurityImpersonation;
    return content;
}

}  // namespace

Token& system_token() {
    ASSERT(g_system);
    return *g_system;
}

Token& anonymous_token() {
    ASSERT(g_anonymous);
    return *g_anonymous;
}

Result<void> initialize() {
    if (g_anonymous) return {};
    ob::register_type(Token::kType);
    g_system = TRY(Token::create(TRY(system_content()))).leak();
    g_anonymous = TRY(Token::create(TRY(anonymous_content()))).leak();
    return {};
}

}  // namespace se
