// SPDX-License-Identifier: GPL-3.0-only
//
// NtQuerySystemInformation and its kin: one function per class, found in a table.
#include <cpuid.h>

#include "abi/nt/neptune.h"
#include "executive/cm/key.hpp"
#include "executive/ex/system_information.hpp"
#include "executive/ke/balance.hpp"
#include "executive/ke/random.hpp"
#include "executive/ke/turns.hpp"
#include "executive/mm/address_space.hpp"
#include "executive/mm/commitment.hpp"
#include "executive/mm/frames.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/process.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"

using namespace base;

namespace {

constexpr ULONG kClockIncrement = 10000;  // a tick of the shared page's TickCount, in 100 ns

ULONG to_count(uint64_t pages) {
    return pages > MAXULONG ? MAXULONG : static_cast<ULONG>(pages);
}

LARGE_INTEGER to_large(uint64_t value) {
    LARGE_INTEGER large;
    large.QuadPart = static_cast<LONGLONG>(value);
    return large;
}

Result<void> add_basic(ob::Answer& answer) {
    SYSTEM_BASIC_INFORMATION basic{};
    basic.TimerResolution = kClockIncrement;
    basic.PageSize = mm::kPageSize;
    basic.NumberOfPhysicalPages = to_count(mm::memory_counts().total_pages);
    basic.LowestPhysicalPageNumber = 1;
    basic.HighestPhysicalPageNumber = basic.NumberOfPhysicalPages;
    basic.AllocationGranularity = 0x10000;
    basic.MinimumUserModeAddress = ke::kLowestUserAddress;
    basic.MaximumUserModeAddress = ke::kHighestUserAddress;
    basic.ActiveProcessorsAffinityMask = 1;
    basic.NumberOfProcessors = 1;
    TRY(answer.append(basic));
    return {};
}

Result<void> add_processor(ob::Answer& answer) {
    unsigned signature = 0, ebx = 0, ecx = 0, edx = 0;
    __cpuid(1, signature, ebx, ecx, edx);
    unsigned family = (signature >> 8 & 0xf) == 0xf ? 0xf + (signature >> 20 & 0xff) : signature >> 8 & 0xf;
    unsigned model = (signature >> 4 & 0xf) | (signature >> 12 & 0xf0);
    SYSTEM_PROCESSOR_INFORMATION processor{};
    processor.ProcessorArchitecture = PROCESSOR_ARCHITECTURE_AMD64;
    processor.ProcessorLevel = static_cast<USHORT>(family);
    processor.ProcessorRevision = static_cast<USHORT>(model << 8 | (signature & 0xf));
    processor.MaximumProcessors = 1;
    processor.ProcessorFeatureBits = edx;
    TRY(answer.append(processor));
    return {};
}

Result<void> add_brand_string(ob::Answer& answer) {
    constexpr unsigned kFirstLeaf = 0x80000002;
    constexpr unsigned kLastLeaf = 0x80000004;
    unsigned words[12] = {};
    unsigned highest = 0, ebx, ecx, edx;
    __cpuid(0x80000000, highest, ebx, ecx, edx);
    for (unsigned leaf = kFirstLeaf; leaf <= kLastLeaf && leaf <= highest; ++leaf) {
        unsigned* part = words + (leaf - kFirstLeaf) * 4;
        __cpuid(leaf, part[0], part[1], part[2], part[3]);
    }
    TRY(answer.append(words));
    TRY(answer.append(char{0}));
    return {};
}

Result<void> add_performance(ob::Answer& answer) {
    mm::MemoryCounts counts = mm::memory_counts();
    SYSTEM_PERFORMANCE_INFORMATION performance{};
    performance.AvailablePages = to_count(counts.free_pages);
    mm::CommitCounts commit = mm::commit_counts();
    performance.CommitLimit = to_count(commit.limit);
    performance.CommittedPages = to_count(commit.committed);
    performance.PageFaultCount = to_count(mm::page_faults());
    // What is in use and was promised to nobody: the Executive, its tables, the kernel's objects.
    uint64_t used = counts.total_pages - counts.free_pages;
    performance.NonPagedPoolPages = to_count(used > commit.given ? used - commit.given : 0);
    performance.PeakCommitment = to_count(commit.peak);
    TRY(answer.append(performance));
    return {};
}

Result<void> add_time_of_day(ob::Answer& answer) {
    SYSTEM_TIMEOFDAY_INFORMATION time{};
    time.BootTime = to_large(ke::boot_time());
    time.CurrentTime = to_large(ke::system_time());
    TRY(answer.append(time));
    return {};
}

Result<void> add_processor_performance(ob::Answer& answer) {
    // What was charged to nobody was idle. NT's kernel time contains the idle time.
    uint64_t busy = ke::Balancer::instance().busy_time();
    SYSTEM_PROCESSOR_PERFORMANCE_INFORMATION performance{};
    performance.IdleTime = to_large(ke::interrupt_time() - busy);
    performance.UserTime = to_large(busy);
    performance.KernelTime = performance.IdleTime;
    TRY(answer.append(performance));
    return {};
}

Result<void> add_no_modules(ob::Answer& answer) {
    // Nothing but the microkernel runs in ring 0; drivers are processes.
    return answer.reserve(offsetof(RTL_PROCESS_MODULES, Modules)) ? Result<void>() : fail(STATUS_NO_MEMORY);
}

Result<void> add_nothing(ob::Answer&) {
    return {};
}

template <typename T>
Result<void> add_zeros(ob::Answer& answer) {
    TRY(answer.append(T{}));
    return {};
}

// Counts of a processor's interrupts are where NT programs without a better source take randomness from:
// libwine's advapi32 makes keys of nothing else and uses every byte of them. So they are random, and count
// nothing.
Result<void> add_interrupts(ob::Answer& answer) {
    uint8_t bytes[sizeof(SYSTEM_INTERRUPT_INFORMATION)];
    ke::fill_random(bytes);
    TRY(answer.append(bytes));
    return {};
}

Result<void> add_time_adjustment(ob::Answer& answer) {
    TRY(answer.append(SYSTEM_QUERY_TIME_ADJUST_INFORMATION{kClockIncrement, kClockIncrement, TRUE}));
    return {};
}

Result<void> add_debugger(ob::Answer& answer) {
    TRY(answer.append(SYSTEM_KERNEL_DEBUGGER_INFORMATION{FALSE, TRUE}));
    return {};
}

Result<void> add_debugger_extended(ob::Answer& answer) {
    BOOLEAN allowed_enabled_present[3] = {};
    TRY(answer.append(allowed_enabled_present));
    return {};
}

Result<void> add_registry_quota(ob::Answer& answer) {
    struct {
        ULONG allowed, used;
        PVOID paged_pool;
    } quota = {static_cast<ULONG>(cm::limit()), static_cast<ULONG>(cm::total_bytes()), nullptr};
    TRY(answer.append(quota));
    return {};
}

template <typename T>
Result<void> add_time_zone(ob::Answer& answer) {
    constexpr std::u16string_view kName = u"UTC";
    T zone{};
    for (size_t i = 0; i < kName.size(); ++i)
        zone.StandardName[i] = zone.DaylightName[i] = kName[i];
    if constexpr (requires { zone.TimeZoneKeyName; })
        for (size_t i = 0; i < kName.size(); ++i)
            zone.TimeZoneKeyName[i] = kName[i];
    TRY(answer.append(zone));
    return {};
}

Result<void> add_code_integrity(ob::Answer& answer) {
    ULONG length_and_options[2] = {8, 0};
    TRY(answer.append(length_and_options));
    return {};
}

struct Class {
    ULONG number;
    Result<void> (*add)(ob::Answer& answer);
    bool exact = false;  // the length must be the structure's, not just suffice
};

constexpr Class kClasses[] = {
    {SystemBasicInformation, add_basic, true},
    {SystemEmulationBasicInformation, add_basic, true},
    {SystemProcessorInformation, add_processor},
    {SystemEmulationProcessorInformation, add_processor},
    {SystemPerformanceInformation, add_performance},
    {SystemTimeOfDayInformation, add_time_of_day},
    {SystemProcessorPerformanceInformation, add_processor_performance},
    {SystemFlagsInformation, add_zeros<ULONG>, true},
    {SystemModuleInformation, add_no_modules},
    {SystemPageFileInformation, add_nothing},
    {SystemInterruptInformation, add_interrupts},
    {SystemTimeAdjustmentInformation, add_time_adjustment, true},
    {SystemKernelDebuggerInformation, add_debugger},
    {SystemKernelDebuggerInformationEx, add_debugger_extended},
    {SystemRegistryQuotaInformation, add_registry_quota},
    {SystemCurrentTimeZoneInformation, add_time_zone<RTL_TIME_ZONE_INFORMATION>},
    {SystemDynamicTimeZoneInformation, add_time_zone<RTL_DYNAMIC_TIME_ZONE_INFORMATION>},
    {SystemCodeIntegrityInformation, add_code_integrity},
    {SystemProcessorBrandString, add_brand_string},
    {SystemLogicalProcessorInformation, ex::append_topology},
    {SystemProcessorIdleInformation, ex::append_processor_idle},
    {SystemProcessorPowerInformation, ex::append_processor_power},
    {SystemNeptuneObjectTypes, ex::append_object_types},
    {SystemNeptuneTurns, ex::append_turns},
};

NTSTATUS query(ke::Call& call, ULONG number, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    if (number == SystemProcessInformation || number == SystemSessionProcessInformation)
        return ex::give_processes(call, out, returned);
    if (number == SystemNeptuneDriverInformation) return pnp::give_drivers(call, out, returned);
    if (number == SystemHandleInformation) return ex::give_handles(call, out, returned);
    if (number == SystemExtendedHandleInformation) return ex::give_handles_extended(call, out, returned);
    if (number == SystemFirmwareTableInformation) return ex::give_firmware_table(call, out, returned);
    for (const Class& entry : kClasses) {
        if (entry.number != number) continue;
        ob::Answer answer(out);
        TRY(entry.add(answer));
        if (entry.exact && out.length > answer.size()) return STATUS_INFO_LENGTH_MISMATCH;
        NTSTATUS status = answer.deliver(call, returned);
        // Each list of turns begins afresh.
        if (number == SystemNeptuneTurns && status == STATUS_SUCCESS) ke::TurnMeter::instance().reset();
        return status;
    }
    return STATUS_INVALID_INFO_CLASS;
}

// What takes a relation, or a process or none.
NTSTATUS query_processors(ke::Call& call, const NtQuerySystemInformationExArgs& args) {
    ob::Answer answer(args.SystemInformation);
    auto number = static_cast<ULONG>(args.SystemInformationClass);
    if (number == SystemLogicalProcessorAndGroupInformation) {
        ULONG relation = 0;
        if (args.InputBuffer.length != sizeof relation) return STATUS_INVALID_PARAMETER;
        TRY(call.copy_in(&relation, args.InputBuffer));
        TRY(ex::append_topology_extended(answer, relation));
        return answer.deliver(call, args.ReturnLength);
    }
    HANDLE process = nullptr;
    if (args.InputBuffer.length != sizeof process) return STATUS_INVALID_PARAMETER;
    TRY(call.copy_in(&process, args.InputBuffer));
    if (process)
        TRY(ps::resolve_process(call, process, PROCESS_QUERY_INFORMATION, PROCESS_QUERY_LIMITED_INFORMATION));
    bool architectures = number == SystemSupportedProcessorArchitectures;
    TRY(architectures ? ex::append_architectures(answer, process != nullptr) : ex::append_cpu_sets(answer));
    // What is too small is told so in CPU sets' own way.
    return answer.deliver(call, args.ReturnLength, STATUS_BUFFER_TOO_SMALL);
}

}  // namespace

NTSTATUS NtQuerySystemInformation(ke::Call& call, const NtQuerySystemInformationArgs& args) {
    return query(call, static_cast<ULONG>(args.SystemInformationClass), args.SystemInformation,
                 args.ReturnLength);
}

NTSTATUS NtQuerySystemInformationEx(ke::Call& call, const NtQuerySystemInformationExArgs& args) {
    if (args.InputBuffer.null() || args.InputBuffer.length == 0) return STATUS_INVALID_PARAMETER;
    switch (static_cast<ULONG>(args.SystemInformationClass)) {
        case SystemLogicalProcessorAndGroupInformation:
        case SystemCpuSetInformation:
        case SystemSupportedProcessorArchitectures:
            return query_processors(call, args);
        default:
            break;
    }
    // Others that take input go by processor group, of which there is one.
    return query(call, static_cast<ULONG>(args.SystemInformationClass), args.SystemInformation,
                 args.ReturnLength);
}

NTSTATUS NtSetSystemInformation(ke::Call&, const NtSetSystemInformationArgs& args) {
    switch (static_cast<ULONG>(args.SystemInformationClass)) {
        case SystemTimeAdjustmentInformation:
        case SystemFlagsInformation:
            // Known, and fixed here.
            return STATUS_NOT_SUPPORTED;
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}
