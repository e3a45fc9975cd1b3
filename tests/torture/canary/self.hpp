// SPDX-License-Identifier: GPL-3.0-only
//
// What the canary watches of itself all the time: memory, code, threads, handles; and the clock.
#pragma once

#include "tests/torture/canary/inventory.hpp"

namespace canary {

// Makes what is watched; false when there is not enough memory.
bool furnish();
// A short look. What has changed is reported once.
void look_at_self();

}  // namespace canary
