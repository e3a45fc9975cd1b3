// SPDX-License-Identifier: GPL-3.0-only
//
// A driver host whose driver the test plays.
#pragma once

#include <vector>

#include "executive/io/driver_device.hpp"
#include "executive/ps/thread.hpp"
#include "tests/host/executive/fake_kernel.hpp"

namespace killer {

using base::Ref;

// --- provided by the suite
// The machine, with the Executive on it.
fake::Kernel& machine();
// Null when there is no memory.
Ref<ps::Process> make_process(bool driver_host);

// The driver of \Device\Fake, number 7 in its host. It dies and is started again without end.
class Driver final : public io::HostChannel::Owner {
public:
    Driver();
    ~Driver();
    // One thing it has to do; false when there is nothing.
    bool act();
    // What no honest driver does: `word` chooses what and where, `value` is what is written or said.
    void misbehave(uint32_t word, uint64_t value);
    // Reads wait for keys; a key ends one read.
    void press_key() { ++keys; }
    uint32_t keys = 0;
    // Everything but reads waits while this is set; so does what is cancelled.
    bool slow = false;

    Ref<io::HostChannel> host;
    Ref<io::DriverDevice> device;

private:
    void host_ended(const io::HostDeath&) override {}
    void host_failed(io::HostFault) override { host->process()->terminate(STATUS_DRIVER_PROCESS_TERMINATED); }
    bool host_owns_port(uint16_t) override { return false; }

    // A request that waits.
    struct Held {
        uint64_t id;
        bool reading;
        bool cancelled;
    };

    uint8_t* memory(uint64_t offset);
    WDM_RING& ring();
    uint8_t* entry(uint32_t number);
    static base::Result<void> attach(io::HostChannel& host, ps::Process& process);
    bool start();
    bool take();
    bool finish_one();
    void complete(uint64_t id, NTSTATUS status, uint64_t information);

    std::vector<Held> held_;
};

}  // namespace killer
