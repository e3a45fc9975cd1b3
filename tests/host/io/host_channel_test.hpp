// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host, a device of it, a client who opens it, and a driver whose part the test plays.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "executive/ob/namespace.hpp"
#include "tests/host/io/fake_process.hpp"

namespace test {

using base::Ref;

class Owner final : public io::HostChannel::Owner {
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

    io::HostChannel* host = nullptr;
    unsigned ends = 0;
    NTSTATUS status = 0;
    bool own_fault = false;
    uint32_t suspects = 0;
    io::HostFault last_failure = io::HostFault::None;
};

struct HostChannelTest : testing::Test {
    HostChannelTest() {
        // Makes the namespace. It has no end: the loop that it would run may be gone by then.
        [[maybe_unused]] static Fixture& namespaces = *new Fixture;
        host = MUST(io::HostChannel::create(owner));
        owner.host = host.get();
        host->set_watchdog(1000);
        host->set_answer_time(0);  // most tests let a driver answer when it suits them
        device = MUST(base::make_ref<io::DriverDevice>(host, uint32_t{FILE_DEVICE_NULL}, 0u, false));
        host->devices().push_back(*device);
        EXPECT_TRUE(ob::insert_path(u"\\Device\\Fake", *device, true));
        start();
        host->open();
    }
    ~HostChannelTest() override {
        if (caller) caller->finish();
        client->handles().close_all();
        if (host->process()) end_process(*host->process(), STATUS_SUCCESS);
        run_loop();
        host->close(STATUS_NO_SUCH_DEVICE);
        if (device) device->retire();
        device.reset();
        caller.reset();
        end_process(*client, STATUS_SUCCESS);
        client.reset();
        host.reset();
        EXPECT_EQ(frames_in_use(), 0u);
    }

    void start() {
        auto process = make_process(true);
        base::Own<io::DriverRing> ring = MUST(io::DriverRing::create(host->depth()));
        while (!MUST(ring->add_pages())) {
        }
        EXPECT_TRUE(host->attach(*process, std::move(ring)));
        device->bind(7, 1, repeat_safe);
        driver.emplace(*host);
    }
    // OBJECT_ATTRIBUTES of the device or a file of it, at the start of a page.
    uint64_t name_device(std::u16string_view path = u"\\Device\\Fake") {
        uint64_t page = caller->allocate(4096);
        auto* name = reinterpret_cast<char16_t*>(caller->at(page + 256));
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
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> open_device(uint64_t page, uint32_t options,
                                                           ACCESS_MASK access = FILE_READ_DATA |
                                                                                FILE_WRITE_DATA |
                                                                                SYNCHRONIZE) {
        return NtOpenFile(caller->call(),
                          {ke::UserOut<HANDLE>(page + 512), access, ke::UserIn<OBJECT_ATTRIBUTES>(page),
                           ke::UserOut<IO_STATUS_BLOCK>(page + 528), 0, options});
    }
    NTSTATUS try_open() { return finish(open_device(name_device(), FILE_SYNCHRONOUS_IO_NONALERT)); }
    // Opens the device; the driver agrees.
    HANDLE open(uint32_t options = FILE_SYNCHRONOUS_IO_NONALERT) {
        uint64_t page = name_device();
        return finish_open(page, open_device(page, options));
    }
    // A file of it.
    HANDLE open(std::u16string_view path, ACCESS_MASK access) {
        uint64_t page = name_device(path);
        return finish_open(page, open_device(page, FILE_SYNCHRONOUS_IO_NONALERT, access | SYNCHRONIZE));
    }
    HANDLE finish_open(uint64_t page, ke::Task<NTSTATUS> task) {
        Pending opening(std::move(task));
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
    // The process ends, and the next has rings of this depth.
    void restart_at_depth(uint32_t depth) {
        test::end_process(*host->process(), STATUS_SUCCESS);
        host->set_depth(depth);
        restart();
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
        run_loop();
    }

    Owner owner;
    bool repeat_safe = false;
    Ref<io::HostChannel> host;
    Ref<io::DriverDevice> device;
    Ref<ps::Process> client = make_process(false);
    std::optional<Caller> caller{std::in_place, *client};
    std::optional<FakeDriver> driver;
    uint64_t block = caller->allocate(16);
};

}  // namespace test
