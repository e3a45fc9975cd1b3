// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/later.hpp"

#include "executive/ke/pacer.hpp"
#include "executive/ke/page_in.hpp"
#include "executive/ke/shortage.hpp"

namespace mm {

namespace {

// The step that is made again does the next part.
class NextSlice final : public ke::Making {
public:
    void slice() override {}
};
constinit NextSlice next_slice;

// There until its turn has come and nobody waits for it.
class NextTurn final : public RefCounted, public ke::PacedWork {
public:
    void begin() {
        self_ = Ref<NextTurn>(*this);
        ke::Pacer::instance().add(*this);
        ke::PageIn::leave(self_, done_, ke::PageIn::Until::Over);
    }
    bool slice() override {
        Ref<NextTurn> last = std::move(self_);
        done_.signal();
        return true;
    }

private:
    Event done_;
    Ref<NextTurn> self_;
};

}  // namespace

NTSTATUS later() {
    if (ke::may_be_repeated()) {
        ke::await_making(next_slice);
        return STATUS_NO_MEMORY;
    }
    auto next = make_ref<NextTurn>();
    if (!next) return STATUS_NO_MEMORY;
    (*next)->begin();
    return STATUS_IN_PAGE_ERROR;
}

}  // namespace mm
