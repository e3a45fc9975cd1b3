// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/thread.hpp"

#include "executive/hal/log.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/objects.hpp"
#include "executive/ps/ids.hpp"

namespace ps {

constinit const ob::Type Thread::kType = {
    u"Thread",
    {STANDARD_RIGHTS_READ | THREAD_GET_CONTEXT | THREAD_QUERY_INFORMATION,
     STANDARD_RIGHTS_WRITE | THREAD_SET_INFORMATION | THREAD_SET_CONTEXT | THREAD_ALERT |
         THREAD_SUSPEND_RESUME | THREAD_TERMINATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION | THREAD_RESUME,
     THREAD_ALL_ACCESS},
    THREAD_ALL_ACCESS,
};

namespace {

constinit uint64_t last_serial = 0;

}  // namespace

Thread::Thread(Ref<Process> process)
    : Object(kType), ke::Thread(*process), process_(std::move(process)), serial_(++last_serial) {
    set_extra_charge(sizeof(Thread));
    create_time_ = ke::system_time();
}

Thread::~Thread() {
    uncharge();
    release_id(id_);
}

void Thread::uncharge() {
    if (!charged_) return;
    mm::uncommit_pages(kCommitted);
    process_->quota().release(std::exchange(charged_, 0));
}

uint64_t Thread::latest_serial() {
    return last_serial;
}

Thread* find_thread(uint32_t id) {
    ob::Object* object = find_id(id);
    return object ? ob::as<Thread>(*object) : nullptr;
}

int32_t Thread::priority() const {
    int32_t base = process_->base_priority();
    bool realtime = base >= LOW_REALTIME_PRIORITY;
    int32_t lowest = realtime ? 16 : 1;
    // A driver host's interrupt and request threads have real-time priorities in whatever class.
    int32_t highest = realtime || process_->is_driver_host() ? 31 : 15;
    int32_t wanted = base + priority_increment_;
    return wanted < lowest ? lowest : wanted > highest ? highest : wanted;
}

void Thread::set_priority_increment(int32_t increment) {
    priority_increment_ = increment;
    apply_priority();
}

uint32_t Thread::resume() {
    uint32_t before = ke::Thread::resume();
    if (suspend_count() > 0) return before;
    if (!std::exchange(debug().begun, true))
        process_->debuggee().begins(*this);
    else if (before > 0)
        process_->debuggee().resumed(*this);
    return before;
}

void Thread::end(NTSTATUS status) {
    if (terminating()) return;
    exit_status_ = status;
    terminate();
}

namespace {

// The APCs of a thread that has ended, which is held as long as one is left.
class ApcRemains final : public ke::PacedWork {
public:
    explicit ApcRemains(Ref<Thread> thread) : thread_(std::move(thread)) {}
    bool slice() override {
        if (!thread_->drop_apcs()) return false;
        delete this;
        return true;
    }

private:
    Ref<Thread> thread_;
};

}  // namespace

// From the event loop, when the thread runs no more and is in no call.
void Thread::terminated() {
    if (!process_->debuggee().ends(*this)) finish_end();
}

void Thread::finish_end() {
    Ref<Thread> keep(this);
    if (!drop_apcs()) {
        if (auto* remains = new (std::nothrow) ApcRemains(keep)) ke::Pacer::instance().add_idle(*remains);
    }
    mm::free_thread(resources_);
    resources_ = {};
    uncharge();
    if (message_frame_ != mm::kNoFrame) mm::release_frame(message_frame_);
    message_frame_ = mm::kNoFrame;
    if (!process_->terminating()) {
        process_->space().discard(teb_);
        process_->space().discard(stack_base_);
    }
    set_impersonation({});
    exit_time_ = ke::system_time();
    process_->remove(*this);
    log.trace("thread {} of process {} ended with {s}", id_, process_->id(), exit_status_);
    ended_.set();
    process_->thread_ended(exit_status_);
    // The reference that a running thread's process holds.
    release();
}

}  // namespace ps
