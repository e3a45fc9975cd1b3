// SPDX-License-Identifier: GPL-3.0-only
//
// Plays of the service fuzzer (tests/fuzz/services) on inputs that seeds decide: the same ones each time,
// others and for ten minutes in a long run. NEPTUNE_SEED names the first seed.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>

#include "tests/fuzz/services/play.hpp"

namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kUsualSeed = 20261130;
constexpr std::chrono::seconds kUsual{25};
constexpr std::chrono::seconds kLong{600};

uint64_t first_seed(bool is_long) {
    if (const char* given = std::getenv("NEPTUNE_SEED")) return std::strtoull(given, nullptr, 0);
    return is_long ? static_cast<uint64_t>(std::chrono::system_clock::now().time_since_epoch().count())
                   : kUsualSeed;
}

TEST(FuzzServices, LeavesNothingBehind) {
    bool is_long = std::getenv("NEPTUNE_LONG");
    auto end = Clock::now() + (is_long ? kLong : kUsual);
    fuzz::warm_up();
    for (uint64_t seed = first_seed(is_long); Clock::now() < end; ++seed) {
        fuzz::play(fuzz::random_input(seed), "of seed " + std::to_string(seed));
        const fuzz::Tally& tally = fuzz::tally();
        std::fflush(stdout);
        if (tally.plays % 64 == 0)
            std::printf("# %llu calls in %llu plays\n", static_cast<unsigned long long>(tally.calls),
                        static_cast<unsigned long long>(tally.plays));
    }
    unsigned services = 0;
    for (bool succeeded : fuzz::tally().service)
        services += succeeded;
    std::printf("# %llu calls, %llu succeeded, of %u services, in %llu plays\n",
                static_cast<unsigned long long>(fuzz::tally().calls),
                static_cast<unsigned long long>(fuzz::tally().succeeded), services,
                static_cast<unsigned long long>(fuzz::tally().plays));
    // It is no test when hardly a call does what it should.
    EXPECT_GT(services, 100u);
}

}  // namespace
