// SPDX-License-Identifier: GPL-3.0-only
//
// What is told about processes.
#include "abi/nt/ntleniency.h"
#include "executive/mm/execute_disable.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/debug_object.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/ps/win32.hpp"
#include "executive/se/token.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

// What an answer needs: the process, where the answer goes.
struct Query {
    ke::Call& call;
    Process& process;
    const NtQueryInformationProcessArgs& args;

    template <typename T>
    NTSTATUS give(const T& value) const {
        return ob::give_exact(call, args.ProcessInformation, args.ReturnLength, value);
    }
    // For structures that have grown over the years: at least the first `smallest` bytes.
    template <typename T>
    NTSTATUS give_part(const T& value, size_t smallest) const {
        size_t length = args.ProcessInformation.length;
        if (length < smallest) return STATUS_INFO_LENGTH_MISMATCH;
        if (length > sizeof value) length = sizeof value;
        TRY(call.copy_out(args.ProcessInformation, &value, length));
        return base::to_status(call.write(args.ReturnLength, static_cast<ULONG>(length)));
    }
    NTSTATUS give_name(std::u16string_view name) const {
        ob::Answer answer(args.ProcessInformation);
        size_t at = TRY(answer.reserve(sizeof(UNICODE_STRING)));
        UNICODE_STRING text = TRY(answer.append_string(name));
        answer.put(at, text);
        return answer.deliver(call, args.ReturnLength);
    }
};

NTSTATUS basic(const Query& query) {
    PROCESS_BASIC_INFORMATION information{};
    information.ExitStatus = query.process.terminating() ? query.process.exit_status() : STATUS_PENDING;
    information.PebBaseAddress = reinterpret_cast<PPEB>(query.process.peb());
    information.AffinityMask = 1;
    // libwine's GetPriorityClass looks here for the class.
    information.BasePriority = static_cast<KPRIORITY>(
        ps::is_win32(query.call) ? query.process.priority_class() : query.process.base_priority());
    information.UniqueProcessId = query.process.id();
    information.InheritedFromUniqueProcessId = query.process.parent_id();
    if (query.args.ProcessInformation.length != sizeof(PROCESS_EXTENDED_BASIC_INFORMATION))
        return query.give_part(information, sizeof information);
    // Who says its size wants to know more.
    ke::UserIn<SIZE_T> size(query.args.ProcessInformation.address);
    PROCESS_EXTENDED_BASIC_INFORMATION extended{};
    if (TRY(query.call.read(size)) != sizeof extended) return STATUS_INVALID_PARAMETER;
    extended.Size = sizeof extended;
    extended.BasicInfo = information;
    if (query.process.terminating()) extended.Flags = PROCESS_EXTENDED_IS_PROCESS_DELETING;
    return query.give(extended);
}

NTSTATUS memory_counters(const Query& query) {
    VM_COUNTERS_EX2 information{};
    if (auto space = query.process.live_space()) {
        mm::AddressSpace::Counters counts = (*space)->counters();
        VM_COUNTERS& counters = information.CountersEx.Counters;
        counters.VirtualSize = counts.virtual_size;
        counters.PeakVirtualSize = counts.peak_virtual_size;
        counters.PageFaultCount = static_cast<ULONG>(counts.faults);
        counters.WorkingSetSize = counts.resident * mm::kPageSize;
        counters.PeakWorkingSetSize = counts.peak_resident * mm::kPageSize;
        counters.PagefileUsage = counters.PeakPagefileUsage = counts.committed * mm::kPageSize;
        information.CountersEx.PrivateUsage = counters.PagefileUsage;
        information.PrivateWorkingSetSize = counters.WorkingSetSize;
        counters.QuotaPagedPoolUsage = query.process.handles().count() * sizeof(ob::HandleEntry);
    }
    return query.give_part(information, sizeof(VM_COUNTERS));
}

NTSTATUS times(const Query& query) {
    KERNEL_USER_TIMES information{};
    information.CreateTime.QuadPart = static_cast<LONGLONG>(query.process.create_time());
    information.ExitTime.QuadPart = static_cast<LONGLONG>(query.process.exit_time());
    information.UserTime.QuadPart = static_cast<LONGLONG>(query.process.cpu_time);
    return query.give(information);
}

NTSTATUS io_counters(const Query& query) {
    return query.give(ps::io_counters(query.process.io));
}

NTSTATUS command_line(const Query& query) {
    mm::AddressSpace& space = *TRY(query.process.live_space());
    uint64_t block = 0;
    UNICODE_STRING text{};
    TRY(space.copy_in(&block, query.process.peb() + offsetof(PEB, ProcessParameters), sizeof block));
    TRY(space.copy_in(&text, block + offsetof(RTL_USER_PROCESS_PARAMETERS, CommandLine), sizeof text));
    base::Vector<char16_t> units;
    TRY(units.resize(text.Length / sizeof(char16_t)));
    TRY(space.copy_in(units.data(), reinterpret_cast<uint64_t>(text.Buffer),
                      units.size() * sizeof(char16_t)));
    return query.give_name({units.data(), units.size()});
}

NTSTATUS priority_class(const Query& query) {
    PROCESS_PRIORITY_CLASS information{};
    information.PriorityClass = static_cast<UCHAR>(query.process.priority_class());
    return query.give(information);
}

NTSTATUS cycle_time(const Query& query) {
    PROCESS_CYCLE_TIME_INFORMATION information{};
    information.AccumulatedCycles = ke::cycles(query.process.cpu_time);
    information.CurrentCycleCount = __builtin_ia32_rdtsc();
    return query.give(information);
}

// Of pools there is one, which handles count in; what it may be is RAM.
NTSTATUS pooled_usage(const Query& query) {
    POOLED_USAGE_AND_LIMITS information{};
    information.PagedPoolUsage = information.PeakPagedPoolUsage =
        query.process.handles().count() * sizeof(ob::HandleEntry);
    information.PagefileUsage = information.PeakPagefileUsage =
        query.process.memory_counters().committed * mm::kPageSize;
    information.PagedPoolLimit = information.NonPagedPoolLimit = information.PagefileLimit = ~SIZE_T{0};
    return query.give(information);
}

// Without a job all zeros, as without limits.
NTSTATUS job_memory(const Query& query) {
    PROCESS_JOB_MEMORY_INFO information{};
    const Job* job = query.process.job();
    if (!job) return query.give(information);
    auto limit = [](uint64_t bytes) { return bytes == ~uint64_t{0} ? 0 : bytes; };
    information.PrivateCommitUsage = job->memory() * mm::kPageSize;
    information.PeakPrivateCommitUsage = job->peak_memory() * mm::kPageSize;
    information.PrivateCommitLimit = limit(job->process_memory_limit());
    information.TotalCommitLimit = limit(job->memory_limit());
    return query.give(information);
}

// As programs name files: without the namespace that drives are in.
NTSTATUS dos_image_name(const Query& query) {
    constexpr std::u16string_view kNamespace = u"\\??\\", kRoot = u"\\SystemRoot\\",
                                  kRootsPath = u"C:\\Windows\\";
    std::u16string_view path = query.process.image_path();
    if (path.starts_with(kNamespace)) return query.give_name(path.substr(kNamespace.size()));
    if (!path.starts_with(kRoot)) return query.give_name(path);
    base::String name = TRY(base::String::create(kRootsPath));
    TRY(name.append(path.substr(kRoot.size())));
    return query.give_name(name);
}

// A 64-bit process has no choice: where the machine can forbid execution, it is forbidden.
ULONG execute_flags() {
    if (!mm::execute_disable())
        return MEM_EXECUTE_OPTION_ENABLE | MEM_EXECUTE_OPTION_EXECUTE_DISPATCH_ENABLE |
               MEM_EXECUTE_OPTION_IMAGE_DISPATCH_ENABLE;
    return MEM_EXECUTE_OPTION_DISABLE | MEM_EXECUTE_OPTION_DISABLE_THUNK_EMULATION |
           MEM_EXECUTE_OPTION_PERMANENT;
}

// There is no quota but that of locked pages: what else a process has is bounded by RAM.
NTSTATUS quota_limits(const Query& query) {
    mm::AddressSpace::WorkingSet limits = TRY(query.process.live_space())->working_set();
    QUOTA_LIMITS information{};
    information.PagedPoolLimit = information.NonPagedPoolLimit = information.PagefileLimit = ~SIZE_T{0};
    information.MinimumWorkingSetSize = limits.minimum * mm::kPageSize;
    information.MaximumWorkingSetSize = limits.maximum * mm::kPageSize;
    information.TimeLimit.QuadPart = -1;
    return query.give(information);
}

// A handle of the caller's.
NTSTATUS debug_object(const Query& query) {
    constexpr HANDLE kNone = nullptr;
    size_t length = query.args.ProcessInformation.length;
    if (length != sizeof(HANDLE)) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(query.call.copy_out(query.args.ProcessInformation, &kNone, length));
    const base::Ref<DebugObject>& object = query.process.debuggee().object();
    if (!object || !object->active()) return STATUS_PORT_NOT_SET;
    ke::UserOut<HANDLE> out(query.args.ProcessInformation.address);
    TRY(ob::open_handle(query.call, out, object, MAXIMUM_ALLOWED, 0));
    return base::to_status(query.call.write(query.args.ReturnLength, static_cast<ULONG>(length)));
}

NTSTATUS answer(const Query& query) {
    constexpr ULONG64 kNothing = 0;
    constexpr ULONG kZero = 0;
    switch (static_cast<ULONG>(query.args.ProcessInformationClass)) {
        case ProcessBasicInformation:
            return basic(query);
        case ProcessVmCounters:
            return memory_counters(query);
        case ProcessTimes:
            return times(query);
        case ProcessIoCounters:
            return io_counters(query);
        case ProcessDebugPort:
            return query.give(query.process.debuggee().attached() ? ~ULONG64{0} : kNothing);
        case ProcessWow64Information:
            return query.give(kNothing);
        case ProcessDebugObjectHandle:
            return debug_object(query);
        case ProcessQuotaLimits:
            return quota_limits(query);
        case ProcessDebugFlags:
            return query.give(ULONG{query.process.debuggee().inherits});
        case ProcessDefaultHardErrorMode:
            return query.give(ULONG{query.process.hard_error_mode()});
        case ProcessExecuteFlags:
            return query.give(execute_flags());
        case ProcessBreakOnTermination:
            return query.give(kZero);
        case ProcessPriorityClass:
            return priority_class(query);
        case ProcessHandleCount:
            return query.give_part(ULONG{query.process.handles().count()}, sizeof(ULONG));
        case ProcessAffinityMask:
            return query.give(ULONG_PTR{1});
        case ProcessPriorityBoost:
            return query.give(ULONG{query.process.kept.boost_disabled});
        case ProcessIoPriority:
            return query.give(ULONG{query.process.kept.io_priority});
        case ProcessPagePriority:
            return query.give(PAGE_PRIORITY_INFORMATION{query.process.kept.page_priority});
        case ProcessGroupInformation:
            return query.give(USHORT{0});
        case ProcessPooledUsageAndLimits:
            return pooled_usage(query);
        case ProcessJobMemoryInformation:
            return job_memory(query);
        case ProcessChildProcessInformation:
            return query.give(
                PROCESS_CHILD_PROCESS_INFORMATION{query.process.may_have_no_children(), FALSE, FALSE});
        case ProcessPowerThrottlingState:
            return query.give(POWER_THROTTLING_PROCESS_STATE{POWER_THROTTLING_PROCESS_CURRENT_VERSION,
                                                             query.process.kept.throttling_mask,
                                                             query.process.kept.throttling});
        case ProcessSessionInformation:
            return query.give(PROCESS_SESSION_INFORMATION{});
        case ProcessImageFileName:
            return query.give_name(query.process.image_path());
        case ProcessImageFileNameWin32:
            return dos_image_name(query);
        case ProcessImageInformation:
            if (!query.process.image()) return STATUS_PROCESS_IS_TERMINATING;
            return query.give(query.process.image()->image_information());
        case ProcessCommandLineInformation:
            return command_line(query);
        case ProcessCookie:
            return query.give(static_cast<ULONG>(query.process.create_time() ^ query.process.id()));
        case ProcessCycleTime:
            return cycle_time(query);
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

}  // namespace

NTSTATUS NtQueryInformationProcess(ke::Call& call, const NtQueryInformationProcessArgs& args) {
    auto process = TRY(resolve_process(call, args.ProcessHandle, PROCESS_QUERY_INFORMATION,
                                       PROCESS_QUERY_LIMITED_INFORMATION));
    return answer({call, *process, args});
}
