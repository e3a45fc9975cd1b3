// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ps/job.hpp"

#include "executive/ps/process.hpp"

namespace ps {

namespace {

constexpr ULONG kBasicFlags = JOB_OBJECT_LIMIT_WORKINGSET | JOB_OBJECT_LIMIT_PROCESS_TIME |
                              JOB_OBJECT_LIMIT_JOB_TIME | JOB_OBJECT_LIMIT_ACTIVE_PROCESS |
                              JOB_OBJECT_LIMIT_AFFINITY | JOB_OBJECT_LIMIT_PRIORITY_CLASS |
                              JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME | JOB_OBJECT_LIMIT_SCHEDULING_CLASS;
constexpr ULONG kExtendedFlags = kBasicFlags | JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY |
                                 JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION | JOB_OBJECT_LIMIT_BREAKAWAY_OK |
                                 JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK | JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE |
                                 JOB_OBJECT_LIMIT_SUBSET_AFFINITY;
constexpr ULONG kNotHeld = JOB_OBJECT_LIMIT_PROCESS_TIME | JOB_OBJECT_LIMIT_JOB_TIME |
                           JOB_OBJECT_LIMIT_PROCESS_MEMORY | JOB_OBJECT_LIMIT_JOB_MEMORY;
constexpr ULONG kMostScheduling = 9;
constexpr ULONG kProcessors = 1;  // the affinity of all

bool ended_badly(NTSTATUS status) {
    return (static_cast<uint32_t>(status) >> 30) == 3;
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

Result<void> Job::set_limits(const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits, bool extended) {
    const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits.BasicLimitInformation;
    ULONG flags = basic.LimitFlags;
    if (flags & ~(extended ? kExtendedFlags : kBasicFlags)) return fail(STATUS_INVALID_PARAMETER);
    if (flags & kNotHeld) return fail(STATUS_NOT_SUPPORTED);
    if ((flags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && basic.ActiveProcessLimit == 0)
        return fail(STATUS_INVALID_PARAMETER);
    if ((flags & JOB_OBJECT_LIMIT_AFFINITY) && basic.Affinity != kProcessors)
        return fail(STATUS_INVALID_PARAMETER);
    if ((flags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) &&
        (basic.PriorityClass == 0 || basic.PriorityClass > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL))
        return fail(STATUS_INVALID_PARAMETER);
    if ((flags & JOB_OBJECT_LIMIT_SCHEDULING_CLASS) && basic.SchedulingClass > kMostScheduling)
        return fail(STATUS_INVALID_PARAMETER);
    if ((flags & JOB_OBJECT_LIMIT_WORKINGSET) &&
        (basic.MinimumWorkingSetSize == 0 || basic.MinimumWorkingSetSize > basic.MaximumWorkingSetSize))
        return fail(STATUS_INVALID_PARAMETER);
    ULONG kept = extended ? 0 : limits_.BasicLimitInformation.LimitFlags & ~kBasicFlags;
    limits_.BasicLimitInformation = basic;
    limits_.BasicLimitInformation.LimitFlags |= kept;
    return {};
}

JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Job::accounting() const {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts{};
    counts.TotalUserTime.QuadPart = static_cast<LONGLONG>(user_time_);
    counts.ThisPeriodTotalUserTime = counts.TotalUserTime;
    counts.TotalProcesses = total_;
    counts.ActiveProcesses = active_;
    counts.TotalTerminatedProcesses = terminated_;
    return counts;
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

Result<void> Job::has_room() const {
    for (const Job* job = this; job; job = job->parent_.get()) {
        const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = job->limits_.BasicLimitInformation;
        if ((basic.LimitFlags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && job->active_ >= basic.ActiveProcessLimit)
            return fail(STATUS_QUOTA_EXCEEDED);
    }
    return {};
}

void Job::tell(uint32_t message, uint32_t process_id) {
    if (listener_) listener_->tell(message, process_id);
}

// REQUIRES: the jobs around this one have counted the process or have room for it.
void Job::join(Process& process) {
    const Job* had = process.job();
    for (Job* job = this; job && job != had; job = job->parent_.get()) {
        ++job->active_;
        ++job->total_;
        job->tell(JOB_OBJECT_MSG_NEW_PROCESS, process.id());
    }
    const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits_.BasicLimitInformation;
    if (basic.LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) process.give_priority_class(basic.PriorityClass);
    process.set_job(Ref<Job>(this));
}

Result<void> Job::assign(Process& process) {
    if (process.terminating()) return fail(STATUS_PROCESS_IS_TERMINATING);
    Job* around = process.job();
    if (around == this) return {};
    if (around) {
        bool nests = parent_.get() == around || (!parent_ && active_ == 0 && total_ == 0);
        if (!nests || around->depth() >= kDeepest) return fail(STATUS_ACCESS_DENIED);
        // A job must not come to lie within itself.
        for (const Job* job = around; job; job = job->parent_.get())
            if (job == this) return fail(STATUS_ACCESS_DENIED);
        const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits_.BasicLimitInformation;
        if ((basic.LimitFlags & JOB_OBJECT_LIMIT_ACTIVE_PROCESS) && active_ >= basic.ActiveProcessLimit)
            return fail(STATUS_QUOTA_EXCEEDED);
        parent_ = Ref<Job>(around);
    } else {
        if (parent_) return fail(STATUS_ACCESS_DENIED);
        TRY(has_room());
    }
    join(process);
    return {};
}

Result<void> Job::inherit(Process& child, Job& job) {
    Result<void> room = job.has_room();
    if (!room) {
        for (Job* at = &job; at; at = at->parent_.get())
            at->tell(JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, 0);
        return room;
    }
    job.join(child);
    return {};
}

Result<bool> Job::lets_out(bool asked) const {
    bool may = false, silently = true;
    for (const Job* job = this; job; job = job->parent_.get()) {
        ULONG flags = job->limits_.BasicLimitInformation.LimitFlags;
        bool silent = flags & JOB_OBJECT_LIMIT_SILENT_BREAKAWAY_OK;
        silently &= silent;
        may = silent || (flags & JOB_OBJECT_LIMIT_BREAKAWAY_OK);
        if (asked && !may) return fail(STATUS_ACCESS_DENIED);
    }
    return asked || silently;
}

void Job::left(Process& process) {
    Ref<Job> innermost(process.job());
    process.set_job({});
    for (Job* job = innermost.get(); job; job = job->parent_.get()) {
        job->user_time_ += process.cpu_time;
        --job->active_;
        bool badly = ended_badly(process.exit_status());
        job->tell(badly ? JOB_OBJECT_MSG_ABNORMAL_EXIT_PROCESS : JOB_OBJECT_MSG_EXIT_PROCESS, process.id());
        if (job->active_ == 0) job->tell(JOB_OBJECT_MSG_ACTIVE_PROCESS_ZERO, 0);
    }
}

void Job::terminate(NTSTATUS status) {
    ending_.begin(status);
}

void Job::last_handle_closed() {
    if (limits_.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE)
        terminate(STATUS_SUCCESS);
}

void Job::Ending::begin(NTSTATUS status) {
    status_ = status;
    place_ = {};
    if (linked() || job_.active_ == 0) return;
    self_ = Ref<Job>(&job_);
    if (!slice()) ke::Pacer::instance().add(*this);
}

// The process looked at last may be off the list by now: then all are looked at again, and those that end are
// passed over.
bool Job::Ending::slice() {
    ke::Slice slice;
    auto* last = static_cast<Process*>(place_.get());
    Process* next = last && !last->ended() ? processes().next(*last) : processes().front();
    for (; next; next = processes().next(*next)) {
        if (job_.holds(*next) && !next->terminating() && !next->critical())
            next->terminate_from_outside(status_);
        if (!slice.over()) continue;
        place_ = Ref<ob::Object>(next);
        return false;
    }
    place_ = {};
    Ref<Job> keep = std::move(self_);
    return true;
}

}  // namespace ps
