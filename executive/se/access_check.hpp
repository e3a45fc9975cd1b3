// SPDX-License-Identifier: GPL-3.0-only
//
// The access check: a pure function of a token, a descriptor and what is asked for.
#pragma once

#include <span>

#include "executive/se/token.hpp"

namespace se {

// What is granted of `desired`, whose generic bits have been mapped; MAXIMUM_ALLOWED asks for all of `all`
// that the descriptor gives. STATUS_ACCESS_DENIED, STATUS_PRIVILEGE_NOT_HELD (ACCESS_SYSTEM_SECURITY).
// REQUIRES: the descriptor is empty or has been checked.
Result<ACCESS_MASK> access_check(const Token& token, std::span<const uint8_t> descriptor, ACCESS_MASK desired,
                                 ACCESS_MASK all);

}  // namespace se
