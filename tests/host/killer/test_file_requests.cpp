// SPDX-License-Identifier: GPL-3.0-only
//
// Threads ended over locks, lists of attributes and descriptors that a driver takes its time with: waiting
// for the driver, in its ring, with it, and as it completes them. The driver's process is ended at each point
// as well.
#include <gtest/gtest.h>
#include <string.h>

#include <utility>
#include <vector>

#include "base/descriptor.hpp"
#include "executive/ke/slice.hpp"
#include "executive/services.hpp"
#include "tests/host/killer/killer.hpp"

namespace {

using killer::Scenario;
using killer::Service;
using killer::World;

// The driver has it until the first step.
class Asked : public Scenario {
public:
    explicit Asked(ULONG options) : options_(options) {}
    void prepare(World& world) override { file = world.open_device(options_, u"\\Device\\Fake\\x"); }
    Service service(World& world) override {
        world.driver.slow = true;
        return ask(world);
    }
    virtual Service ask(World& world) = 0;
    bool go_on(World& world, unsigned step) override {
        world.driver.slow = false;
        return step == 0;
    }
    // Nothing is left of it, and the next is asked as if there had been none.
    void afterwards(World& world, std::optional<NTSTATUS>) override {
        world.driver.slow = false;
        world.settle();
        EXPECT_EQ(world.driver.host->leased() + world.driver.host->waiting(), 0u);
        HANDLE other = world.open_device(FILE_SYNCHRONOUS_IO_NONALERT);
        world.driver.press_key();
        EXPECT_EQ(world.call_and_settle(*world.bystander, world.read(other)), STATUS_SUCCESS);
        world.driver.keys = 0;
    }

protected:
    HANDLE file = nullptr;

private:
    ULONG options_;
};

class Lock final : public Asked {
public:
    using Asked::Asked;
    Service ask(World& world) override {
        uint64_t at = world.allocate();
        return [=, file = file] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtLockFile(
                call, {file, nullptr, nullptr, nullptr, ke::UserOut<IO_STATUS_BLOCK>(at + 64),
                       ke::UserIn<LARGE_INTEGER>(at), ke::UserIn<LARGE_INTEGER>(at + 8), 1, FALSE, TRUE});
        };
    }
};
TEST(Killer, SynchronousLock) {
    killer::kill_everywhere([] { return std::make_unique<Lock>(ULONG{FILE_SYNCHRONOUS_IO_NONALERT}); });
}
TEST(Killer, AlertableLock) {
    killer::kill_everywhere([] { return std::make_unique<Lock>(ULONG{FILE_SYNCHRONOUS_IO_ALERT}); });
}
TEST(Killer, AsynchronousLock) {
    killer::kill_everywhere([] { return std::make_unique<Lock>(0u); });
}

class Unlock final : public Asked {
public:
    Unlock() : Asked(FILE_SYNCHRONOUS_IO_NONALERT) {}
    Service ask(World& world) override {
        uint64_t at = world.allocate();
        return [=, file = file] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtUnlockFile(call, {file, ke::UserOut<IO_STATUS_BLOCK>(at + 64),
                                       ke::UserIn<LARGE_INTEGER>(at), ke::UserIn<LARGE_INTEGER>(at + 8), 1});
        };
    }
};
TEST(Killer, Unlock) {
    killer::kill_everywhere<Unlock>();
}

// A list in entries of 16 bytes. Each slice checks and pins the least there is.
class SetAttributes final : public Asked {
public:
    explicit SetAttributes(ULONG length) : Asked(FILE_SYNCHRONOUS_IO_NONALERT), length_(length) {}
    Service ask(World& world) override {
        uint64_t at = world.allocate(), list = world.allocate(length_);
        std::vector<uint8_t> bytes(length_);
        for (ULONG entry = 0; entry < length_; entry += 16) {
            bytes[entry] = entry + 16 < length_ ? 16 : 0;
            bytes[entry + 5] = 2;
            bytes[entry + 6] = 5;
            memcpy(&bytes[entry + 8], "nm\0value", 8);
        }
        MUST(world.program->space().copy_out(list, bytes.data(), length_));
        return [=, file = file, length = length_](ke::Call& call) -> ke::Task<NTSTATUS> {
            uint64_t kept = std::exchange(ke::slice_ticks, 0);
            NTSTATUS status =
                co_await NtSetEaFile(call, {file, ke::UserOut<IO_STATUS_BLOCK>(at), {list, length}, length});
            ke::slice_ticks = kept;
            co_return status;
        };
    }

private:
    ULONG length_;
};
TEST(Killer, SetFewAttributes) {
    killer::kill_everywhere([] { return std::make_unique<SetAttributes>(48u); });
}
TEST(Killer, SetManyAttributes) {
    killer::kill_everywhere([] { return std::make_unique<SetAttributes>(1600u); });
}

class QueryAttributes final : public Asked {
public:
    QueryAttributes() : Asked(FILE_SYNCHRONOUS_IO_NONALERT) {}
    Service ask(World& world) override {
        uint64_t at = world.allocate(), names = world.put(uint64_t{0x00006e0100000000});  // one, "n"
        return [=, file = file] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtQueryEaFile(
                call,
                {file, ke::UserOut<IO_STATUS_BLOCK>(at), {at + 64, 64}, 64, FALSE, {names, 8}, 8, {}, FALSE});
        };
    }
};
TEST(Killer, QueryAttributes) {
    killer::kill_everywhere<QueryAttributes>();
}

// The driver says that it has succeeded and gives nothing: that is no descriptor.
class QuerySecurity final : public Asked {
public:
    explicit QuerySecurity(ULONG length) : Asked(FILE_SYNCHRONOUS_IO_NONALERT), length_(length) {}
    Service ask(World& world) override {
        uint64_t at = world.allocate(0x4000);
        return [=, file = file, length = length_] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtQuerySecurityObject(
                call,
                {file, DACL_SECURITY_INFORMATION, {at, length}, length, ke::UserOut<ULONG>(at + 0x3ff8)});
        };
    }

private:
    ULONG length_;
};
TEST(Killer, QueryShortSecurity) {
    killer::kill_everywhere([] { return std::make_unique<QuerySecurity>(100u); });
}
TEST(Killer, QueryLongSecurity) {
    killer::kill_everywhere([] { return std::make_unique<QuerySecurity>(0x3000u); });
}

class SetSecurity final : public Asked {
public:
    SetSecurity() : Asked(FILE_SYNCHRONOUS_IO_NONALERT) {}
    Service ask(World& world) override {
        base::Parts parts;
        parts.has_dacl = true;
        auto bytes = MUST(base::build_descriptor(parts));
        uint64_t at = world.allocate();
        MUST(world.program->space().copy_out(at, bytes.data(), bytes.size()));
        return [=, file = file] [[clang::coro_wrapper]] (ke::Call & call) {
            return NtSetSecurityObject(call, {file, DACL_SECURITY_INFORMATION, reinterpret_cast<PVOID>(at)});
        };
    }
};
TEST(Killer, SetSecurity) {
    killer::kill_everywhere<SetSecurity>();
}

}  // namespace
