// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/log.hpp"
#include "executive/hal/rate_limit.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/host/hal/fakes.hpp"

namespace {

using hal::LogLevel;

class LogTest : public testing::Test {
protected:
    LogTest() {
        EXPECT_TRUE(hal::set_log("all:warning"));
        fakes::serial.clear();
    }
};

TEST_F(LogTest, ComponentsHaveLevelsOfTheirOwn) {
    ASSERT_TRUE(hal::set_log("mm:trace,io:info,ps:error"));
    mm::log.trace("page {}", 1);
    io::log.trace("no");
    io::log.info("file {}", std::u16string_view(u"a"));
    ps::log.warning("no");
    ps::log.error("bad {s}", STATUS_ACCESS_VIOLATION);
    ob::log.info("no");
    ob::log.warning("odd");
    EXPECT_EQ(fakes::serial, "mm trace: page 1\nio: file a\nps error: bad c0000005\nob warning: odd\n");
}

uint64_t g_now = 0;

size_t lines() {
    return static_cast<size_t>(std::count(fakes::serial.begin(), fakes::serial.end(), '\n'));
}

// What a program can cause a thousand times is a line a thousand times in no log.
TEST_F(LogTest, FloodsAreCut) {
    ASSERT_TRUE(hal::set_log("pnp:info"));
    hal::set_log_clock([] { return g_now; });
    g_now = 1000 * 10'000'000ull;
    for (int i = 0; i < 1000; ++i)
        pnp::log.warning("flood {}", i);
    EXPECT_EQ(lines(), hal::RateLimit::kBurst);
    for (int i = 0; i < 1000; ++i)
        pnp::log.error("flood {}", i);
    EXPECT_EQ(lines(), hal::RateLimit::kBurst);
    // Others have lines of their own, and what somebody asked to see is all shown.
    ob::log.warning("odd");
    for (int i = 0; i < 100; ++i)
        pnp::log.info("{}", i);
    EXPECT_EQ(lines(), hal::RateLimit::kBurst + 101);
    fakes::serial.clear();
    g_now += hal::RateLimit::kTicks;
    pnp::log.warning("again");
    EXPECT_EQ(fakes::serial, "pnp warning: 1960 lines left out\npnp warning: again\n");
    hal::set_log_clock(nullptr);
}

TEST(RateLimit, SoManyAtOnceSoManyASecond) {
    hal::RateLimit limit;
    uint64_t now = 77;
    auto passed = [&](int tries) {
        int count = 0;
        while (tries-- > 0)
            count += limit.pass(now);
        return count;
    };
    EXPECT_EQ(passed(1000), int{hal::RateLimit::kBurst});
    EXPECT_EQ(limit.take_dropped(), 1000 - hal::RateLimit::kBurst);
    now += 10'000'000;
    EXPECT_EQ(passed(1000), int{hal::RateLimit::kPerSecond});
    now += 3600 * 10'000'000ull;
    EXPECT_EQ(passed(1000), int{hal::RateLimit::kBurst});
}

TEST_F(LogTest, ListsChangeWhatTheyName) {
    ASSERT_TRUE(hal::set_log("all"));
    EXPECT_TRUE(ke::log.enabled(LogLevel::Info));
    EXPECT_FALSE(ke::log.enabled(LogLevel::Trace));
    ASSERT_TRUE(hal::set_log("-ke,mm:trace"));
    EXPECT_FALSE(ke::log.enabled(LogLevel::Warning));
    EXPECT_TRUE(ke::log.enabled(LogLevel::Error));
    EXPECT_TRUE(mm::log.enabled(LogLevel::Trace));
    EXPECT_TRUE(io::log.enabled(LogLevel::Info));
    ASSERT_TRUE(hal::set_log("off"));
    EXPECT_FALSE(io::log.enabled(LogLevel::Warning));
    EXPECT_TRUE(io::log.enabled(LogLevel::Error));
}

TEST_F(LogTest, BadWordsAreRefusedGoodOnesBeforeThemCount) {
    for (std::string_view list : {"nothing", "mm:much", "mm:", ":info", "io,nothing", "-", "off:info"})
        EXPECT_FALSE(hal::set_log(list)) << list;
    EXPECT_TRUE(io::log.enabled(LogLevel::Info));
    EXPECT_FALSE(mm::log.enabled(LogLevel::Info));
    EXPECT_TRUE(hal::set_log(""));
    EXPECT_TRUE(hal::set_log(",,mm,"));
}

TEST_F(LogTest, LinesBeginALine) {
    fakes::serial = "prompt> ";
    ke::log.error("late");
    EXPECT_EQ(fakes::serial, "prompt> \nke error: late\n");
}

}  // namespace
