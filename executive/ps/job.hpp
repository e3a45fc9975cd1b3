// SPDX-License-Identifier: GPL-3.0-only
//
// Jobs: processes that are limited, counted and ended together. A process is in one job, and with it in those
// that this one is nested in; its children are in the same, unless they may break away. A job lives as long
// as it has handles or processes. Limits bind when a process joins, when one is made, and when the last
// handle closes.
#pragma once

#include "abi/nt/ntjob.h"
#include "executive/ke/pacer.hpp"
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

    const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits() const { return limits_; }
    // Those that the class `extended` or the basic one has; the others stay. STATUS_INVALID_PARAMETER: flags
    // that nobody knows, or values that make no sense. STATUS_NOT_SUPPORTED: limits of time and memory, which
    // nothing here would hold a job to.
    Result<void> set_limits(const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits, bool extended);
    uint32_t ui_restrictions() const { return ui_restrictions_; }
    void set_ui_restrictions(uint32_t restrictions) { ui_restrictions_ = restrictions; }
    uint32_t end_of_time_action() const { return end_of_time_action_; }
    void set_end_of_time_action(uint32_t action) { end_of_time_action_ = action; }
    // Null: nobody any more.
    bool has_listener() const { return static_cast<bool>(listener_); }
    void set_listener(Own<Listener> listener) { listener_ = std::move(listener); }

    // The counts of those that have been in it. Times are of those that have left it: those of the others are
    // added by who asks.
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION accounting() const;
    uint32_t active() const { return active_; }
    // Is the process in this job or in one nested in it?
    bool holds(const Process& process) const;

    // The process joins this job, which becomes nested in the one that it is in. STATUS_ACCESS_DENIED: this
    // one has processes or lies in another already. STATUS_QUOTA_EXCEEDED: a job has as many processes as it
    // may.
    Result<void> assign(Process& process);
    // A child joins the job of its parent. As above.
    static Result<void> inherit(Process& child, Job& job);
    // Does a child that asks for it (`asked`) or is not asked stay out? STATUS_ACCESS_DENIED: it may not.
    Result<bool> lets_out(bool asked) const;
    // The process has ended.
    static void left(Process& process);
    // Ends all processes that are in it now.
    void terminate(NTSTATUS status);

    ke::Waitable* waitable() override { return this; }
    // Only the end of a job's time would signal it.
    bool signaled(const ke::Thread&) const override { return false; }
    void last_handle_closed() override;

private:
    template <typename T, typename... Args>
    friend Result<Ref<T>> base::make_ref(Args&&... args);
    Job();

    // Goes through all processes, paced.
    class Ending final : public ke::PacedWork {
    public:
        explicit Ending(Job& job) : job_(job) {}
        bool slice() override;
        void begin(NTSTATUS status);

    private:
        Job& job_;
        Ref<Job> self_;          // while there is something to do
        Ref<ob::Object> place_;  // the process looked at last
        NTSTATUS status_ = STATUS_SUCCESS;
    };

    unsigned depth() const;
    Result<void> has_room() const;
    void join(Process& process);
    void tell(uint32_t message, uint32_t process_id);

    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits_{};
    uint32_t ui_restrictions_ = 0;
    uint32_t end_of_time_action_ = 0;
    uint32_t active_ = 0;
    uint32_t total_ = 0;
    uint32_t terminated_ = 0;  // by a limit
    uint64_t user_time_ = 0;   // of those that have left it, in units of 100 ns
    Ref<Job> parent_;
    Own<Listener> listener_;
    Ending ending_{*this};
};

}  // namespace ps
