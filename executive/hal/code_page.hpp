// SPDX-License-Identifier: GPL-3.0-only
//
// The character set of the PC's text screen (code page 437).
#pragma once

#include <stdint.h>

#include "executive/prelude.hpp"

namespace hal {

// '?' for what it does not have.
uint8_t to_code_page_437(char16_t unit);

}  // namespace hal
