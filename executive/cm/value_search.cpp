// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key.hpp"

namespace cm {

// FNV-1a, by units.
void NameHash::add(std::u16string_view part) {
    for (char16_t unit : part)
        value_ = (value_ ^ upcase(unit)) * 0x100000001b3;
}

ValueSearch::ValueSearch(const Key& key, size_t length, const State& state)
    : key_(key), length_(length), state_(state) {
    // Whatever the caller's next slice says its name's length is.
    if (state_.taken > 2 * length_) state_ = {};
    if (state_.taken >= length_ && (state_.taken == length_ || !key_.value_of(state_.order)))
        look_at(state_.order);
}

void ValueSearch::compare_anew() {
    over_ = false;
    look_at(0);
}

void ValueSearch::look_at(uint64_t order) {
    state_.taken = length_;
    found_ = key_.by_name_.find_at_or_after(Key::HashedName{state_.hash, length_, order});
    if (found_ && (found_->hash != state_.hash || found_->name.length() != length_)) found_ = nullptr;
    state_.order = found_ ? found_->order : 0;
    over_ = !found_ || length_ == 0;
}

void ValueSearch::take(std::u16string_view part) {
    if (state_.taken < length_) {
        NameHash hash(state_.hash);
        hash.add(part);
        state_.hash = hash.value();
        state_.taken += part.size();
        if (state_.taken == length_) look_at(0);
        return;
    }
    found_ = key_.value_of(state_.order);
    std::u16string_view name = found_ ? found_->name.view() : std::u16string_view();
    size_t at = state_.taken - length_;
    if (name.size() != length_ || !equal_ignore_case(name.substr(at, part.size()), part))
        return look_at(state_.order + 1);
    state_.taken += part.size();
    over_ = state_.taken == 2 * length_;
}

void ValueSearch::take_all(std::u16string_view name) {
    while (!over_)
        take(name.substr(wanted()));
}

}  // namespace cm
