// SPDX-License-Identifier: GPL-3.0-only
//
// The font of the framebuffer console: 8 x 16, ASCII and single-line boxes, drawn for this system.
#pragma once

#include <stdint.h>

#include "executive/prelude.hpp"

namespace hal {

// One row (0 to 15) of a character, the leftmost pixel in the top bit. Characters that it lacks show as '?'.
uint8_t glyph_row(char16_t character, unsigned row);

}  // namespace hal
