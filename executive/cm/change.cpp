// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/change.hpp"

#include <new>

#include "executive/ke/slice.hpp"

namespace cm {

namespace {

constinit uint64_t last_watch = 0;

}  // namespace

Watch::Watch() : number(++last_watch) {}

Change::Change(Key& key, ULONG filter) : key_(key), at_(key), filter_(filter), last_(last_watch) {}

Change::Change(Change& other) : key_(other.key_), at_(other.at_), filter_(other.filter_), last_(other.last_) {
    if (other.mark_.linked()) at_->watches().insert_before(other.mark_, mark_);
    other.mark_.unlink();
}

bool Change::tell() {
    ke::Slice slice;
    while (at_) {
        List<Watch, WatchTag>& watches = at_->watches();
        if (!mark_.linked() && !watches.empty()) watches.push_front(mark_);
        while (Watch* watch = mark_.linked() ? watches.next(mark_) : nullptr) {
            mark_.unlink();
            if (Watch* behind = watches.next(*watch)) {
                watches.insert_before(*behind, mark_);
            } else {
                watches.push_back(mark_);
            }
            if ((watch->filter & filter_) && watch->number <= last_ && (watch->tree || at_ == key_)) {
                watch->unlink();
                watch->fired(STATUS_NOTIFY_ENUM_DIR);
            }
            if (slice.over()) return false;
        }
        mark_.unlink();
        at_ = Ref<Key>(at_->parent());
        if (at_ || !repeated_) continue;
        repeated_ = false;
        last_ = last_watch;
        at_ = key_;
    }
    return true;
}

bool Change::slice() {
    if (!tell()) return false;
    static_cast<ListLink<ChangeTag>&>(*this).unlink();
    delete this;
    return true;
}

void report_change(Key& key, ULONG filter) {
    for (Change& change : key.changes())
        if (change.filter() == filter) return change.repeat();
    Change change(key, filter);
    if (change.tell()) return;
    auto* rest = new (std::nothrow) Change(change);
    if (rest) {
        key.changes().push_back(*rest);
        return ke::Pacer::instance().add(*rest);
    }
    while (!change.tell()) {
    }
}

}  // namespace cm
