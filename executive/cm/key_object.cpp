// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/key_object.hpp"

namespace cm {

const ob::Type KeyObject::kType{
    u"Key", {KEY_READ, KEY_WRITE, KEY_EXECUTE, KEY_ALL_ACCESS}, KEY_ALL_ACCESS | SYNCHRONIZE, true};

Result<Ref<KeyObject>> KeyObject::create(Ref<Key> key) {
    return make_ref<KeyObject>(std::move(key));
}

void KeyObject::add_watch(HandleWatch& watch) {
    key_->watches().push_back(watch);
    watches_.push_back(watch);
}

void KeyObject::last_handle_closed() {
    while (HandleWatch* watch = watches_.front()) {
        watch->withdraw();
        watch->fired(STATUS_NOTIFY_CLEANUP);
    }
}

}  // namespace cm
