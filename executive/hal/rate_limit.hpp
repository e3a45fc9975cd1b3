// SPDX-License-Identifier: GPL-3.0-only
//
// How much of something may happen: kBurst at once, kPerSecond on the average. What is over is counted, not
// stored.
#pragma once

#include <stdint.h>

#include <algorithm>
#include <utility>

namespace hal {

class RateLimit {
public:
    static constexpr uint64_t kBurst = 40;
    static constexpr uint64_t kPerSecond = 10;
    static constexpr uint64_t kTicks = 10'000'000 / kPerSecond;  // 100 ns for one more

    // `now` in 100 ns, never earlier than the last time.
    bool pass(uint64_t now) {
        uint64_t earned = (now - since_) / kTicks;
        since_ += earned * kTicks;
        spent_ -= std::min(spent_, earned);
        if (spent_ == kBurst) {
            ++dropped_;
            return false;
        }
        ++spent_;
        return true;
    }
    // How many did not pass since this was last asked.
    uint64_t take_dropped() { return std::exchange(dropped_, 0); }

private:
    uint64_t since_ = 0;
    uint64_t spent_ = 0;
    uint64_t dropped_ = 0;
};

}  // namespace hal
