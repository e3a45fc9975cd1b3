// SPDX-License-Identifier: GPL-3.0-only
//
// Counting semaphores: signalled while the count is above zero; each wait that passes takes one.
#pragma once

#include "abi/nt/ntkeapi.h"
#include "executive/ob/ob.hpp"

namespace ex {

class Semaphore final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    // STATUS_INVALID_PARAMETER unless 0 <= count <= limit and limit > 0.
    static Result<Ref<Semaphore>> create(int32_t count, int32_t limit);

    int32_t count() const { return count_; }
    int32_t limit() const { return limit_; }
    // The count before. STATUS_SEMAPHORE_LIMIT_EXCEEDED. REQUIRES: count > 0.
    Result<int32_t> release_by(int32_t count);

    ke::Waitable* waitable() override { return this; }
    bool signaled(const ke::Thread&) const override { return count_ > 0; }
    NTSTATUS consume(ke::Thread&) override {
        --count_;
        return STATUS_SUCCESS;
    }

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Semaphore(int32_t count, int32_t limit) : Object(kType), count_(count), limit_(limit) {}

    int32_t count_;
    int32_t limit_;
};

}  // namespace ex
