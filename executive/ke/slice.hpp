// SPDX-License-Identifier: GPL-3.0-only
//
// The share of a turn that one piece of long work may take, measured by the time-stamp counter, so that cheap
// and expensive items need no guesses. A loop over a number that a client chose asks before or after each
// item whether the slice is over. The first time the answer is no, however much time has passed: each slice
// does at least one item, so that no machine is so slow that nothing gets done. Items are small.
//
// What it wakes is its work too: the event loop does all that is queued before any thread runs, however
// important, and a timer's waiter queues behind it. So a slice also ends when it has queued kPosts entries.
#pragma once

#include <stdint.h>

#include <utility>

#include "base/task.hpp"

namespace ke {

// Ten microseconds of the time-stamp counter, which under -icount shift=0 are 10,000 instructions: a quarter
// of what a turn may take. The clock sets it when it knows how fast the counter runs.
inline constinit uint64_t slice_ticks = 10'000;
inline constexpr uint64_t kSlicesPerSecond = 100'000;
// Each may be the end of a thread, ten microseconds or so.
inline constexpr uint64_t kPosts = 4;

// Ticks of the time-stamp counter in so many units of 100 ns.
inline uint64_t cycles(uint64_t time) {
    constexpr uint64_t kUnits = 10'000'000;  // in a second
    uint64_t frequency = slice_ticks * kSlicesPerSecond;
    return time / kUnits * frequency + time % kUnits * frequency / kUnits;
}

class Slice {
public:
    explicit Slice(uint64_t ticks = slice_ticks)
        : start_(__builtin_ia32_rdtsc()), ticks_(ticks), posted_(base::Loop::instance().posted()) {}
    bool over() const { return std::exchange(asked_, true) && used_up(); }
    // For who asks after each item: the first time too.
    bool used_up() const {
        return __builtin_ia32_rdtsc() - start_ >= ticks_ ||
               base::Loop::instance().posted() - posted_ >= kPosts;
    }

private:
    uint64_t start_;
    uint64_t ticks_;
    uint64_t posted_;
    mutable bool asked_ = false;
};

}  // namespace ke
