// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/remains.hpp"

#include <new>

#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace cm {

namespace {

class TreeRemains final : public ke::PacedWork {
public:
    explicit TreeRemains(Ref<Key> root) : root_(std::move(root)), at_(root_) {}
    bool slice() override {
        if (!some()) return false;
        delete this;
        return true;
    }
    bool some() {
        ke::Slice slice;
        while (true) {
            if (slice.over()) return false;
            if (Key* below = at_->first_subkey(); below && below->first_subkey()) {
                at_ = Ref<Key>(below);
            } else if (!at_->drop_first()) {
                if (at_ == root_) return true;
                // Who has it open may have deleted it meanwhile.
                at_ = at_->parent() ? Ref<Key>(at_->parent()) : root_;
            }
        }
    }

private:
    Ref<Key> root_;
    Ref<Key> at_;
};

}  // namespace

void end_tree(Ref<Key> root) {
    root->end_apart();
    auto* remains = new (std::nothrow) TreeRemains(root);
    if (remains) {
        if (!remains->slice()) ke::Pacer::instance().add_idle(*remains);
        return;
    }
    TreeRemains rest(std::move(root));
    while (!rest.some()) {
    }
}

}  // namespace cm
