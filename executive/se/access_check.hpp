// SPDX-License-Identifier: GPL-3.0-only
//
// The access check of [MS-DTYP] 2.5.3: a pure function of a token, a descriptor and what is asked for. Where
// that document is silent (restricted tokens, how granted parts of a tree of types make up the whole), it is
// as NtAccessCheck and its relatives are documented; docs/security.md says how.
#pragma once

#include "base/descriptor.hpp"
#include "executive/se/token.hpp"

namespace se {

// A node of the tree of types that an object is of, in the order root, first child, its children, ...
struct ObjectType {
    USHORT level;  // 0: the root, which is the object itself
    GUID type;
};
// One root, no level left out, none deeper than ACCESS_MAX_LEVEL, no type twice, 128 at most: of the last,
// when it is so of those before it. STATUS_INVALID_PARAMETER. REQUIRES: there is one.
Result<void> check_last_object_type(std::span<const ObjectType> types);

struct AccessRequest {
    const Token& token;
    std::span<const uint8_t> descriptor;  // empty (all is granted) or checked
    ACCESS_MASK desired;                  // without generic rights; MAXIMUM_ALLOWED: whatever there is
    const ob::GenericMapping& mapping;
    SidView self = {};                       // whom S-1-5-10 stands for
    std::span<const ObjectType> types = {};  // checked; empty: the object alone
};

struct AccessAnswer {
    NTSTATUS status;      // STATUS_SUCCESS, STATUS_ACCESS_DENIED, STATUS_PRIVILEGE_NOT_HELD
    ACCESS_MASK granted;  // of what was asked for; with MAXIMUM_ALLOWED all there is
    uint64_t privileges;  // those that granted something
};

// A check whose lists may be long, in steps.
class AccessCheck {
public:
    static constexpr size_t kMostTypes = 128;

    // What the request refers to must last as long as the check.
    explicit AccessCheck(const AccessRequest& request);
    // Before the first step. STATUS_INSUFFICIENT_RESOURCES, when there are types.
    Result<void> begin();
    // Looks at so many entries at most; true when all is decided.
    bool step(unsigned entries);
    // For a node of the tree, 0 for the whole object. REQUIRES: decided.
    AccessAnswer answer(size_t node = 0) const;

private:
    enum class Stage : uint8_t { Label, OwnerRights, Groups, Restricting, Done };
    // What entries have said of a node's rights so far. The first one that speaks of a right decides it.
    struct Node {
        ACCESS_MASK granted;
        ACCESS_MASK denied;
    };

    size_t count() const { return request_.types.empty() ? 1 : request_.types.size(); }
    Node* nodes(bool restricting) { return restricting ? second_ : first_; }
    void enter(Stage stage);
    void decide_label(ULONG level, ACCESS_MASK policy);
    void take_label(const Ace& ace);
    void use_privileges();
    bool is_owner() const;
    bool speaks_for(SidView sid, bool denies) const;
    void apply(const Ace& ace);
    void apply_plain(bool denies, ACCESS_MASK mask);
    void apply_to_type(bool denies, ACCESS_MASK mask, size_t at);
    void grant_upwards(ACCESS_MASK mask, size_t at);
    size_t find_type(const uint8_t* type) const;
    size_t end_of(size_t node) const;
    size_t parent_of(size_t node) const;
    bool all_decided() const;

    AccessRequest request_;
    Parts parts_;
    Stage stage_ = Stage::Label;
    AceReader reader_{{}};
    bool everything_ = false;    // there is no list
    bool owner_rights_ = false;  // an entry says what the owner may
    bool missing_privilege_ = false;
    ACCESS_MASK allowed_ = ~ACCESS_MASK{0};  // by the mandatory label
    ACCESS_MASK implied_ = 0;                // by privileges, and to the owner
    uint64_t privileges_ = 0;
    Node single_[2] = {};
    Vector<Node> many_;  // nodes, then those of the restricting pass
    Node* first_ = &single_[0];
    Node* second_ = &single_[1];
};

// The whole of a check of an object without types.
AccessAnswer access_check(const AccessRequest& request);

// What an opener with this token gets of an object of this type with this descriptor. STATUS_ACCESS_DENIED,
// STATUS_PRIVILEGE_NOT_HELD, STATUS_BAD_IMPERSONATION_LEVEL.
Result<ACCESS_MASK> check_access(const Token& token, const ob::Type& type,
                                 std::span<const uint8_t> descriptor, ACCESS_MASK desired);

}  // namespace se
