// SPDX-License-Identifier: GPL-3.0-only
//
// Random bytes, for programs' keys and for where images lie. A ChaCha20 generator (RFC 8439) whose key is
// replaced by its own output with every use, so that what was given away cannot be computed from what is in
// memory later. Every use stirs the processor's time stamp into the key, and what its random number generator
// says where it has one: without it, what is drawn in the first moments of a machine whose start is always
// the same can be guessed.
#pragma once

#include <stdint.h>

#include <span>

namespace ke {

// A service that gives more than a few hundred bytes asks in slices: a block of 32 takes about 1,000
// instructions.
void fill_random(std::span<uint8_t> out);
uint64_t random_number();

}  // namespace ke
