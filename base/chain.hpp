// SPDX-License-Identifier: GPL-3.0-only
//
// For objects that hold others of their kind to any depth (directories, registry keys): the last reference to
// one may end a whole chain. They end one after the other, never one inside the other, so the stack that it
// takes does not depend on the chain:
//
//   class Key final : public RefCounted, private Chained<Key> {
//       void last_reference_gone() const override { end_in_turn(); }
//
// An end that comes while another of its kind runs is done when that one is over: no destructor of the kind
// may need the objects it holds to be gone already.
#pragma once

#include <utility>

namespace base {

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
        if (std::exchange(ending_, true)) return;
        while (const Chained* ended = waiting_) {
            waiting_ = ended->next_;
            delete ended;
        }
        ending_ = false;
    }

private:
    static inline const Chained* waiting_ = nullptr;
    static inline bool ending_ = false;
    mutable const Chained* next_ = nullptr;
};

}  // namespace base
