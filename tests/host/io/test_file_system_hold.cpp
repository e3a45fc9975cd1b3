// SPDX-License-Identifier: GPL-3.0-only
//
// Calls into a file system: in their order, whatever else its host is asked, with an end whatever becomes of
// the host or of who asks.
#include "executive/io/file_system_hold.hpp"

#include <memory>
#include <vector>

#include "tests/host/io/host_channel_test.hpp"

namespace {

using test::HostChannelTest;
using test::Pending;

constexpr NTSTATUS kNoPages = STATUS_INVALID_FILE_FOR_SECTION;  // what a driver's file has today

struct FileSystemHold : HostChannelTest {
    HANDLE handle = open();
    base::Ref<io::File> file{static_cast<io::File*>(client->handles().find(handle)->object)};

    [[clang::coro_wrapper]] ke::Task<NTSTATUS> look() { return look(*caller); }
    ke::Task<NTSTATUS> look(test::Caller& thread) {
        auto area = co_await io::control_area_held(thread, file, PAGE_READONLY);
        co_return area ? STATUS_SUCCESS : area.error();
    }
    // What the driver is called for next, 0 for nothing.
    unsigned called() {
        WDM_REQUEST* request = driver->take();
        if (!request) return 0;
        EXPECT_EQ(request->Kind, WDM_REQUEST_CALL);
        EXPECT_EQ(request->File, file->number());
        EXPECT_EQ(request->Target, 7u);
        return request->MajorFunction;
    }
    void agree() { driver->complete(driver->slot(), STATUS_SUCCESS, 0); }
};

TEST_F(FileSystemHold, AcquiresLooksAndReleases) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    EXPECT_EQ(driver->request(driver->slot()).Parameters.Call.PageProtection, ULONG{PAGE_READONLY});
    EXPECT_EQ(driver->request(driver->slot()).Subject.Thread, caller->id());
    EXPECT_FALSE(looking.done());
    agree();
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    agree();
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), kNoPages);
    EXPECT_EQ(called(), 0u);
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(FileSystemHold, WhatIsRefusedIsNotReleased) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    driver->complete(driver->slot(), STATUS_FILE_LOCK_CONFLICT, 0);
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), STATUS_FILE_LOCK_CONFLICT);
    EXPECT_EQ(called(), 0u);
}

TEST_F(FileSystemHold, OneAtATime) {
    test::Caller other(*client);
    Pending first(look()), second(look(other));
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    EXPECT_EQ(called(), 0u);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    EXPECT_EQ(called(), 0u);
    agree();
    EXPECT_TRUE(first.done());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    agree();
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    agree();
    EXPECT_TRUE(second.done());
    EXPECT_EQ(first.take(), kNoPages);
    EXPECT_EQ(second.take(), kNoPages);
}

// Reads that the host does not take fill all of the ring that is theirs.
TEST_F(FileSystemHold, TheRingHasRoomForIt) {
    HANDLE other = open(0u);
    uint64_t buffer = caller->allocate(16);
    std::vector<std::unique_ptr<Pending>> reads;
    for (uint32_t i = 0; i < 2 * host->depth(); ++i)
        reads.push_back(std::make_unique<Pending>(read(other, buffer, 16)));
    EXPECT_GT(host->waiting(), 0u);
    uint32_t waiting = host->waiting();
    Pending looking(look());
    EXPECT_EQ(host->waiting(), waiting);
    unsigned calls = 0;
    while (WDM_REQUEST* request = driver->take()) {
        calls += request->Kind == WDM_REQUEST_CALL;
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
    EXPECT_EQ(calls, 2u);
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), kNoPages);
}

TEST_F(FileSystemHold, AHostThatDiesAsItAcquires) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(looking.done());
    restart();
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), STATUS_DRIVER_PROCESS_TERMINATED);
}

// The next knows nothing of it, and is told of no end.
TEST_F(FileSystemHold, AHostThatDiesAsItReleases) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    agree();
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), kNoPages);
    restart();
    EXPECT_EQ(called(), 0u);
}

// It had acquired when it died, and its release was not there yet.
TEST_F(FileSystemHold, AHostThatDiesBetween) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    driver->put_completion(driver->slot(), STATUS_SUCCESS, 0, 0);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    EXPECT_FALSE(looking.done());
    restart();
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), kNoPages);
    EXPECT_EQ(called(), 0u);
}

TEST_F(FileSystemHold, AThreadThatEnds) {
    Pending looking(look());
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    caller->finish();
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), STATUS_THREAD_IS_TERMINATING);
    agree();
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    agree();
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(FileSystemHold, IsChargedToWhoAsks) {
    size_t before = client->quota().used();
    Pending looking(look());
    EXPECT_GT(client->quota().used(), before + 2 * sizeof(io::Irp));
    ASSERT_EQ(called(), WDM_CALL_ACQUIRE_FOR_SECTION);
    agree();
    ASSERT_EQ(called(), WDM_CALL_RELEASE_FOR_SECTION);
    agree();
    ASSERT_TRUE(looking.done());
    EXPECT_EQ(looking.take(), kNoPages);
    EXPECT_EQ(client->quota().used(), before);
}

TEST_F(FileSystemHold, ADeviceThatIsGone) {
    device->retire();
    EXPECT_EQ(test::finish(look()), STATUS_DELETE_PENDING);
    EXPECT_EQ(called(), 0u);
}

}  // namespace
