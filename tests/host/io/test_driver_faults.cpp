// SPDX-License-Identifier: GPL-3.0-only
//
// The IRP engine against a driver that lies or hangs.
#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::HostChannelTest;
using test::Pending;

// What no honest host can do, each by itself; the host is ended at the first of them.
TEST_F(HostChannelTest, AForgedCompletionEndsTheHost) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    auto forge = [&](auto forgery) {
        owner.last_failure = io::HostFault::None;
        unsigned ends = owner.ends;
        ASSERT_NE(driver->take(), nullptr);
        unsigned slot = driver->slot();
        forgery(slot);
        EXPECT_EQ(owner.last_failure, io::HostFault::Protocol);
        EXPECT_EQ(owner.ends, ends + 1);
        EXPECT_TRUE(owner.own_fault);
        EXPECT_FALSE(reading.done());
        restart();
    };
    // A request that was never with a dispatch routine is blamed for nothing: it is issued again each time.
    auto pended = [&](auto forgery) {
        forge([&](unsigned slot) {
            driver->pend(slot);
            forgery(slot);
        });
    };
    pended([&](unsigned slot) { driver->announce(driver->request(slot).Id + 1); });  // was not lent yet
    pended([&](unsigned slot) { driver->announce(driver->request(slot).Id - 1); });  // is not any more
    pended([&](unsigned) { driver->announce(0); });
    pended([&](unsigned) { driver->announce(~uint64_t{0}); });
    pended([&](unsigned) {  // takes what it was not given
        driver->header().SubmitHead += 1;
        driver->tell();
        test::advance_clock(1100 * ke::kTicksPerMillisecond);
    });
    pended([&](unsigned) {  // gives back what it was seen to take
        EXPECT_FALSE(host->closing(1));
        driver->header().SubmitHead -= 1;
        driver->tell();
        test::advance_clock(1100 * ke::kTicksPerMillisecond);
    });
    pended([&](unsigned) {  // more completions than there are entries
        driver->header().CompleteTail += WDM_DEFAULT_DEPTH + 1;
        driver->tell();
    });
    ASSERT_NE(driver->take(), nullptr);
    unsigned slot = driver->slot();
    driver->complete(slot, STATUS_SUCCESS, 8);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    driver->announce(driver->request(slot).Id);  // twice
    EXPECT_EQ(owner.last_failure, io::HostFault::Protocol);
}

// A request that was cancelled, or whose thread is gone, completes late: the host keeps to the protocol.
TEST_F(HostChannelTest, LateCompletionsAreHonest) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    caller->finish();
    driver->complete(slot, STATUS_SUCCESS, 4);
    EXPECT_EQ(owner.last_failure, io::HostFault::None);
    EXPECT_EQ(owner.ends, 0u);
    EXPECT_EQ(host->leased(), 0u);
}

// The Executive believes no more of its output than was written, and than the request asked for.
TEST_F(HostChannelTest, NoMoreThanWasAskedFor) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    struct Case {
        uint64_t information, written;
        ULONG expected;
    };
    for (Case each : {Case{8, 8, 8}, Case{8, 3, 3}, Case{3, 8, 3}, Case{~0u, ~uint64_t{0}, 8}}) {
        std::fill_n(caller->at(buffer), 16, uint8_t{0x11});
        Pending reading(read(file, buffer, 8));
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        std::fill_n(driver->memory(request->OutputAddress), 16, uint8_t{0x22});
        driver->complete(driver->slot(), STATUS_SUCCESS, each.information, each.written);
        ASSERT_TRUE(reading.done());
        EXPECT_EQ(std::count(caller->at(buffer), caller->at(buffer) + 16, 0x22), each.expected);
    }
}

TEST_F(HostChannelTest, ASpoiltRingEndsTheHost) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->announce(1'000'000);
    EXPECT_EQ(owner.last_failure, io::HostFault::Protocol);
    EXPECT_EQ(owner.ends, 1u);
    restart();
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 8);
    ASSERT_TRUE(reading.done());
    driver->header().CompleteTail += 1000;
    host->received();
    test::run_loop();
    EXPECT_EQ(owner.ends, 2u);
}

// A host may die behind what it has completed, before it has told anybody.
TEST_F(HostChannelTest, WhatWasCompletedBeforeTheEndIsDone) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    for (NTSTATUS status : {STATUS_SUCCESS, STATUS_DEVICE_NOT_READY}) {
        Pending writing(write(file, buffer, 8));
        ASSERT_NE(driver->take(), nullptr);
        driver->put_completion(driver->slot(), status, 8, 0);
        test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
        ASSERT_TRUE(writing.done());
        EXPECT_EQ(writing.take(), status);
        restart();
        EXPECT_EQ(driver->take(), nullptr) << "it was issued again";
    }
    EXPECT_EQ(owner.last_failure, io::HostFault::None);
}

TEST_F(HostChannelTest, ARequestThatKillsTwiceFails) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(reading.done());
    restart();
    driver->take();
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_DRIVER_PROCESS_TERMINATED);
    restart();
}

TEST_F(HostChannelTest, TheWatchdogSeesAHang) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    driver->take();
    driver->pend(driver->slot());
    test::advance_clock(5000 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.ends, 0u);  // pending is no hang
    EXPECT_EQ(test::finish(read(file, buffer, 5)), STATUS_PENDING);
    driver->take();
    test::advance_clock(900 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.ends, 0u);
    test::advance_clock(200 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.ends, 0u);  // a last chance, before everybody else
    EXPECT_TRUE(host->process()->raised());
    test::advance_clock(50 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
    EXPECT_EQ(owner.ends, 1u);
    EXPECT_TRUE(owner.own_fault);
    EXPECT_EQ(owner.suspects, 1u);
    restart();
    unsigned again = 0;
    while (driver->take())
        ++again;
    EXPECT_EQ(again, 2u);
}

// A DPC, interrupt routine or work item that spins, with no request at hand.
TEST_F(HostChannelTest, SpinningIsSeen) {
    for (unsigned line = 0; line < WDM_ACTIVITIES; ++line) {
        owner.last_failure = io::HostFault::None;
        ULONG& word = driver->header().Activities[line].Turn;
        // Busy, but each time with another.
        for (int i = 0; i < 10; ++i) {
            word += 2 - word % 2 + 1;
            test::advance_clock(700 * ke::kTicksPerMillisecond);
            EXPECT_EQ(owner.last_failure, io::HostFault::None);
        }
        // Between two it may take its time.
        ++word;
        test::advance_clock(60'000 * ke::kTicksPerMillisecond);
        EXPECT_EQ(owner.last_failure, io::HostFault::None);
        ++word;
        for (int i = 0; i < 25; ++i)
            test::advance_clock(100 * ke::kTicksPerMillisecond);
        EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
        EXPECT_TRUE(owner.own_fault);
        restart();
    }
}

TEST_F(HostChannelTest, TheLastChanceIsTaken) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    test::advance_clock(1000 * ke::kTicksPerMillisecond);
    EXPECT_TRUE(host->process()->raised());
    driver->take();
    driver->pend(driver->slot());
    test::advance_clock(50 * ke::kTicksPerMillisecond);
    EXPECT_FALSE(host->process()->raised());
    EXPECT_EQ(owner.last_failure, io::HostFault::None);
}

// A control request has a deadline whatever the host claims of it.
TEST_F(HostChannelTest, ControlRequestsEnd) {
    enum class How { Untaken, Dispatched, Pended };
    for (How how : {How::Untaken, How::Dispatched, How::Pended}) {
        owner.last_failure = io::HostFault::None;
        auto control = MUST(base::make_ref<io::ControlRequest>(WDM_REQUEST_SHUTDOWN, 0u));
        EXPECT_TRUE(host->submit(*control));
        if (how != How::Untaken) driver->take();
        if (how == How::Pended) driver->pend(driver->slot());
        test::advance_clock(3900 * ke::kTicksPerMillisecond);
        EXPECT_FALSE(control->done.happened());
        test::advance_clock(200 * ke::kTicksPerMillisecond);
        test::advance_clock(100 * ke::kTicksPerMillisecond);
        EXPECT_TRUE(control->done.happened());
        EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
        EXPECT_EQ(control->taken, how != How::Untaken);
        EXPECT_TRUE(control->overdue);
        restart();
    }
}

// No host can say that it has died.
TEST_F(HostChannelTest, OnlyTheDeadAreDead) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    driver->complete(driver->slot(), STATUS_DRIVER_PROCESS_TERMINATED, 0);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_UNSUCCESSFUL);
}

}  // namespace
