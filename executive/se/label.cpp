// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/label.hpp"

#include <string.h>

#include "executive/se/token.hpp"

namespace se {

namespace {

using Bytes = std::span<const uint8_t>;

bool is_label(const Ace& ace) {
    return ace.type == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
}

unsigned count(Bytes sacl, bool labels) {
    AceReader reader(sacl);
    Ace ace;
    unsigned found = 0;
    while (reader.next(ace))
        found += is_label(ace) == labels;
    return found;
}

Result<void> append_those(AclBuilder& list, Bytes sacl, bool labels) {
    AceReader reader(sacl);
    Ace ace;
    while (reader.next(ace))
        if (is_label(ace) == labels) TRY(list.append(ace, ace.flags, ace.known() ? ace.mask() : 0));
    return {};
}

// S-1-16-level. STATUS_INVALID_LABEL.
Result<ULONG> level_of(const Ace& ace) {
    Sid sid(ace.sid());
    if (!(sid == Sid(16, {sid.last_part()})) || (ace.mask() & ~SYSTEM_MANDATORY_LABEL_VALID_MASK))
        return fail(STATUS_INVALID_LABEL);
    return sid.last_part();
}

}  // namespace

bool has_label(Bytes sacl) {
    return count(sacl, true) > 0;
}

bool has_audit(Bytes sacl) {
    return count(sacl, false) > 0;
}

Result<void> check_label(ke::Call& call, Bytes sacl) {
    ULONG level = SECURITY_MANDATORY_MEDIUM_RID;
    if (count(sacl, true) > 1) return fail(STATUS_INVALID_ACL);
    AceReader reader(sacl);
    Ace ace;
    while (reader.next(ace))
        if (is_label(ace)) level = TRY(level_of(ace));
    bool may = level <= subject(call).content().integrity || holds_privilege(call, SE_RELABEL_PRIVILEGE);
    return may ? Result<void>() : fail(STATUS_PRIVILEGE_NOT_HELD);
}

Result<Vector<uint8_t>> labelled(Bytes sacl, ULONG level, ACCESS_MASK policy) {
    AclBuilder list;
    TRY(append_those(list, sacl, false));
    TRY(append_those(list, sacl, true));
    if (!has_label(sacl)) TRY(list.append(SYSTEM_MANDATORY_LABEL_ACE_TYPE, 0, policy, Sid(16, {level})));
    return list.finish();
}

Result<Vector<uint8_t>> joined(Bytes labels, Bytes audit) {
    AclBuilder list;
    TRY(append_those(list, audit, false));
    TRY(append_those(list, labels, true));
    return list.count() ? list.finish() : Vector<uint8_t>();
}

}  // namespace se
