// SPDX-License-Identifier: GPL-3.0-only
//
// Pool between guards: an overrun is found when the block is freed, and when the host is idle if it never is.
#include "wdm/ex/pool.hpp"
#include "tests/host/wdm/wdm.hpp"

namespace {

constexpr ULONG kTag = 0x74736554;  // "Test"

TEST(Pool, BlocksOfEverySizeAreTheDrivers) {
    for (SIZE_T bytes : {0, 1, 15, 16, 24, 4000, 4047, 4048, 4095, 4096, 10'000}) {
        auto* block = static_cast<UCHAR*>(ExAllocatePoolWithTag(0, bytes, kTag));
        ASSERT_NE(block, nullptr);
        EXPECT_EQ(reinterpret_cast<ULONG64>(block) % 16, 0u);
        if (bytes >= 4096) EXPECT_EQ(reinterpret_cast<ULONG64>(block) % 4096, 0u);
        memset(block, 0xa5, bytes);
        ex::check_pool();
        ExFreePool(block);
    }
}

void write_beyond(SIZE_T bytes) {
    auto* block = static_cast<volatile UCHAR*>(ExAllocatePoolWithTag(0, bytes, kTag));
    block[bytes] = static_cast<UCHAR>(block[bytes] + 1);
}

TEST(PoolDeath, AnOverrunIsFoundWhenFreed) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            auto* block = static_cast<UCHAR*>(ExAllocatePoolWithTag(0, 40, kTag));
            block[40] = static_cast<UCHAR>(block[40] + 1);
            ExFreePool(block);
        },
        testing::ExitedWithCode(70),
        "bug check c1: a driver wrote beyond its pool block of 40 bytes, tag Test");
}

TEST(PoolDeath, AnOverrunOfABlockNeverFreedIsFoundAtIdle) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            write_beyond(17);
            ex::check_pool_at_idle();
        },
        testing::ExitedWithCode(70), "bug check c1");
}

// More blocks than one look takes: some later look comes to the spoilt one.
TEST(PoolDeath, EveryBlockHasItsTurn) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            for (int i = 0; i < 1000; i++)
                ExAllocatePoolWithTag(0, 32, kTag);
            write_beyond(32);
            for (int i = 0; i < 1000; i++)
                ex::check_pool_at_idle();
        },
        testing::ExitedWithCode(70), "bug check c1");
}

}  // namespace
