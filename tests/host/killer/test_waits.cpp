// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended in waits for dispatcher objects, completion ports, keyed events and each other.
#include <gtest/gtest.h>

#include "executive/services.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using killer::Scenario;
using killer::Service;
using killer::World;

class WaitForEvent : public Scenario {
public:
    void prepare(World& world) override { event = world.make_event(SynchronizationEvent); }
    Service service(World& world) override { return world.wait(event); }
    bool go_on(World& world, unsigned step) override {
        if (step > 0) return false;
        NtSetEvent(world.bystander->call(), {event, {}});
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        NtSetEvent(world.bystander->call(), {event, {}});
        EXPECT_EQ(world.call_and_settle(*world.bystander, world.wait(event)), STATUS_WAIT_0);
    }

protected:
    HANDLE event = nullptr;
};
TEST(Killer, WaitForEvent) {
    killer::kill_everywhere<WaitForEvent>();
}

class AlertableWait final : public WaitForEvent {
    Service service(World& world) override { return world.wait(event, true); }
};
TEST(Killer, AlertableWait) {
    killer::kill_everywhere<AlertableWait>();
}

class WaitForAll final : public Scenario {
    void prepare(World& world) override {
        for (HANDLE& event : events)
            event = world.make_event(SynchronizationEvent);
        array = world.put(events);
    }
    Service service(World&) override {
        return [at = array] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtWaitForMultipleObjects(call, {2, ke::UserIn<HANDLE>(at), WaitAll, TRUE, {}});
        };
    }
    bool go_on(World& world, unsigned step) override {
        if (step > 1) return false;
        NtSetEvent(world.bystander->call(), {events[step], {}});
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        for (HANDLE event : events)
            NtSetEvent(world.bystander->call(), {event, {}});
        EXPECT_EQ(world.call_and_settle(*world.bystander, service(world)), STATUS_WAIT_0);
    }

    std::array<HANDLE, 2> events{};
    uint64_t array = 0;
};
TEST(Killer, WaitForAll) {
    killer::kill_everywhere<WaitForAll>();
}

class Delay final : public Scenario {
    Service service(World& world) override {
        LARGE_INTEGER interval;
        interval.QuadPart = -ke::kTicksPerMillisecond;
        return [at = world.put(interval)] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtDelayExecution(call, {TRUE, ke::UserIn<LARGE_INTEGER>(at)});
        };
    }
    bool go_on(World&, unsigned step) override {
        killer::advance_clock(2 * ke::kTicksPerMillisecond);
        return step == 0;
    }
};
TEST(Killer, Delay) {
    killer::kill_everywhere<Delay>();
}

class RemovePacket final : public Scenario {
    void prepare(World& world) override {
        uint64_t out = world.allocate();
        NtCreateIoCompletion(world.bystander->call(),
                             {ke::UserOut<HANDLE>(out), IO_COMPLETION_ALL_ACCESS, {}, 0});
        port = world.get<HANDLE>(out);
    }
    Service service(World& world) override {
        return [at = world.allocate(), port = port] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtRemoveIoCompletion(call, {port,
                                               ke::UserOut<PVOID>(at),
                                               ke::UserOut<PVOID>(at + 8),
                                               ke::UserOut<IO_STATUS_BLOCK>(at + 16),
                                               {}});
        };
    }
    bool go_on(World& world, unsigned step) override {
        if (step > 0) return false;
        NtSetIoCompletion(world.bystander->call(), {port, nullptr, nullptr, STATUS_SUCCESS, 5});
        return true;
    }
    // A packet that the victim did not get is there for the next.
    void afterwards(World& world, std::optional<NTSTATUS> outcome) override {
        if (outcome == STATUS_SUCCESS)
            NtSetIoCompletion(world.bystander->call(), {port, nullptr, nullptr, STATUS_SUCCESS, 6});
        EXPECT_EQ(world.call_and_settle(*world.bystander, service(world)), STATUS_SUCCESS);
    }

    HANDLE port = nullptr;
};
TEST(Killer, RemovePacket) {
    killer::kill_everywhere<RemovePacket>();
}

class KeyedEvent final : public Scenario {
    Service service(World&) override {
        return [] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtWaitForKeyedEvent(call, {nullptr, reinterpret_cast<PVOID>(kKey), TRUE, {}});
        };
    }
    bool go_on(World& world, unsigned step) override {
        if (step > 0) return false;
        world.call(*world.bystander, [] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtReleaseKeyedEvent(call, {nullptr, reinterpret_cast<PVOID>(kKey), FALSE, {}});
        });
        return true;
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        if (!world.answer(*world.bystander)) {
            auto other = killer::make_thread(*world.program);
            EXPECT_EQ(world.call_and_settle(*other, service(world)), STATUS_SUCCESS);
        }
        EXPECT_EQ(world.answer(*world.bystander), STATUS_SUCCESS);
    }
    static constexpr uint64_t kKey = 0x10000;
};
TEST(Killer, KeyedEvent) {
    killer::kill_everywhere<KeyedEvent>();
}

// The victim looks at another thread's numbers, and that thread must be well afterwards.
class Errand : public Scenario {
public:
    void prepare(World& world) override {
        target = killer::make_thread(*world.program);
        event = world.make_event(SynchronizationEvent);
        world.call(*target, world.wait(event));
    }
    Service service(World&) override {
        return [target = target](ke::Call& call) -> ke::Task<NTSTATUS> {
            XSAVE_FORMAT floating{};
            co_return co_await target->save_floating(call.thread(), 0x10000, floating);
        };
    }
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        NtSetEvent(world.bystander->call(), {event, {}});
        world.settle();
        EXPECT_EQ(world.answer(*target), STATUS_WAIT_0);
        // Its next call is a new one, also for who ends it.
        NtClearEvent(world.bystander->call(), {event});
        world.call(*target, world.wait(event));
        world.settle();
        EXPECT_FALSE(world.answer(*target));
        target->end(STATUS_SUCCESS);
        world.settle();
        EXPECT_EQ(world.outcome(*target), STATUS_THREAD_IS_TERMINATING);
        EXPECT_TRUE(target->ended());
    }

protected:
    base::Ref<ps::Thread> target;
    HANDLE event = nullptr;
};
TEST(Killer, Errand) {
    killer::kill_everywhere<Errand>();
}

// The same while that thread's call ends: it learns so when it is back.
class ErrandPastTheCall final : public Errand {
    Service service(World& world) override {
        world.hold_errands = true;
        return Errand::service(world);
    }
    bool go_on(World& world, unsigned step) override {
        if (step == 0) NtSetEvent(world.bystander->call(), {event, {}});
        if (step == 1) world.hold_errands = false;
        return step < 2;
    }
};
TEST(Killer, ErrandPastTheCall) {
    killer::kill_everywhere<ErrandPastTheCall>();
}

// Work that goes on to its end without the thread that started it.
class Job final : public Scenario {
    Service service(World&) override {
        return [this](ke::Call& call) -> ke::Task<NTSTATUS> {
            auto job = CO_TRY(ke::Job::start([this] [[clang::coro_wrapper]] { return work(); }));
            co_return co_await ke::EventWait(call.thread(), job->done());
        };
    }
    ke::Task<NTSTATUS> work() {
        NTSTATUS status = co_await event;
        done = true;
        co_return status;
    }
    bool go_on(World&, unsigned step) override {
        event.signal(STATUS_SUCCESS);
        return step == 0;
    }
    void afterwards(World&, std::optional<NTSTATUS>) override { EXPECT_TRUE(done); }

    base::Event event;
    bool done = false;
};
TEST(Killer, Job) {
    killer::kill_everywhere<Job>();
}

}  // namespace
