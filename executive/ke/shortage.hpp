// SPDX-License-Identifier: GPL-3.0-only
//
// Memory that takes longer to make than a turn has. Who lacks some in the midst of a call that has not waited
// yet says so here and fails as if there were none; the dispatcher then has a slice of it made and answers
// "again", and the call is made from its beginning until it finds enough.
#pragma once

namespace ke {

class Making {
public:
    // Makes a part, about half a ke::Slice of it.
    virtual void slice() = 0;

protected:
    ~Making() = default;
};

// Whether the work at hand is a call's that can be made again when it fails with
// STATUS_INSUFFICIENT_RESOURCES or STATUS_NO_MEMORY.
inline constinit bool (*may_be_repeated)() = [] { return false; };
// REQUIRES: may_be_repeated().
void await_making(Making& making);

// Not zero: the work at hand is no part of the call at hand, whose end does not follow from it.
inline constinit unsigned beside_the_call = 0;

}  // namespace ke
