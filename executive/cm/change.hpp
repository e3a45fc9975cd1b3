// SPDX-License-Identifier: GPL-3.0-only
//
// Tells those who watch a key, and the trees it is in, of a change. Most are told in the turn of the change;
// the pacer tells the others when they are many. Who begins to watch after the change does not hear of it.
#pragma once

#include "executive/cm/watch.hpp"
#include "executive/ke/pacer.hpp"

namespace cm {

struct ChangeTag;

class Change final : public ke::PacedWork, public ListLink<ChangeTag> {
public:
    Change(Key& key, ULONG filter);
    // Takes over what is left of the other.
    Change(Change& other);

    ULONG filter() const { return filter_; }
    // Another change of this kind, while this one is told.
    void repeat() { repeated_ = true; }
    // Some; true when all have been told.
    bool tell();
    bool slice() override;

private:
    // The place in a key's list that has been reached: a watch for nothing.
    class Mark final : public Watch {
    public:
        void fired(NTSTATUS) override {}
    };

    Ref<Key> key_;
    Ref<Key> at_;  // the key, or one above it
    ULONG filter_;
    uint64_t last_;  // the last watch there was when it happened
    bool repeated_ = false;
    Mark mark_;
};

}  // namespace cm
