// SPDX-License-Identifier: GPL-3.0-only
#include "executive/mm/commitment.hpp"

#include <algorithm>
#include <iterator>

#include "executive/hal/log.hpp"
#include "executive/ke/claim.hpp"
#include "executive/mm/frames.hpp"
#include "executive/mm/sources.hpp"

namespace mm {

namespace {

constinit uint64_t committed;
constinit uint64_t peak;  // of committed
constinit uint64_t
    given;  // of those, or of what was committed before, and still with whom they were promised

// Each a share of RAM, but neither fewer nor more pages than these.
struct Reserve {
    uint64_t share;
    uint64_t least;
    uint64_t most;
};
// By ke::Claim. A driver host takes some 400 pages, a small program 150.
constexpr Reserve kReserves[] = {{8, 256, 4096}, {32, 128, 2048}, {64, 32, 1024}, {1, 0, 0}};
constinit uint64_t reserves[std::size(kReserves)];  // pages

uint64_t reserve(ke::Claim claim) {
    return reserves[static_cast<size_t>(claim)];
}

}  // namespace

void set_reserves() {
    for (size_t i = 0; i < std::size(kReserves); ++i)
        reserves[i] = std::clamp(source_pages() / kReserves[i].share, kReserves[i].least, kReserves[i].most);
}

bool may_take(uint64_t pages) {
    uint64_t there = free_page_count() + given;
    uint64_t wanted = committed + pages;
    // Mostly there is so much that it does not matter for whom it is.
    if (there >= wanted + reserve(ke::Claim::Program)) [[likely]]
        return true;
    return there >= wanted + reserve(ke::present_claim());
}

Result<void> commit_pages(uint64_t pages) {
    if (pages > source_pages() || !may_take(pages)) {
        log.info("{} pages cannot be committed: {} are, {} pages are free", pages, committed,
                 free_page_count());
        return fail(STATUS_COMMITMENT_LIMIT);
    }
    committed += pages;
    peak = std::max(peak, committed);
    return {};
}

void uncommit_pages(uint64_t pages) {
    ASSERT(pages <= committed);
    committed -= pages;
}

CommitCounts commit_counts() {
    return {committed, source_pages() - reserve(ke::Claim::Program), peak, given};
}

void promises_kept(int64_t pages) {
    given += static_cast<uint64_t>(pages);
}

}  // namespace mm
