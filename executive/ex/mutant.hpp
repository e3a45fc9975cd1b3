// SPDX-License-Identifier: GPL-3.0-only
//
// Mutants: owned by one thread, which may take it again and again. When the owner ends, the mutant is
// abandoned: free, and the next to take it is told so.
#pragma once

#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class Mutant final : public ob::Object, public ke::Waitable, private ke::ThreadBound {
public:
    static const ob::Type kType;
    static Result<Ref<Mutant>> create();

    // NT's count: 1 free, 0 and below owned.
    int32_t count() const { return count_; }
    bool abandoned() const { return abandoned_; }
    ke::Thread* owner() const { return owner_; }
    // The count before. STATUS_MUTANT_NOT_OWNED.
    Result<int32_t> release_by(ke::Thread& thread);

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread& thread) const override { return !owner_ || owner_ == &thread; }
    NTSTATUS consume(ke::Thread& thread) override;

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Mutant() : Object(kType) {}
    void thread_ended(ke::Thread& thread) override;
    void take(ke::Thread& thread);
    void give_up();

    ke::Thread* owner_ = nullptr;
    int32_t count_ = 1;
    bool abandoned_ = false;
};

}  // namespace ex
