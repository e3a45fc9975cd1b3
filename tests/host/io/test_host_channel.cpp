// SPDX-License-Identifier: GPL-3.0-only
//
// The IRP engine against a driver that answers, or dies.
#include <vector>

#include "tests/host/io/host_channel_test.hpp"

namespace {

using base::Ref;
using test::HostChannelTest;
using test::Pending;

TEST_F(HostChannelTest, SmallTransfersLieInTheRing) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    *caller->at(buffer) = 42;
    Pending writing(write(file, buffer, 16));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, 4);
    EXPECT_EQ(request->InputLength, 16u);
    EXPECT_EQ(*driver->memory(request->InputAddress), 42);
    EXPECT_FALSE(writing.done());
    driver->complete(driver->slot(), STATUS_SUCCESS, 16);
    ASSERT_TRUE(writing.done());
    EXPECT_EQ(writing.take(), STATUS_SUCCESS);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 16u);

    Pending reading(read(file, buffer, 8));
    request = driver->take();
    *driver->memory(request->OutputAddress) = 17;
    driver->complete(driver->slot(), STATUS_SUCCESS, 4000);  // more than asked for
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(*caller->at(buffer), 17);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 8u);
}

TEST_F(HostChannelTest, LargeTransfersAreWindows) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4 * 4096);
    size_t before = test::windows(host->process()->space());
    Pending reading(read(file, buffer + 100, 9000));
    WDM_REQUEST* request = driver->take();
    EXPECT_EQ(test::windows(host->process()->space()), before + 1);
    *driver->memory(request->OutputAddress + 8999) = 99;
    driver->complete(driver->slot(), STATUS_SUCCESS, 9000);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(*caller->at(buffer + 9099), 99);
    EXPECT_EQ(test::windows(host->process()->space()), before);
}

TEST_F(HostChannelTest, BufferedControlSharesOneBuffer) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    *caller->at(buffer) = 1;
    constexpr ULONG kBuffered = CTL_CODE(FILE_DEVICE_NULL, 1, METHOD_BUFFERED, FILE_ANY_ACCESS);
    Pending control(NtDeviceIoControlFile(caller->call(), {file,
                                                           nullptr,
                                                           nullptr,
                                                           nullptr,
                                                           ke::UserOut<IO_STATUS_BLOCK>(block),
                                                           kBuffered,
                                                           {buffer, 10},
                                                           10,
                                                           {buffer + 100, 20},
                                                           20}));
    WDM_REQUEST* request = driver->take();
    EXPECT_EQ(request->InputAddress, request->OutputAddress);
    EXPECT_EQ(request->Parameters.DeviceIoControl.IoControlCode, kBuffered);
    *driver->memory(request->OutputAddress) = 2;
    driver->complete(driver->slot(), STATUS_SUCCESS, 20);
    ASSERT_TRUE(control.done());
    EXPECT_EQ(control.take(), STATUS_SUCCESS);
    EXPECT_EQ(*caller->at(buffer), 1);
    EXPECT_EQ(*caller->at(buffer + 100), 2);
}

TEST_F(HostChannelTest, WildPointersAreTheCallersOwn) {
    HANDLE file = open();
    EXPECT_EQ(test::finish(write(file, test::kUnmapped, 16)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(test::finish(read(file, test::kUnmapped, 16)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(test::finish(read(file, test::kUnmapped, 16000)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(driver->take(), nullptr);
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(HostChannelTest, AReadSurvivesItsDriver) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    driver->pend(driver->slot());
    for (int death = 0; death < 4; ++death) {
        test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
        EXPECT_FALSE(reading.done());
        restart();
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->MajorFunction, 3);
        driver->pend(driver->slot());
    }
    EXPECT_TRUE(owner.own_fault);
    *driver->memory(driver->request(driver->slot()).OutputAddress) = 5;
    driver->complete(driver->slot(), STATUS_SUCCESS, 1);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(*caller->at(buffer), 5);
}

TEST_F(HostChannelTest, WritesAreRepeatedOnlyWhenSafe) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    {
        Pending writing(write(file, buffer, 8));  // never picked up
        test::kill_process(*host->process(), STATUS_SUCCESS);
        EXPECT_FALSE(owner.own_fault);
        restart();
        ASSERT_NE(driver->take(), nullptr);
        driver->complete(driver->slot(), STATUS_SUCCESS, 8);
        ASSERT_TRUE(writing.done());
        EXPECT_EQ(writing.take(), STATUS_SUCCESS);
    }
    {
        Pending writing(write(file, buffer, 8));
        driver->take();
        test::kill_process(*host->process(), STATUS_SUCCESS);
        ASSERT_TRUE(writing.done());
        EXPECT_EQ(writing.take(), STATUS_DRIVER_PROCESS_TERMINATED);
        restart();
    }
    device->bind(7, 1, repeat_safe = true);
    Pending writing(write(file, buffer, 8));
    driver->take();
    test::end_process(*host->process(), STATUS_SUCCESS);
    EXPECT_FALSE(writing.done());
    restart();
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 8);
    EXPECT_TRUE(writing.done());
}

TEST_F(HostChannelTest, TheOrderIsKept) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (ULONG length = 1; length <= 5; ++length)
        EXPECT_EQ(test::finish(read(file, buffer, length)), STATUS_PENDING);
    test::end_process(*host->process(), STATUS_SUCCESS);
    EXPECT_EQ(test::finish(read(file, buffer, 6)), STATUS_PENDING);
    restart();
    for (ULONG length = 1; length <= 6; ++length) {
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->OutputLength, length);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
}

TEST_F(HostChannelTest, MoreRequestsThanEntries) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (int i = 0; i < 200; ++i)
        EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    EXPECT_EQ(host->leased() + host->waiting(), 200u);
    unsigned served = 0;
    while (driver->take()) {
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
        ++served;
    }
    EXPECT_EQ(served, 200u);
    EXPECT_EQ(host->leased(), 0u);
}

// What pends holds no entry of the ring, whatever its depth, and can be cancelled, all at once.
TEST_F(HostChannelTest, AThousandPendAndOthersGoOn) {
    constexpr unsigned kReads = 1000;
    for (uint32_t depth : {16u, 256u}) {
        restart_at_depth(depth);
        HANDLE file = open(0), other = open();
        uint64_t buffer = caller->allocate(4096);
        std::vector<unsigned> pended;
        for (unsigned i = 0; i < kReads; ++i) {
            EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
            ASSERT_NE(driver->take(), nullptr);
            pended.push_back(driver->slot());
            driver->pend(driver->slot());
        }
        EXPECT_EQ(host->leased(), kReads);
        Pending writing(write(other, buffer, 16));
        ASSERT_NE(driver->take(), nullptr);
        driver->complete(driver->slot(), STATUS_SUCCESS, 16);
        ASSERT_TRUE(writing.done());
        EXPECT_TRUE(client->handles().close(open()));
        while (driver->take())
            driver->complete(driver->slot(), STATUS_SUCCESS, 0);
        EXPECT_EQ(host->leased(), kReads);
        // Each is cancelled, whatever room the ring of cancels has.
        Pending cancelling(
            NtCancelIoFile(caller->call(), {file, ke::UserOut<IO_STATUS_BLOCK>(caller->allocate(16))}));
        test::run_loop();
        std::vector<uint64_t> ids;
        for (auto some = driver->cancelled(); !some.empty(); some = driver->cancelled()) {
            EXPECT_LE(some.size(), WDM_CANCELS);
            ids.insert(ids.end(), some.begin(), some.end());
        }
        ASSERT_EQ(ids.size(), kReads);
        for (unsigned slot : pended) {
            EXPECT_TRUE(std::find(ids.begin(), ids.end(), driver->request(slot).Id) != ids.end());
            // The ring of completions is filled before the Executive looks.
            driver->put_completion(slot, STATUS_CANCELLED, 0, 0);
            if (!driver->room_to_complete()) driver->tell();
        }
        driver->tell();
        EXPECT_EQ(host->leased(), 0u);
        ASSERT_TRUE(cancelling.done());
        EXPECT_TRUE(client->handles().close(file));
        EXPECT_TRUE(client->handles().close(other));
        while (driver->take())
            driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
}

// A burst is more than the ring holds; nothing is lost, and the order is kept.
TEST_F(HostChannelTest, ABurstAtTheLeastDepth) {
    restart_at_depth(WDM_LEAST_DEPTH);
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (ULONG length = 1; length <= 100; ++length)
        EXPECT_EQ(test::finish(read(file, buffer, length)), STATUS_PENDING);
    EXPECT_LT(host->leased(), WDM_LEAST_DEPTH);
    EXPECT_EQ(driver->header().ExecutiveWaiting, 1u);
    std::vector<unsigned> taken;
    while (taken.size() < 100) {
        while (WDM_REQUEST* request = driver->take()) {
            taken.push_back(driver->slot());
            EXPECT_EQ(request->OutputLength, taken.size());
            driver->pend(driver->slot());
        }
        ASSERT_EQ(std::exchange(driver->header().ExecutiveWaiting, 0u), taken.size() < 100 ? 1u : 0u);
        driver->tell();
    }
    for (unsigned slot : taken)
        driver->complete(slot, STATUS_SUCCESS, 0);
    EXPECT_EQ(host->leased(), 0u);
}

// As long as the host takes nothing, ordinary requests leave entries free for what is more urgent.
TEST_F(HostChannelTest, OrdinaryRequestsLeaveRoomForOthers) {
    restart_at_depth(WDM_LEAST_DEPTH);
    HANDLE file = open(0), other = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (int i = 0; i < 100; ++i)
        EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    EXPECT_GT(host->waiting(), 0u);
    uint32_t waiting = host->waiting(), leased = host->leased();
    uint64_t page = name_device();
    Pending opening(open_device(page, 0));  // not behind the reads
    EXPECT_EQ(host->waiting(), waiting);
    EXPECT_EQ(host->leased(), leased + 1);
    Ref<io::File> opened =
        MUST(base::make_ref<io::File>(Ref<io::Device>(*device), base::String(), io::OpenOptions()));
    auto paging = MUST(io::Irp::create(io::Major::Read, *opened, nullptr));
    paging->paging_io = true;
    host->submit(*paging);
    EXPECT_EQ(host->leased(), leased + 2);
    auto control = MUST(base::make_ref<io::ControlRequest>(WDM_REQUEST_SHUTDOWN, 0u));
    EXPECT_TRUE(host->submit(*control));
    EXPECT_EQ(host->waiting(), waiting);
    // The end of a file that has a request waiting comes after it.
    EXPECT_TRUE(client->handles().close(other));
    EXPECT_EQ(host->waiting(), waiting + 1);
    EXPECT_TRUE(host->closing(1));
    unsigned reads = 0, paged = 0, controls = 0, opens = 0, ends = 0;
    for (WDM_REQUEST* request = driver->take(); request; request = driver->take()) {
        controls += request->Kind == WDM_REQUEST_SHUTDOWN;
        bool irp = request->Kind == WDM_REQUEST_IRP;
        paged += irp && request->IrpFlags != 0;
        reads += irp && request->MajorFunction == 0x03;
        opens += irp && request->MajorFunction == 0x00;
        ends += irp && (request->MajorFunction == 0x12 || request->MajorFunction == 0x02);
        if (reads < 101) EXPECT_EQ(ends, 0u);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
    EXPECT_EQ(reads, 101u);
    EXPECT_EQ(paged, 1u);
    EXPECT_EQ(controls, 1u);
    EXPECT_EQ(opens, 1u);
    EXPECT_EQ(ends, 2u);
    EXPECT_TRUE(opening.done());
    EXPECT_TRUE(paging->is_done());
    EXPECT_EQ(host->leased() + host->waiting(), 0u);
}

// A host that waits for room among its completions is told when there is some.
TEST_F(HostChannelTest, AFullRingOfCompletions) {
    restart_at_depth(WDM_LEAST_DEPTH);
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (unsigned i = 0; i < 3 * WDM_LEAST_DEPTH; ++i) {
        EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
        ASSERT_NE(driver->take(), nullptr);
        driver->pend(driver->slot());
    }
    unsigned first = driver->slot() - 3 * WDM_LEAST_DEPTH + 1, next = first;
    while (next <= driver->slot()) {
        while (next <= driver->slot() && driver->room_to_complete())
            driver->put_completion(next++, STATUS_SUCCESS, 0, 0);
        driver->header().CompletionsWaiting = 1;
        unsigned signals = test::signals();
        driver->tell();
        EXPECT_EQ(test::signals(), signals + 1);
        EXPECT_EQ(driver->header().CompletionsWaiting, 0u);
    }
    EXPECT_EQ(host->leased(), 0u);
}

// The leases of a dead host come back a few in a turn, and what was issued goes on in its order.
TEST_F(HostChannelTest, AThousandAreIssuedAgain) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    for (ULONG i = 0; i < 1000; ++i) {
        EXPECT_EQ(test::finish(read(file, buffer, 1 + i % 700)), STATUS_PENDING);
        ASSERT_NE(driver->take(), nullptr);
        driver->pend(driver->slot());
    }
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(host->waiting(), 1000u);
    EXPECT_EQ(owner.suspects, 0u);
    restart();
    for (ULONG i = 0; i < 1000; ++i) {
        WDM_REQUEST* request = driver->take();
        if (!request) {
            driver->header().ExecutiveWaiting = 0;
            driver->tell();
            request = driver->take();
        }
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->OutputLength, 1 + i % 700);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
    EXPECT_EQ(host->leased() + host->waiting(), 0u);
}

TEST_F(HostChannelTest, Cancelling) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    Pending cancelling(
        NtCancelIoFile(caller->call(), {file, ke::UserOut<IO_STATUS_BLOCK>(caller->allocate(16))}));
    EXPECT_FALSE(cancelling.done());
    EXPECT_EQ(driver->cancelled(), std::vector{driver->request(slot).Id});
    driver->complete(slot, STATUS_CANCELLED, 0);
    ASSERT_TRUE(cancelling.done());
    EXPECT_EQ(cancelling.take(), STATUS_SUCCESS);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Status, STATUS_CANCELLED);
}

TEST_F(HostChannelTest, AThreadThatEndsLeavesNothingBehind) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(3 * 4096);
    EXPECT_EQ(test::finish(read(file, buffer, 9000)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    caller->finish();
    EXPECT_EQ(driver->cancelled(), std::vector{driver->request(slot).Id});
    EXPECT_EQ(host->leased(), 1u);  // the driver may still write to the pages
    driver->complete(slot, STATUS_SUCCESS, 9000);
    EXPECT_EQ(host->leased(), 0u);
    // Its process is still there, and hears of it.
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 9000u);
}

TEST_F(HostChannelTest, ARequestOfAnEndedProcessIsForgotten) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(3 * 4096);
    EXPECT_EQ(test::finish(read(file, buffer, 9000)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    caller->finish();
    test::end_process(*client, STATUS_SUCCESS);
    EXPECT_EQ(driver->cancelled(), std::vector{driver->request(slot).Id});
    driver->complete(slot, STATUS_SUCCESS, 9000);
    driver->take();  // the file's clean-up
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    EXPECT_EQ(host->leased(), 0u);
}

// The driver deletes a device with an open file: the file fails, and the driver sees its end.
TEST_F(HostChannelTest, ADeletedDeviceWithOpenFiles) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    device->retire();
    device.reset();
    EXPECT_EQ(test::finish(read(file, buffer, 8)), STATUS_DELETE_PENDING);
    EXPECT_EQ(driver->take(), nullptr);
    EXPECT_EQ(MUST(host->free_device_index()), 1u);
    EXPECT_FALSE(host->devices().empty());
    EXPECT_TRUE(client->handles().close(file));
    for (UCHAR major : {UCHAR{0x12}, UCHAR{0x02}}) {
        EXPECT_FALSE(host->devices().empty());
        WDM_REQUEST* request = driver->take();
        ASSERT_NE(request, nullptr);
        EXPECT_EQ(request->MajorFunction, major);
        EXPECT_EQ(request->Target, 7u);
        driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    }
    EXPECT_TRUE(host->devices().empty());
}

TEST_F(HostChannelTest, DeviceNumbersAreReused) {
    std::vector<Ref<io::DriverDevice>> made;
    for (uint32_t i = 1; i < WDM_DEVICES - 1; ++i) {
        made.push_back(MUST(base::make_ref<io::DriverDevice>(host, uint32_t{FILE_DEVICE_NULL}, 0u, false)));
        made.back()->bind(MUST(host->free_device_index()), 1, false);
        host->devices().push_back(*made.back());
    }
    EXPECT_EQ(host->free_device_index().error(), STATUS_INSUFFICIENT_RESOURCES);
    for (unsigned i = 0; i < 10'000; ++i) {
        auto& old = made[i * 7 % made.size()];
        uint32_t index = old->index();
        old.reset();
        old = MUST(base::make_ref<io::DriverDevice>(host, uint32_t{FILE_DEVICE_NULL}, 0u, false));
        EXPECT_EQ(MUST(host->free_device_index()), index);
        old->bind(index, 1, false);
        host->devices().push_back(*old);
    }
}

TEST_F(HostChannelTest, NothingIsOpenedWhileItUnloads) {
    device->refuse_opens(true);
    EXPECT_EQ(try_open(), STATUS_NO_SUCH_DEVICE);
    device->refuse_opens(false);
    EXPECT_TRUE(client->handles().close(open()));
}

TEST_F(HostChannelTest, ClosedMeansNo) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    host->close(STATUS_DEVICE_DOES_NOT_EXIST);
    test::run_loop();
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Status, STATUS_DEVICE_DOES_NOT_EXIST);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_DEVICE_DOES_NOT_EXIST);
}

TEST_F(HostChannelTest, ClosingAFileTellsTheDriver) {
    HANDLE file = open();
    EXPECT_TRUE(client->handles().close(file));
    WDM_REQUEST* request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, 0x12);
    uint64_t number = request->File;
    EXPECT_EQ(driver->take(), nullptr);  // not before the clean-up is done
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    request = driver->take();
    ASSERT_NE(request, nullptr);
    EXPECT_EQ(request->MajorFunction, 0x02);
    EXPECT_EQ(request->File, number);
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    EXPECT_EQ(host->leased(), 0u);
}

}  // namespace
