// SPDX-License-Identifier: GPL-3.0-only
#include "executive/cm/budget.hpp"

#include <algorithm>

#include "base/assert.hpp"

namespace cm {

namespace {

constinit size_t total = 0;
constinit size_t most = kMaximumTotal;

}  // namespace

void set_limit(size_t bytes) {
    most = std::min(bytes, kMaximumTotal);
}

size_t limit() {
    return most;
}

size_t total_bytes() {
    return total;
}

Result<void> charge(size_t bytes) {
    if (total > most || bytes > most - total) return fail(STATUS_REGISTRY_QUOTA_LIMIT);
    total += bytes;
    return {};
}

void uncharge(size_t bytes) {
    ASSERT(bytes <= total);
    total -= bytes;
}

}  // namespace cm
