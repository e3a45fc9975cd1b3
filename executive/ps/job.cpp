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

// What has_room() said of the process.
void Job::refuse(NTSTATUS why, uint32_t process_id) {
    if (why == STATUS_QUOTA_EXCEEDED) return tell(JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, 0);
    tell(JOB_OBJECT_MSG_JOB_MEMORY_LIMIT, process_id);
}

// From this job to the one before `end`: for one more process of so many pages.
Result<void> Job::has_room(const Job* from, const Job* end, uint64_t pages) {
    for (const Job* job = from; job && job != end; job = job->parent_.get()) {
        const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits = job->limits_;
        if (job->limited(JOB_OBJECT_LIMIT_ACTIVE_PROCESS) &&
            job->active_ >= limits.BasicLimitInformation.ActiveProcessLimit)
            return fail(STATUS_QUOTA_EXCEEDED);
        if (job->limited(JOB_OBJECT_LIMIT_JOB_MEMORY) &&
            job->memory_ + pages > limits.JobMemoryLimit / mm::kPageSize)
            return fail(STATUS_COMMITMENT_LIMIT);
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
        for (auto kind : {ke::IoCounts::Read, ke::IoCounts::Write, ke::IoCounts::Other}) {
            job->io_.of[kind].operations += process.io.of[kind].operations;
            job->io_.of[kind].bytes += process.io.of[kind].bytes;
        }
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
    if (Result<void> room = has_room(this, around, pages); !room) {
        refuse(room.error(), process.id());
        return room;
    }
    if (around && !parent_) parent_ = Ref<Job>(around);
    join(process);
    return {};
}

Result<void> Job::inherit(Process& child, Job& job) {
    Result<void> room = has_room(&job, nullptr, child.memory_counters().committed);
    if (!room) {
        for (Job* at = &job; at; at = at->parent_.get())
            at->refuse(room.error(), child.id());
        return room;
    }
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

// A sweep that is under way begins anew, with what it had to do as well.
void Job::Sweep::begin(What what, bool at_once) {
    if (job_.active_ == 0) return;
    what_ |= what;
    place_ = {};
    if (linked()) return;
    self_ = Ref<Job>(&job_);
    if (!at_once || !slice()) ke::Pacer::instance().add(*this);
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
    if (own_time) job_.tell(JOB_OBJECT_MSG_END_OF_PROCESS_TIME, process.id());
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
    what_ = 0;
    Ref<Job> keep = std::move(self_);
    return true;
}

}  // namespace ps
