// SPDX-License-Identifier: GPL-3.0-only
#include "executive/services/hive_security.hpp"

#include "abi/nt/ntregapi.h"
#include "base/descriptor.hpp"
#include "executive/se/token.hpp"

namespace services {

namespace {

using namespace base;

// Does a key's name say this SID (S-1-5-...)?
bool names(std::u16string_view text, const Sid& sid) {
    std::span<const uint8_t> bytes = sid.bytes();
    uint64_t part = 0;
    if (text.size() < 4 || !equal_ignore_case(text.substr(0, 4), u"S-1-")) return false;
    text.remove_prefix(4);
    for (unsigned i = 0; i <= bytes[1]; ++i) {
        size_t dash = text.find(u'-');
        if (!parse_number(text.substr(0, dash), 10, part)) return false;
        uint32_t expected = bytes[7];
        if (i > 0) __builtin_memcpy(&expected, bytes.data() + 4 + 4 * i, sizeof expected);
        if (part != expected) return false;
        bool last = i == bytes[1];
        if (last != (dash == text.npos)) return false;
        if (!last) text.remove_prefix(dash + 1);
    }
    return true;
}

// The key two levels below the root that this one is or lies below; null when it lies higher. A key has at
// most 512 levels.
const cm::Key* hive_of(const cm::Key& key) {
    const cm::Key* at = &key;
    const cm::Key* below[2] = {};
    for (; at->parent(); at = at->parent()) {
        below[1] = below[0];
        below[0] = at;
    }
    return below[1];
}

}  // namespace

Result<Vector<uint8_t>> hive_security(ke::Call& call, const cm::Key& key) {
    const cm::Key* hive = hive_of(key);
    bool users = hive && equal_ignore_case(hive->parent()->name(), u"User");
    if (users && names(hive->name(), se::subject(call).user())) return Vector<uint8_t>();
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, KEY_READ, kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, KEY_ALL_ACCESS, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, 0, KEY_ALL_ACCESS, kAdministrators));
    Vector<uint8_t> list = TRY(dacl.finish());
    Parts parts;
    parts.owner = SidView(kAdministrators).bytes();
    parts.group = SidView(kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    return build_descriptor(parts);
}

}  // namespace services
