// SPDX-License-Identifier: GPL-3.0-only
//
// How often keys below one are open, counted in slices; begins anew where the registry has changed meanwhile.
#pragma once

#include "base/vector.hpp"
#include "executive/cm/key.hpp"

namespace cm {

class Openings {
public:
    // All below the root; itself too, or not.
    Openings(Ref<Key> root, bool itself) : root_(std::move(root)), itself_(itself) {}
    // A slice; true when all are counted.
    Result<bool> step();
    unsigned attempts() const { return attempts_; }
    // REQUIRES: they are counted.
    ULONG count() const { return count_; }

private:
    struct Level {
        Ref<Key> key;
        size_t next = 0;
    };
    Ref<Key> root_;
    bool itself_;
    Vector<Level> levels_;
    ULONG count_ = 0;
    uint64_t version_ = 0;
    unsigned attempts_ = 0;
};

}  // namespace cm
