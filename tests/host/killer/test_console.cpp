// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended in what they ask of a console: before its host has the request, while it has, and as it
// answers. The bystander plays the host.
#include <gtest/gtest.h>

#include "executive/io/condrv/condrv.hpp"
#include "executive/io/device_security.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/services.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using killer::Scenario;
using killer::Service;
using killer::World;

void make_device() {
    static bool made = false;
    if (std::exchange(made, true)) return;
    base::Ref<io::condrv::ConDrv> device = MUST(base::make_ref<io::condrv::ConDrv>());
    MUST(device->set_security(MUST(io::default_device_security(FILE_DEVICE_CONSOLE, 0))));
    MUST(ob::insert_path(u"\\Device\\ConDrv", *device, true));
}

HANDLE open(World& world, std::u16string_view name, HANDLE root) {
    uint64_t out = world.allocate(), attributes = world.put_attributes(name);
    auto filled = world.get<OBJECT_ATTRIBUTES>(attributes);
    filled.RootDirectory = root;
    MUST(world.program->space().copy_out(attributes, &filled, sizeof filled));
    NTSTATUS status = world.call_and_settle(*world.bystander, [=] [[clang::coro_wrapper]] (ke::Call & call) {
        return NtOpenFile(
            call, {ke::UserOut<HANDLE>(out), FILE_READ_DATA | FILE_WRITE_DATA | SYNCHRONIZE,
                   ke::UserIn<OBJECT_ATTRIBUTES>(attributes), ke::UserOut<IO_STATUS_BLOCK>(out + 16), 0,
                   root ? FILE_SYNCHRONOUS_IO_NONALERT : 0u});
    });
    EXPECT_EQ(status, STATUS_SUCCESS);
    return world.get<HANDLE>(out);
}

class OnConsole final : public Scenario {
public:
    void prepare(World& world) override {
        make_device();
        server_ = open(world, u"\\Device\\ConDrv\\Server", nullptr);
        input_ = open(world, u"Input", server_);
        block_ = world.allocate(8192);
    }
    Service service(World& world) override { return world.read(input_); }
    bool go_on(World& world, unsigned step) override {
        // With its process the host is gone too.
        if (step > 1 || world.bystander->terminating()) return false;
        if (step == 0) return ask(world), true;
        answer_all(world);
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        // What is left of the victim's request is a cancel at most.
        for (unsigned i = 0; i < 4; ++i)
            answer_all(world);
        auto reader = killer::make_thread(*world.program);
        world.call(*reader, world.read(input_));
        world.settle();
        answer_all(world);
        EXPECT_EQ(world.answer(*reader), STATUS_SUCCESS);
        // The host goes with a request in its hands, and one that it has not seen.
        world.call(*reader, world.read(input_));
        world.settle();
        auto second = killer::make_thread(*world.program);
        world.call(*second, world.read(input_));
        world.settle();
        HANDLE server = server_;
        world.call_and_settle(*world.bystander, [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtClose(call, {server});
        });
        world.settle();
        EXPECT_EQ(world.answer(*reader), STATUS_PIPE_DISCONNECTED);
        EXPECT_EQ(world.answer(*second), STATUS_PIPE_DISCONNECTED);
        EXPECT_EQ(world.call_and_settle(*world.bystander, world.read(input_)), STATUS_PIPE_DISCONNECTED);
    }

private:
    // For the next message, with an answer to `id`.
    void ask(World& world, uint64_t id = 0, NTSTATUS status = STATUS_SUCCESS) {
        if (asking_ || world.bystander->terminating()) return;
        CONDRV_ANSWER answer{id, 0, status, 0};
        MUST(world.program->space().copy_out(block_ + 64, &answer, sizeof answer));
        HANDLE server = server_;
        uint64_t at = block_;
        world.call_and_settle(*world.bystander, [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtDeviceIoControlFile(call, {server,
                                                nullptr,
                                                nullptr,
                                                nullptr,
                                                ke::UserOut<IO_STATUS_BLOCK>(at),
                                                CONDRV_SERVER_NEXT,
                                                {at + 64, sizeof(CONDRV_ANSWER)},
                                                sizeof(CONDRV_ANSWER),
                                                {at + 128, 512},
                                                512});
        });
        asking_ = true;
    }
    // Whatever the host is told, until there is nothing more.
    void answer_all(World& world) {
        for (unsigned i = 0; i < 8; ++i) {
            ask(world);
            world.settle();
            if (world.bystander->terminating()) return;
            if (world.get<IO_STATUS_BLOCK>(block_).Information == 0) return;
            auto message = world.get<CONDRV_MESSAGE>(block_ + 128);
            IO_STATUS_BLOCK none{};
            MUST(world.program->space().copy_out(block_, &none, sizeof none));
            asking_ = false;
            bool cancelled = message.Kind == CONDRV_MESSAGE_CANCEL;
            EXPECT_TRUE(cancelled || message.Kind == CONDRV_MESSAGE_READ);
            ask(world, message.Id, cancelled ? STATUS_CANCELLED : STATUS_SUCCESS);
        }
    }

    HANDLE server_ = nullptr, input_ = nullptr;
    uint64_t block_ = 0;
    bool asking_ = false;
};
TEST(Killer, ReadOfAConsole) {
    killer::kill_everywhere<OnConsole>();
}

}  // namespace
