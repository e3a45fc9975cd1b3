// SPDX-License-Identifier: GPL-3.0-only
//
// Users, rights and inheritance in words, and as one types them.
#pragma once

#include "apps/common/native.hpp"

namespace ntcmd {

// What a descriptor belongs to, as far as its rights have names of their own.
enum class Secured { File, Folder, Key, Object };

// "Administrators", "SYSTEM", or S-1-...
app::Text name_of(PSID sid);
// The other way round; names without regard to case.
struct AnySid {
    alignas(ULONG) UCHAR bytes[SECURITY_MAX_SID_SIZE];
    PSID get() { return bytes; }
};
bool sid_named(app::View text, AnySid& sid);

// "full control", "read and execute", or one word for each right.
app::Text rights_text(Secured kind, ACCESS_MASK mask);
// F, M, RX, R, W, X, D or several of them with commas, in parentheses or not. 0: not to be understood.
ACCESS_MASK rights_typed(Secured kind, app::View text);
// ", and all below", ", inherited" and the like.
app::Text inheritance_text(UCHAR flags);
// "High"
app::Text level_text(PSID label);

}  // namespace ntcmd
