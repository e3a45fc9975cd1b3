// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key_security.hpp"

#include "abi/nt/ntregapi.h"
#include "base/descriptor.hpp"
#include "executive/cm/budget.hpp"

namespace cm {

KeySecurity::All& KeySecurity::all() {
    static constinit All every;
    return every;
}

Result<Ref<KeySecurity>> KeySecurity::of(Ref<ob::Descriptor> descriptor) {
    const ob::Descriptor* wanted = descriptor.get();
    if (KeySecurity* found = all().find(wanted)) return Ref<KeySecurity>(found);
    Ref<KeySecurity> made = TRY(make_ref<KeySecurity>(std::move(descriptor)));
    TRY(charge(made->cost()));
    made->charged_ = true;
    all().insert(*made);
    return made;
}

Result<Ref<KeySecurity>> KeySecurity::usual() {
    AclBuilder dacl;
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, KEY_READ, kEveryone));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, KEY_ALL_ACCESS, kLocalSystem));
    TRY(dacl.append(ACCESS_ALLOWED_ACE_TYPE, CONTAINER_INHERIT_ACE, KEY_ALL_ACCESS, kAdministrators));
    Vector<uint8_t> list = TRY(dacl.finish());
    base::Parts parts;
    parts.owner = SidView(kAdministrators).bytes();
    parts.group = SidView(kLocalSystem).bytes();
    parts.has_dacl = true;
    parts.dacl = list.span();
    return of(TRY(ob::Descriptor::of(TRY(base::build_descriptor(parts)))));
}

KeySecurity::~KeySecurity() {
    if (!charged_) return;
    all().remove(*this);
    uncharge(cost());
}

}  // namespace cm
