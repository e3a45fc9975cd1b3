// SPDX-License-Identifier: GPL-3.0-only
//
// Who may do what with the registry's keys. All keys of a hive share one descriptor: Registry\User\SID is all
// its user's, as far as he is the caller; everything else is read by users and changed by SYSTEM and
// administrators alone.
#pragma once

#include "executive/cm/cm.hpp"
#include "executive/ke/call.hpp"

namespace services {

// Empty: all is granted, as the key is in the hive of the caller's user.
base::Result<base::Vector<uint8_t>> hive_security(ke::Call& call, const cm::Key& key);

}  // namespace services
