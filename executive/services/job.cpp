// SPDX-License-Identifier: GPL-3.0-only
//
// Services on jobs, but for what is told about them (job_information.cpp).
#include <array>

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
    Result<void> assigned = job->assign(*process);
    // Documented of the number of processes: one that would pass it ends.
    if (!assigned && assigned.error() == STATUS_QUOTA_EXCEEDED)
        process->terminate_from_outside(STATUS_QUOTA_EXCEEDED);
    return base::to_status(assigned);
}

// Since jobs nest (NT 6.2) there are none: who lies in whom follows from the order of assignments.
NTSTATUS NtCreateJobSet(ke::Call& call, const NtCreateJobSetArgs& args) {
    constexpr ULONG kFewest = 2;
    if (args.NumJob < kFewest || args.Flags != 0) return STATUS_INVALID_PARAMETER;
    JOB_SET_ARRAY first = TRY(call.read(args.UserJobSet));
    if (first.MemberLevel == 0 || first.Flags != 0) return STATUS_INVALID_PARAMETER;
    TRY(ob::resolve<Job>(call, first.JobHandle, JOB_OBJECT_QUERY));
    return STATUS_NOT_SUPPORTED;
}

NTSTATUS NtIsProcessInJob(ke::Call& call, const NtIsProcessInJobArgs& args) {
    auto process = TRY(resolve_process(call, args.ProcessHandle, PROCESS_QUERY_INFORMATION,
                                       PROCESS_QUERY_LIMITED_INFORMATION));
    bool in = process->job() != nullptr;
    if (args.JobHandle)
        in = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess))->holds(*process);
    return in ? STATUS_PROCESS_IN_JOB : STATUS_PROCESS_NOT_IN_JOB;
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

// Some limits favour their processes above others'.
NTSTATUS set_limits(ke::Call& call, Job& job, const JOBOBJECT_EXTENDED_LIMIT_INFORMATION& limits,
                    bool extended) {
    constexpr ULONG kOrdinaryScheduling = 5;
    const JOBOBJECT_BASIC_LIMIT_INFORMATION& basic = limits.BasicLimitInformation;
    TRY(Job::check(basic, extended));
    bool favours = ((basic.LimitFlags & JOB_OBJECT_LIMIT_PRIORITY_CLASS) &&
                    basic.PriorityClass == PROCESS_PRIORITY_CLASS_REALTIME) ||
                   ((basic.LimitFlags & JOB_OBJECT_LIMIT_SCHEDULING_CLASS) &&
                    basic.SchedulingClass > kOrdinaryScheduling);
    if (favours && !se::holds_privilege(call, SE_INC_BASE_PRIORITY_PRIVILEGE))
        return STATUS_PRIVILEGE_NOT_HELD;
    job.set_limits(limits, extended);
    return STATUS_SUCCESS;
}

NTSTATUS set_ui_restrictions(Job& job, ULONG restrictions) {
    if (restrictions & ~ULONG{JOB_OBJECT_UI_VALID_FLAGS}) return STATUS_INVALID_PARAMETER;
    job.set_ui_restrictions(restrictions);
    return STATUS_SUCCESS;
}

NTSTATUS set_end_of_time_action(Job& job, ULONG action) {
    if (action > JOB_OBJECT_POST_AT_END_OF_JOB) return STATUS_INVALID_PARAMETER;
    job.set_end_of_time_action(action);
    return STATUS_SUCCESS;
}

// There is one group, which all are in.
NTSTATUS set_group(ke::Call& call, const NtSetInformationJobObjectArgs& args) {
    USHORT group = TRY(read_exact<USHORT>(call, args));
    return group == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS set_group_affinity(ke::Call& call, const NtSetInformationJobObjectArgs& args) {
    GROUP_AFFINITY given = TRY(read_exact<GROUP_AFFINITY>(call, args));
    bool all =
        given.Group == 0 && given.Mask == 1 && !given.Reserved[0] && !given.Reserved[1] && !given.Reserved[2];
    return all ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

// Nobody here can give a process a share of the processor, as on a system that shares it out between
// sessions.
NTSTATUS set_cpu_rate(ke::Call& call, const NtSetInformationJobObjectArgs& args) {
    auto flags_and_rate = TRY((read_exact<std::array<ULONG, 2>>(call, args)));
    if (flags_and_rate[0] & JOB_OBJECT_CPU_RATE_CONTROL_ENABLE) return STATUS_NOT_SUPPORTED;
    return flags_and_rate[0] == 0 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
}

NTSTATUS set_notification(ke::Call& call, Job& job, const NtSetInformationJobObjectArgs& args) {
    auto limits = TRY(read_exact<JOBOBJECT_NOTIFICATION_LIMIT_INFORMATION>(call, args));
    if (limits.LimitFlags & JOB_OBJECT_LIMIT_RATE_CONTROL) return STATUS_NOT_SUPPORTED;
    return base::to_status(job.set_notification(limits));
}

NTSTATUS set(ke::Call& call, const NtSetInformationJobObjectArgs& args, Job& job) {
    switch (static_cast<ULONG>(args.JobInformationClass)) {
        case JobObjectBasicLimitInformation: {
            JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits{};
            limits.BasicLimitInformation = TRY(read_exact<JOBOBJECT_BASIC_LIMIT_INFORMATION>(call, args));
            return set_limits(call, job, limits, false);
        }
        case JobObjectExtendedLimitInformation:
            return set_limits(call, job, TRY(read_exact<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>(call, args)),
                              true);
        case JobObjectBasicUIRestrictions:
            return set_ui_restrictions(job, TRY(read_exact<ULONG>(call, args)));
        case JobObjectEndOfJobTimeInformation:
            return set_end_of_time_action(job, TRY(read_exact<ULONG>(call, args)));
        case JobObjectAssociateCompletionPortInformation:
            return base::to_status(
                associate(call, job, TRY(read_exact<JOBOBJECT_ASSOCIATE_COMPLETION_PORT>(call, args))));
        case JobObjectNotificationLimitInformation:
            return set_notification(call, job, args);
        case JobObjectGroupInformation:
            return set_group(call, args);
        case JobObjectGroupInformationEx:
            return set_group_affinity(call, args);
        case JobObjectCpuRateControlInformation:
            return set_cpu_rate(call, args);
        case JobObjectClearPeakJobMemoryUsed:
            if (args.JobInformationLength != 0) return STATUS_INFO_LENGTH_MISMATCH;
            job.clear_peak_memory();
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

}  // namespace

// Done once all processes know of the new limits: what they are asked then is as their job says.
ke::Task<NTSTATUS> NtSetInformationJobObject(ke::Call& call, NtSetInformationJobObjectArgs args) {
    auto job = CO_TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess));
    NTSTATUS status = set(call, args, *job);
    if (status != STATUS_SUCCESS) co_return status;
    co_return co_await ke::in_slices(call.thread(), [&job] { return base::Result<bool>(job->settle()); });
}

NTSTATUS NtTerminateJobObject(ke::Call& call, const NtTerminateJobObjectArgs& args) {
    auto job = TRY(ob::resolve<Job>(call, args.JobHandle, args.JobHandleAccess));
    job->terminate(args.ExitStatus);
    return STATUS_SUCCESS;
}
