// SPDX-License-Identifier: GPL-3.0-only
//
// The share of a turn that one piece of long work may take, measured by the time-stamp counter, so that cheap
// and expensive items need no guesses. A loop over a number that a client chose asks before or after each
// item whether the slice is over. The first time the answer is no, however much time has passed: each slice
// does at least one item, so that no machine is so slow that nothing gets done. Items are small.
#pragma once

#include <stdint.h>

#include <utility>

namespace ke {

// Ten microseconds of the time-stamp counter, which under -icount shift=0 are 10,000 instructions: a quarter
// of what a turn may take. The clock sets it when it knows how fast the counter runs.
inline constinit uint64_t slice_ticks = 10'000;
inline constexpr uint64_t kSlicesPerSecond = 100'000;

class Slice {
public:
    Slice() : start_(__builtin_ia32_rdtsc()) {}
    bool over() const {
        return std::exchange(asked_, true) && __builtin_ia32_rdtsc() - start_ >= slice_ticks;
    }

private:
    uint64_t start_;
    mutable bool asked_ = false;
};

}  // namespace ke
