// SPDX-License-Identifier: GPL-3.0-only
//
// A machine so slow that each slice is over when it begins: everything still comes to its end.
#include <gtest/gtest.h>

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

}  // namespace
