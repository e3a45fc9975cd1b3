// SPDX-License-Identifier: GPL-3.0-only
//
// How much clients may have pinned, and hosts may be shown.
#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::HostChannelTest;
using test::Pending;

// A process has a quarter of its quota pinned at most; what is over makes room.
TEST_F(HostChannelTest, PinnedPagesHaveABudget) {
    constexpr uint64_t kBudget = (1 << 30) / 4 / 4096;
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4 * 4096);
    auto others = MUST(ob::PinCharge::take(*client, kBudget - 3));
    EXPECT_EQ(test::finish(read(file, buffer, 4 * 4096)), STATUS_QUOTA_EXCEEDED);
    EXPECT_EQ(driver->take(), nullptr);
    EXPECT_EQ(test::finish(read(file, buffer, 3 * 4096)), STATUS_PENDING);
    EXPECT_EQ(test::finish(read(file, buffer, 4096)), STATUS_QUOTA_EXCEEDED);
    // What goes through the ring is not pinned.
    EXPECT_EQ(test::finish(read(file, buffer, 100)), STATUS_PENDING);
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
    EXPECT_EQ(test::finish(read(file, buffer, 4096)), STATUS_PENDING);
    while (driver->take())
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
    EXPECT_TRUE(ob::PinCharge::take(*client, 3));
    EXPECT_FALSE(ob::PinCharge::take(*client, 4));
}

// And a host is shown half of its own.
TEST_F(HostChannelTest, AHostIsShownSoMuch) {
    constexpr uint64_t kMost = 6;
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(kMost * 4096);
    host->set_most_shown(kMost);
    EXPECT_EQ(test::finish(read(file, buffer, 4 * 4096)), STATUS_PENDING);
    EXPECT_EQ(test::finish(read(file, buffer, 4 * 4096)), STATUS_INSUFFICIENT_RESOURCES);
    EXPECT_EQ(test::finish(read(file, buffer, 2 * 4096)), STATUS_PENDING);
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
    EXPECT_EQ(test::finish(read(file, buffer, 4 * 4096)), STATUS_PENDING);
    // Those of one that dies are shown to nobody.
    test::kill_process(*host->process(), STATUS_ACCESS_VIOLATION);
    start();
    host->open();
    test::run_loop();
    while (driver->take())
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
    EXPECT_EQ(test::finish(read(file, buffer, kMost * 4096)), STATUS_PENDING);
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    test::run_loop();
}

}  // namespace
