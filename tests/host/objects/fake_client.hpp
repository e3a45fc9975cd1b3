// SPDX-License-Identifier: GPL-3.0-only
//
// A client of the Executive for tests: its memory, handles and threads, and a clock that the test moves. A
// thread here never runs; it only stands for who is calling.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <string_view>

#include "executive/ob/ob.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

namespace test {

// Interrupt time in 100 ns; moving it expires timers.
void advance_clock(uint64_t by);
// Runs what is ready.
void run_loop();

class Memory final : public ke::UserMemory {
public:
    base::Result<uint8_t*> page(uint64_t address, ke::Access access) override;

    // Space for `length` bytes at a fresh address, 16-aligned, zeroed.
    uint64_t allocate(size_t length);
    template <typename T>
    uint64_t put(const T& value) {
        uint64_t address = allocate(sizeof(T));
        EXPECT_OK(copy_out(address, &value, sizeof(T)));
        return address;
    }
    template <typename T>
    T get(uint64_t address) {
        T value{};
        EXPECT_OK(copy_in(&value, address, sizeof(T)));
        return value;
    }
    // A UNICODE_STRING and its characters.
    uint64_t put_string(std::u16string_view text);
    uint64_t put_attributes(std::u16string_view name, ULONG flags = OBJ_CASE_INSENSITIVE,
                            HANDLE root = nullptr);

private:
    static void EXPECT_OK(const base::Result<void>& result);
    std::map<uint64_t, std::array<uint8_t, 4096>> pages_;
    uint64_t next_ = 0x100000;
};

class Client final : public ke::Client {
public:
    Client();
    ~Client();
    ke::UserMemory& memory() override { return user; }
    ob::HandleTable& handles() override { return table; }
    ob::Object& process_object() override { return *process; }
    bool is_driver_host() const override { return false; }
    bool gone() const override { return false; }
    std::u16string_view image_name() const override { return u"test.exe"; }
    ke::Quota& quota() override { return limit; }
    se::Token& token() override { return acting ? *acting : se::system_token(); }

    Memory user;
    ke::Quota limit{1 << 20};
    ob::HandleTable table{*this};
    base::Ref<ob::Object> process;
    base::Ref<se::Token> acting;  // null: the system's
};

class Thread final : public ke::Thread {
public:
    explicit Thread(Client& client);
    ~Thread() { end(); }
    ob::Object& thread_object() override { return *object_; }
    bool handle_fault(const ke::Fault&) override { return false; }
    void terminated() override {}
    // What the end of a thread does to what is bound to it.
    void end();
    unsigned queued_apcs();

private:
    base::Ref<ob::Object> object_;
};

// A call that may still be waiting.
class Pending {
public:
    explicit Pending(ke::Task<NTSTATUS> task) : task_(std::move(task)) { task_.start(nullptr); }
    bool done() {
        run_loop();
        return task_.done();
    }
    NTSTATUS take() { return task_.take(); }

private:
    ke::Task<NTSTATUS> task_;
};

inline NTSTATUS finish(ke::Task<NTSTATUS> task) {
    Pending pending(std::move(task));
    return pending.done() ? pending.take() : STATUS_PENDING;
}

// Client and thread of most tests; the namespace and the registry are made once for all.
class Fixture {
public:
    Fixture();
    ke::Call& call() { return thread.call(); }
    template <typename T>
    ke::UserOut<T> out() {
        return ke::UserOut<T>(client.user.allocate(sizeof(T)));
    }
    template <typename T>
    T get(ke::UserOut<T> out) {
        return client.user.get<T>(out.address());
    }
    ke::UserIn<OBJECT_ATTRIBUTES> named(std::u16string_view name, ULONG flags = OBJ_CASE_INSENSITIVE,
                                        HANDLE root = nullptr) {
        return ke::UserIn<OBJECT_ATTRIBUTES>(client.user.put_attributes(name, flags, root));
    }
    ke::UserIn<UNICODE_STRING> text(std::u16string_view text) {
        return ke::UserIn<UNICODE_STRING>(client.user.put_string(text));
    }
    ke::UserIn<LARGE_INTEGER> timeout(int64_t value) {
        LARGE_INTEGER large;
        large.QuadPart = value;
        return ke::UserIn<LARGE_INTEGER>(client.user.put(large));
    }
    HANDLE make_event(EVENT_TYPE type, bool set, ke::UserIn<OBJECT_ATTRIBUTES> attributes = {});

    Client client;
    Thread thread{client};
};

// An address that nothing is mapped at, and one outside user space.
inline constexpr uint64_t kUnmapped = 0x7000'0000;
inline constexpr uint64_t kKernelAddress = 0xffff'8000'0000'0000;

}  // namespace test
