// SPDX-License-Identifier: GPL-3.0-only
//
// The boot option fail=WHAT lets the Executive fail on purpose, so that tests see what it has to say then:
// memory (none to start with), write (to where nothing is mapped), stack (it overflows), instruction (an
// undefined one), assertion.
#pragma once

#include <string_view>

namespace failure {

extern std::string_view wanted;

// Fails in this way, if one is wanted, in a second; `memory` is main's to do.
void fail_soon();

}  // namespace failure
