// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/openings.hpp"

#include "executive/ke/slice.hpp"

namespace cm {

Result<bool> Openings::step() {
    ke::Slice slice;
    if (attempts_ == 0 || version_ != version()) TRY(begin_anew());
    while (TRY(go_on()))
        if (slice.over()) return false;
    return true;
}

Result<void> Openings::begin_anew() {
    ++attempts_;
    version_ = version();
    count_ = 0;
    place_.unlink();
    levels_.clear();
    TRY(levels_.push_back({root_}));
    begin();
    if (itself_) go_to(root_);
    return {};
}

void Openings::go_to(Ref<Key> key) {
    key->openings().push_front(place_);
    at_ = std::move(key);
}

Result<bool> Openings::go_on() {
    if (place_.linked()) {
        Opening* opening = at_->openings().next(place_);
        if (opening && !opening->is_place()) {
            TRY(meet(*at_, *opening, count_));
            ++count_;
        }
        place_.unlink();
        if (!opening) return true;
        if (Opening* behind = at_->openings().next(*opening)) {
            at_->openings().insert_before(*behind, place_);
        } else {
            at_->openings().push_back(place_);
        }
        return true;
    }
    if (levels_.empty()) return false;
    Level& level = levels_.back();
    if (level.next == level.key->subkey_count()) {
        levels_.pop_back();
        return true;
    }
    Ref<Key> key(level.key->subkey(level.next++));
    if (!key->openings().empty()) go_to(key);
    if (key->subkey_count()) TRY(levels_.push_back({std::move(key)}));
    return true;
}

}  // namespace cm
