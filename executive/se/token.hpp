// SPDX-License-Identifier: GPL-3.0-only
//
// Tokens: who acts, and what he may do. A process has a primary one of its own from its beginning, a copy of
// its creator's; a thread has one only while it impersonates. What a token says can be changed through
// handles; copies share the lists of SIDs, which never change, and nothing else. A token is charged as other
// objects are, by its handles; a process's primary one to that process. One that only a thread has, while it
// impersonates, is bounded by the number of threads.
#pragma once

#include "executive/ob/object.hpp"
#include "executive/se/privileges.hpp"
#include "executive/se/sid_set.hpp"

namespace se {

class Token final : public ob::Object {
public:
    static const ob::Type kType;
    // Groups besides the user, and restricting SIDs.
    static constexpr size_t kMostGroups = SidSet::kMost - 1;
    // Bytes that a default DACL may have.
    static constexpr size_t kDynamic = 4096;

    // What it says.
    struct Content {
        Ref<SidSet> sids;          // the user, then the groups
        Vector<ULONG> attributes;  // SE_GROUP_* of each
        Ref<SidSet> restricting;   // null: not restricted
        Privileges privileges;
        Vector<uint8_t> default_dacl;  // a checked list; empty: none
        uint32_t owner = 0;            // place in `sids`
        uint32_t primary_group = 0;
        ULONG integrity = SECURITY_MANDATORY_SYSTEM_RID;
        ULONG mandatory_policy = TOKEN_MANDATORY_POLICY_NO_WRITE_UP | TOKEN_MANDATORY_POLICY_NEW_PROCESS_MIN;
        ULONG session = 0;
        LUID logon = {};   // AuthenticationId
        LUID origin = {};  // the logon that made this one
        LUID parent = {};  // id of the token that this one was filtered from; 0: of none
        TOKEN_SOURCE source = {};
        int64_t expiration = INT64_MAX;
        TOKEN_TYPE type = TokenPrimary;
        SECURITY_IMPERSONATION_LEVEL level = SecurityAnonymous;  // of a primary token: none
        TOKEN_ELEVATION_TYPE elevation = TokenElevationTypeDefault;
        bool write_restricted = false;  // the restricting SIDs count for writing alone
        bool sandbox_inert = false;
        bool filtered = false;  // by NtFilterToken
        bool virtualization_allowed = false;
        bool virtualization_enabled = false;
        bool ui_access = false;
        Ref<Token> linked;  // a copy of the other of two that belong together; links to none itself

        Result<Content> copy() const;
        // What it takes, in bytes, its shared lists included.
        size_t bytes() const;
    };

    static Result<Ref<Token>> create(Content content);
    // Another token that says the same.
    Result<Ref<Token>> duplicate() const;

    const Content& content() const { return content_; }
    // For a change, which gives it a new ModifiedId.
    Content& change();

    const Sid& user() const { return (*content_.sids)[0]; }
    const Sid& owner() const { return (*content_.sids)[content_.owner]; }
    const Sid& primary_group() const { return (*content_.sids)[content_.primary_group]; }
    TOKEN_TYPE token_type() const { return content_.type; }
    // Somebody whom a thread acts as, but in whose name it can do nothing.
    bool only_identifies() const {
        return content_.type == TokenImpersonation && content_.level < SecurityImpersonation;
    }
    bool restricted() const { return static_cast<bool>(content_.restricting); }
    bool holds(ULONG privilege) const { return content_.privileges.holds(privilege); }

    // Does an entry for this SID grant to it, or deny? An enabled one does both, one for denying only the
    // latter.
    bool grants_by(SidView sid) const { return matches(sid, SE_GROUP_ENABLED); }
    bool denies_by(SidView sid) const { return matches(sid, SE_GROUP_ENABLED | SE_GROUP_USE_FOR_DENY_ONLY); }
    bool restricting_has(SidView sid) const { return !sid.null() && content_.restricting->has(sid); }
    // May an object be given this owner? The user, or a group that is enabled and may own.
    bool may_give_owner(SidView sid) const;

    const LUID& id() const { return id_; }
    const LUID& modified_id() const { return modified_id_; }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    explicit Token(Content content);
    bool matches(SidView sid, ULONG attributes) const {
        uint32_t place = sid.null() ? SidSet::kNone : content_.sids->find(sid);
        return place != SidSet::kNone && (content_.attributes.data()[place] & attributes);
    }

    Content content_;
    const LUID id_;
    LUID modified_id_;
};

LUID allocate_luid();

// The logon of the system itself, and of nobody.
inline constexpr LUID kSystemLogon = {0x3e7, 0};
inline constexpr LUID kAnonymousLogon = {0x3e6, 0};

// Whom a call acts as: its thread's impersonation token, else its process's.
Token& subject(ke::Call& call);
// Is the privilege enabled for whom it acts as? One who is merely identified holds none.
bool holds_privilege(ke::Call& call, ULONG privilege);

// The token of the Executive, of which the first processes get copies, and the anonymous one. REQUIRES:
// initialize().
Token& system_token();
Token& anonymous_token();

// Registers the type and makes these two; once, at boot.
Result<void> initialize();

}  // namespace se
