// SPDX-License-Identifier: GPL-3.0-only
#include <gtest/gtest.h>

#include "executive/pnp/restart_policy.hpp"

namespace {

constexpr uint64_t kSecond = 10'000'000;

TEST(RestartPolicy, FiveWithinAMinute) {
    pnp::RestartPolicy policy;
    policy.came_up();
    for (uint64_t i = 0; i < 4; ++i) {
        policy.died(i * 15 * kSecond);
        EXPECT_TRUE(policy.allows_start());
    }
    policy.died(60 * kSecond);
    EXPECT_FALSE(policy.allows_start());
}

TEST(RestartPolicy, AMinuteIsForgotten) {
    pnp::RestartPolicy policy;
    policy.came_up();
    for (uint64_t i = 0; i < 1000; ++i) {
        policy.died(i * 15 * kSecond + i);
        EXPECT_TRUE(policy.allows_start());
    }
    policy.died(999 * 15 * kSecond + 1000);
    EXPECT_FALSE(policy.allows_start());
}

TEST(RestartPolicy, TwiceBeforeItIsUp) {
    pnp::RestartPolicy policy;
    policy.died(0);
    EXPECT_TRUE(policy.allows_start());
    policy.died(100 * 60 * kSecond);
    EXPECT_FALSE(policy.allows_start());
    policy = {};
    EXPECT_TRUE(policy.allows_start());
}

}  // namespace
