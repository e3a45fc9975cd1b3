// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/tree_copy.hpp"

#include "executive/cm/remains.hpp"
#include "executive/ke/slice.hpp"

namespace cm {

TreeCopy::~TreeCopy() {
    levels_.clear();
    if (root_) end_tree(std::move(root_));
}

Result<void> TreeCopy::begin() {
    levels_.clear();
    if (root_) end_tree(std::move(root_));
    ++attempts_;
    version_ = changes();
    source_ = 0;
    root_ = TRY(Key::create_apart(sources_[0]->level()));
    return open_level(sources_[0], root_);
}

Result<void> TreeCopy::open_level(Ref<Key> from, Ref<Key> to) {
    if (from->is_deleted()) return fail(STATUS_KEY_DELETED);
    if (from->is_link()) to->make_link();
    to->set_last_write(from->last_write());
    return levels_.push_back({std::move(from), std::move(to)});
}

Result<bool> TreeCopy::step() {
    ke::Slice slice;
    Unseen unseen;
    if (attempts_ == 0 || version_ != changes()) TRY(begin());
    while (true) {
        while (TRY(go_on()))
            if (slice.over()) return false;
        if (source_ == 1) return true;
        source_ = 1;
        TRY(open_level(sources_[1], root_));
        TRY(root_->set_security(sources_[1]->security()->descriptor()));
        TRY(root_->set_class(sources_[1]->key_class()));
    }
}

Result<void> TreeCopy::copy_value(Level& level, const Value& value) {
    size_t length = value.name.length();
    ValueSearch search(*level.to, length, {length, value.hash, 0});
    search.take_all(value.name);
    return level.to->set_value(search.found(), value.name, value.hash, value.type, value.data);
}

Result<bool> TreeCopy::go_on() {
    if (levels_.empty()) return false;
    Level& level = levels_.back();
    if (level.next_value < level.from->value_count()) {
        TRY(copy_value(level, level.from->value(level.next_value++)));
        return true;
    }
    if (level.next == level.from->subkey_count()) {
        levels_.pop_back();
        return true;
    }
    Key& subkey = level.from->subkey(level.next++);
    if (subkey.is_volatile()) return true;
    Ref<Key> copy(level.to->find(subkey.name()));
    if (!copy)
        copy = TRY(level.to->add(subkey.name(), subkey.key_class(), false, subkey.security()->descriptor()));
    TRY(open_level(Ref<Key>(subkey), std::move(copy)));
    return true;
}

}  // namespace cm
