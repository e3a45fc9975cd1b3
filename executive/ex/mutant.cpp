// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/mutant.hpp"

namespace ex {

const ob::Type Mutant::kType{u"Mutant",
                             {STANDARD_RIGHTS_READ | MUTANT_QUERY_STATE, STANDARD_RIGHTS_WRITE,
                              STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, MUTANT_ALL_ACCESS},
                             MUTANT_ALL_ACCESS};

Result<Ref<Mutant>> Mutant::create() {
    return make_ref<Mutant>();
}

void Mutant::take(ke::Thread& thread) {
    if (count_ != INT32_MIN) --count_;
    if (owner_) return;
    owner_ = &thread;
    thread.bind(*this);
    // Its owner may wait to release it, so it lives while it is owned.
    add_ref();
}

void Mutant::give_up() {
    owner_ = nullptr;
    count_ = 1;
    unlink();
    wake();
    release();
}

NTSTATUS Mutant::consume(ke::Thread& thread) {
    take(thread);
    bool abandoned = abandoned_;
    abandoned_ = false;
    return abandoned ? STATUS_ABANDONED : STATUS_SUCCESS;
}

Result<int32_t> Mutant::release_by(ke::Thread& thread) {
    if (owner_ != &thread) return fail(STATUS_MUTANT_NOT_OWNED);
    int32_t before = count_++;
    if (count_ == 1) give_up();
    return before;
}

void Mutant::thread_ended(ke::Thread&) {
    abandoned_ = true;
    give_up();
}

}  // namespace ex
