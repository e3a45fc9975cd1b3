// SPDX-License-Identifier: GPL-3.0-only
//
// Who is in a job, and for how long.
#include "executive/ps/job.hpp"

#include <algorithm>

#include "executive/ps/process.hpp"

namespace ps {

namespace {

// What the documentation of JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS lists.
bool ended_badly(NTSTATUS status) {
    switch (status) {
        case STATUS_ACCESS_VIOLATION:
        case STATUS_ARRAY_BOUNDS_EXCEEDED:
        case STATUS_BREAKPOINT:
        case STATUS_CONTROL_C_EXIT:
        case STATUS_DATATYPE_MISALIGNMENT:
        case STATUS_FLOAT_DENORMAL_OPERAND:
        case STATUS_FLOAT_DIVIDE_BY_ZERO:
        case STATUS_FLOAT_INEXACT_RESULT:
        case STATUS_FLOAT_INVALID_OPERATION:
        case STATUS_FLOAT_OVERFLOW:
        case STATUS_FLOAT_STACK_CHECK:
        case STATUS_FLOAT_UNDERFLOW:
        case STATUS_GUARD_PAGE_VIOLATION:
        case STATUS_ILLEGAL_INSTRUCTION:
        case STATUS_IN_PAGE_ERROR:
        case STATUS_INTEGER_DIVIDE_BY_ZERO:
        case STATUS_INTEGER_OVERFLOW:
        case STATUS_INVALID_DISPOSITION:
        case STATUS_INVALID_HANDLE:
        case STATUS_NONCONTINUABLE_EXCEPTION:
        case STATUS_PRIVILEGED_INSTRUCTION:
        case STATUS_SINGLE_STEP:
        case STATUS_STACK_OVERFLOW:
            return true;
        default:
            return false;
    }
}

}  // namespace

constinit const ob::Type Job::kType = {
    u"Job",
    {STANDARD_RIGHTS_READ | JOB_OBJECT_QUERY,
     STANDARD_RIGHTS_WRITE | JOB_OBJECT_ASSIGN_PROCESS | JOB_OBJECT_SET_ATTRIBUTES | JOB_OBJECT_TERMINATE,
     STANDARD_RIGHTS_EXECUTE | SYNCHRONIZE, JOB_OBJECT_ALL_ACCESS},
    JOB_OBJECT_ALL_ACCESS,
};

Job::Job() : Object(kType) {
    set_extra_charge(sizeof(Job));
}

Result<Ref<Job>> Job::create() {
    return make_ref<Job>();
}

bool Job::holds(const Process& process) const {
    for (const Job* job = process.job(); job; job = job->parent_.get())
        if (job == this) return true;
    return false;
}

unsigned Job::depth() const {
    unsigned depth = 1;
    for (const Job* job = parent_.get(); job; job = job->parent_.get())
        ++depth;
    return depth;
}

void Job::set_listener(Own<Listener> listener) {
    listener_ = std::move(listener);
    if (listener_ && active_ > 0) sweep_.begin(Sweep::kAnnounce);
}

void Job::tell(uint32_t message, uint32_t process_id) {
    if (listener_) listener_->tell(message, process_id);
}

// What passes a limit of a job is told to those around it too.
void Job::tell_all(uint32_t message, uint32_t process_id) {
    for (Job* job = this; job; job = job->parent_.get())
        job->tell(message, process_id);
}

// From this job to the one before `end`: is there room for one more process of so many pages? Documented of
// the counts: a process that was one too many is counted as one that has been in the job.
Result<void> Job::make_room(Job* from, const Job* end, uint64_t pages, uint32_t process_id) {
    for (Job* job = from; job && job != end; job = job->parent_.get()) {
        const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits = job->limits_;
        if (job->limited(JOB_OBJECT_LIMIT_ACTIVE_PROCESS) &&
            job->active_ >= limits.BasicLimitInformation.ActiveProcessLimit) {
            ++job->total_;
            ++job->terminated_;
            job->tell_all(JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, 0);
            return fail(STATUS_QUOTA_EXCEEDED);
        }
        if (job->limited(JOB_OBJECT_LIMIT_JOB_MEMORY) &&
            job->memory_ + pages > limits.JobMemoryLimit / mm::kPageSize) {
            job->tell_all(JOB_OBJECT_MSG_JOB_MEMORY_LIMIT, process_id);
            return fail(STATUS_COMMITMENT_LIMIT);
        }
    }
    return {};
}

// REQUIRES: the jobs around this one have counted the process or have room for it.
void Job::join(Process& process) {
    const Job* had = process.job();
    uint64_t pages = process.memory_counters().committed;
    for (Job* job = this; job && job != had; job = job->parent_.get()) {
        ++job->active_;
        ++job->total_;
        job->user_time_ += process.cpu_time;
        job->period_start_ += process.cpu_time;
        job->io_.add(process.io);
        job->memory_ += pages;
        job->peak_memory_ = std::max(job->peak_memory_, job->memory_);
        job->peak_process_memory_ = std::max(job->peak_process_memory_, pages);
        job->tell(JOB_OBJECT_MSG_NEW_PROCESS, process.id());
    }
    process.set_job(Ref<Job>(this));
    apply_limits(process);
}

bool Job::lies_in(const Job& around) const {
    for (const Job* job = parent_.get(); job; job = job->parent_.get())
        if (job == &around) return true;
    return false;
}

// It does already, or it is one that nobody has been in. Jobs that restrict a window manager do not nest.
Result<void> Job::may_lie_in(const Job& around) const {
    if (lies_in(around)) return {};
    bool fresh = !parent_ && active_ == 0 && total_ == 0;
    if (!fresh || around.depth() >= kDeepest || around.lies_in(*this)) return fail(STATUS_ACCESS_DENIED);
    bool restricted = ui_restrictions_ != 0;
    for (const Job* job = &around; job; job = job->parent_.get())
        restricted |= job->ui_restrictions_ != 0;
    return restricted ? Result<void>(fail(STATUS_ACCESS_DENIED)) : Result<void>();
}

Result<void> Job::assign(Process& process) {
    if (process.terminating()) return fail(STATUS_PROCESS_IS_TERMINATING);
    Job* around = process.job();
    if (around == this) return {};
    uint64_t pages = process.memory_counters().committed;
    if (around) TRY(may_lie_in(*around));
    TRY(make_room(this, around, pages, process.id()));
    if (around && !parent_) parent_ = Ref<Job>(around);
    join(process);
    return {};
}

Result<void> Job::inherit(Process& child, Job& job) {
    TRY(make_room(&job, nullptr, child.memory_counters().committed, child.id()));
    job.join(child);
    return {};
}

Result<bool> Job::lets_out(bool asked) const {
    bool may = false, silently = true;
    for (const Job* job = this; job; job = job->parent_.get()) {
        bool silent = job->limited(JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK);
        silently &= silent;
        may = silent || job->limited(JOB_OBJECT_LIMIT_BREAKAWAY_OK);
        if (asked && !may) return fail(STATUS_ACCESS_DENIED);
    }
    return asked || silently;
}

void Job::left(Process& process) {
    Ref<Job> innermost(process.job());
    process.set_job({});
    mm::AddressSpace::Counters counters = process.memory_counters();
    bool badly = ended_badly(process.exit_status());
    for (Job* job = innermost.get(); job; job = job->parent_.get()) {
        job->faults_ += counters.faults;
        job->memory_ -= counters.committed;
        --job->active_;
        job->tell(badly ? JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS : JOB_OBJECT_MSG_EXIT_PROCESS, process.id());
        if (job->active_ > 0) continue;
        job->tell(JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
        if (job->time_was_up_) job->wake();
    }
}

void Job::terminate(NTSTATUS status) {
    sweep_.end_status = status;
    sweep_.begin(Sweep::kEnd);
}

void Job::last_handle_closed() {
    if (limited(JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)) terminate(STATUS_SUCCESS);
}

// One that is under way goes on, and is followed by another: whoever calls for it often does not keep it at
// its beginning.
void Job::Sweep::begin(What what, bool at_once) {
    if (job_.active_ == 0) return;
    if (self_) {
        next_ |= what;
        return;
    }
    what_ = what;
    self_ = Ref<Job>(&job_);
    if (!at_once || !slice()) ke::Pacer::instance().add(*this);
}

bool Job::Sweep::help() {
    if (!linked()) return true;
    unlink();
    if (slice()) return true;
    ke::Pacer::instance().add(*this);
    return false;
}

void Job::Sweep::visit(Process& process) {
    if (process.terminating()) return;
    if (what_ & kAnnounce) job_.tell(JOB_OBJECT_MSG_NEW_PROCESS, process.id());
    if (what_ & kLimits) process.job()->apply_limits(process);
    if (what_ & kEnd) {
        if (!process.critical()) process.terminate_from_outside(end_status);
        return;
    }
    const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = job_.limits_.BasicLimitInformation;
    bool own_time = (what_ & kTimes) && job_.limited(JOB_OBJECT_LIMIT_PROCESS_TIME) &&
                    process.cpu_time >= static_cast<uint64_t>(basic.PerProcessUserTimeLimit.QuadPart);
    if (!own_time && !(what_ & kTimeUp)) return;
    if (own_time) job_.tell_all(JOB_OBJECT_MSG_END_OF_PROCESS_TIME, process.id());
    ++job_.terminated_;
    process.terminate_from_outside(JOB_OBJECT_TIME_LIMIT_STATUS);
}

// The process looked at last may be off the list by now: then all are looked at again, and those that end are
// passed over.
bool Job::Sweep::slice() {
    ke::Slice slice;
    auto* last = static_cast<Process*>(place_.get());
    Process* next = last && !last->ended() ? processes().next(*last) : processes().front();
    for (; next; next = processes().next(*next)) {
        if (job_.holds(*next)) visit(*next);
        if (!slice.over()) continue;
        place_ = Ref<ob::Object>(next);
        return false;
    }
    place_ = {};
    what_ = std::exchange(next_, 0);
    if (what_ != 0) return false;
    Ref<Job> keep = std::move(self_);
    return true;
}

}  // namespace ps
