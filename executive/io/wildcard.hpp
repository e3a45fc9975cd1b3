// SPDX-License-Identifier: GPL-3.0-only
//
// NT's wild cards: * any text, ? one character, and their DOS cousins < (any text up to the last period),
// > (one character, or none at a period or the end), " (a period, or the end).
#pragma once

#include <string_view>

#include "executive/prelude.hpp"

namespace io {

// Without regard to case. An empty pattern matches everything. Time: at most pattern length x name length.
bool matches_wildcard(std::u16string_view pattern, std::u16string_view name);

}  // namespace io
