// SPDX-License-Identifier: GPL-3.0-only
//
// Copies what trees of keys hold that is not volatile, one over the other, into a tree apart, in slices: the
// values of later ones win. They are one moment's: where the registry has changed between two slices, it
// begins anew. The data of values is shared.
#pragma once

#include <span>

#include "base/vector.hpp"
#include "executive/cm/key.hpp"

namespace cm {

class TreeCopy {
public:
    // Both have the same level.
    TreeCopy(Ref<Key> first, Ref<Key> second) : sources_{std::move(first), std::move(second)} {}
    ~TreeCopy();
    TreeCopy(const TreeCopy&) = delete;
    TreeCopy& operator=(const TreeCopy&) = delete;

    // A slice; true when all is there. STATUS_KEY_DELETED, STATUS_REGISTRY_QUOTA_LIMIT,
    // STATUS_INSUFFICIENT_RESOURCES.
    Result<bool> step();
    const unsigned& attempts() const { return attempts_; }
    // REQUIRES: it is there.
    const Ref<Key>& root() const { return root_; }

private:
    struct Level {
        Ref<Key> from;
        Ref<Key> to;
        size_t next_value = 0;
        size_t next = 0;  // subkey
    };
    Result<void> begin();
    Result<void> open_level(Ref<Key> from, Ref<Key> to);
    // One thing more; false: the tree is done.
    Result<bool> go_on();
    Result<void> copy_value(Level& level, const Value& value);

    Ref<Key> sources_[2];
    Ref<Key> root_;
    Vector<Level> levels_;
    unsigned source_ = 0;
    uint64_t version_ = 0;
    unsigned attempts_ = 0;
};

}  // namespace cm
