// SPDX-License-Identifier: GPL-3.0-only
//
// Work of the Executive's own that may wait: starting drivers, tearing down, background clean-up.
#pragma once

#include "base/ref.hpp"
#include "base/task.hpp"
#include "executive/prelude.hpp"

namespace ke {

// Runs the task to its end; it owns itself. A failure is logged under this name.
void spawn(const char* name, Task<NTSTATUS> task);

// While one lives, coroutine frames are charged to nobody. Around the making and the spawning of a task that
// goes on after the service that starts it: the caller's process, which is charged otherwise, may be gone by
// then.
class OwnWork {
public:
    OwnWork();
    ~OwnWork();
    OwnWork(const OwnWork&) = delete;
    OwnWork& operator=(const OwnWork&) = delete;

private:
    class Quota* served_;
};

// Work that a service starts and waits for, and that goes on to its end when the waiting thread is ended.
class Job final : public RefCounted, private Ready {
public:
    // The task is made and runs as the Executive's own.
    template <typename Make>
    static Result<Ref<Job>> start(Make make) {
        OwnWork own;
        return start_task(make());
    }
    explicit Job(Task<NTSTATUS> task) : task_(std::move(task)) {}
    // With the task's status.
    Event& done() { return done_; }

private:
    static Result<Ref<Job>> start_task(Task<NTSTATUS> task);
    void run() override;

    Task<NTSTATUS> task_;
    Event done_;
};

}  // namespace ke
