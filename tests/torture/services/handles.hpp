// SPDX-License-Identifier: GPL-3.0-only
//
// The handles of one process by the type of what they name. All its threads put in and take out without any
// lock: that a handle was closed meanwhile, or names something else, is part of the game.
#pragma once

#include "tests/torture/services/world.hpp"

namespace torture {

// A handle that a call has just given is kept under its object's type.
void keep_handle(World& world, ULONG64 handle);

// One of the kept; 0 when there is none of that type.
ULONG64 kept_handle(World& world, Object type);

}  // namespace torture
