// SPDX-License-Identifier: GPL-3.0-only
//
// Services on jobs.
#include "executive/ex/io_completion.hpp"
#include "executive/ke/in_slices.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

// A job's messages as packets of a completion port. What the port has no room for is lost, as on NT.
class PortListener final : public Job::Listener {
public:
    PortListener(Ref<ex::IoCompletion> port, uint64_t key) : port_(std::move(port)), key_(key) {}
    void tell(uint32_t message, uint32_t process_id) override {
        ex::IoPacket packet;
        packet.key = key_;
        packet.apc_context = process_id;
        packet.information = message;
        (void)port_->post(packet);
    }

private:
    Ref<ex::IoCompletion> port_;
    uint64_t key_;
};

// Who is in a job now: their identifiers and their time. Found among all processes, in slices.
class Members {
public:
    explicit Members(const Job& job) : job_(job) {}
    Result<bool> step();
    std::span<const ULONG_PTR> ids() const { return ids_.span(); }
    uint64_t user_time() const { return user_time_; }

private:
    const Job& job_;
    Ref<Process> last_;
    base::Vector<ULONG_PTR> ids_;
    uint64_t user_time_ = 0;
};

Result<bool> Members::step() {
    ke::Slice slice;
    // Where it stopped may have ended: then it begins anew.
    bool there = last_ && !last_->ended();
    if (!there) {
        ids_ = {};
        user_time_ = 0;
    }
    for (Process* next = there ? processes().next(*last_) : processes().front(); next;
         next = processes().next(*next)) {
        if (job_.holds(*next)) {
            TRY(ids_.push_back(next->id()));
            user_time_ += next->cpu_time;
        }
        if (!slice.over()) continue;
        last_ = Ref<Process>(next);
        return false;
    }
    return true;
}

// Without a handle the job that the caller is in is meant.
Result<Ref<Job>> job_of(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    if (handle) return ob::resolve<Job>(call, handle, access);
    Job* job = current(call).process().job();
    return job ? Result<Ref<Job>>(Ref<Job>(job)) : fail(STATUS_ACCESS_DENIED);
}

using Query = NtQueryInformationJobObjectArgs;

template <typename T>
NTSTATUS give(ke::Call& call, const Query& args, const T& value) {
    return ob::give_exact(call, args.JobInformation, args.ReturnLength, value);
}

NTSTATUS give_ids(ke::Call& call, const Query& args, const Members& members) {
    constexpr size_t kHeader = offsetof(JOBOBJECT_BASIC_PROCESS_ID_LIST, ProcessIdList);
    size_t room = args.JobInformation.length;
    if (room < sizeof(JOBOBJECT_BASIC_PROCESS_ID_LIST)) return STATUS_INFO_LENGTH_MISMATCH;
    size_t all = members.ids().size();
    size_t count = std::min(all, (room - kHeader) / sizeof(ULONG_PTR));
    ULONG header[2] = {static_cast<ULONG>(all), static_cast<ULONG>(count)};
    TRY(call.memory().copy_out(args.JobInformation.address, header, sizeof header));
    TRY(call.memory().copy_out(args.JobInformation.address + kHeader, members.ids().data(),
                               count * sizeof(ULONG_PTR)));
    TRY(call.write(args.ReturnLength, static_cast<ULONG>(kHeader + count * sizeof(ULONG_PTR))));
    return count < all ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

// The classes that need no look at the processes.
NTSTATUS answer(ke::Call& call, const Query& args, const Job& job) {
    switch (static_cast<ULONG>(args.JobInformationClass)) {
        case JobObjectBasicLimitInformation:
            return give(call, args, job.limits().BasicLimitInformation);
        case JobObjectExtendedLimitInformation:
            return give(call, args, job.limits());
        case JobObjectBasicUIRestrictions:
            return give(call, args, ULONG{job.ui_restrictions()});
        case JobObjectEndOfJobTimeInformation:
            return give(call, args, ULONG{job.end_of_time_action()});
        case JobObjectCpuRateControlInformation: {
            ULONG flags_and_rate[2] = {};  // none is controlled
            return give(call, args, flags_and_rate);
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS give_counts(ke::Call& call, const Query& args, const Job& job, const Members& members) {
    JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION counts{};
    counts.BasicInfo = job.accounting();
    counts.BasicInfo.TotalUserTime.QuadPart += static_cast<LONGLONG>(members.user_time());
    counts.BasicInfo.ThisPeriodTotalUserTime = counts.BasicInfo.TotalUserTime;
    if (args.JobInformationClass == JobObjectBasicAndIoAccountingInformation) return give(call, args, counts);
    return give(call, args, counts.BasicInfo);
}

}  // namespace

NTSTATUS NtCreateJobObject(ke::Call& call, const NtCreateJobObjectArgs& args) {
    Ref<Job> job = TRY(Job::create());
    return TRY(
        ob::create_handle(call, args.ObjectAttributes, std::move(job), args.DesiredAccess, args.JobHandle));
}

NTSTATUS NtOpenJobObject(ke::Call& call, const NtOpenJobObjectArgs& args) {
    return base::to_status(
        ob::open_named<Job>(call, args.ObjectAttributes, args.DesiredAccess, args.JobHandle));
}

NTSTATUS NtAssignProcessToJobObject(ke::Call& call, const NtAssignProcessToJobObjectArgs& args) {
    auto job = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess));
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    if (process->critical() || process->is_driver_host()) return STATUS_ACCESS_DENIED;
    return base::to_status(job->assign(*process));
}

NTSTATUS NtIsProcessInJob(ke::Call& call, const NtIsProcessInJobArgs& args) {
    auto process = TRY(resolve_process(call, args.ProcessHandle, PROCESS_QUERY_INFORMATION,
                                       PROCESS_QUERY_LIMITED_INFORMATION));
    bool in = process->job() != nullptr;
    if (args.JobHandle)
        in = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess))->holds(*process);
    return in ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
}

ke::Task<NTSTATUS> NtQueryInformationJobObject(ke::Call& call, NtQueryInformationJobObjectArgs args) {
    auto job = CO_TRY(job_of(call, args.JobHandle, args.JobHandleAccess));
    ULONG wanted = args.JobInformationClass;
    bool counts =
        wanted == JobObjectBasicAccountingInformation || wanted == JobObjectBasicAndIoAccountingInformation;
    if (!counts && wanted != JobObjectBasicProcessIdList) co_return answer(call, args, *job);
    Members members(*job);
    NTSTATUS looked = co_await ke::in_slices(call.thread(), [&members] { return members.step(); });
    if (looked != STATUS_SUCCESS) co_return looked;
    co_return counts ? give_counts(call, args, *job, members) : give_ids(call, args, members);
}

namespace {

// The class's structure as the caller gives it, in full.
template <typename T>
Result<T> read_exact(ke::Call& call, const NtSetInformationJobObjectArgs& args) {
    if (args.JobInformation.length != sizeof(T)) return fail(STATUS_INFO_LENGTH_MISMATCH);
    T value;
    TRY(call.copy_in(&value, args.JobInformation));
    return value;
}

Result<void> associate(ke::Call& call, Job& job, const JOBOBJECT_ASSOCIATE_COMPLETION_PORT& given) {
    if (!given.CompletionPort) {
        job.set_listener({});
        return {};
    }
    auto port = TRY(ob::resolve<ex::IoCompletion>(call, given.CompletionPort, IO_COMPLETION_MODIFY_STATE));
    if (job.has_listener()) return fail(STATUS_INVALID_PARAMETER);
    auto key = reinterpret_cast<uint64_t>(given.CompletionKey);
    job.set_listener(TRY(base::make_own<PortListener>(std::move(port), key)));
    return {};
}

}  // namespace

NTSTATUS NtSetInformationJobObject(ke::Call& call, const NtSetInformationJobObjectArgs& args) {
    auto job = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess));
    switch (static_cast<ULONG>(args.JobInformationClass)) {
        case JobObjectBasicLimitInformation: {
            JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
            limits.BasicLimitInformation = TRY(read_exact<JOBOBJECT_BASIC_LIMIT_INFORMATION>(call, args));
            return base::to_status(job->set_limits(limits, false));
        }
        case JobObjectExtendedLimitInformation:
            return base::to_status(
                job->set_limits(TRY(read_exact<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>(call, args)), true));
        case JobObjectBasicUIRestrictions: {
            ULONG restrictions = TRY(read_exact<ULONG>(call, args));
            if (restrictions & ~ULONG{JOB_OBJECT_UI_VALID_FLAGS}) return STATUS_INVALID_PARAMETER;
            job->set_ui_restrictions(restrictions);
            return STATUS_SUCCESS;
        }
        case JobObjectEndOfJobTimeInformation: {
            ULONG action = TRY(read_exact<ULONG>(call, args));
            if (action > JOB_OBJECT_POST_AT_END_OF_JOB) return STATUS_INVALID_PARAMETER;
            job->set_end_of_time_action(action);
            return STATUS_SUCCESS;
        }
        case JobObjectAssociateCompletionPortInformation:
            return base::to_status(
                associate(call, *job, TRY(read_exact<JOBOBJECT_ASSOCIATE_COMPLETION_PORT>(call, args))));
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtTerminateJobObject(ke::Call& call, const NtTerminateJobObjectArgs& args) {
    auto job = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess));
    job->terminate(args.ExitStatus);
    return STATUS_SUCCESS;
}
