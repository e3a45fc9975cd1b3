// SPDX-License-Identifier: GPL-3.0-only
//
// What is told about processes, and what can be set.
#include "abi/nt/ntleniency.h"
#include "executive/ex/event.hpp"
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
    return query.give_part(information, sizeof information);
}

NTSTATUS memory_counters(const Query& query) {
    VM_COUNTERS_EX information{};
    if (auto space = query.process.live_space()) {
        mm::AddressSpace::Counters counts = (*space)->counters();
        VM_COUNTERS& counters = information.Counters;
        counters.VirtualSize = counts.virtual_size;
        counters.PeakVirtualSize = counts.peak_virtual_size;
        counters.PageFaultCount = static_cast<ULONG>(counts.faults);
        counters.WorkingSetSize = counts.resident * mm::kPageSize;
        counters.PeakWorkingSetSize = counts.peak_resident * mm::kPageSize;
        counters.PagefileUsage = counters.PeakPagefileUsage = counts.committed * mm::kPageSize;
        information.PrivateUsage = counters.PagefileUsage;
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
            return query.give(IO_COUNTERS{});
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
            return query.give(kZero);
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
            return STATUS_NOT_SUPPORTED;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

// Zeros leave the working set as it is, all ones ask for it to be emptied, which nothing here needs.
NTSTATUS set_quota_limits(ke::Call& call, Process& process, const NtSetInformationProcessArgs& args) {
    if (args.ProcessInformationLength != sizeof(QUOTA_LIMITS)) return STATUS_INFO_LENGTH_MISMATCH;
    QUOTA_LIMITS given;
    TRY(call.copy_in(&given, args.ProcessInformation));
    SIZE_T minimum = given.MinimumWorkingSetSize;
    SIZE_T maximum = given.MaximumWorkingSetSize;
    if (minimum == maximum && (minimum == 0 || minimum == ~SIZE_T{0})) return STATUS_SUCCESS;
    mm::AddressSpace& space = *TRY(process.live_space());
    return base::to_status(space.set_working_set({minimum / mm::kPageSize, maximum / mm::kPageSize}));
}

// libwine's services.exe and winedevice.exe say that they are part of the system, and get an event that tells
// them when the last program has ended. Here programs come and go, and the system stays: it is never set.
NTSTATUS make_system_process(ke::Call& call, const NtSetInformationProcessArgs& args) {
    if (args.ProcessInformationLength != sizeof(HANDLE)) return STATUS_INFO_LENGTH_MISMATCH;
    Ref<ex::Event> never = TRY(ex::Event::create(NotificationEvent, false));
    return base::to_status(ob::give_handle(call, ke::UserOut<HANDLE>(args.ProcessInformation.address),
                                           std::move(never), SYNCHRONIZE, 0));
}

}  // namespace

NTSTATUS NtQueryInformationProcess(ke::Call& call, const NtQueryInformationProcessArgs& args) {
    auto process = TRY(resolve_process(call, args.ProcessHandle, PROCESS_QUERY_INFORMATION,
                                       PROCESS_QUERY_LIMITED_INFORMATION));
    return answer({call, *process, args});
}

NTSTATUS NtSetInformationProcess(ke::Call& call, const NtSetInformationProcessArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, PROCESS_SET_INFORMATION));
    switch (static_cast<ULONG>(args.ProcessInformationClass)) {
        case ProcessPriorityClass: {
            if (args.ProcessInformationLength != sizeof(PROCESS_PRIORITY_CLASS))
                return STATUS_INFO_LENGTH_MISMATCH;
            PROCESS_PRIORITY_CLASS given;
            TRY(call.copy_in(&given, args.ProcessInformation));
            if (given.PriorityClass == 0 || given.PriorityClass > PROCESS_PRIORITY_CLASS_ABOVE_NORMAL)
                return STATUS_INVALID_PARAMETER;
            uint64_t serial = call.progress().cursor;
            bool all = process->set_priority_class(given.PriorityClass, serial);
            return all ? STATUS_SUCCESS : call.again({.cursor = serial});
        }
        case ProcessDefaultHardErrorMode: {
            if (args.ProcessInformationLength != sizeof(ULONG)) return STATUS_INFO_LENGTH_MISMATCH;
            ULONG mode;
            TRY(call.copy_in(&mode, args.ProcessInformation));
            process->set_hard_error_mode(mode);
            return STATUS_SUCCESS;
        }
        case ProcessFileLeniency: {
            if (args.ProcessInformationLength != sizeof(ULONG)) return STATUS_INFO_LENGTH_MISMATCH;
            if (!se::holds_privilege(call, SE_TCB_PRIVILEGE)) return STATUS_PRIVILEGE_NOT_HELD;
            ULONG lenient;
            TRY(call.copy_in(&lenient, args.ProcessInformation));
            if (lenient > 1) return STATUS_INVALID_PARAMETER;
            process->set_file_leniency(lenient != 0);
            return STATUS_SUCCESS;
        }
        case ProcessQuotaLimits:
            return set_quota_limits(call, *process, args);
        // Whether its children are debugged with it.
        case ProcessDebugFlags: {
            if (args.ProcessInformationLength != sizeof(ULONG)) return STATUS_INFO_LENGTH_MISMATCH;
            ULONG flags;
            TRY(call.copy_in(&flags, args.ProcessInformation));
            if (flags > 1) return STATUS_INVALID_PARAMETER;
            process->debuggee().inherits = flags;
            return STATUS_SUCCESS;
        }
        case ProcessWineMakeProcessSystem:
            return is_win32(call) ? make_system_process(call, args) : STATUS_INVALID_INFO_CLASS;
        // Not for 64-bit processes.
        case ProcessExecuteFlags:
            return args.ProcessInformationLength == sizeof(ULONG) ? STATUS_INVALID_PARAMETER
                                                                  : STATUS_INFO_LENGTH_MISMATCH;
        // Remembered nowhere: they change nothing on a system of one processor without paging or debuggers.
        case ProcessAffinityMask:
        case ProcessPriorityBoost:
        case ProcessIoPriority:
        case ProcessPagePriority:
        case ProcessSessionInformation:
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
