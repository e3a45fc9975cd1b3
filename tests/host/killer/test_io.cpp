// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended in I/O: at the driver, in the queue for a file, while they open, query and cancel. The
// driver's process is ended at each point as well.
#include <gtest/gtest.h>

#include <utility>

#include "executive/ke/slice.hpp"
#include "executive/services.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using killer::Scenario;
using killer::Service;
using killer::World;

constexpr ULONG kSynchronous = FILE_SYNCHRONOUS_IO_NONALERT;

class OnDevice : public Scenario {
public:
    explicit OnDevice(ULONG options) : options_(options) {}
    void prepare(World& world) override { file = world.open_device(options_); }
    Service service(World& world) override { return world.read(file); }
    // The key is the victim's, and is not pressed when there is none: nobody else may hold a request for it.
    bool go_on(World& world, unsigned step) override {
        if (step > 0 || !world.victim_lives()) return false;
        world.driver.press_key();
        return true;
    }
    // Whatever became of the victim's request, the next key is the next reader's.
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        EXPECT_EQ(world.driver.host->leased() + world.driver.host->waiting(), 0u);
        world.driver.keys = 0;
        auto reader = killer::make_thread(*world.program);
        HANDLE other = world.open_device(kSynchronous);
        world.call(*reader, world.read(other));
        world.settle();
        world.driver.press_key();
        world.settle();
        EXPECT_EQ(world.answer(*reader), STATUS_SUCCESS);
        if (options_ == 0) return;
        world.driver.press_key();
        EXPECT_EQ(world.call_and_settle(*world.bystander, world.read(file)), STATUS_SUCCESS);
    }

protected:
    HANDLE file = nullptr;

private:
    ULONG options_;
};

struct SynchronousRead final : OnDevice {
    SynchronousRead() : OnDevice(kSynchronous) {}
};
TEST(Killer, SynchronousRead) {
    killer::kill_everywhere<SynchronousRead>();
}

struct AlertableRead final : OnDevice {
    AlertableRead() : OnDevice(FILE_SYNCHRONOUS_IO_ALERT) {}
};
TEST(Killer, AlertableRead) {
    killer::kill_everywhere<AlertableRead>();
}

struct AsynchronousRead final : OnDevice {
    AsynchronousRead() : OnDevice(0) {}
};
TEST(Killer, AsynchronousRead) {
    killer::kill_everywhere<AsynchronousRead>();
}

// The driver takes its time with what is cancelled: the wait for that can be ended as well.
class SlowToCancel final : public OnDevice {
public:
    SlowToCancel() : OnDevice(FILE_SYNCHRONOUS_IO_ALERT) {}
    Service service(World& world) override {
        world.driver.slow = true;
        return OnDevice::service(world);
    }
    bool go_on(World& world, unsigned step) override {
        if (step == 0) return true;
        world.driver.slow = false;
        return OnDevice::go_on(world, step - 1);
    }
};
TEST(Killer, SlowToCancel) {
    killer::kill_everywhere<SlowToCancel>();
}

class QueueForFile final : public OnDevice {
public:
    QueueForFile() : OnDevice(kSynchronous) {}
    void prepare(World& world) override {
        OnDevice::prepare(world);
        holder = killer::make_thread(*world.program);
        last = killer::make_thread(*world.program);
        world.call(*holder, world.read(file));
    }
    bool go_on(World& world, unsigned step) override {
        if (step == 0 && !last->terminating()) world.call(*last, world.read(file));
        if (step > 0) world.driver.press_key();
        return step < 4;
    }
    void afterwards(World& world, std::optional<NTSTATUS> answer) override {
        EXPECT_EQ(world.answer(*holder), STATUS_SUCCESS);
        EXPECT_EQ(world.answer(*last), STATUS_SUCCESS);
        OnDevice::afterwards(world, answer);
    }

private:
    base::Ref<ps::Thread> holder, last;
};
TEST(Killer, QueueForFile) {
    killer::kill_everywhere<QueueForFile>();
}

// Its pages are pinned one in each slice, before the driver hears of it.
class LongWrite final : public OnDevice {
public:
    explicit LongWrite(ULONG options) : OnDevice(options) {}
    Service service(World& world) override {
        constexpr ULONG kLength = 3 * 4096;
        uint64_t at = world.allocate(4096);
        uint64_t buffer = world.allocate(kLength);
        return [=, file = file](ke::Call& call) -> ke::Task<NTSTATUS> {
            uint64_t kept = std::exchange(ke::slice_ticks, 0);
            NTSTATUS status = co_await NtWriteFile(call, {file,
                                                          nullptr,
                                                          nullptr,
                                                          nullptr,
                                                          ke::UserOut<IO_STATUS_BLOCK>(at + 64),
                                                          {buffer, kLength},
                                                          kLength,
                                                          ke::UserIn<LARGE_INTEGER>(at),
                                                          {}});
            ke::slice_ticks = kept;
            co_return status;
        };
    }
    bool go_on(World&, unsigned) override { return false; }
};
TEST(Killer, LongSynchronousWrite) {
    killer::kill_everywhere([] { return std::make_unique<LongWrite>(kSynchronous); });
}
TEST(Killer, LongAsynchronousWrite) {
    killer::kill_everywhere([] { return std::make_unique<LongWrite>(0u); });
}

class CancelOwnRequests final : public OnDevice {
public:
    CancelOwnRequests() : OnDevice(0) {}
    Service service(World& world) override {
        world.driver.slow = true;
        return [read = world.read(file), at = world.allocate(),
                file = file](ke::Call& call) -> ke::Task<NTSTATUS> {
            (void)co_await read(call);
            (void)co_await read(call);
            co_return co_await NtCancelIoFile(call, {file, ke::UserOut<IO_STATUS_BLOCK>(at)});
        };
    }
    bool go_on(World& world, unsigned step) override {
        world.driver.slow = false;
        return step == 0;
    }
};
TEST(Killer, CancelOwnRequests) {
    killer::kill_everywhere<CancelOwnRequests>();
}

class Open final : public OnDevice {
public:
    Open() : OnDevice(kSynchronous) {}
    Service service(World& world) override {
        world.driver.slow = true;
        uint64_t out = world.allocate();
        ke::UserIn<OBJECT_ATTRIBUTES> name(world.put_attributes(u"\\Device\\Fake"));
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtOpenFile(call, {ke::UserOut<HANDLE>(out), FILE_READ_DATA | SYNCHRONIZE, name,
                                     ke::UserOut<IO_STATUS_BLOCK>(out + 16), 0, kSynchronous});
        };
    }
    bool go_on(World& world, unsigned step) override {
        world.driver.slow = false;
        return step == 0;
    }
};
TEST(Killer, Open) {
    killer::kill_everywhere<Open>();
}

class QueryByName final : public OnDevice {
public:
    QueryByName() : OnDevice(kSynchronous) {}
    Service service(World& world) override {
        uint64_t out = world.allocate();
        ke::UserIn<OBJECT_ATTRIBUTES> name(world.put_attributes(u"\\Device\\Fake"));
        return [=] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtQueryAttributesFile(call, {name, ke::UserOut<FILE_BASIC_INFORMATION>(out)});
        };
    }
};
TEST(Killer, QueryByName) {
    killer::kill_everywhere<QueryByName>();
}

class Flush final : public OnDevice {
public:
    Flush() : OnDevice(kSynchronous) {}
    Service service(World& world) override {
        return [file = file, at = world.allocate()] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtFlushBuffersFile(call, {file, ke::UserOut<IO_STATUS_BLOCK>(at)});
        };
    }
};
TEST(Killer, Flush) {
    killer::kill_everywhere<Flush>();
}

}  // namespace
