// SPDX-License-Identifier: GPL-3.0-only
//
// One opening of a key, on the key's list of them; or a place in that list that somebody has come to.
#pragma once

#include "base/list.hpp"
#include "executive/prelude.hpp"

namespace cm {

class Opening : public ListLink<struct OpeningTag> {
public:
    // `opener`: the number of the process that opens it; 0: the Executive.
    explicit Opening(uint32_t opener) : opener_(opener) { ++made_; }
    // A place.
    Opening() : place_(true) {}

    bool is_place() const { return place_; }
    uint32_t opener() const { return opener_; }
    // Of all keys, ever.
    static uint64_t made() { return made_; }

private:
    static inline constinit uint64_t made_ = 0;
    uint32_t opener_ = 0;
    bool place_ = false;
};

}  // namespace cm
