// SPDX-License-Identifier: GPL-3.0-only
//
// Whether a host that died is started again. Only deaths of its own fault count: after five within a minute,
// or two before it has come up at all, it stays down. One that a person or a program ended is always started
// again.
#pragma once

#include <stdint.h>

namespace pnp {

class RestartPolicy {
public:
    static constexpr unsigned kMostDeaths = 5;
    static constexpr unsigned kMostFailedStarts = 2;
    static constexpr uint64_t kPeriod = 600'000'000;  // a minute, in 100 ns

    void came_up() { came_up_ = true; }
    // Died of its own fault, at this interrupt time (100 ns), no earlier than the time before.
    void died(uint64_t now) { times_[deaths_++ % kMostDeaths] = now; }
    bool allows_start() const {
        if (!came_up_ && deaths_ >= kMostFailedStarts) return false;
        if (deaths_ < kMostDeaths) return true;
        uint64_t newest = times_[(deaths_ - 1) % kMostDeaths];
        uint64_t oldest = times_[deaths_ % kMostDeaths];
        return newest - oldest > kPeriod;
    }

private:
    uint64_t times_[kMostDeaths] = {};  // the last ones, in a circle
    uint64_t deaths_ = 0;
    bool came_up_ = false;
};

}  // namespace pnp
