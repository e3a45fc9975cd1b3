// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/semaphore.hpp"

namespace ex {

const ob::Type Semaphore::kType{
    u"Semaphore",
    {STANDARD_RIGHTS_READ | SEMAPHORE_QUERY_STATE, STANDARD_RIGHTS_WRITE | SEMAPHORE_MODIFY_STATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, SEMAPHORE_ALL_ACCESS},
    SEMAPHORE_ALL_ACCESS};

Result<Ref<Semaphore>> Semaphore::create(int32_t count, int32_t limit) {
    if (count < 0 || limit <= 0 || count > limit) return fail(STATUS_INVALID_PARAMETER);
    return make_ref<Semaphore>(count, limit);
}

Result<int32_t> Semaphore::release_by(int32_t count) {
    ASSERT(count > 0);
    if (count > limit_ - count_) return fail(STATUS_SEMAPHORE_LIMIT_EXCEEDED);
    int32_t before = count_;
    count_ += count;
    wake();
    return before;
}

}  // namespace ex
