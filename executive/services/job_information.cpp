// SPDX-License-Identifier: GPL-3.0-only
//
// What is told about jobs.
#include "executive/ke/in_slices.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

// Who is in a job now: their identifiers and their faults. Found among all processes, in slices.
class Members {
public:
    explicit Members(const Job& job) : job_(job) {}
    Result<bool> step();
    std::span<const ULONG_PTR> ids() const { return ids_.span(); }
    uint64_t faults() const { return faults_; }

private:
    const Job& job_;
    Ref<Process> last_;
    base::Vector<ULONG_PTR> ids_;
    uint64_t faults_ = 0;
};

Result<bool> Members::step() {
    ke::Slice slice;
    // Where it stopped may have ended: then it begins anew.
    bool there = last_ && !last_->ended();
    if (!there) {
        ids_ = {};
        faults_ = 0;
    }
    for (Process* next = there ? processes().next(*last_) : processes().front(); next;
         next = processes().next(*next)) {
        if (job_.holds(*next)) {
            TRY(ids_.push_back(next->id()));
            faults_ += next->memory_counters().faults;
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

// Of a list that has one element here: whoever asks has room for some.
template <typename T>
NTSTATUS give_list(ke::Call& call, const Query& args, const T& only) {
    size_t room = args.JobInformation.length;
    if (room == 0 || room % sizeof(T) != 0) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(call.memory().copy_out(args.JobInformation.address, &only, sizeof only));
    return base::to_status(call.write(args.ReturnLength, static_cast<ULONG>(sizeof only)));
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
        case JobObjectJobSetInformation:
            return give(call, args, ULONG{0});  // in no set
        case JobObjectGroupInformation:
            return give_list(call, args, USHORT{0});
        case JobObjectGroupInformationEx:
            return give_list(call, args, GROUP_AFFINITY{.Mask = 1, .Group = 0, .Reserved = {}});
        case JobObjectNotificationLimitInformation:
            return give(call, args, job.notification());
        case JobObjectLimitViolationInformation:
            return give(call, args, job.violation());
        case JobObjectMemoryUsageInformation:
            return give(call, args,
                        JOBOBJECT_MEMORY_USAGE_INFORMATION{job.memory() * mm::kPageSize,
                                                           job.peak_memory() * mm::kPageSize});
        case JobObjectCpuRateControlInformation: {
            ULONG flags_and_rate[2] = {};  // none is controlled
            return give(call, args, flags_and_rate);
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

// Of a disk, of switches and of energy nobody knows anything here.
JOBOBJECT_EXTENDED_ACCOUNTING_INFORMATION counts_of(const Job& job, const Members& members) {
    JOBOBJECT_EXTENDED_ACCOUNTING_INFORMATION counts{};
    counts.BasicInfo = job.accounting();
    counts.BasicInfo.TotalPageFaultCount += static_cast<ULONG>(members.faults());
    counts.IoInfo = io_counters(job.io());
    counts.TotalCycleTime.QuadPart =
        static_cast<LONGLONG>(ke::cycles(static_cast<uint64_t>(counts.BasicInfo.TotalUserTime.QuadPart)));
    return counts;
}

NTSTATUS give_counts(ke::Call& call, const Query& args, const Job& job, const Members& members) {
    JOBOBJECT_EXTENDED_ACCOUNTING_INFORMATION counts = counts_of(job, members);
    if (args.JobInformationClass == JobObjectBasicAccountingInformation)
        return give(call, args, counts.BasicInfo);
    if (args.JobInformationClass == JobObjectBasicAndIoAccountingInformation)
        return give(call, args,
                    JOBOBJECT_BASIC_AND_IO_ACCOUNTING_INFORMATION{counts.BasicInfo, counts.IoInfo});
    // What is told of energy has grown over the years.
    constexpr size_t kSmallest = offsetof(JOBOBJECT_EXTENDED_ACCOUNTING_INFORMATION, EnergyValues);
    size_t length = args.JobInformation.length;
    if (length < kSmallest || length > sizeof counts) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(call.copy_out(args.JobInformation, &counts, length));
    return base::to_status(call.write(args.ReturnLength, static_cast<ULONG>(length)));
}

}  // namespace

ke::Task<NTSTATUS> NtQueryInformationJobObject(ke::Call& call, NtQueryInformationJobObjectArgs args) {
    auto job = CO_TRY(job_of(call, args.JobHandle, args.JobHandleAccess));
    ULONG wanted = args.JobInformationClass;
    bool counts = wanted == JobObjectBasicAccountingInformation ||
                  wanted == JobObjectBasicAndIoAccountingInformation ||
                  wanted == JobObjectExtendedAccountingInformation;
    if (!counts && wanted != JobObjectBasicProcessIdList) co_return answer(call, args, *job);
    Members members(*job);
    NTSTATUS looked = co_await ke::in_slices(call.thread(), [&members] { return members.step(); });
    if (looked != STATUS_SUCCESS) co_return looked;
    co_return counts ? give_counts(call, args, *job, members) : give_ids(call, args, members);
}
