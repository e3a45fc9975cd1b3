// SPDX-License-Identifier: GPL-3.0-only
//
// The world of a scenario: programs with threads that make calls, a device whose driver the test plays, and
// the points between which nothing else can run. A point is where another message could arrive: before each
// entry of the ready queue, before each act of the driver, and where everybody waits.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "executive/io/driver_device.hpp"
#include "executive/ps/thread.hpp"
#include "tests/host/executive/fake_kernel.hpp"
#include "tests/host/killer/clock.hpp"

namespace killer {

using base::Ref;

// A call of a service with its arguments: any callable of ke::Call& that answers a Task<NTSTATUS>.
class Service {
public:
    Service() = default;
    template <typename F>
        requires(!std::is_same_v<F, Service>)
    Service(F call)
        : state_(std::make_shared<F>(std::move(call))),
          run_([] [[clang::coro_wrapper]] (void* state, ke::Call& to) -> ke::Task<NTSTATUS> {
              return (*static_cast<F*>(state))(to);
          }) {}
    [[clang::coro_wrapper]] ke::Task<NTSTATUS> operator()(ke::Call& call) const {
        return run_(state_.get(), call);
    }

private:
    std::shared_ptr<void> state_;
    ke::Task<NTSTATUS> (*run_)(void*, ke::Call&) = nullptr;
};

fake::Kernel& machine();
Ref<ps::Process> make_process(bool driver_host);
Ref<ps::Thread> make_thread(ps::Process& process);
// The dispatcher's only service: the one that World::call() was given.
ke::Task<NTSTATUS> serve_next(ke::Call& call);

// The driver of \Device\Fake, number 7 in its host. It dies and is started again without end.
class Driver final : public io::DriverHost::Owner {
public:
    Driver();
    ~Driver();
    // One thing it has to do; false when there is nothing.
    bool act();
    // Reads wait for keys; a key ends one read.
    void press_key() { ++keys; }
    uint32_t keys = 0;
    // Everything but reads waits while this is set; so does what is cancelled.
    bool slow = false;

    Ref<io::DriverHost> host;
    Ref<io::DriverDevice> device;

private:
    void host_ended(const io::HostDeath&) override {}
    void host_failed(io::HostFault) override { host->process()->terminate(STATUS_DRIVER_PROCESS_TERMINATED); }
    bool host_owns_port(uint16_t) override { return false; }

    WDM_RING& ring();
    WDM_REQUEST& request(unsigned slot);
    void start();
    bool take();
    bool finish_one();
    void complete(unsigned slot, NTSTATUS status, uint64_t information);

    uint64_t held_ = 0;       // slots whose requests wait
    uint64_t cancelled_ = 0;  // of these, to be cancelled
};

class World {
public:
    World();
    ~World();

    // The thread's call arrives; one that is ended makes none. REQUIRES: it is in user code.
    void call(ps::Thread& thread, Service service);
    // All that follows from what has happened, up to where everybody waits.
    void settle();
    // What the last call of this thread came back with; nothing while it has not.
    std::optional<NTSTATUS> answer(ps::Thread& thread);
    // What the service of its last call ended with, also when nobody is left to hear of it.
    std::optional<NTSTATUS> outcome(ps::Thread& thread);
    NTSTATUS call_and_settle(ps::Thread& thread, Service service);
    // Called at each point.
    std::function<void()> at_point = [] {};
    // Who is on an errand does not come back while this is set.
    bool hold_errands = false;
    // Whom the killer is after. Null before its call.
    Ref<ps::Thread> victim;
    bool victim_lives() const { return victim && !victim->terminating(); }

    // --- the program's memory
    uint64_t allocate(size_t length = 4096);
    template <typename T>
    uint64_t put(const T& value) {
        uint64_t address = allocate(sizeof value);
        MUST(program->space().copy_out(address, &value, sizeof value));
        return address;
    }
    template <typename T>
    T get(uint64_t address) {
        T value{};
        MUST(program->space().copy_in(&value, address, sizeof value));
        return value;
    }
    uint64_t put_attributes(std::u16string_view name);

    // --- what scenarios use
    HANDLE make_event(EVENT_TYPE type, bool set = false);
    HANDLE open_device(uint32_t options);
    Service read(HANDLE file, uint64_t status_block = 0);
    Service wait(HANDLE handle, bool alertable = false);

    Driver driver;
    Ref<ps::Process> program = make_process(false);
    Ref<ps::Thread> bystander = make_thread(*program);
    Ref<ps::Process> other_program = make_process(false);
    Ref<ps::Thread> outsider = make_thread(*other_program);

private:
    bool return_errand(ps::Process& process);
};

}  // namespace killer
