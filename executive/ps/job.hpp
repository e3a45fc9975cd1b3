// SPDX-License-Identifier: GPL-3.0-only
//
// Jobs: processes that are limited, counted and ended together. A process is in one job, and with it in those
// that this one is nested in; its children are in the same, unless they may break away. A job lives as long
// as it has handles or processes. Of nested jobs the narrowest limit binds a process.
//
// Time, memory and I/O of its processes a job counts itself, as they happen: limits are about these. Faults
// are a process's own until it leaves. What has to be done to all processes is done in slices (Sweep).
#pragma once

#include "abi/nt/ntjob.h"
#include "executive/ke/pacer.hpp"
#include "executive/ke/thread.hpp"
#include "executive/ob/ob.hpp"

namespace ps {

class Process;

class Job final : public ob::Object, public ke::Waitable {
public:
    static const ob::Type kType;
    static constexpr unsigned kDeepest = 16;  // so many lie within one another

    // Who is told what happens in the job (JOB_OBJECT_MSG_...), with the process's identifier or 0.
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void tell(uint32_t message, uint32_t process_id) = 0;
    };

    static Result<Ref<Job>> create();

    // As they were set, with the peaks of memory in bytes.
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits() const;
    // Of the class `extended` or the basic one. STATUS_INVALID_PARAMETER: flags that nobody knows, or values
    // that make no sense.
    static Result<void> check(const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic, bool extended);
    // Those that the class has; the others stay. What is wider than a job around this one allows binds as
    // that one does. Processes that are in it come to know by and by. REQUIRES: check() has passed.
    void set_limits(const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits, bool extended);
    // For who waits until all processes know: does a slice of it, true when nothing is left.
    bool settle() { return sweep_.help(); }
    uint32_t ui_restrictions() const { return ui_restrictions_; }
    void set_ui_restrictions(uint32_t restrictions) { ui_restrictions_ = restrictions; }
    uint32_t end_of_time_action() const { return end_of_time_action_; }
    void set_end_of_time_action(uint32_t action) { end_of_time_action_ = action; }
    // Null: nobody any more. Else it is told of the processes that are there.
    bool has_listener() const { return static_cast<bool>(listener_); }
    void set_listener(Own<Listener> listener);
    // Soft limits: who passes one is told of, and goes on. STATUS_INVALID_PARAMETER.
    const JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION& notification() const { return notification_; }
    Result<void> set_notification(const JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION& limits);
    // Which of them are passed now.
    JOBOBJECT_LIMIT_VIOLATION_INFORMATION violation() const;

    // --- counts
    // Of all that have been in it, with what each had used before; of faults those of whom has left it.
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting() const;
    const ke::IoCounts& io() const { return io_; }
    uint32_t active() const { return active_; }
    uint64_t memory() const { return memory_; }            // pages committed now
    uint64_t peak_memory() const { return peak_memory_; }  // pages
    void clear_peak_memory() { peak_memory_ = memory_; }
    // Is the process in this job or in one nested in it?
    bool holds(const Process& process) const;

    // --- who is in it
    // The process joins this job and those around it. Where it is in one already, this one lies in that or
    // comes to. STATUS_ACCESS_DENIED: this one has processes or lies in another. STATUS_QUOTA_EXCEEDED: a job
    // has as many processes as it may; STATUS_COMMITMENT_LIMIT: as much memory.
    Result<void> assign(Process& process);
    // A child joins the job of its parent. As above.
    static Result<void> inherit(Process& child, Job& job);
    // Does a child that asks for it (`asked`) or is not asked stay out? STATUS_ACCESS_DENIED: it may not.
    Result<bool> lets_out(bool asked) const;
    // The process has ended. REQUIRES: it is in a job, its memory is still there to be counted.
    static void left(Process& process);
    // Ends all processes that are in it now.
    void terminate(NTSTATUS status);

    // --- what binds a process that is in this job
    // 0: no job says.
    uint32_t priority_class() const;
    // The least working set of the jobs around, in bytes. False: none says.
    bool working_set(uint64_t& minimum, uint64_t& maximum) const;
    // The least of the processes' limits of committed memory, in bytes; ~0: none.
    uint64_t process_memory_limit() const;
    // The least of the limits of this job and of those around, in bytes; ~0: none.
    uint64_t memory_limit() const;

    // --- from a process that is in this job
    // It commits so many more pages, or gives some back. STATUS_COMMITMENT_LIMIT: then somebody was told.
    Result<void> commit(Process& process, uint64_t pages);
    void uncommit(uint64_t pages);
    // It has computed for so long, in units of 100 ns.
    void compute(Process& process, uint64_t time);
    // One of its requests is done.
    void transfer(Process& process, ke::IoCounts::Kind kind, uint64_t bytes);

    ke::Waitable* waitable() override { return this; }
    // Once all its processes are ended since the job's time was up.
    bool signaled(const ke::Thread&) const override { return time_was_up_ && active_ == 0; }
    bool keeps_state() const override { return true; }
    void last_handle_closed() override;

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Job();

    // Goes through all processes, paced.
    class Sweep final : public ke::PacedWork {
    public:
        enum What : uint8_t {
            kEnd = 1,       // ends them
            kTimes = 2,     // ends those whose own time is up
            kLimits = 4,    // tells them of their priority class and working set
            kAnnounce = 8,  // tells the listener of them
            kTimeUp = 16    // ends them, for the job's time is up
        };
        explicit Sweep(Job& job) : job_(job) {}
        bool slice() override;
        void begin(What what, bool at_once = true);
        // A slice in the pacer's stead. REQUIRES: somebody else keeps the job.
        bool help();
        NTSTATUS end_status = STATUS_SUCCESS;

    private:
        void visit(Process& process);

        Job& job_;
        Ref<Job> self_;          // while there is something to do
        Ref<ob::Object> place_;  // the process looked at last
        uint8_t what_ = 0;
        uint8_t next_ = 0;  // what came to be done meanwhile, in another round
    };

    bool limited(uint32_t flag) const { return limits_.BasicLimitInformation.LimitFlags & flag; }
    bool notifies(uint32_t flag) const { return notification_.LimitFlags & flag; }
    unsigned depth() const;
    bool lies_in(const Job& around) const;
    Result<void> may_lie_in(const Job& around) const;
    static Result<void> make_room(Job* from, const Job* end, uint64_t pages, uint32_t process_id);
    void join(Process& process);
    void apply_limits(Process& process) const;
    void tell(uint32_t message, uint32_t process_id);
    void tell_all(uint32_t message, uint32_t process_id);
    void begin_period();
    void time_is_up();
    // What is passed of the soft limits, and tells of what was not before.
    uint32_t passed() const;
    void look_at_soft_limits(Process& process);

    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits_{};
    JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION notification_{};
    uint32_t told_of_ = 0;  // the soft limits that are passed, and of which the listener knows
    uint32_t ui_restrictions_ = 0;
    uint32_t end_of_time_action_ = 0;
    uint32_t active_ = 0;
    uint32_t total_ = 0;
    uint32_t terminated_ = 0;  // by a limit
    bool time_was_up_ = false;
    uint64_t user_time_ = 0;     // of all, in units of 100 ns
    uint64_t period_start_ = 0;  // its value when the job's time was set
    uint64_t faults_ = 0;        // of those that have left it
    ke::IoCounts io_;
    uint64_t memory_ = 0;  // pages
    uint64_t peak_memory_ = 0;
    uint64_t peak_process_memory_ = 0;
    Ref<Job> parent_;
    Own<Listener> listener_;
    Sweep sweep_{*this};
};

}  // namespace ps
