// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/process.hpp"

#include <utility>

#include "abi/nt/neptune.h"
#include "executive/hal/log.hpp"
#include "executive/mm/page_runs.hpp"
#include "executive/ps/ids.hpp"
#include "executive/ps/thread.hpp"

namespace ps {

namespace {

// Looked at between two looks at the clock.
constexpr size_t kHandlesAtOnce = 4;

[[clang::no_destroy]] constinit List<Process, ProcessTag> all_processes;

}  // namespace

constinit const ob::Type Process::kType = {
    u"Process",
    {STANDARD_RIGHTS_READ | PROCESS_VM_READ | PROCESS_QUERY_INFORMATION,
     STANDARD_RIGHTS_WRITE | PROCESS_CREATE_PROCESS | PROCESS_CREATE_THREAD | PROCESS_VM_OPERATION |
         PROCESS_VM_WRITE | PROCESS_DUP_HANDLE | PROCESS_TERMINATE | PROCESS_SET_QUOTA |
         PROCESS_SET_INFORMATION,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_ALL_ACCESS},
    PROCESS_ALL_ACCESS,
};

// No more than there is: what all may have together is bounded where it is taken (mm/commitment.hpp).
Process::Process(uint64_t quota)
    : Object(kType),
      quota_(quota ? quota : mm::memory_counts().total_pages * mm::kPageSize),
      handles_(*this) {
    set_extra_charge(sizeof(Process));
    create_time_ = ke::system_time();
}

Process::~Process() {
    handles_.close_all();
    release_id(id_);
}

List<Process, ProcessTag>& processes() {
    return all_processes;
}

Process* find_process(uint32_t id) {
    ob::Object* object = find_id(id);
    return object ? ob::as<Process>(*object) : nullptr;
}

void Process::set_job(Ref<Job> job) {
    job_ = std::move(job);
    counted = static_cast<bool>(job_);
    if (space_) space_->set_commit_guard(job_ ? this : nullptr);
}

void Process::has_computed(uint64_t time) {
    job_->compute(*this, time);
}

void Process::has_transferred(ke::IoCounts::Kind kind, uint64_t bytes) {
    io.add(kind, bytes);
    job_->transfer(*this, kind, bytes);
}

Result<void> Process::commit(uint64_t pages) {
    return job_->commit(*this, pages);
}

void Process::uncommit(uint64_t pages) {
    job_->uncommit(pages);
}

mm::AddressSpace::Counters Process::memory_counters() const {
    return space_ ? space_->counters() : mm::AddressSpace::Counters{};
}

Result<mm::AddressSpace*> Process::live_space() {
    if (gone()) return fail(STATUS_PROCESS_IS_TERMINATING);
    return space_.get();
}

int32_t base_priority_of(uint32_t priority_class) {
    switch (priority_class) {
        case PROCESS_PRIORITY_CLASS_IDLE:
            return 4;
        case PROCESS_PRIORITY_CLASS_BELOW_NORMAL:
            return 6;
        case PROCESS_PRIORITY_CLASS_ABOVE_NORMAL:
            return 10;
        case PROCESS_PRIORITY_CLASS_HIGH:
            return 13;
        case PROCESS_PRIORITY_CLASS_REALTIME:
            return 24;
        default:
            return 8;
    }
}

uint64_t Process::SerialOf::operator()(const Thread& thread) const {
    return thread.serial();
}

void Process::add(Thread& thread) {
    threads_.push_back(thread);
    by_serial_.insert(thread);
}

void Process::remove(Thread& thread) {
    threads_.remove(thread);
    by_serial_.remove(thread);
}

Thread* Process::thread_from(uint64_t serial) {
    return by_serial_.find_at_or_after(serial);
}

bool Process::set_priority_class(uint32_t priority_class, uint64_t& serial) {
    priority_class_ = priority_class;
    return tell_priority(serial);
}

void Process::give_priority_class(uint32_t priority_class) {
    priority_class_ = priority_class;
    raising_.begin();
}

bool Process::tell_priority(uint64_t& serial) {
    ke::Slice slice;
    while (Thread* thread = thread_from(serial)) {
        if (slice.over()) return false;
        thread->apply_priority();
        serial = thread->serial() + 1;
    }
    return true;
}

void Process::terminate(NTSTATUS status) {
    if (terminating_) return;
    terminating_ = true;
    exit_status_ = status;
    thread_count_ == 0 ? ending_.finish() : ending_.end_threads();
}

void Process::terminate_from_outside(NTSTATUS status) {
    ended_from_outside_ |= !terminating_;
    terminate(status);
}

void Process::last_handle_closed() {
    if (may_have_no_thread_ && thread_count_ == 0) terminate(STATUS_SUCCESS);
}

void Process::raise(bool raised) {
    raised_ = raised;
    raising_.begin();
}

void Process::Raising::begin() {
    serial_ = 0;
    // Above the hogs that keep it from running.
    if (!linked() && !slice()) ke::Pacer::instance().add(*this, ke::Pacer::kHighestPriority);
}

bool Process::Raising::slice() {
    return process_.tell_priority(serial_);
}

// The list is turned as it is walked; threads leave it from the event loop, not from here.
bool Process::terminate_others(Thread& survivor, NTSTATUS status, uint64_t& looked_at) {
    for (ke::Slice slice; looked_at < thread_count_; ++looked_at) {
        if (slice.over()) return false;
        Thread* thread = threads_.pop_front();
        if (!thread) break;
        threads_.push_back(*thread);
        if (thread != &survivor) thread->end(status);
    }
    return true;
}

void Process::thread_ended(NTSTATUS status) {
    --thread_count_;
    // One that no debugger is told of may be the last to end.
    if (thread_count_ > 0 && debuggee_.held_ends() == thread_count_) last_thread_ends(status);
    if (thread_count_ > 0) return;
    if (!terminating_) exit_status_ = status;
    terminating_ = true;
    ending_.finish();
}

void Process::Ending::end_threads() {
    threads_left_ = process_.thread_count_;
    if (!some_threads(ke::Slice()) && !linked()) ke::Pacer::instance().add(*this);
}

bool Process::Ending::some_threads(const ke::Slice& slice) {
    for (; threads_left_ > 0 && !slice.over(); --threads_left_) {
        Thread* thread = process_.threads_.pop_front();
        if (!thread) return true;
        process_.threads_.push_back(*thread);
        thread->end(process_.exit_status_);
    }
    return threads_left_ == 0;
}

void Process::last_thread_ends(NTSTATUS status) {
    if (!terminating_) exit_status_ = status;
    terminating_ = true;
    ending_.close_handles();
}

void Process::Ending::close_handles() {
    stage_ = Stage::Handles;
    if (!linked()) ke::Pacer::instance().add(*this);
}

// Handles first, for their closing may still want its memory.
void Process::Ending::finish() {
    stage_ = Stage::Handles;
    if (!linked()) ke::Pacer::instance().add(*this);
}

void Process::Ending::go_on() {
    stage_ = process_.space_ ? Stage::Memory : Stage::Last;
    ke::Pacer::instance().add(*this);
}

bool Process::Ending::slice() {
    ke::Slice slice;
    switch (stage_) {
        case Stage::Threads:
            return some_threads(slice);
        case Stage::Handles:
            while (!process_.handles_.close_all(kHandlesAtOnce))
                if (slice.over()) return false;
            // It goes on with finish().
            if (process_.thread_count_ > 0) return true;
            stage_ = Stage::Devices;
            return false;
        case Stage::Devices:
            // Nothing is left for the pacer until go_on().
            if (process_.supervisor_ && !process_.supervisor_->quiet_devices()) return true;
            stage_ = process_.space_ ? Stage::Memory : Stage::Last;
            return false;
        case Stage::Memory:
            while (!process_.space_->tear_down(mm::pages_at_once()))
                if (slice.over()) return false;
            stage_ = Stage::Last;
            return false;
        case Stage::Last:
            process_.last_step();
            return true;
    }
    return true;
}

void Process::last_step() {
    if (job_) Job::left(*this);
    space_.reset();
    grants_.reset();
    image_.reset();
    token_.reset();
    quota_.release(std::exchange(own_charge_, 0));
    exit_time_ = ke::system_time();
    debuggee_.gone();
    ListLink<ProcessTag>::unlink();
    if (supervisor_) supervisor_->process_ended(exit_status_);
    ended_.set();
    log.info("process {} ({}) ended with {s}", id_, image_name(), exit_status_);
    self_.reset();
}

Result<uint32_t> Process::grant_capability(ke::CPtr source) {
    return grants_ ? grants_->add(source) : fail(STATUS_PRIVILEGE_NOT_HELD);
}

void Process::revoke_capability(uint32_t pointer) {
    if (grants_) grants_->remove(pointer);
}

}  // namespace ps
