// SPDX-License-Identifier: GPL-3.0-only
//
// Processes without threads of their own: a client with a thread that makes calls, and a driver process whose
// end of the ring the test plays.
#pragma once

#include <deque>
#include <vector>

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
// The same for all of them.
unsigned signals();

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

// The host's side of the ring, with a driver whose part the test plays. What it has taken it keeps by numbers
// of its own, from 0 on.
class FakeDriver {
public:
    explicit FakeDriver(io::HostChannel& host) : host_(host), attach_(host.attach_information()) {}

    // The next request, with a dispatch routine from now on; null when there is none. Addresses of data that
    // came in the ring are places in the host's copy (memory()).
    WDM_REQUEST* take();
    // The number of the request taken last.
    unsigned slot() const { return static_cast<unsigned>(taken_.size() - 1); }
    WDM_RING& header() { return *reinterpret_cast<WDM_RING*>(memory(attach_.Ring)); }
    WDM_REQUEST& request(unsigned slot) { return taken_[slot].request; }
    uint8_t* memory(uint64_t address);
    // The Ids of what is to be cancelled, once.
    std::vector<uint64_t> cancelled();
    // Its dispatch routine returns, and the request does not end.
    void pend(unsigned slot) { leave_dispatch(request(slot).Id); }
    // `written`: of the output; as much as it says by `information`, unless it is told otherwise.
    void complete(unsigned slot, NTSTATUS status, uint64_t information) {
        complete(slot, status, information, information);
    }
    void complete(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written);
    // The same, without a look of the Executive's at it.
    void put_completion(unsigned slot, NTSTATUS status, uint64_t information, uint64_t written);
    // Completes any Id.
    void announce(uint64_t id);
    void tell();
    bool room_to_complete();

private:
    struct Taken {
        WDM_REQUEST request;
        uint64_t output = 0;  // in Inline
        bool output_inline = false;
    };
    // Where the host's copies lie in what it calls its space.
    static constexpr uint64_t kCopies = uint64_t{1} << 60;

    WDM_REQUEST& submission(uint32_t number);
    WDM_COMPLETION& completion(uint32_t number);
    void copy_in(Taken& taken);
    void leave_dispatch(uint64_t id);

    io::HostChannel& host_;
    WDM_ATTACH attach_;
    std::deque<Taken> taken_;
};

}  // namespace test
