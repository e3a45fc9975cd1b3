// SPDX-License-Identifier: GPL-3.0-only
//
// A list of SIDs that never changes, with an index: what a token and its copies share. The index is seeded at
// boot, so that nobody can choose SIDs that fall into one place.
#pragma once

#include "base/ref.hpp"
#include "base/sid.hpp"
#include "base/vector.hpp"
#include "executive/prelude.hpp"

namespace se {

class SidSet final : public RefCounted {
public:
    static constexpr size_t kMost = 128;
    static constexpr uint32_t kNone = ~0u;

    // An empty one, to be filled before it is shared.
    static Result<Ref<SidSet>> create();
    // One that is there already is not taken again: `sid`'s place. STATUS_TOO_MANY_SIDS.
    Result<uint32_t> add(SidView sid);

    size_t size() const { return sids_.size(); }
    const Sid& operator[](size_t index) const { return sids_[index]; }
    // Its place in the list, or kNone.
    uint32_t find(SidView sid) const;
    bool has(SidView sid) const { return find(sid) != kNone; }
    // Bytes that it takes.
    size_t bytes() const { return sids_.size() * sizeof(Sid) + links_.size() * sizeof(Link) + sizeof heads_; }

private:
    static constexpr size_t kHeads = 64;
    struct Link {
        uint32_t hash;
        uint16_t next;  // 1 and up; 0: the last
    };
    SidSet() = default;
    uint32_t find(SidView sid, uint32_t hash) const;
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);

    Vector<Sid> sids_;
    Vector<Link> links_;
    uint16_t heads_[kHeads] = {};  // place + 1
};

}  // namespace se
