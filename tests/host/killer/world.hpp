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

#include "executive/ps/thread.hpp"
#include "tests/host/executive/fake_kernel.hpp"
#include "tests/host/killer/clock.hpp"
#include "tests/host/killer/driver.hpp"

namespace killer {

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

Ref<ps::Thread> make_thread(ps::Process& process);
// The dispatcher's only service: the one that World::call() was given.
ke::Task<NTSTATUS> serve_next(ke::Call& call);

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
    HANDLE open_device(uint32_t options, std::u16string_view name = u"\\Device\\Fake");
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
