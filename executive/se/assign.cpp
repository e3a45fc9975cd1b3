// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/assign.hpp"

#include "base/new_descriptor.hpp"
#include "executive/se/capture.hpp"
#include "executive/se/label.hpp"

namespace se {

namespace {

unsigned entries(std::span<const uint8_t> acl) {
    return acl.empty() ? 0 : ace_count(acl);
}

// How many entries a list makes at most: one that is handed down and means something else here becomes two.
unsigned results(std::span<const uint8_t> acl, bool inherited) {
    constexpr ACCESS_MASK kGeneric = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL;
    AceReader reader(acl);
    Ace ace;
    unsigned count = 0;
    while (reader.next(ace)) {
        bool heirs = ace.flags & (OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE);
        if (inherited && !heirs) continue;
        bool differs = ace.known() && ((ace.mask() & kGeneric) || ace.sid() == SidView(kCreatorOwner) ||
                                       ace.sid() == SidView(kCreatorGroup));
        count += heirs && differs ? 2 : 1;
    }
    return count;
}

bool is_short(std::span<const uint8_t> asked, std::span<const uint8_t> above, bool both) {
    unsigned count = results(asked, false);
    if (asked.empty() || both) count += results(above, true);
    return count <= kMostEntries;
}

// Before the work is done, as it takes long.
bool is_short(const Assignment& assignment) {
    Parts asked = parts_of(assignment.asked), above = parts_of(assignment.container);
    std::span<const uint8_t> none;
    return is_short(asked.dacl, asked.control & SE_DACL_PROTECTED ? none : above.dacl,
                    assignment.flags & SEF_DACL_AUTO_INHERIT) &&
           is_short(asked.sacl, asked.control & SE_SACL_PROTECTED ? none : above.sacl,
                    assignment.flags & SEF_SACL_AUTO_INHERIT);
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

Result<void> check_asked(ke::Call& call, std::span<const uint8_t> asked) {
    Parts parts = parts_of(asked);
    if (!parts.owner.empty()) TRY(check_owner(call, asked));
    if (!parts.has_sacl) return {};
    bool labels = has_label(parts.sacl);
    if ((has_audit(parts.sacl) || !labels) && !holds_privilege(call, SE_SECURITY_PRIVILEGE))
        return fail(STATUS_PRIVILEGE_NOT_HELD);
    return labels ? check_label(call, parts.sacl) : Result<void>();
}

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

Result<Vector<uint8_t>> descriptor_by(const Token* creator, const Assignment& assignment) {
    const ob::GenericMapping& mapping = assignment.type.mapping;
    if (!is_short(assignment)) return fail(STATUS_BAD_INHERITANCE_ACL);
    base::NewDescriptor how;
    how.container = assignment.container;
    how.asked = assignment.asked;
    how.is_container = assignment.is_container;
    how.flags = assignment.flags;
    how.owner = creator ? creator->owner() : kAdministrators;
    how.group = creator ? creator->primary_group() : kLocalSystem;
    if (creator) how.default_dacl = creator->content().default_dacl.span();
    how.mapping = {mapping.read, mapping.write, mapping.execute, mapping.all};
    Vector<uint8_t> made = TRY(base::new_descriptor(how));
    // An entry may have become two.
    if (!is_short(made.span())) return fail(STATUS_BAD_INHERITANCE_ACL);
    if (!creator) return made;
    return with_own_label(std::move(made), *creator);
}

Result<Vector<uint8_t>> assigned_descriptor(ke::Call& call, const Assignment& assignment) {
    if (!assignment.asked.empty()) TRY(check_asked(call, assignment.asked));
    return descriptor_by(&subject(call), assignment);
}

}  // namespace se
