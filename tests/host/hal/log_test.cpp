// SPDX-License-Identifier: GPL-3.0-only
#include "executive/hal/log.hpp"

#include <gtest/gtest.h>

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
