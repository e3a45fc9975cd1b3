// SPDX-License-Identifier: GPL-3.0-only
//
// Processes without threads of their own: a client with a thread that makes calls, and a driver process whose
// end of the ring the test plays.
#pragma once

#include "executive/io/driver_device.hpp"
#include "executive/ps/thread.hpp"
#include "tests/host/io/fake_memory.hpp"
#include "tests/host/objects/fake_client.hpp"

namespace test {

base::Ref<ps::Process> make_process(bool driver_host);
// The process ends, as after NtTerminateProcess, and all that follows from it happens.
void end_process(ps::Process& process, NTSTATUS status);
// The same, by another process's hand.
void kill_process(ps::Process& process, NTSTATUS status);
// The image in which its end will be said to lie.
void set_fault_image(ps::Process& process, std::u16string_view image);
// How often the doorbell or notification with this capability was signalled.
unsigned signals(ke::CPtr capability);

// Calls made by a process.
class Caller final : public ke::Thread {
public:
    explicit Caller(ps::Process& process) : ke::Thread(process), process_(process) {}
    ~Caller() { finish(); }
    ob::Object& thread_object() override { return process_; }
    bool handle_fault(const ke::Fault&) override { return false; }
    void terminated() override {}
    void finish() {
        terminate();
        run_loop();
    }

    uint64_t allocate(size_t length);
    uint8_t* at(uint64_t address) { return test::at(process_.space(), address); }
    template <typename T>
    T get(uint64_t address) {
        T value{};
        EXPECT_TRUE(process_.space().copy_in(&value, address, sizeof value));
        return value;
    }

private:
    ps::Process& process_;
};

// The driver's side of the ring.
class FakeDriver {
public:
    explicit FakeDriver(io::DriverHost& host) : host_(host), attach_(host.attach_information()) {}

    // The next request, marked as being dispatched; null when there is none.
    WDM_REQUEST* take();
    // The slot of the request taken last.
    unsigned slot() const { return slot_; }
    WDM_RING& header();
    WDM_REQUEST& request(unsigned slot);
    uint8_t* memory(uint64_t address) { return test::at(host_.process()->space(), address); }
    // The slots whose request is to be cancelled, once.
    uint64_t cancelled() { return std::exchange(header().CancelSlots, 0); }
    void pend(unsigned slot) { request(slot).State = WDM_STATE_PENDING; }
    // `written`: of an output window; as much as it says by `information`, unless it is told otherwise.
    void complete(unsigned slot, NTSTATUS status, uint64_t information) {
        complete(slot, status, information, information);
    }
    void complete(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written);
    // Puts any number into the completion ring.
    void announce(uint32_t slot);

private:
    io::DriverHost& host_;
    WDM_ATTACH attach_;
    unsigned slot_ = 0;
};

}  // namespace test
