// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/access_check.hpp"

#include <string.h>

#include "executive/hal/log.hpp"
#include "executive/se/descriptor.hpp"

namespace se {

namespace {

// Which of `asked` the list grants: the first entry that speaks of a right decides it.
ACCESS_MASK granted_by(const Token& token, std::span<const uint8_t> dacl, ACCESS_MASK asked) {
    ACL acl;
    memcpy(&acl, dacl.data(), sizeof(acl));
    ACCESS_MASK granted = 0;
    ACCESS_MASK open = asked;
    size_t at = sizeof(ACL);
    for (unsigned i = 0; i < acl.AceCount && open; ++i) {
        ACE_HEADER ace;
        memcpy(&ace, dacl.data() + at, sizeof(ace));
        bool speaks = ace.AceType <= ACCESS_DENIED_ACE_TYPE && !(ace.AceFlags & INHERIT_ONLY_ACE);
        if (speaks && token.has_sid(MUST(Sid::parse(dacl.subspan(at + 8, ace.AceSize - 8u))))) {
            ACCESS_MASK mask;
            memcpy(&mask, dacl.data() + at + sizeof(ace), sizeof(mask));
            if (ace.AceType == ACCESS_ALLOWED_ACE_TYPE) granted |= open & mask;
            open &= ~mask;
        }
        at += ace.AceSize;
    }
    return granted;
}

bool owns(const Token& token, std::span<const uint8_t> owner) {
    return !owner.empty() && token.has_sid(MUST(Sid::parse(owner)));
}

}  // namespace

Result<ACCESS_MASK> access_check(const Token& token, std::span<const uint8_t> descriptor, ACCESS_MASK desired,
                                 ACCESS_MASK all) {
    ACCESS_MASK granted = 0;
    if (desired & ACCESS_SYSTEM_SECURITY) {
        if (!token.holds(SE_SECURITY_PRIVILEGE)) {
            log.info("access denied: system security without the privilege");
            return fail(STATUS_PRIVILEGE_NOT_HELD);
        }
        granted |= ACCESS_SYSTEM_SECURITY;
        desired &= ~ACCESS_SYSTEM_SECURITY;
    }
    bool maximum = desired & MAXIMUM_ALLOWED;
    desired &= ~MAXIMUM_ALLOWED;
    ACCESS_MASK asked = maximum ? desired | all : desired;
    Parts parts = parts_of(descriptor);
    if (!parts.has_dacl || parts.dacl.empty()) return granted | asked;
    ACCESS_MASK by_right = 0;
    if (owns(token, parts.owner)) by_right |= asked & (READ_CONTROL | WRITE_DAC);
    if (token.holds(SE_TAKE_OWNERSHIP_PRIVILEGE)) by_right |= asked & WRITE_OWNER;
    by_right |= granted_by(token, parts.dacl, asked & ~by_right);
    if (desired & ~by_right) {
        log.info("access denied: {x} of {x}", desired & ~by_right, desired);
        return fail(STATUS_ACCESS_DENIED);
    }
    return granted | by_right;
}

}  // namespace se
