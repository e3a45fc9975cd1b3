// SPDX-License-Identifier: GPL-3.0-only
//
// How much one slice of a long call does (address_space.hpp), so that with the kernel calls it makes it stays
// well under the length of a turn, 40,000 instructions.
#pragma once

#include "executive/mm/address_space.hpp"

namespace mm {

// Pages given back or with their rights withdrawn. Each may be the last of its page table.
inline constexpr size_t kPagesPerSlice = 16;
// The same, of something that is only a part of what a turn does.
inline constexpr size_t kPagesAtOnce = 4;
// Runs of equal protection changed.
inline constexpr unsigned kRunsPerSlice = 24;

// All slices of a call, for callers that do not depend on a client's sizes.
template <typename Call>
auto to_the_end(Call call) {
    Progress progress;
    for (;;) {
        auto result = call(progress);
        if (!result || !progress.more) return result;
    }
}

// Is this where a slice of a call on [start, end) may have ended?
inline bool within(uint64_t at, uint64_t start, uint64_t end) {
    return at >= start && at < end && at % kPageSize == 0;
}

inline bool valid_range(uint64_t base, uint64_t size) {
    return size > 0 && base >= ke::kLowestUserAddress && base <= ke::kHighestUserAddress &&
           size - 1 <= ke::kHighestUserAddress - base;
}

}  // namespace mm
