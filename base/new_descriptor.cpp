// SPDX-License-Identifier: GPL-3.0-only
#include "base/new_descriptor.hpp"

#include <string.h>

namespace base {

namespace {

using Bytes = std::span<const uint8_t>;

constexpr ACCESS_MASK kGeneric = GENERIC_READ | GENERIC_WRITE | GENERIC_EXECUTE | GENERIC_ALL;
constexpr uint8_t kHandedDown = OBJECT_INHERIT_ACE | CONTAINER_INHERIT_ACE;
constexpr uint8_t kAllInheritance = kHandedDown | NO_PROPAGATE_INHERIT_ACE | INHERIT_ONLY_ACE;

// Whom entries for CREATOR OWNER and CREATOR GROUP come to mean.
struct Heirs {
    SidView owner, group;

    // Null: the entry's own SID stays.
    SidView substitute(SidView sid) const {
        if (sid == SidView(kCreatorOwner)) return owner;
        if (sid == SidView(kCreatorGroup)) return group;
        return {};
    }
};

bool is_label(const Ace& ace) {
    return ace.type == SYSTEM_MANDATORY_LABEL_ACE_TYPE;
}

// Of an entry that takes effect here with `flags`, and is handed down from here when these say so. Where what
// it means here is not what it would mean for heirs, it becomes two.
Result<void> append_effective(AclBuilder& list, const Ace& ace, uint8_t flags, const Heirs& heirs,
                              const GENERIC_MAPPING& mapping) {
    if (!ace.known()) return list.append(ace, flags, 0);
    SidView sid = heirs.substitute(ace.sid());
    ACCESS_MASK mask = is_label(ace) ? ace.mask() : map_generic(ace.mask(), mapping);
    bool differs = !sid.null() || mask != ace.mask();
    if (!(flags & kHandedDown) || !differs) return list.append(ace, flags, mask, sid);
    auto here = static_cast<uint8_t>(flags & ~kAllInheritance);
    TRY(list.append(ace, here, mask, sid));
    return list.append(ace, flags | INHERIT_ONLY_ACE, ace.mask());
}

bool concerns(const Ace& ace, const GUID* type) {
    const uint8_t* heirs = ace.inherited_object_type();
    return !heirs || (type && memcmp(heirs, type, sizeof *type) == 0);
}

// What an object that cannot hand down gets of an entry, or a container.
Result<void> inherit_ace(AclBuilder& list, const Ace& ace, const NewDescriptor& how, const Heirs& heirs,
                         uint8_t mark) {
    auto own = static_cast<uint8_t>((ace.flags & ~(kAllInheritance | INHERITED_ACE)) | mark);
    if (!how.is_container) {
        if (!(ace.flags & OBJECT_INHERIT_ACE) || !concerns(ace, how.object_type)) return {};
        return append_effective(list, ace, own, heirs, how.mapping);
    }
    bool goes_on = !(ace.flags & NO_PROPAGATE_INHERIT_ACE);
    auto further = static_cast<uint8_t>(own | (ace.flags & kHandedDown));
    bool here = (ace.flags & CONTAINER_INHERIT_ACE) && concerns(ace, how.object_type);
    if (here) return append_effective(list, ace, goes_on ? further : own, heirs, how.mapping);
    if (!goes_on || !(ace.flags & kHandedDown)) return {};
    return list.append(ace, further | INHERIT_ONLY_ACE, ace.known() ? ace.mask() : 0);
}

// A list that somebody gives for this very object.
Result<void> append_given(AclBuilder& list, Bytes given, const Heirs& heirs, const GENERIC_MAPPING& mapping,
                          bool inherited_too) {
    AceReader reader(given);
    Ace ace;
    while (reader.next(ace)) {
        if ((ace.flags & INHERITED_ACE) && !inherited_too) continue;
        if (ace.flags & INHERIT_ONLY_ACE) {
            TRY(list.append(ace, ace.flags, ace.known() ? ace.mask() : 0));
        } else {
            TRY(append_effective(list, ace, ace.flags, heirs, mapping));
        }
    }
    return {};
}

uint8_t revision_of(Bytes acl) {
    return acl.empty() ? uint8_t{ACL_REVISION} : acl[0];
}

// One of the two lists of a new descriptor.
struct List {
    Vector<uint8_t> bytes;
    bool present = false;
    SECURITY_DESCRIPTOR_CONTROL control = 0;
};

// Which bits of the control word concern this list.
struct ListBits {
    SECURITY_DESCRIPTOR_CONTROL present, defaulted, inherited, is_protected, request;
    ULONG auto_inherit;
};
constexpr ListBits kDaclBits{SE_DACL_PRESENT,   SE_DACL_DEFAULTED,        SE_DACL_AUTO_INHERITED,
                             SE_DACL_PROTECTED, SE_DACL_AUTO_INHERIT_REQ, SEF_DACL_AUTO_INHERIT};
constexpr ListBits kSaclBits{SE_SACL_PRESENT,   SE_SACL_DEFAULTED,        SE_SACL_AUTO_INHERITED,
                             SE_SACL_PROTECTED, SE_SACL_AUTO_INHERIT_REQ, SEF_SACL_AUTO_INHERIT};

struct Sources {
    Bytes parent;  // the container's list
    Bytes asked;
    bool has_asked = false;
    SECURITY_DESCRIPTOR_CONTROL control = 0;  // of what was asked for
    Bytes fallback;
};

Result<List> new_list(const Sources& from, const NewDescriptor& how, const Heirs& heirs,
                      const ListBits& bits) {
    List list;
    bool explicitly = from.has_asked && !(from.control & bits.defaulted);
    bool automatic = how.flags & bits.auto_inherit;
    bool is_protected = from.has_asked && (from.control & bits.is_protected);
    if (automatic) list.control |= bits.inherited;
    if (is_protected) list.control |= bits.is_protected;
    AclBuilder built;
    if (explicitly) {
        list.present = true;
        // A null list stays one.
        if (from.asked.empty()) return list;
        TRY(append_given(built, from.asked, heirs, how.mapping, !automatic || is_protected));
    }
    if (!is_protected && (automatic || !explicitly)) {
        AceReader reader(from.parent);
        Ace ace;
        while (reader.next(ace))
            TRY(inherit_ace(built, ace, how, heirs, automatic ? INHERITED_ACE : 0));
    }
    uint8_t revision = revision_of(explicitly ? from.asked : from.parent);
    if (!explicitly && built.count() == 0) {
        Bytes fallback = from.has_asked ? from.asked : from.fallback;
        if (fallback.empty()) return list.present = from.has_asked, std::move(list);
        TRY(append_given(built, fallback, heirs, how.mapping, true));
        revision = revision_of(fallback);
    }
    list.present = true;
    auto finished = built.finish(revision);
    if (!finished) return fail(STATUS_BAD_INHERITANCE_ACL);
    list.bytes = std::move(*finished);
    return list;
}

SidView view(Bytes sid) {
    return sid.empty() ? SidView() : SidView::checked(sid.data());
}

SidView first_of(SidView asked, SidView container, bool from_container, SidView creator) {
    if (!asked.null()) return asked;
    return from_container && !container.null() ? container : creator;
}

}  // namespace

ACCESS_MASK map_generic(ACCESS_MASK mask, const GENERIC_MAPPING& mapping) {
    ACCESS_MASK mapped = mask & ~kGeneric;
    if (mask & GENERIC_READ) mapped |= mapping.GenericRead;
    if (mask & GENERIC_WRITE) mapped |= mapping.GenericWrite;
    if (mask & GENERIC_EXECUTE) mapped |= mapping.GenericExecute;
    if (mask & GENERIC_ALL) mapped |= mapping.GenericAll;
    return mapped;
}

Result<Vector<uint8_t>> inherited_acl(Bytes parent, const NewDescriptor& how, SidView owner, SidView group,
                                      bool marked) {
    AclBuilder built;
    AceReader reader(parent);
    Ace ace;
    while (reader.next(ace))
        TRY(inherit_ace(built, ace, how, {owner, group}, marked ? INHERITED_ACE : 0));
    if (built.count() == 0) return Vector<uint8_t>();
    return built.finish(revision_of(parent));
}

Result<Vector<uint8_t>> new_descriptor(const NewDescriptor& how) {
    Parts asked = parts_of(how.asked);
    Parts above = parts_of(how.container);
    Heirs heirs{
        first_of(view(asked.owner), view(above.owner), how.flags & SEF_DEFAULT_OWNER_FROM_PARENT, how.owner),
        first_of(view(asked.group), view(above.group), how.flags & SEF_DEFAULT_GROUP_FROM_PARENT, how.group)};
    if (heirs.owner.null()) return fail(STATUS_INVALID_OWNER);
    if (heirs.group.null()) return fail(STATUS_INVALID_PRIMARY_GROUP);
    Sources dacl{above.dacl, asked.dacl, asked.has_dacl, asked.control, how.default_dacl};
    Sources sacl{above.sacl, asked.sacl, asked.has_sacl, asked.control, {}};
    List discretionary = TRY(new_list(dacl, how, heirs, kDaclBits));
    List system = TRY(new_list(sacl, how, heirs, kSaclBits));
    Parts parts;
    parts.owner = heirs.owner.bytes();
    parts.group = heirs.group.bytes();
    parts.has_dacl = discretionary.present;
    parts.dacl = discretionary.bytes.span();
    parts.has_sacl = system.present;
    parts.sacl = system.bytes.span();
    parts.control = discretionary.control | system.control;
    return build_descriptor(parts);
}

namespace {

// Replaces one list. `bytes` keeps what `part` points to.
Result<void> change_list(Bytes& part, bool& has, SECURITY_DESCRIPTOR_CONTROL& control, Vector<uint8_t>& bytes,
                         Bytes given, bool given_one, SECURITY_DESCRIPTOR_CONTROL given_control,
                         const Heirs& heirs, bool auto_inherit, const GENERIC_MAPPING& mapping,
                         const ListBits& bits) {
    bool is_protected = given_control & bits.is_protected;
    bool was_there = has && !part.empty();
    control &=
        static_cast<SECURITY_DESCRIPTOR_CONTROL>(~(bits.is_protected | bits.inherited | bits.defaulted));
    control |= given_control & (bits.is_protected | bits.defaulted);
    bool automatic = auto_inherit || (given_control & bits.request);
    if (automatic) control |= bits.inherited;
    if (!automatic) control |= given_control & bits.inherited;
    has = given_one;
    if (!given_one || given.empty()) return part = {}, Result<void>();
    AclBuilder built;
    bool keep = auto_inherit && !is_protected && was_there;
    TRY(append_given(built, given, heirs, mapping, !keep));
    if (keep) {
        AceReader reader(part);
        Ace ace;
        while (reader.next(ace))
            if (ace.flags & INHERITED_ACE) TRY(built.append(ace, ace.flags, ace.known() ? ace.mask() : 0));
    }
    bytes = TRY(built.finish(revision_of(given)));
    part = bytes.span();
    return {};
}

bool same_ace(const Ace& one, const Ace& other) {
    return one.size == other.size && one.type == other.type &&
           ((one.flags ^ other.flags) & ~INHERITED_ACE) == 0 &&
           memcmp(one.at + 2, other.at + 2, one.size - 2u) == 0;
}

bool contains(Bytes acl, const Ace& wanted) {
    AceReader reader(acl);
    Ace ace;
    while (reader.next(ace))
        if (same_ace(ace, wanted)) return true;
    return false;
}

// The list with the entries that are also in `inherited` marked, and behind the others. Empty when not all of
// these are there.
Result<Vector<uint8_t>> marked_list(Bytes acl, Bytes inherited) {
    AceReader all(inherited);
    Ace ace;
    while (all.next(ace))
        if (!contains(acl, ace)) return Vector<uint8_t>();
    AclBuilder built;
    for (bool theirs : {false, true}) {
        AceReader reader(acl);
        while (reader.next(ace)) {
            if (contains(inherited, ace) != theirs) continue;
            auto flags = static_cast<uint8_t>((ace.flags & ~INHERITED_ACE) | (theirs ? INHERITED_ACE : 0));
            TRY(built.append(ace, flags, ace.known() ? ace.mask() : 0));
        }
    }
    return built.finish(revision_of(acl));
}

Result<void> convert_list(Bytes& part, SECURITY_DESCRIPTOR_CONTROL& control, Vector<uint8_t>& bytes,
                          Bytes parent, const NewDescriptor& how, const Heirs& heirs, const ListBits& bits) {
    control |= bits.inherited;
    if (control & bits.is_protected) return {};
    if (part.empty()) return control |= bits.is_protected, Result<void>();
    Vector<uint8_t> inherited = TRY(inherited_acl(parent, how, heirs.owner, heirs.group, true));
    bytes = TRY(marked_list(part, inherited.span()));
    if (bytes.empty()) return control |= bits.is_protected, Result<void>();
    part = bytes.span();
    return {};
}

}  // namespace

Result<Vector<uint8_t>> changed_descriptor(Bytes old_descriptor, Bytes changes, SECURITY_INFORMATION which,
                                           bool auto_inherit, const GENERIC_MAPPING& mapping) {
    constexpr SECURITY_INFORMATION kSystem = SACL_SECURITY_INFORMATION | LABEL_SECURITY_INFORMATION;
    Parts parts = parts_of(old_descriptor);
    Parts given = parts_of(changes);
    if (which & OWNER_SECURITY_INFORMATION) {
        if (given.owner.empty()) return fail(STATUS_INVALID_OWNER);
        parts.owner = given.owner;
    }
    if (which & GROUP_SECURITY_INFORMATION) parts.group = given.group;
    if (which & PROTECTED_DACL_SECURITY_INFORMATION) given.control |= SE_DACL_PROTECTED;
    if (which & PROTECTED_SACL_SECURITY_INFORMATION) given.control |= SE_SACL_PROTECTED;
    if (which & UNPROTECTED_DACL_SECURITY_INFORMATION) given.control &= ~SE_DACL_PROTECTED;
    if (which & UNPROTECTED_SACL_SECURITY_INFORMATION) given.control &= ~SE_SACL_PROTECTED;
    Heirs heirs{view(parts.owner), view(parts.group)};
    Vector<uint8_t> dacl, sacl;
    if (which & DACL_SECURITY_INFORMATION)
        TRY(change_list(parts.dacl, parts.has_dacl, parts.control, dacl, given.dacl, given.has_dacl,
                        given.control, heirs, auto_inherit, mapping, kDaclBits));
    if (which & kSystem)
        TRY(change_list(parts.sacl, parts.has_sacl, parts.control, sacl, given.sacl, given.has_sacl,
                        given.control, heirs, auto_inherit, mapping, kSaclBits));
    return build_descriptor(parts);
}

Result<Vector<uint8_t>> converted_descriptor(Bytes descriptor, const NewDescriptor& how) {
    Parts parts = parts_of(descriptor);
    Parts above = parts_of(how.container);
    Heirs heirs{view(parts.owner), view(parts.group)};
    Vector<uint8_t> dacl, sacl;
    if (parts.has_dacl) TRY(convert_list(parts.dacl, parts.control, dacl, above.dacl, how, heirs, kDaclBits));
    if (parts.has_sacl) TRY(convert_list(parts.sacl, parts.control, sacl, above.sacl, how, heirs, kSaclBits));
    return build_descriptor(parts);
}

}  // namespace base
