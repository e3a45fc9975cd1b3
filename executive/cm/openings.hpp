// SPDX-License-Identifier: GPL-3.0-only
//
// The openings of keys below one, met one after the other, in slices; begins anew where the registry has
// changed meanwhile, or a key has been opened.
#pragma once

#include "base/vector.hpp"
#include "executive/cm/key.hpp"

namespace cm {

class Openings {
public:
    // All below the root; itself too, or not.
    Openings(Ref<Key> root, bool itself) : root_(std::move(root)), itself_(itself) {}
    Openings(const Openings&) = delete;
    Openings& operator=(const Openings&) = delete;

    // A slice; true when all have been met.
    Result<bool> step();
    const unsigned& attempts() const { return attempts_; }
    // REQUIRES: all have been met.
    ULONG count() const { return count_; }

protected:
    ~Openings() = default;
    // From the first on.
    virtual void begin() {}
    // The `index`-th. Where it fails it is met again, if there is a next step.
    virtual Result<void> meet(const Key& key, const Opening& opening, ULONG index) = 0;

private:
    struct Level {
        Ref<Key> key;
        size_t next = 0;
    };
    Result<void> begin_anew();
    void go_to(Ref<Key> key);
    // One thing more; false: that was all.
    Result<bool> go_on();
    static uint64_t version() { return changes() + Opening::made(); }

    Ref<Key> root_;
    bool itself_;
    Vector<Level> levels_;
    // The key whose openings are met, and the place before the next one.
    Ref<Key> at_;
    Opening place_;
    ULONG count_ = 0;
    uint64_t version_ = 0;
    unsigned attempts_ = 0;
};

// Counts them only.
class OpeningCount final : public Openings {
public:
    using Openings::Openings;

private:
    Result<void> meet(const Key&, const Opening&, ULONG) override { return {}; }
};

}  // namespace cm
