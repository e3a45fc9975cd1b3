// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/remains.hpp"

#include "executive/ke/pacer.hpp"
#include "executive/ke/slice.hpp"

namespace cm {

// All such trees. Their roots, which are in no other key, are kept like subkeys, so that none needs memory to
// end; several may have one name.
class Key::TreeRemains final : public ke::PacedWork {
public:
    static TreeRemains& instance() {
        [[clang::no_destroy]] static constinit TreeRemains all;
        return all;
    }
    void add(Key& root) {
        root.add_ref();
        root.deleted_ = true;
        roots_.insert(root);
        if (!linked()) ke::Pacer::instance().add_idle(*this);
    }
    bool slice() override {
        ke::Slice slice;
        while (!slice.over())
            if (!go_on()) return true;
        return false;
    }

private:
    // One thing more; false: there is none.
    bool go_on() {
        if (!at_) {
            if (roots_.empty()) return false;
            root_ = at_ = Ref<Key>(roots_.first());
        }
        Key* below = at_->first_subkey();
        if (below && below->first_subkey()) {
            at_ = Ref<Key>(below);
        } else if (!at_->drop_first()) {
            // Who has it open may have deleted it meanwhile: then it has no parent.
            if (at_ != root_) return at_ = at_->parent() ? Ref<Key>(at_->parent()) : root_, true;
            roots_.remove(*root_);
            root_->release();
            root_.reset();
            at_.reset();
        }
        return true;
    }

    Subkeys roots_;
    Ref<Key> root_;  // that is worked on
    Ref<Key> at_;    // of its tree
};

void end_tree(Ref<Key> root) {
    Key::TreeRemains::instance().add(*root);
}

}  // namespace cm
