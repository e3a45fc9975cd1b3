// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/assign.hpp"

#include "base/new_descriptor.hpp"
#include "executive/se/capture.hpp"
#include "executive/se/label.hpp"
#include "executive/se/token.hpp"

namespace se {

namespace {

unsigned entries(std::span<const uint8_t> acl) {
    return acl.empty() ? 0 : ace_count(acl);
}

// Before the work is done: what is asked for and what may be inherited beside it.
bool is_short(const Assignment& assignment) {
    Parts asked = parts_of(assignment.asked), above = parts_of(assignment.container);
    bool both = assignment.flags & (SEF_DACL_AUTO_INHERIT | SEF_SACL_AUTO_INHERIT);
    return !both || (entries(asked.dacl) + entries(above.dacl) <= kMostEntries &&
                     entries(asked.sacl) + entries(above.sacl) <= kMostEntries);
}

Result<void> check_asked(ke::Call& call, std::span<const uint8_t> asked) {
    Parts parts = parts_of(asked);
    if (!parts.owner.empty()) TRY(check_owner(call, asked));
    if (!parts.has_sacl) return {};
    bool labels = has_label(parts.sacl);
    if ((has_audit(parts.sacl) || !labels) && !holds_privilege(call, SE_SECURITY_PRIVILEGE))
        return fail(STATUS_PRIVILEGE_NOT_HELD);
    return labels ? check_label(call, parts.sacl) : Result<void>();
}

// With the creator's own label, where there is none.
Result<Vector<uint8_t>> with_own_label(Vector<uint8_t> descriptor, const Token& token) {
    Parts parts = parts_of(descriptor.span());
    ULONG level = token.content().integrity;
    if (level >= SECURITY_MANDATORY_MEDIUM_RID || has_label(parts.sacl)) return descriptor;
    Vector<uint8_t> sacl = TRY(labelled(parts.sacl, level, SYSTEM_MANDATORY_LABEL_NO_WRITE_UP));
    parts.has_sacl = true;
    parts.sacl = sacl.span();
    return build_descriptor(parts);
}

}  // namespace

Result<void> check_owner(ke::Call& call, std::span<const uint8_t> descriptor) {
    Parts parts = parts_of(descriptor);
    if (parts.owner.empty()) return fail(STATUS_INVALID_OWNER);
    SidView owner = SidView::checked(parts.owner.data());
    bool may = subject(call).may_give_owner(owner) || holds_privilege(call, SE_RESTORE_PRIVILEGE);
    return may ? Result<void>() : fail(STATUS_INVALID_OWNER);
}

bool is_short(std::span<const uint8_t> descriptor) {
    Parts parts = parts_of(descriptor);
    return entries(parts.dacl) <= kMostEntries && entries(parts.sacl) <= kMostEntries;
}

Result<Vector<uint8_t>> assigned_descriptor(ke::Call& call, const Assignment& assignment) {
    const Token& token = subject(call);
    const ob::GenericMapping& mapping = assignment.type.mapping;
    if (!assignment.asked.empty()) TRY(check_asked(call, assignment.asked));
    if (!is_short(assignment)) return fail(STATUS_BAD_INHERITANCE_ACL);
    base::NewDescriptor how;
    how.container = assignment.container;
    how.asked = assignment.asked;
    how.is_container = assignment.is_container;
    how.flags = assignment.flags;
    how.owner = token.owner();
    how.group = token.primary_group();
    how.default_dacl = token.content().default_dacl.span();
    how.mapping = {mapping.read, mapping.write, mapping.execute, mapping.all};
    Vector<uint8_t> made = TRY(base::new_descriptor(how));
    if (!is_short(made.span())) return fail(STATUS_BAD_INHERITANCE_ACL);
    return with_own_label(std::move(made), token);
}

}  // namespace se
