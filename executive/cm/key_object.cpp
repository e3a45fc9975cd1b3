// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key_object.hpp"

#include <utility>

#include "executive/ke/slice.hpp"

namespace cm {

const ob::Type KeyObject::kType{u"Key",
                                {KEY_READ, KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS},
                                KEY_ALL_ACCESS | SYNCHRONIZE,
                                true,
                                ob::Secured::Elsewhere};

Result<Ref<KeyObject>> KeyObject::create(Ref<Key> key, uint32_t opener) {
    return make_ref<KeyObject>(std::move(key), opener);
}

KeyObject::KeyObject(Ref<Key> key, uint32_t opener)
    : Object(kType), Opening(opener), key_(std::move(key)), hive_(key_->hive_around()) {
    key_->openings().push_back(*this);
    if (hive_) hive_->opened();
}

KeyObject::~KeyObject() {
    if (hive_) hive_->closed();
}

void KeyObject::add_watch(HandleWatch& watch) {
    key_->watches().push_back(watch);
    watches_.push_back(watch);
}

void KeyObject::last_handle_closed() {
    if (ending_ || slice()) return;
    ending_ = true;
    add_ref();
    ke::Pacer::instance().add(*this);
}

bool KeyObject::slice() {
    ke::Slice slice;
    while (HandleWatch* watch = watches_.front()) {
        watch->withdraw();
        watch->fired(STATUS_NOTIFY_CLEANUP);
        if (slice.over()) break;
    }
    if (!watches_.empty()) return false;
    if (std::exchange(ending_, false)) release();
    return true;
}

}  // namespace cm
