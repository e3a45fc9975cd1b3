// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ke/spawn.hpp"

#include "base/ref.hpp"
#include "executive/hal/log.hpp"
#include "executive/ke/dispatcher.hpp"

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

OwnWork::OwnWork() : served_(Dispatcher::instance().set_served_quota(nullptr)) {}

OwnWork::~OwnWork() {
    Dispatcher::instance().set_served_quota(served_);
}

}  // namespace ke
