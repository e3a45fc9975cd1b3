// SPDX-License-Identifier: GPL-3.0-only
#include "executive/se/token.hpp"

namespace se {

bool Token::has_sid(const Sid& sid) const {
    if (user == sid) return true;
    for (const Group& group : groups)
        if ((group.attributes & SE_GROUP_ENABLED) && group.sid == sid) return true;
    return false;
}

Privilege* Token::find_privilege(const LUID& luid) {
    if (luid.HighPart != 0) return nullptr;
    for (Privilege& privilege : privileges)
        if (privilege.number == luid.LowPart && !(privilege.attributes & SE_PRIVILEGE_REMOVED))
            return &privilege;
    return nullptr;
}

bool Token::holds(ULONG number) const {
    for (const Privilege& privilege : privileges)
        if (privilege.number == number) return privilege.enabled();
    return false;
}

}  // namespace se
