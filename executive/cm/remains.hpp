// SPDX-License-Identifier: GPL-3.0-only
//
// The end of a tree of keys that is not a part of the registry any more: key by key, in slices, each of them
// deleted then to who has it open.
#pragma once

#include "executive/cm/key.hpp"

namespace cm {

// Takes no memory. REQUIRES: the root has no parent.
void end_tree(Ref<Key> root);

}  // namespace cm
