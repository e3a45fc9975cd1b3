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
    void host_ended(const io::HostDeath& death) override {
        ++ends;
        status = death.status;
        own_fault = death.own_fault;
        suspects = death.suspects;
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
    uint32_t suspects = 0;
    io::HostFault last_failure = io::HostFault::None;
};

struct DriverHostTest : testing::Test {
    DriverHostTest() {
        static test::Fixture namespaces;  // makes the namespace
        host = MUST(io::DriverHost::create(owner));
        owner.host = host.get();
        host->set_watchdog(1000);
        device = MUST(base::make_ref<io::DriverDevice>(host, uint32_t{FILE_DEVICE_NULL}, 0u, false));
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
        if (device) device->retire();
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
        device->bind(7, 1, repeat_safe);
        driver.emplace(*host);
    }
    // OBJECT_ATTRIBUTES of the device, at the start of a page.
    uint64_t name_device() {
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
        return page;
    }
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> open_device(uint64_t page, uint32_t options) {
        return NtOpenFile(
            caller->call(),
            {ke::UserOut<HANDLE>(page + 512), FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
             ke::UserIn<OBJECT_ATTRIBUTES>(page), ke::UserOut<IO_STATUS_BLOCK>(page + 528), 0, options});
    }
    NTSTATUS try_open() { return test::finish(open_device(name_device(), FILE_SYNCHRONOUS_IO_NONALERT)); }
    // Opens the device; the driver agrees.
    HANDLE open(uint32_t options = FILE_SYNCHRONOUS_IO_NONALERT) {
        uint64_t page = name_device();
        Pending opening(open_device(page, options));
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
    bool repeat_safe = false;
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

// What no honest host can do, each by itself; the host is ended at the first of them.
TEST_F(DriverHostTest, AForgedCompletionEndsTheHost) {
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
    pended([&](unsigned slot) { driver->announce((slot + 1) % WDM_SLOTS); });  // was not lent
    pended([&](unsigned slot) { driver->announce(slot); });                    // not complete
    pended([&](unsigned slot) {                                                // another request
        driver->request(slot).Id += 1;
        driver->complete(slot, STATUS_SUCCESS, 8);
    });
    pended([&](unsigned) { driver->announce(WDM_SLOTS); });  // no slot
    pended([&](unsigned slot) {                              // a state that there is not, at the next look
        driver->request(slot).State = WDM_STATE_COMPLETED + 1;
        test::advance_clock(1100 * ke::kTicksPerMillisecond);
    });
    ASSERT_NE(driver->take(), nullptr);
    unsigned slot = driver->slot();
    driver->complete(slot, STATUS_SUCCESS, 8);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    driver->announce(slot);  // twice
    EXPECT_EQ(owner.last_failure, io::HostFault::Protocol);
}

// A request that was cancelled, or whose thread is gone, completes late: the host keeps to the protocol.
TEST_F(DriverHostTest, LateCompletionsAreHonest) {
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

// A request that pends for long and is completed as the watchdog looks is in time; one that is completed and
// never announced is not.
TEST_F(DriverHostTest, CompletedAndNotAnnounced) {
    HANDLE file = open(0);
    uint64_t buffer = caller->allocate(4096);
    EXPECT_EQ(test::finish(read(file, buffer, 4)), STATUS_PENDING);
    driver->take();
    unsigned slot = driver->slot();
    driver->pend(slot);
    test::advance_clock(900 * ke::kTicksPerMillisecond);
    EXPECT_EQ(test::finish(read(file, buffer, 5)), STATUS_PENDING);  // its watchdog looks at 1900
    driver->take();
    driver->pend(driver->slot());
    driver->request(slot).State = WDM_STATE_COMPLETED;
    test::advance_clock(200 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.last_failure, io::HostFault::None);
    test::advance_clock(2000 * ke::kTicksPerMillisecond);
    test::advance_clock(60 * ke::kTicksPerMillisecond);
    EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
}

// Nothing of an earlier request is in the slot, whatever a driver claims to have written.
TEST_F(DriverHostTest, StaleBytesStayInside) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    std::fill_n(caller->at(buffer), 768, uint8_t{0x55});
    Pending writing(write(file, buffer, 768));
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 768);
    ASSERT_TRUE(writing.done());
    Pending reading(read(file, buffer, 700));
    ASSERT_NE(driver->take(), nullptr);
    driver->complete(driver->slot(), STATUS_SUCCESS, 700);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_SUCCESS);
    EXPECT_EQ(std::count(caller->at(buffer), caller->at(buffer) + 700, 0), 700);

    for (ULONG method : {ULONG{METHOD_BUFFERED}, ULONG{METHOD_OUT_DIRECT}}) {
        std::fill_n(caller->at(buffer), 200, uint8_t{0x11});
        std::fill_n(caller->at(buffer + 200), 200, uint8_t{0x22});
        Pending control(
            NtDeviceIoControlFile(caller->call(), {file,
                                                   nullptr,
                                                   nullptr,
                                                   nullptr,
                                                   ke::UserOut<IO_STATUS_BLOCK>(block),
                                                   CTL_CODE(FILE_DEVICE_NULL, 1, method, FILE_ANY_ACCESS),
                                                   {buffer, 10},
                                                   10,
                                                   {buffer + 200, 200},
                                                   200}));
        ASSERT_NE(driver->take(), nullptr);
        driver->complete(driver->slot(), STATUS_SUCCESS, 200);
        ASSERT_TRUE(control.done());
        // One buffer holds what went in; a buffer of its own what stood in the client's.
        uint8_t* out = caller->at(buffer + 200);
        if (method == METHOD_BUFFERED) {
            EXPECT_EQ(std::count(out, out + 10, 0x11), 10);
            EXPECT_EQ(std::count(out + 10, out + 200, 0), 190);
        } else {
            EXPECT_EQ(std::count(out, out + 200, 0x22), 200);
        }
    }
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

// A DPC or work item that spins, with no request at hand.
TEST_F(DriverHostTest, SpinningIsSeen) {
    for (unsigned beat = 0; beat < WDM_BEATS; ++beat) {
        owner.last_failure = io::HostFault::None;
        ULONG& word = driver->header().Beats[beat];
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

TEST_F(DriverHostTest, TheLastChanceIsTaken) {
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
TEST_F(DriverHostTest, ControlRequestsEnd) {
    for (ULONG state : {WDM_STATE_SUBMITTED, WDM_STATE_DISPATCHING, WDM_STATE_PENDING, WDM_STATE_COMPLETED,
                        WDM_STATE_COMPLETED + 5}) {
        owner.last_failure = io::HostFault::None;
        auto control = MUST(base::make_ref<io::ControlRequest>(WDM_REQUEST_SHUTDOWN, 0u));
        EXPECT_TRUE(host->submit(*control));
        driver->take();
        driver->request(driver->slot()).State = state;
        test::advance_clock(3900 * ke::kTicksPerMillisecond);
        EXPECT_FALSE(control->done.happened());
        test::advance_clock(200 * ke::kTicksPerMillisecond);
        test::advance_clock(100 * ke::kTicksPerMillisecond);
        EXPECT_TRUE(control->done.happened());
        EXPECT_EQ(owner.last_failure, io::HostFault::Hang);
        EXPECT_TRUE(control->taken);
        EXPECT_TRUE(control->overdue);
        restart();
    }
}

// No host can say that it has died.
TEST_F(DriverHostTest, OnlyTheDeadAreDead) {
    HANDLE file = open();
    uint64_t buffer = caller->allocate(4096);
    Pending reading(read(file, buffer, 8));
    driver->take();
    driver->complete(driver->slot(), STATUS_DRIVER_PROCESS_TERMINATED, 0);
    ASSERT_TRUE(reading.done());
    EXPECT_EQ(reading.take(), STATUS_UNSUCCESSFUL);
}

// The driver deletes a device with an open file: the file fails, and the driver sees its end.
TEST_F(DriverHostTest, ADeletedDeviceWithOpenFiles) {
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

TEST_F(DriverHostTest, DeviceNumbersAreReused) {
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

TEST_F(DriverHostTest, NothingIsOpenedWhileItUnloads) {
    device->refuse_opens(true);
    EXPECT_EQ(try_open(), STATUS_NO_SUCH_DEVICE);
    device->refuse_opens(false);
    EXPECT_TRUE(client->handles().close(open()));
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
