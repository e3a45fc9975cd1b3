// SPDX-License-Identifier: GPL-3.0-only
//
// The IRP engine against a driver that answers, lies, hangs and dies.
#include <gtest/gtest.h>

#include <deque>

#include "executive/ob/namespace.hpp"
#include "fake_process.hpp"

namespace {

using base::Ref;
using test::Pending;

class Owner final : public io::DriverHost::Owner {
public:
    void host_ended(NTSTATUS end_status, bool fault) override {
        ++ends;
        status = end_status;
        own_fault = fault;
    }
    void host_failed(io::HostFault failure) override {
        last_failure = failure;
        if (host) host->process()->terminate(STATUS_DRIVER_PROCESS_TERMINATED);
    }
    bool host_owns_port(uint16_t) override { return false; }

    io::DriverHost* host = nullptr;
    unsigned ends = 0;
    NTSTATUS status = 0;
    bool own_fault = false;
    io::HostFault last_failure = io::HostFault::None;
};

struct DriverHostTest : testing::Test {
    DriverHostTest() {
        static test::Fixture namespaces;  // makes the namespace
        host = MUST(io::DriverHost::create(owner));
        owner.host = host.get();
        host->set_watchdog(1000);
        device = MUST(base::make_ref<io::DriverDevice>(host, 1u, uint32_t{FILE_DEVICE_NULL}, 0u, false));
        host->devices().push_back(*device);
        EXPECT_TRUE(ob::insert_path(u"\\Device\\Fake", *device, true));
        start();
        host->open();
    }
    ~DriverHostTest() override {
        if (caller) caller->finish();
        client->handles().close_all();
        if (host->process()) test::end_process(*host->process(), STATUS_SUCCESS);
        test::run_loop();
        host->close(STATUS_NO_SUCH_DEVICE);
        device->retire();
        device.reset();
        caller.reset();
        test::end_process(*client, STATUS_SUCCESS);
        client.reset();
        host.reset();
        EXPECT_EQ(test::frames_in_use(), 0u);
    }

    void start() {
        auto process = test::make_process(true);
        EXPECT_TRUE(host->attach(*process));
        device->bind(7, 1);
        driver.emplace(*host);
    }
    // Opens the device; the driver agrees.
    HANDLE open(uint32_t options = FILE_SYNCHRONOUS_IO_NONALERT) {
        uint64_t page = caller->allocate(4096);
        auto* name = reinterpret_cast<char16_t*>(caller->at(page + 256));
        std::u16string_view path = u"\\Device\\Fake";
        std::copy(path.begin(), path.end(), name);
        auto length = static_cast<USHORT>(path.size() * 2);
        *reinterpret_cast<UNICODE_STRING*>(caller->at(page + 128)) = {length, length,
                                                                      reinterpret_cast<PWSTR>(page + 256)};
        OBJECT_ATTRIBUTES attributes{};
        attributes.Length = sizeof attributes;
        attributes.ObjectName = reinterpret_cast<PUNICODE_STRING>(page + 128);
        *reinterpret_cast<OBJECT_ATTRIBUTES*>(caller->at(page)) = attributes;
        Pending opening(NtOpenFile(
            caller->call(),
            {ke::UserOut<HANDLE>(page + 512), FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
             ke::UserIn<OBJECT_ATTRIBUTES>(page), ke::UserOut<IO_STATUS_BLOCK>(page + 528), 0, options}));
        WDM_REQUEST* request = driver->take();
        EXPECT_NE(request, nullptr);
        EXPECT_EQ(request->MajorFunction, 0);
        EXPECT_EQ(request->Target, 7u);
        driver->complete(driver->slot(), STATUS_SUCCESS, FILE_OPENED);
        EXPECT_TRUE(opening.done());
        EXPECT_EQ(opening.take(), STATUS_SUCCESS);
        return caller->get<HANDLE>(page + 512);
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> read(HANDLE file, uint64_t buffer, ULONG length) {
        uint64_t offset = caller->allocate(8);
        return NtReadFile(caller->call(), {file,
                                           nullptr,
                                           nullptr,
                                           nullptr,
                                           ke::UserOut<IO_STATUS_BLOCK>(block),
                                           {buffer, length},
                                           length,
                                           ke::UserIn<LARGE_INTEGER>(offset),
                                           {}});
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> write(HANDLE file, uint64_t buffer, ULONG length) {
        uint64_t offset = caller->allocate(8);
        return NtWriteFile(caller->call(), {file,
                                            nullptr,
                                            nullptr,
                                            nullptr,
                                            ke::UserOut<IO_STATUS_BLOCK>(block),
                                            {buffer, length},
                                            length,
                                            ke::UserIn<LARGE_INTEGER>(offset),
                                            {}});
    }
    void restart() {
        start();
        Pending again(device->open_files_again());
        while (!again.done()) {
            WDM_REQUEST* request = driver->take();
            ASSERT_NE(request, nullptr);
            driver->complete(driver->slot(), STATUS_SUCCESS, FILE_OPENED);
        }
        EXPECT_EQ(again.take(), STATUS_SUCCESS);
        host->open();
        test::run_loop();
    }

    Owner owner;
    Ref<io::DriverHost> host;
    Ref<io::DriverDevice> device;
    Ref<ps::Process> client = test::make_process(false);
    std::optional<test::Caller> caller{std::in_place, *client};
    std::optional<test::FakeDriver> driver;
    uint64_t block = caller->allocate(16);
};

TEST_F(DriverHostTest, SmallTransfersLieInTheSlot) {
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

TEST_F(DriverHostTest, LargeTransfersAreWindows) {
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

TEST_F(DriverHostTest, BufferedControlSharesOneBuffer) {
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

TEST_F(DriverHostTest, WildPointersAreTheCallersOwn) {
    HANDLE file = open();
    EXPECT_EQ(test::finish(write(file, test::kUnmapped, 16)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(test::finish(read(file, test::kUnmapped, 16)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(test::finish(read(file, test::kUnmapped, 16000)), STATUS_ACCESS_VIOLATION);
    EXPECT_EQ(driver->take(), nullptr);
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(DriverHostTest, LiesAreIgnored) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    unsigned slot = driver->slot();
    driver->announce((slot + 1) % WDM_SLOTS);  // a slot that was not lent
    driver->announce(slot);                    // not complete
    driver->request(slot).State = WDM_STATE_COMPLETED;
    driver->request(slot).Id += 1;
    driver->announce(slot);  // another request
    EXPECT_FALSE(reading.done());
    driver->request(slot).Id -= 1;
    driver->complete(slot, STATUS_SUCCESS, 8);
    driver->announce(slot);  // twice
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(owner.ends, 0u);
}

TEST_F(DriverHostTest, ASpoiltRingEndsTheHost) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->announce(1000);
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

TEST_F(DriverHostTest, AReadSurvivesItsDriver) {
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

TEST_F(DriverHostTest, ARequestThatKillsTwiceFails) {
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

TEST_F(DriverHostTest, WritesAreRepeatedOnlyWhenSafe) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    {
        Pending writing(write(file, buffer, 8));  // never picked up
        test::end_process(*host->process(), STATUS_SUCCESS);
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
        test::end_process(*host->process(), STATUS_SUCCESS);
        ASSERT_TRUE(writing.done());
        EXPECT_EQ(writing.take(), STATUS_DRIVER_PROCESS_TERMINATED);
        restart();
    }
    host->set_repeat_safe(true);
    Pending writing(write(file, buffer, 8));
    driver->take();
    test::end_process(*host->process(), STATUS_SUCCESS);
    EXPECT_FALSE(writing.done());
    restart();
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 8);
    EXPECT_TRUE(writing.done());
}

TEST_F(DriverHostTest, TheOrderIsKept) {
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

TEST_F(DriverHostTest, MoreRequestsThanSlots) {
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

TEST_F(DriverHostTest, Cancelling) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    Pending cancelling(
        NtCancelIoFile(caller->call(), {file, ke::UserOut<IO_STATUS_BLOCK>(caller->allocate(16))}));
    EXPECT_FALSE(cancelling.done());
    EXPECT_EQ(driver->cancelled(), uint64_t{1} << slot);
    EXPECT_EQ(driver->request(slot).CancelId, driver->request(slot).Id);
    driver->complete(slot, STATUS_CANCELLED, 0);
    ASSERT_TRUE(cancelling.done());
    EXPECT_EQ(cancelling.take(), STATUS_SUCCESS);
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Status, STATUS_CANCELLED);
}

TEST_F(DriverHostTest, AThreadThatEndsLeavesNothingBehind) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(3 * 4096);
    EXPECT_EQ(test::finish(read(file, buffer, 9000)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    caller->finish();
    EXPECT_EQ(driver->cancelled(), uint64_t{1} << slot);
    EXPECT_EQ(host->leased(), 1u);  // the driver may still write to the pages
    driver->complete(slot, STATUS_SUCCESS, 9000);
    EXPECT_EQ(host->leased(), 0u);
    // Its process is still there, and hears of it.
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Information, 9000u);
}

TEST_F(DriverHostTest, ARequestOfAnEndedProcessIsForgotten) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(3 * 4096);
    EXPECT_EQ(test::finish(read(file, buffer, 9000)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    caller->finish();
    test::end_process(*client, STATUS_SUCCESS);
    EXPECT_EQ(driver->cancelled(), uint64_t{1} << slot);
    driver->complete(slot, STATUS_SUCCESS, 9000);
    driver->take();  // the file's clean-up
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    driver->take();
    driver->complete(driver->slot(), STATUS_SUCCESS, 0);
    EXPECT_EQ(host->leased(), 0u);
}

TEST_F(DriverHostTest, TheWatchdogSeesAHang) {
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
    EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
    EXPECT_EQ(owner.ends, 1u);
    EXPECT_TRUE(owner.own_fault);
    restart();
    unsigned again = 0;
    while (driver->take())
        ++again;
    EXPECT_EQ(again, 2u);
}

TEST_F(DriverHostTest, ClosedMeansNo) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    test::end_process(*host->process(), STATUS_ACCESS_VIOLATION);
    host->close(STATUS_DEVICE_DOES_NOT_EXIST);
    test::run_loop();
    EXPECT_EQ(caller->get<IO_STATUS_BLOCK>(block).Status, STATUS_DEVICE_DOES_NOT_EXIST);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_DEVICE_DOES_NOT_EXIST);
}

TEST_F(DriverHostTest, ClosingAFileTellsTheDriver) {
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
