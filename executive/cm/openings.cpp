// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/openings.hpp"

#include "executive/ke/slice.hpp"

namespace cm {

Result<bool> Openings::step() {
    ke::Slice slice;
    if (attempts_ == 0 || version_ != changes()) {
        ++attempts_;
        version_ = changes();
        levels_.clear();
        count_ = itself_ ? root_->openings() : 0;
        TRY(levels_.push_back({root_}));
    }
    while (!levels_.empty()) {
        Level& level = levels_.back();
        if (level.next == level.key->subkey_count()) {
            levels_.pop_back();
            continue;
        }
        Key& key = level.key->subkey(level.next++);
        count_ += key.openings();
        if (key.subkey_count()) TRY(levels_.push_back({Ref<Key>(key)}));
        if (slice.over()) return false;
    }
    return true;
}

}  // namespace cm
