// SPDX-License-Identifier: GPL-3.0-only
//
// For objects that hold others of their kind to any depth (directories, registry keys): the last reference to
// one may end a whole chain. They end one after the other, never one inside the other, so the stack that it
// takes does not depend on the chain, and in slices, the first at once and the others by the pacer:
//
//   class Key final : public RefCounted, private ke::Chained<Key> {
//       void last_reference_gone() const override { end_in_turn(); }
//
// An end that comes while another of its kind runs is done when that one is over: no destructor of the kind
// may need the objects it holds to be gone already.
#pragma once

#include <utility>

#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace ke {

template <typename Kind>
class Chained {
public:
    Chained(const Chained&) = delete;
    Chained& operator=(const Chained&) = delete;

protected:
    constexpr Chained() = default;
    virtual ~Chained() = default;

    void end_in_turn() const {
        next_ = std::exchange(waiting_, this);
        if (!ending_ && !end_some() && !rest_.linked()) Pacer::instance().add_idle(rest_);
    }

private:
    class Rest final : public PacedWork {
    public:
        bool slice() override { return end_some(); }
    };

    // True: none is left.
    static bool end_some() {
        ending_ = true;
        Slice slice(slice_ticks / 2);
        while (const Chained* ended = waiting_) {
            waiting_ = ended->next_;
            delete ended;
            if (slice.used_up()) break;
        }
        ending_ = false;
        return !waiting_;
    }

    static inline const Chained* waiting_ = nullptr;
    static inline bool ending_ = false;
    [[clang::no_destroy]] static inline constinit Rest rest_;
    mutable const Chained* next_ = nullptr;
};

}  // namespace ke
