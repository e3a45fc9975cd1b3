// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/default_descriptor.hpp"

#include "abi/nt/ntpsapi.h"
#include "base/new_descriptor.hpp"
#include "executive/se/label.hpp"

namespace se {

namespace {

constexpr ACCESS_MASK kNoneBelow = SYSTEM_MANDATORY_LABEL_NO_WRITE_UP | SYSTEM_MANDATORY_LABEL_NO_READ_UP;

Result<Vector<uint8_t>> make(const Token& token, const ob::Type& type, std::span<const uint8_t> asked,
                             bool label) {
    const Token::Content& content = token.content();
    Vector<uint8_t> sacl, with_label;
    base::NewDescriptor how;
    how.asked = asked;
    if (label) {
        base::Parts parts = base::parts_of(asked);
        sacl = TRY(labelled(parts.sacl, content.integrity, kNoneBelow));
        parts.sacl = sacl.span();
        parts.has_sacl = true;
        with_label = TRY(base::build_descriptor(parts));
        how.asked = with_label.span();
    }
    how.owner = token.owner();
    how.group = token.primary_group();
    how.default_dacl = content.default_dacl.span();
    how.mapping = {type.mapping.read, type.mapping.write, type.mapping.execute, type.mapping.all};
    return base::new_descriptor(how);
}

// What was made last where nothing was asked for: a program's threads, one after the other, get the same.
struct Made {
    LUID token = {};  // ids of tokens are never used again
    LUID modified = {};
    const ob::Type* type = nullptr;
    Ref<ob::Descriptor> descriptor;

    bool is_of(const Token& of, const ob::Type& its_type) const {
        return type == &its_type && same(token, of.id()) && same(modified, of.modified_id());
    }
    static bool same(const LUID& left, const LUID& right) {
        return left.LowPart == right.LowPart && left.HighPart == right.HighPart;
    }
};

}  // namespace

Result<Ref<ob::Descriptor>> default_descriptor(const Token& token, const ob::Type& type,
                                               std::span<const uint8_t> asked, bool label) {
    [[clang::no_destroy]] static constinit Made made[4];  // some types apart from others
    if (!asked.empty() || !label) return ob::Descriptor::of(TRY(make(token, type, asked, label)));
    Made& last = made[type.index % std::size(made)];
    if (!last.is_of(token, type)) {
        Ref<ob::Descriptor> descriptor = TRY(ob::Descriptor::of(TRY(make(token, type, asked, label))));
        last = {token.id(), token.modified_id(), &type, std::move(descriptor)};
    }
    return last.descriptor;
}

Result<Vector<uint8_t>> system_process_descriptor() {
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, PROCESS_ALL_ACCESS, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, PROCESS_ALL_ACCESS, kAdministrators));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0,
                    PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE | READ_CONTROL, kAuthenticatedUsers));
    Vector<uint8_t> list = TRY(dacl.finish());
    base::Parts parts;
    parts.has_dacl = true;
    parts.dacl = list.span();
    return base::build_descriptor(parts);
}

}  // namespace se
