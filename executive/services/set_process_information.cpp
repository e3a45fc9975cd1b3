// SPDX-License-Identifier: GPL-3.0-only
//
// What can be set of processes.
#include "abi/nt/ntleniency.h"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace ps;

namespace {

// The class's structure as the caller gives it, in full.
template <typename T>
base::Result<T> read_exact(ke::Call& call, const NtSetInformationProcessArgs& args) {
    if (args.ProcessInformationLength != sizeof(T)) return base::fail(STATUS_INFO_LENGTH_MISMATCH);
    T value;
    TRY(call.copy_in(&value, args.ProcessInformation));
    return value;
}

// All threads come to know, in slices, those that are made meanwhile as they begin.
NTSTATUS set_boost(ke::Call& call, Process& process, bool disabled) {
    process.kept.boost_disabled = disabled;
    uint64_t serial = call.progress().cursor;
    ke::Slice slice;
    while (Thread* thread = process.thread_from(serial)) {
        if (slice.over()) return call.again({.cursor = serial});
        thread->disable_boost(disabled);
        serial = thread->serial() + 1;
    }
    return STATUS_SUCCESS;
}

NTSTATUS set_throttling(Process& process, const POWER_THROTTLING_PROCESS_STATE& state) {
    constexpr ULONG kKnown =
        POWER_THROTTLING_PROCESS_EXECUTION_SPEED | POWER_THROTTLING_PROCESS_IGNORE_TIMER_RESOLUTION;
    if (state.Version != POWER_THROTTLING_PROCESS_CURRENT_VERSION || (state.ControlMask & ~kKnown) ||
        (state.StateMask & ~state.ControlMask))
        return STATUS_INVALID_PARAMETER;
    process.kept.throttling_mask = state.ControlMask;
    process.kept.throttling = state.StateMask;
    return STATUS_SUCCESS;
}

// Zeros leave the working set as it is, all ones ask for it to be emptied, which nothing here needs.
NTSTATUS set_quota_limits(ke::Call& call, Process& process, const NtSetInformationProcessArgs& args) {
    if (args.ProcessInformationLength != sizeof(QUOTA_LIMITS)) return STATUS_INFO_LENGTH_MISMATCH;
    QUOTA_LIMITS given;
    TRY(call.copy_in(&given, args.ProcessInformation));
    uint64_t minimum = given.MinimumWorkingSetSize;
    uint64_t maximum = given.MaximumWorkingSetSize;
    if (minimum == maximum && (minimum == 0 || minimum == ~SIZE_T{0})) return STATUS_SUCCESS;
    mm::AddressSpace& space = *TRY(process.live_space());
    if (process.job() && process.job()->working_set(minimum, maximum)) return STATUS_SUCCESS;
    return base::to_status(space.set_working_set({minimum / mm::kPageSize, maximum / mm::kPageSize}));
}

}  // namespace

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
            uint32_t wanted = given.PriorityClass;
            bool higher = wanted == PROCESS_PRIORITY_CLASS_REALTIME && process->priority_class() != wanted;
            if (higher && !se::holds_privilege(call, SE_INC_BASE_PRIORITY_PRIVILEGE))
                return STATUS_PRIVILEGE_NOT_HELD;
            // A job that has one knows better.
            if (uint32_t jobs = process->job() ? process->job()->priority_class() : 0) wanted = jobs;
            uint64_t serial = call.progress().cursor;
            bool all = process->set_priority_class(wanted, serial);
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
        // Not for 64-bit processes.
        case ProcessExecuteFlags:
            return args.ProcessInformationLength == sizeof(ULONG) ? STATUS_INVALID_PARAMETER
                                                                  : STATUS_INFO_LENGTH_MISMATCH;
        // Of the one processor that there is.
        case ProcessAffinityMask:
            return TRY(read_exact<ULONG_PTR>(call, args)) == 1 ? STATUS_SUCCESS : STATUS_INVALID_PARAMETER;
        case ProcessPriorityBoost:
            return set_boost(call, *process, TRY(read_exact<ULONG>(call, args)) != 0);
        case ProcessIoPriority: {
            ULONG priority = TRY(read_exact<ULONG>(call, args));
            if (priority >= IoPriorityCritical) return STATUS_INVALID_PARAMETER;
            if (priority > IoPriorityNormal && !se::holds_privilege(call, SE_INC_BASE_PRIORITY_PRIVILEGE))
                return STATUS_PRIVILEGE_NOT_HELD;
            process->kept.io_priority = static_cast<uint8_t>(priority);
            return STATUS_SUCCESS;
        }
        case ProcessPagePriority: {
            ULONG priority = TRY(read_exact<PAGE_PRIORITY_INFORMATION>(call, args)).PagePriority;
            if (priority > MEMORY_PRIORITY_NORMAL) return STATUS_INVALID_PARAMETER;
            process->kept.page_priority = static_cast<uint8_t>(priority);
            return STATUS_SUCCESS;
        }
        case ProcessPowerThrottlingState:
            return set_throttling(*process, TRY(read_exact<POWER_THROTTLING_PROCESS_STATE>(call, args)));
        // Of a clock without leap seconds.
        case ProcessLeapSecondInformation: {
            auto given = TRY(read_exact<PROCESS_LEAP_SECOND_INFORMATION>(call, args));
            return given.Flags > 1 || given.Reserved ? STATUS_INVALID_PARAMETER : STATUS_SUCCESS;
        }
        // There is one session.
        case ProcessSessionInformation:
            return STATUS_SUCCESS;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
