// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/spawn.hpp"

#include "base/ref.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/dispatcher.hpp"
#include "executive/ke/shortage.hpp"

namespace ke {

namespace {

class Spawned final : public Ready {
public:
    Spawned(const char* name, Task<NTSTATUS> task) : name_(name), task_(std::move(task)) {}
    void start() {
        task_.start(this);
        if (task_.done()) run();
    }
    void run() override {
        NTSTATUS status = task_.take();
        if (!NT_SUCCESS(status)) log.error("{}: failed with {s}", name_, status);
        delete this;
    }

private:
    const char* name_;
    Task<NTSTATUS> task_;
};

}  // namespace

void spawn(const char* name, Task<NTSTATUS> task) {
    auto* spawned = new (std::nothrow) Spawned(name, std::move(task));
    if (spawned) return spawned->start();
    log.error("{}: no memory to start it", name);
}

Result<Ref<Job>> Job::start_task(Task<NTSTATUS> task) {
    Ref<Job> job = TRY(make_ref<Job>(std::move(task)));
    job->add_ref();  // until it is done
    job->task_.start(job.get());
    if (job->task_.done()) job->run();
    return job;
}

void Job::run() {
    Ref<Job> keep = Ref<Job>::adopt(this);
    done_.signal(task_.take());
}

OwnWork::OwnWork() : served_(Dispatcher::instance().set_served_quota(nullptr)) {
    ++beside_the_call;
}

OwnWork::~OwnWork() {
    --beside_the_call;
    Dispatcher::instance().set_served_quota(served_);
}

}  // namespace ke
