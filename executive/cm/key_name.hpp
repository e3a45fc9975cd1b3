// SPDX-License-Identifier: GPL-3.0-only
//
// What a key is called: \Registry\Machine\..., in slices of the call that asks, for it may lie 512 levels
// deep.
#pragma once

#include "executive/cm/key.hpp"
#include "executive/ke/call.hpp"

namespace cm {

// As Key::path() gives it: empty for a deleted key. STATUS_NAME_TOO_LONG, STATUS_QUOTA_EXCEEDED.
Result<String> full_name(ke::Call& call, const Key& key);

}  // namespace cm
