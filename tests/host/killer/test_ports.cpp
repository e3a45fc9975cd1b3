// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended while they wait for messages of ports: for any, for the answer to theirs, for a connection.
#include <gtest/gtest.h>

#include "executive/lpc/port.hpp"
#include "executive/services.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using killer::Scenario;
using killer::Service;
using killer::World;

struct Packet {
    PORT_MESSAGE header;
    uint64_t value;
};

// A server's port and a client that it has accepted, both of the bystander.
class Ports : public Scenario {
public:
    void prepare(World& world) override {
        listen(world);
        uint64_t out = world.allocate();
        EXPECT_EQ(world.call_and_settle(*world.bystander, connect(world, out, 0)), STATUS_SUCCESS);
        client = world.get<HANDLE>(out);
        uint64_t request = world.allocate();
        EXPECT_EQ(world.call_and_settle(*world.bystander, receive(world, port, request)), STATUS_SUCCESS);
        EXPECT_EQ(accept(world, request, out), STATUS_SUCCESS);
        server = world.get<HANDLE>(out);
        EXPECT_EQ(world.call_and_settle(*world.bystander, receive(world, client, request)), STATUS_SUCCESS);
    }

protected:
    void listen(World& world) {
        uint64_t out = world.allocate();
        ke::UserIn<OBJECT_ATTRIBUTES> name(world.put_attributes(u"\\port"));
        EXPECT_EQ(NtAlpcCreatePort(world.bystander->call(), {ke::UserOut<HANDLE>(out), name, {}}),
                  STATUS_SUCCESS);
        port = world.get<HANDLE>(out);
    }
    static Service connect(World& world, uint64_t out, ULONG flags) {
        // The name follows its attributes.
        uint64_t attributes = world.put_attributes(u"\\port");
        ke::UserIn<UNICODE_STRING> name(attributes + 64);
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtAlpcConnectPort(
                call, {ke::UserOut<HANDLE>(out), name, {}, {}, flags, nullptr, {}, {}, {}, {}, {}});
        };
    }
    NTSTATUS accept(World& world, uint64_t request, uint64_t out) {
        return NtAlpcAcceptConnectPort(world.bystander->call(), {ke::UserOut<HANDLE>(out),
                                                                 port,
                                                                 0,
                                                                 {},
                                                                 {},
                                                                 nullptr,
                                                                 ke::UserIn<PORT_MESSAGE>(request),
                                                                 {},
                                                                 TRUE});
    }
    static Service receive(World& world, HANDLE from, uint64_t at) {
        uint64_t length = world.put(uint64_t{512});
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtAlpcSendWaitReceivePort(
                call,
                {from, 0, {}, {}, ke::UserOut<PORT_MESSAGE>(at), ke::UserInOut<SIZE_T>(length), {}, {}});
        };
    }
    static uint64_t put_message(World& world, uint64_t value) {
        Packet packet{};
        packet.header.u1.s1 = {sizeof value, sizeof packet};
        packet.value = value;
        return world.put(packet);
    }
    static Service send(World& world, HANDLE by, uint64_t message, ULONG flags) {
        uint64_t into = world.allocate();
        uint64_t length = world.put(uint64_t{512});
        bool waits = flags & ALPC_MSGFLG_SYNC_REQUEST;
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtAlpcSendWaitReceivePort(call, {by,
                                                    flags,
                                                    ke::UserIn<PORT_MESSAGE>(message),
                                                    {},
                                                    ke::UserOut<PORT_MESSAGE>(waits ? into : 0),
                                                    ke::UserInOut<SIZE_T>(waits ? length : 0),
                                                    {},
                                                    {}});
        };
    }

    HANDLE port = nullptr, client = nullptr, server = nullptr;
};

class WaitForMessage final : public Ports {
    Service service(World& world) override { return receive(world, port, world.allocate()); }
    bool go_on(World& world, unsigned step) override {
        if (step > 0 || world.program->terminating()) return false;
        world.call_and_settle(*world.bystander,
                              send(world, client, put_message(world, 1), ALPC_MSGFLG_RELEASE_MESSAGE));
        return true;
    }
    // A message that the victim did not get is there for the next.
    void afterwards(World& world, std::optional<NTSTATUS> outcome) override {
        if (outcome == STATUS_SUCCESS)
            world.call_and_settle(*world.bystander,
                                  send(world, client, put_message(world, 2), ALPC_MSGFLG_RELEASE_MESSAGE));
        EXPECT_EQ(world.call_and_settle(*world.bystander, service(world)), STATUS_SUCCESS);
    }
};
TEST(Killer, WaitForMessage) {
    killer::kill_everywhere<WaitForMessage>();
}

class WaitForAnswer final : public Ports {
    Service service(World& world) override {
        return send(world, client, put_message(world, 1), ALPC_MSGFLG_SYNC_REQUEST);
    }
    bool go_on(World& world, unsigned step) override {
        if (step > 1 || !world.victim_lives()) return false;
        if (step == 0) {
            message = world.allocate();
            world.call_and_settle(*world.bystander, receive(world, port, message));
        } else {
            world.call_and_settle(*world.bystander,
                                  send(world, server, message, ALPC_MSGFLG_RELEASE_MESSAGE));
        }
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        EXPECT_EQ(world.call_and_settle(*world.bystander, send(world, client, put_message(world, 2),
                                                               ALPC_MSGFLG_RELEASE_MESSAGE)),
                  STATUS_SUCCESS);
        EXPECT_EQ(world.call_and_settle(*world.bystander, receive(world, port, world.allocate())),
                  STATUS_SUCCESS);
    }

    uint64_t message = 0;
};
TEST(Killer, WaitForAnswer) {
    killer::kill_everywhere<WaitForAnswer>();
}

class WaitForConnection final : public Ports {
    void prepare(World& world) override { listen(world); }
    Service service(World& world) override { return connect(world, world.allocate(), ALPC_SYNC_CONNECTION); }
    bool go_on(World& world, unsigned step) override {
        if (step > 1 || !world.victim_lives()) return false;
        if (step == 0) {
            request = world.allocate();
            world.call_and_settle(*world.bystander, receive(world, port, request));
        } else {
            (void)accept(world, request, world.allocate());
        }
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        uint64_t out = world.allocate();
        EXPECT_EQ(world.call_and_settle(*world.bystander, connect(world, out, 0)), STATUS_SUCCESS);
    }

    uint64_t request = 0;
};
TEST(Killer, WaitForConnection) {
    killer::kill_everywhere<WaitForConnection>();
}

}  // namespace
