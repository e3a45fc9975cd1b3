// SPDX-License-Identifier: GPL-3.0-only
//
// A machine so slow that each slice is over when it begins: everything still comes to its end.
#include <gtest/gtest.h>

#include <algorithm>

#include "executive/ke/slice.hpp"
#include "tests/host/killer/world.hpp"

namespace {

class SlowMachine : public testing::Test {
protected:
    SlowMachine() : before_(std::exchange(ke::slice_ticks, 0)) {}
    ~SlowMachine() override { ke::slice_ticks = before_; }

private:
    uint64_t before_;
};

TEST_F(SlowMachine, ASliceDoesOneItem) {
    ke::Slice slice;
    EXPECT_FALSE(slice.over());
    EXPECT_TRUE(slice.over());
}

// The world ends its processes, and waits for them without end.
TEST_F(SlowMachine, AProcessEnds) {
    killer::World world;
    constexpr unsigned kThreads = 20;
    for (unsigned i = 0; i < kThreads; ++i)
        killer::make_thread(*world.program);
    HANDLE event = world.make_event(NotificationEvent);
    world.call(*world.bystander, world.wait(event));
    world.settle();
    world.program->terminate(STATUS_SUCCESS);
    world.settle();
    EXPECT_TRUE(world.program->ended());
}

TEST_F(SlowMachine, AProcessIsRaised) {
    killer::World world;
    constexpr unsigned kThreads = 20;
    base::Ref<ps::Thread> threads[kThreads];
    for (base::Ref<ps::Thread>& thread : threads)
        thread = killer::make_thread(*world.program);
    auto raised = [&threads] {
        return std::ranges::count_if(threads, [](const base::Ref<ps::Thread>& thread) {
            return thread->current_priority() == ke::Thread::kRaisedPriority;
        });
    };
    world.program->raise(true);
    EXPECT_LT(raised(), 4);
    world.settle();
    EXPECT_EQ(raised(), kThreads);
    // Both ways at once: the last counts.
    world.program->raise(false);
    world.program->raise(true);
    world.program->raise(false);
    world.settle();
    EXPECT_EQ(raised(), 0);
}

TEST(Slices, WhatItQueuesIsItsWork) {
    struct Nothing final : base::Ready {
        void run() override {}
    };
    Nothing entries[ke::kPosts];
    uint64_t kept = std::exchange(ke::slice_ticks, uint64_t{1} << 62);
    ke::Slice slice;
    EXPECT_FALSE(slice.used_up());
    for (Nothing& entry : entries)
        base::Loop::instance().post(entry);
    EXPECT_TRUE(slice.used_up());
    while (base::Loop::instance().run_one()) {
    }
    ke::slice_ticks = kept;
}

}  // namespace
