// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/access_check.hpp"

#include <string.h>

namespace se {

namespace {

// What an entry can speak of.
constexpr ACCESS_MASK kRights = STANDARD_RIGHTS_ALL | SPECIFIC_RIGHTS_ALL;
constexpr ACCESS_MASK kOwners = READ_CONTROL | WRITE_DAC;

bool denies(uint8_t type) {
    // Whether an entry with a condition applies is not known here: one that denies does, one that allows does
    // not.
    return type == ACCESS_DENIED_ACE_TYPE || type == ACCESS_DENIED_OBJECT_ACE_TYPE ||
           type == ACCESS_DENIED_CALLBACK_ACE_TYPE || type == ACCESS_DENIED_CALLBACK_OBJECT_ACE_TYPE;
}

bool speaks(const Ace& ace) {
    return !(ace.flags & INHERIT_ONLY_ACE) &&
           (ace.type == ACCESS_ALLOWED_ACE_TYPE || ace.type == ACCESS_ALLOWED_OBJECT_ACE_TYPE ||
            denies(ace.type));
}

bool is_label(SidView sid) {
    constexpr uint8_t kLabel[8] = {SID_REVISION, 1, 0, 0, 0, 0, 0, 16};
    return memcmp(sid.bytes().data(), kLabel, sizeof kLabel) == 0;
}

bool same_type(const GUID& type, const uint8_t* bytes) {
    return memcmp(&type, bytes, sizeof type) == 0;
}

}  // namespace

Result<void> check_last_object_type(std::span<const ObjectType> types) {
    if (types.size() > AccessCheck::kMostTypes) return fail(STATUS_INVALID_PARAMETER);
    size_t last = types.size() - 1;
    unsigned level = types[last].level;
    unsigned deepest = last > 0 ? types[last - 1].level + 1u : 0;
    if (level > deepest || level > ACCESS_MAX_LEVEL || (last > 0) != (level > 0))
        return fail(STATUS_INVALID_PARAMETER);
    for (size_t i = 0; i < last; ++i)
        if (memcmp(&types[last].type, &types[i].type, sizeof(GUID)) == 0)
            return fail(STATUS_INVALID_PARAMETER);
    return {};
}

AccessCheck::AccessCheck(const AccessRequest& request)
    : request_(request), parts_(parts_of(request.descriptor)) {}

Result<void> AccessCheck::begin() {
    if (count() > 1) {
        TRY(many_.resize(2 * count()));
        first_ = many_.data();
        second_ = many_.data() + count();
    }
    everything_ = !parts_.has_dacl || parts_.dacl.empty();
    use_privileges();
    if (request_.descriptor.empty()) {
        enter(Stage::Done);
    } else if (!(request_.token.content().mandatory_policy & TOKEN_MANDATORY_POLICY_NO_WRITE_UP)) {
        enter(Stage::OwnerRights);
    } else if (parts_.sacl.empty()) {
        decide_label(SECURITY_MANDATORY_MEDIUM_RID, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
        enter(Stage::OwnerRights);
    } else {
        enter(Stage::Label);
    }
    return {};
}

void AccessCheck::use_privileges() {
    const Token& token = request_.token;
    if (request_.desired & ACCESS_SYSTEM_SECURITY) {
        missing_privilege_ = !token.holds(SE_SECURITY_PRIVILEGE);
        implied_ |= ACCESS_SYSTEM_SECURITY;
        privileges_ |= Privileges::bit(SE_SECURITY_PRIVILEGE);
    }
    if ((request_.desired & WRITE_OWNER) && token.holds(SE_TAKE_OWNERSHIP_PRIVILEGE)) {
        implied_ |= WRITE_OWNER;
        privileges_ |= Privileges::bit(SE_TAKE_OWNERSHIP_PRIVILEGE);
    }
}

// One who is below what the label demands may do what the label does not forbid to such, and nothing else.
void AccessCheck::decide_label(ULONG level, ACCESS_MASK policy) {
    if (request_.token.content().integrity >= level || !(policy & SYSTEM_MANDATORY_LABEL_VALID_MASK)) return;
    allowed_ = 0;
    if (!(policy & SYSTEM_MANDATORY_LABEL_NO_READ_UP)) allowed_ |= request_.mapping.read;
    if (!(policy & SYSTEM_MANDATORY_LABEL_NO_WRITE_UP)) allowed_ |= request_.mapping.write;
    if (!(policy & SYSTEM_MANDATORY_LABEL_NO_EXECUTE_UP)) allowed_ |= request_.mapping.execute;
    if (request_.token.holds(SE_RELABEL_PRIVILEGE)) {
        allowed_ |= WRITE_OWNER;
        privileges_ |= Privileges::bit(SE_RELABEL_PRIVILEGE);
    }
    allowed_ |= ACCESS_SYSTEM_SECURITY;  // for its privilege alone to decide
}

bool AccessCheck::is_owner() const {
    if (parts_.owner.empty()) return false;
    SidView owner = SidView::checked(parts_.owner.data());
    return request_.token.grants_by(owner) &&
           (!request_.token.restricted() || request_.token.restricting_has(owner));
}

// The stage, or the first behind it that has something to look at.
void AccessCheck::enter(Stage stage) {
    if (stage == Stage::OwnerRights && everything_) stage = Stage::Done;
    bool owners = request_.desired & (kOwners | MAXIMUM_ALLOWED);
    if (stage == Stage::OwnerRights && !(owners && is_owner())) stage = Stage::Groups;
    if (stage == Stage::Groups) {
        for (size_t i = 0; i < count(); ++i)
            first_[i] = second_[i] = {implied_, 0};
    }
    if (stage == Stage::Restricting && !request_.token.restricted()) stage = Stage::Done;
    stage_ = stage;
    if (stage != Stage::Done) reader_ = AceReader(stage == Stage::Label ? parts_.sacl : parts_.dacl);
}

void AccessCheck::take_label(const Ace& ace) {
    decide_label(Sid(ace.sid()).last_part(), ace.mask());
    enter(Stage::OwnerRights);
}

bool AccessCheck::step(unsigned entries) {
    Ace ace;
    while (stage_ != Stage::Done) {
        if (entries-- == 0) return false;
        bool more = reader_.next(ace);
        switch (stage_) {
            case Stage::Label:
                if (!more) {
                    decide_label(SECURITY_MANDATORY_MEDIUM_RID, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP);
                    enter(Stage::OwnerRights);
                } else if (ace.type == SYSTEM_MANDATORY_LABEL_ACE_TYPE && !(ace.flags & INHERIT_ONLY_ACE) &&
                           is_label(ace.sid())) {
                    take_label(ace);
                }
                break;
            case Stage::OwnerRights:
                owner_rights_ = more && speaks(ace) && ace.sid() == SidView(kOwnerRights);
                if (!more) implied_ |= kOwners;
                if (!more || owner_rights_) enter(Stage::Groups);
                break;
            case Stage::Groups:
            case Stage::Restricting:
                if (more && speaks(ace)) apply(ace);
                if (!more || all_decided()) enter(stage_ == Stage::Groups ? Stage::Restricting : Stage::Done);
                break;
            case Stage::Done:
                break;
        }
    }
    return true;
}

// Nothing that is left could change the answer: for the object alone.
bool AccessCheck::all_decided() const {
    if (count() > 1 || (request_.desired & MAXIMUM_ALLOWED)) return false;
    const Node& node = stage_ == Stage::Groups ? *first_ : *second_;
    return !(request_.desired & ~(node.granted | node.denied));
}

bool AccessCheck::speaks_for(SidView sid, bool denying) const {
    if (sid == SidView(kPrincipalSelf)) {
        sid = request_.self;
    } else if (sid == SidView(kOwnerRights)) {
        if (parts_.owner.empty()) return false;
        sid = SidView::checked(parts_.owner.data());
    }
    if (stage_ == Stage::Restricting) return request_.token.restricting_has(sid);
    return denying ? request_.token.denies_by(sid) : request_.token.grants_by(sid);
}

void AccessCheck::apply(const Ace& ace) {
    bool denying = denies(ace.type);
    const uint8_t* type = ace.object_type();
    size_t at = type ? find_type(type) : 0;
    if (at == count() || !speaks_for(ace.sid(), denying)) return;
    type ? apply_to_type(denying, ace.mask() & kRights, at) : apply_plain(denying, ace.mask() & kRights);
}

void AccessCheck::apply_plain(bool denying, ACCESS_MASK mask) {
    Node* all = nodes(stage_ == Stage::Restricting);
    for (Node* node = all; node != all + count(); ++node)
        denying ? node->denied |= mask& ~node->granted : node->granted |= mask & ~node->denied;
}

// What is granted for a type is granted for those below it; what is denied, for those above it too.
void AccessCheck::apply_to_type(bool denying, ACCESS_MASK mask, size_t at) {
    Node* all = nodes(stage_ == Stage::Restricting);
    for (size_t i = at; i < end_of(at); ++i) {
        Node& node = all[i];
        denying ? node.denied |= mask& ~node.granted : node.granted |= mask & ~node.denied;
    }
    if (!denying) return grant_upwards(mask, at);
    while (at > 0) {
        at = parent_of(at);
        all[at].denied |= mask & ~all[at].granted;
    }
}

// What all parts of a type grant, it grants itself.
void AccessCheck::grant_upwards(ACCESS_MASK mask, size_t at) {
    Node* all = nodes(stage_ == Stage::Restricting);
    while (at > 0 && mask) {
        at = parent_of(at);
        for (size_t i = at + 1, end = end_of(at); i < end; ++i)
            if (request_.types[i].level == request_.types[at].level + 1) mask &= all[i].granted;
        all[at].granted |= mask & ~all[at].denied;
    }
}

size_t AccessCheck::find_type(const uint8_t* type) const {
    for (size_t i = 0; i < request_.types.size(); ++i)
        if (same_type(request_.types[i].type, type)) return i;
    return count();
}

size_t AccessCheck::end_of(size_t node) const {
    size_t end = node + 1;
    while (end < request_.types.size() && request_.types[end].level > request_.types[node].level)
        ++end;
    return end;
}

size_t AccessCheck::parent_of(size_t node) const {
    size_t parent = node;
    while (parent > 0 && request_.types[parent].level >= request_.types[node].level)
        --parent;
    return parent;
}

AccessAnswer AccessCheck::answer(size_t node) const {
    if (missing_privilege_) return {STATUS_PRIVILEGE_NOT_HELD, 0, 0};
    const Token::Content& token = request_.token.content();
    const ob::GenericMapping& mapping = request_.mapping;
    ACCESS_MASK wanted = request_.desired & ~MAXIMUM_ALLOWED;
    ACCESS_MASK granted = implied_ | wanted | mapping.all;
    if (!everything_) {
        granted = first_[node].granted;
        ACCESS_MASK reading = token.write_restricted ? mapping.read | mapping.execute : 0;
        if (token.restricting) granted &= second_[node].granted | reading;
    }
    granted &= allowed_;
    bool maximum = request_.desired & MAXIMUM_ALLOWED;
    ACCESS_MASK given = maximum ? granted : granted & wanted;
    bool enough = given != 0 && (granted & wanted) == wanted;
    return {enough ? STATUS_SUCCESS : STATUS_ACCESS_DENIED, given, enough ? privileges_ : 0};
}

namespace {

// Is it this one, which has one sub-authority?
bool is_short_sid(const uint8_t* bytes, const Sid& sid) {
    uint64_t head, wanted_head;
    __builtin_memcpy(&head, bytes, sizeof head);
    __builtin_memcpy(&wanted_head, sid.bytes().data(), sizeof head);
    ULONG part;
    if (head != wanted_head) return false;
    __builtin_memcpy(&part, bytes + sizeof head, sizeof part);
    return part == sid.last_part();
}

// Most checks are of an object without a label, by a token that none would stop, and entries at the beginning
// of its list grant all that is asked for: then nothing behind them, nor who owns it, takes anything away.
bool granted_at_once(const AccessRequest& request) {
    const Token& token = request.token;
    const Token::Content& content = token.content();
    ACCESS_MASK wanted = request.desired;
    if (wanted == 0 || (wanted & ~kRights) || content.restricting ||
        content.integrity < SECURITY_MANDATORY_MEDIUM_RID || request.descriptor.empty())
        return false;
    // For the privilege that this uses to be told.
    if ((wanted & WRITE_OWNER) && token.holds(SE_TAKE_OWNERSHIP_PRIVILEGE)) return false;
    SECURITY_DESCRIPTOR_RELATIVE header;
    __builtin_memcpy(&header, request.descriptor.data(), sizeof header);
    if (header.Sacl || !(header.Control & SE_DACL_PRESENT) || !header.Dacl) return false;
    AceReader reader(request.descriptor.subspan(header.Dacl));
    Ace ace;
    constexpr unsigned kFirst = 4;
    for (unsigned left = kFirst; left > 0 && reader.next(ace); --left) {
        if (ace.flags & INHERIT_ONLY_ACE) continue;
        if (ace.type != ACCESS_ALLOWED_ACE_TYPE) return false;
        ACCESS_MASK mask;
        __builtin_memcpy(&mask, ace.at + sizeof(ACE_HEADER), sizeof mask);
        const uint8_t* sid = ace.at + sizeof(ACE_HEADER) + sizeof mask;
        if (is_short_sid(sid, kPrincipalSelf) || is_short_sid(sid, kOwnerRights)) return false;
        if (!(mask & wanted) || !token.grants_by(SidView::checked(sid))) continue;
        wanted &= ~mask;
        if (wanted == 0) return true;
    }
    return false;
}

}  // namespace

AccessAnswer access_check(const AccessRequest& request) {
    if (granted_at_once(request)) return {STATUS_SUCCESS, request.desired, 0};
    AccessCheck check(request);
    MUST(check.begin());
    check.step(~0u);
    return check.answer();
}

}  // namespace se
