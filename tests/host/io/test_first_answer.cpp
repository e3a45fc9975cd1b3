// SPDX-License-Identifier: GPL-3.0-only
//
// What NtReadFile on an asynchronous file answers: as on NT, where the driver is called by the thread that
// asks, STATUS_PENDING only where the driver has let it pend, or nobody can know soon.
#include <deque>
#include <memory>
#include <vector>

#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::Pending;

struct FirstAnswerTest : test::HostChannelTest {
    FirstAnswerTest() { host->set_answer_time(io::HostChannel::kAnswerTime); }
    // Another thread reads: one that waits can do nothing else.
    std::unique_ptr<Pending> read_by_another(HANDLE file, uint64_t buffer) {
        test::Caller& other = others.emplace_back(*client);
        return std::make_unique<Pending>(
            NtReadFile(other.call(), {file,
                                      nullptr,
                                      nullptr,
                                      nullptr,
                                      ke::UserOut<IO_STATUS_BLOCK>(block),
                                      {buffer, 8},
                                      8,
                                      ke::UserIn<LARGE_INTEGER>(caller->allocate(8)),
                                      {}}));
    }
    void dispatch_returns() {
        driver->pend(driver->slot());
        driver->tell();
        test::run_loop();
    }
    std::deque<test::Caller> others;
};

TEST_F(FirstAnswerTest, ItEndsAtOnceWithItsDriver) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->Awaited, 1);
    EXPECT_FALSE(reading.done());
    *driver->memory(request->OutputAddress) = 17;
    driver->complete(driver->slot(), STATUS_SUCCESS, 8);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(*caller->at(buffer), 17);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 8u);
}

TEST_F(FirstAnswerTest, AnErrorIsTheAnswerAndNotInTheStatusBlock) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    caller->at(block)[0] = 0x5a;
    Pending reading(read(file, buffer, 8));
    driver->take();
    driver->complete(driver->slot(), STATUS_PIPE_EMPTY, 0);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_PIPE_EMPTY);
    EXPECT_EQ(caller->at(block)[0], 0x5a);
}

TEST_F(FirstAnswerTest, ItPendsWhenTheDispatchRoutineHasReturned) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->tell();
    test::run_loop();
    EXPECT_FALSE(reading.done());  // not taken yet
    driver->take();
    driver->tell();
    test::run_loop();
    EXPECT_FALSE(reading.done());  // in its dispatch routine
    dispatch_returns();
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_PENDING);
    driver->complete(driver->slot(), STATUS_SUCCESS, 3);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 3u);
}

TEST_F(FirstAnswerTest, NobodyWaitsLongForASlowOne) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    Pending first(read(file, buffer, 8));
    test::advance_clock(io::HostChannel::kAnswerTime / 2);
    test::run_loop();
    auto second = read_by_another(file, buffer);
    test::advance_clock(io::HostChannel::kAnswerTime / 2);
    test::run_loop();
    ASSERT_TRUE(first.done());
    EXPECT_EQ(first.take(), STATUS_PENDING);
    EXPECT_FALSE(second->done());
    test::advance_clock(io::HostChannel::kAnswerTime / 2);
    test::run_loop();
    ASSERT_TRUE(second->done());
    EXPECT_EQ(second->take(), STATUS_PENDING);
}

TEST_F(FirstAnswerTest, ItPendsWhenItsHostDies) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    test::kill_process(*host->process(), STATUS_SUCCESS);
    test::run_loop();
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_PENDING);
    // And where there is no host at all.
    EXPECT_EQ(test::finish(read(file, buffer, 8)), STATUS_PENDING);
    restart();
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 4);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 4u);
}

TEST_F(FirstAnswerTest, AsManyWaitAsOneLookCanSee) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    std::vector<std::unique_ptr<Pending>> waiting;
    unsigned pending = 0;
    for (int i = 0; i < 20; ++i) {
        waiting.push_back(read_by_another(file, buffer));
        pending += waiting.back()->done();
    }
    EXPECT_EQ(pending, 12u);
    for (int i = 0; i < 20; ++i) {
        driver->take();
        driver->complete(driver->slot(), STATUS_SUCCESS, 1);
    }
    for (size_t i = 0; i < waiting.size(); ++i)
        EXPECT_EQ(waiting[i]->take(), i < 8 ? STATUS_SUCCESS : STATUS_PENDING);
}

TEST_F(FirstAnswerTest, AThreadThatEndsCancelsIt) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    caller->finish();
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_PENDING);
    caller->finish();
    EXPECT_EQ(driver->cancelled().size(), 1u);
    driver->complete(driver->slot(), STATUS_CANCELLED, 0);
}

TEST_F(FirstAnswerTest, ASynchronousFileAsksNoAnswer) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    EXPECT_EQ(driver->take()->Awaited, 0);
    dispatch_returns();
    EXPECT_FALSE(reading.done());
    driver->complete(driver->slot(), STATUS_SUCCESS, 8);
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
}

}  // namespace
