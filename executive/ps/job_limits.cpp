// SPDX-License-Identifier: GPL-3.0-only
//
// What a job allows its processes, what it counts of them, and what happens when they pass a limit.
#include <algorithm>

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
constexpr ULONG kSoftFlags = JOB_OBJECT_LIMIT_JOB_MEMORY | JOB_OBJECT_LIMIT_JOB_TIME |
                             JOB_OBJECT_LIMIT_JOB_READ_BYTES | JOB_OBJECT_LIMIT_JOB_WRITE_BYTES;
constexpr ULONG kMostScheduling = 9;
constexpr ULONG kProcessors = 1;  // the affinity of all
constexpr uint64_t kNoLimit = ~uint64_t{0};

}  // namespace

Result<void> Job::check(const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic, bool extended) {
    ULONG flags = basic.LimitFlags;
    bool makes_sense = (flags & ~(extended ? kExtendedFlags : kBasicFlags)) == 0;
    auto unless = [&](ULONG flag, bool sense) { makes_sense &= !(flags & flag) || sense; };
    unless(JOB_OBJECT_LIMIT_ACTIVE_PROCESS, basic.ActiveProcessLimit > 0);
    unless(JOB_OBJECT_LIMIT_AFFINITY, basic.Affinity == kProcessors);
    unless(JOB_OBJECT_LIMIT_SUBSET_AFFINITY, flags & JOB_OBJECT_LIMIT_AFFINITY);
    unless(JOB_OBJECT_LIMIT_PRIORITY_CLASS,
           basic.PriorityClass > 0 && basic.PriorityClass <= PROCESS_PRIORITY_CLASS_ABOVE_NORMAL);
    unless(JOB_OBJECT_LIMIT_SCHEDULING_CLASS, basic.SchedulingClass <= kMostScheduling);
    unless(JOB_OBJECT_LIMIT_WORKINGSET, basic.MinimumWorkingSetSize > 0 &&
                                            basic.MinimumWorkingSetSize <= basic.MaximumWorkingSetSize &&
                                            basic.MaximumWorkingSetSize != ~SIZE_T{0});
    unless(JOB_OBJECT_LIMIT_PROCESS_TIME, basic.PerProcessUserTimeLimit.QuadPart > 0);
    unless(JOB_OBJECT_LIMIT_JOB_TIME, basic.PerJobUserTimeLimit.QuadPart > 0);
    unless(JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME, !(flags & JOB_OBJECT_LIMIT_JOB_TIME));
    return makes_sense ? Result<void>() : fail(STATUS_INVALID_PARAMETER);
}

JOBOBJECT_EXTENDED_LIMIT_INFORMATION Job::limits() const {
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = limits_;
    limits.PeakJobMemoryUsed = peak_memory_ * mm::kPageSize;
    limits.PeakProcessMemoryUsed = peak_process_memory_ * mm::kPageSize;
    return limits;
}

void Job::set_limits(const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& given, bool extended) {
    JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits_.BasicLimitInformation;
    LARGE_INTEGER had = basic.PerJobUserTimeLimit;
    ULONG kept = extended ? 0 : basic.LimitFlags & ~kBasicFlags;
    if (given.BasicLimitInformation.LimitFlags & JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME)
        kept |= basic.LimitFlags & JOB_OBJECT_LIMIT_JOB_TIME;
    basic = given.BasicLimitInformation;
    // It says what to do with the rest, and is no limit itself.
    basic.LimitFlags = (basic.LimitFlags & ~ULONG{JOB_OBJECT_LIMIT_PRESERVE_JOB_TIME}) | kept;
    if (kept & JOB_OBJECT_LIMIT_JOB_TIME)
        basic.PerJobUserTimeLimit = had;
    else if (limited(JOB_OBJECT_LIMIT_JOB_TIME))
        begin_period();
    if (extended) {
        limits_.ProcessMemoryLimit = given.ProcessMemoryLimit;
        limits_.JobMemoryLimit = given.JobMemoryLimit;
    }
    if (limited(JOB_OBJECT_LIMIT_PRIORITY_CLASS | JOB_OBJECT_LIMIT_WORKINGSET)) sweep_.begin(Sweep::kLimits);
}

void Job::begin_period() {
    period_start_ = user_time_;
    time_was_up_ = false;
}

Result<void> Job::set_notification(const JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION& limits) {
    if (limits.LimitFlags & ~kSoftFlags) return fail(STATUS_INVALID_PARAMETER);
    if ((limits.LimitFlags & JOB_OBJECT_LIMIT_JOB_TIME) && limits.PerJobUserTimeLimit.QuadPart <= 0)
        return fail(STATUS_INVALID_PARAMETER);
    notification_ = limits;
    told_of_ = 0;
    return {};
}

uint32_t Job::passed() const {
    uint32_t passed = 0;
    auto look = [&](uint32_t flag, uint64_t value, uint64_t limit) {
        if (notifies(flag) && value > limit) passed |= flag;
    };
    look(JOB_OBJECT_LIMIT_JOB_MEMORY, memory_ * mm::kPageSize, notification_.JobMemoryLimit);
    look(JOB_OBJECT_LIMIT_JOB_TIME, user_time_ - period_start_,
         static_cast<uint64_t>(notification_.PerJobUserTimeLimit.QuadPart));
    look(JOB_OBJECT_LIMIT_JOB_READ_BYTES, io_.bytes[ke::IoCounts::Read], notification_.IoReadBytesLimit);
    look(JOB_OBJECT_LIMIT_JOB_WRITE_BYTES, io_.bytes[ke::IoCounts::Write], notification_.IoWriteBytesLimit);
    return passed;
}

void Job::look_at_soft_limits(Process& process) {
    if (notification_.LimitFlags == 0) [[likely]]
        return;
    uint32_t now = passed();
    if (now & ~told_of_) tell_all(JOB_OBJECT_MSG_NOTIFICATION_LIMIT, process.id());
    told_of_ = now;
}

JOBOBJECT_LIMIT_VIOLATION_INFORMATION Job::violation() const {
    JOBOBJECT_LIMIT_VIOLATION_INFORMATION information{};
    information.LimitFlags = notification_.LimitFlags;
    information.ViolationLimitFlags = passed();
    information.IoReadBytes = io_.bytes[ke::IoCounts::Read];
    information.IoReadBytesLimit = notification_.IoReadBytesLimit;
    information.IoWriteBytes = io_.bytes[ke::IoCounts::Write];
    information.IoWriteBytesLimit = notification_.IoWriteBytesLimit;
    information.PerJobUserTime.QuadPart = static_cast<LONGLONG>(user_time_ - period_start_);
    information.PerJobUserTimeLimit = notification_.PerJobUserTimeLimit;
    information.JobMemory = memory_ * mm::kPageSize;
    information.JobMemoryLimit = notification_.JobMemoryLimit;
    return information;
}

JOBOBJECT_BASIC_ACCOUNTING_INFORMATION Job::accounting() const {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts{};
    counts.TotalUserTime.QuadPart = static_cast<LONGLONG>(user_time_);
    counts.ThisPeriodTotalUserTime.QuadPart = static_cast<LONGLONG>(user_time_ - period_start_);
    counts.TotalPageFaultCount = static_cast<ULONG>(faults_);
    counts.TotalProcesses = total_;
    counts.ActiveProcesses = active_;
    counts.TotalTerminatedProcesses = terminated_;
    return counts;
}

// --- what binds a process

uint32_t Job::priority_class() const {
    uint32_t lowest = 0;
    for (const Job* job = this; job; job = job->parent_.get()) {
        uint32_t own = job->limits_.BasicLimitInformation.PriorityClass;
        if (!job->limited(JOB_OBJECT_LIMIT_PRIORITY_CLASS)) continue;
        if (lowest == 0 || base_priority_of(own) < base_priority_of(lowest)) lowest = own;
    }
    return lowest;
}

bool Job::working_set(uint64_t& minimum, uint64_t& maximum) const {
    const JOBOBJECT_BASIC_LIMIT_INFORMATION* least = nullptr;
    for (const Job* job = this; job; job = job->parent_.get()) {
        const JOBOBJECT_BASIC_LIMIT_INFORMATION& own = job->limits_.BasicLimitInformation;
        if (!job->limited(JOB_OBJECT_LIMIT_WORKINGSET)) continue;
        if (!least || own.MaximumWorkingSetSize < least->MaximumWorkingSetSize) least = &own;
    }
    if (!least) return false;
    minimum = least->MinimumWorkingSetSize;
    maximum = least->MaximumWorkingSetSize;
    return true;
}

uint64_t Job::process_memory_limit() const {
    uint64_t least = kNoLimit;
    for (const Job* job = this; job; job = job->parent_.get())
        if (job->limited(JOB_OBJECT_LIMIT_PROCESS_MEMORY))
            least = std::min<uint64_t>(least, job->limits_.ProcessMemoryLimit);
    return least;
}

uint64_t Job::memory_limit() const {
    uint64_t least = kNoLimit;
    for (const Job* job = this; job; job = job->parent_.get())
        if (job->limited(JOB_OBJECT_LIMIT_JOB_MEMORY))
            least = std::min<uint64_t>(least, job->limits_.JobMemoryLimit);
    return least;
}

// A working set that cannot be had leaves the process with its own.
void Job::apply_limits(Process& process) const {
    if (uint32_t wanted = priority_class(); wanted && wanted != process.priority_class())
        process.give_priority_class(wanted);
    uint64_t minimum, maximum;
    auto space = process.live_space();
    if (space && working_set(minimum, maximum))
        (void)(*space)->set_working_set({minimum / mm::kPageSize, maximum / mm::kPageSize});
}

// --- what its processes use

Result<void> Job::commit(Process& process, uint64_t pages) {
    uint64_t committed = process.memory_counters().committed + pages;
    for (Job* job = this; job; job = job->parent_.get()) {
        bool process_passes = job->limited(JOB_OBJECT_LIMIT_PROCESS_MEMORY) &&
                              committed > job->limits_.ProcessMemoryLimit / mm::kPageSize;
        bool job_passes = job->limited(JOB_OBJECT_LIMIT_JOB_MEMORY) &&
                          job->memory_ + pages > job->limits_.JobMemoryLimit / mm::kPageSize;
        if (!process_passes && !job_passes) continue;
        job->tell_all(process_passes ? JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT : JOB_OBJECT_MSG_JOB_MEMORY_LIMIT,
                      process.id());
        return fail(STATUS_COMMITMENT_LIMIT);
    }
    for (Job* job = this; job; job = job->parent_.get()) {
        job->memory_ += pages;
        job->peak_memory_ = std::max(job->peak_memory_, job->memory_);
        job->peak_process_memory_ = std::max(job->peak_process_memory_, committed);
        job->look_at_soft_limits(process);
    }
    return {};
}

void Job::uncommit(uint64_t pages) {
    for (Job* job = this; job; job = job->parent_.get()) {
        job->memory_ -= pages;
        if (job->told_of_) job->told_of_ &= job->passed();
    }
}

void Job::transfer(Process& process, ke::IoCounts::Kind kind, uint64_t bytes) {
    for (Job* job = this; job; job = job->parent_.get()) {
        job->io_.add(kind, bytes);
        job->look_at_soft_limits(process);
    }
}

// Whose time is up is ended from elsewhere: this is in the midst of the Balancer's look at all threads.
void Job::compute(Process& process, uint64_t time) {
    for (Job* job = this; job; job = job->parent_.get()) {
        const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = job->limits_.BasicLimitInformation;
        job->user_time_ += time;
        job->look_at_soft_limits(process);
        if (job->limited(JOB_OBJECT_LIMIT_PROCESS_TIME) &&
            process.cpu_time >= static_cast<uint64_t>(basic.PerProcessUserTimeLimit.QuadPart))
            job->sweep_.begin(Sweep::kTimes, false);
        if (job->limited(JOB_OBJECT_LIMIT_JOB_TIME) &&
            job->user_time_ - job->period_start_ >= static_cast<uint64_t>(basic.PerJobUserTimeLimit.QuadPart))
            job->time_is_up();
    }
}

// Who comes to a job whose time was up ends as well, once it computes.
void Job::time_is_up() {
    if (end_of_time_action_ == JOB_OBJECT_POST_AT_END_OF_JOB && listener_) {
        limits_.BasicLimitInformation.LimitFlags &= ~ULONG{JOB_OBJECT_LIMIT_JOB_TIME};
        return tell_all(JOB_OBJECT_MSG_END_OF_JOB_TIME, 0);
    }
    time_was_up_ = true;
    sweep_.begin(Sweep::kTimeUp, false);
}

}  // namespace ps
