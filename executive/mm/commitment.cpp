// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/commitment.hpp"

#include "executive/hal/log.hpp"
#include "executive/mm/sources.hpp"

namespace mm {

namespace {

// One page in so many is not for programs to commit.
constexpr uint64_t kExecutiveShare = 8;

constinit uint64_t committed;

}  // namespace

Result<void> commit_pages(uint64_t pages) {
    uint64_t total = source_pages();
    uint64_t limit = total - total / kExecutiveShare;
    if (pages > limit || committed > limit - pages) {
        log.info("{} pages cannot be committed: {} of {} are", pages, committed, limit);
        return fail(STATUS_COMMITMENT_LIMIT);
    }
    committed += pages;
    return {};
}

void uncommit_pages(uint64_t pages) {
    committed -= pages;
}

}  // namespace mm
