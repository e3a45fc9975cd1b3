// SPDX-License-Identifier: GPL-3.0-only
//
// What the dead leave behind: memory nobody can reach any more, given back in slices, since how much it is
// was up to a client.
#pragma once

#include "base/list.hpp"
#include "base/ref.hpp"
#include "executive/prelude.hpp"

namespace mm {

class Remains : public ListLink<Remains> {
public:
    virtual ~Remains() = default;
    // Gives back about `pages` pages; true when nothing is left and it can be deleted.
    virtual bool give_back(size_t pages) = 0;
};

// Gives it back: what little there is at once, the rest slice by slice.
void bury(Own<Remains> remains);
// One slice; false when there is nothing to do.
bool reap();

}  // namespace mm
