// SPDX-License-Identifier: GPL-3.0-only
//
// What a program is told of the processor: one core in one package, node and group, and its caches.
#include <cpuid.h>

#include "executive/ex/system_information.hpp"
#include "executive/ke/balance.hpp"
#include "executive/ke/clock.hpp"

namespace ex {

namespace {

constexpr ULONG_PTR kOnlyProcessor = 1;
constexpr GROUP_AFFINITY kOnlyGroup = {kOnlyProcessor, 0, {}};
constexpr unsigned kMostCaches = 8;

// Intel's leaf 4, which AMD has at 0x8000001d. False: there is no cache of this number.
bool describe_cache(unsigned number, CACHE_DESCRIPTOR& cache) {
    constexpr unsigned kIntel = 4, kAmd = 0x8000001d, kFullyAssociative = 0xff;
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (!__get_cpuid_count(kIntel, number, &eax, &ebx, &ecx, &edx) || (eax & 0x1f) == 0)
        if (!__get_cpuid_count(kAmd, number, &eax, &ebx, &ecx, &edx)) return false;
    constexpr PROCESSOR_CACHE_TYPE kTypes[] = {CacheUnified, CacheData, CacheInstruction, CacheUnified};
    unsigned type = eax & 0x1f;
    if (type == 0 || type > 3) return false;
    unsigned ways = (ebx >> 22) + 1, partitions = (ebx >> 12 & 0x3ff) + 1, line = (ebx & 0xfff) + 1;
    cache.Level = static_cast<UCHAR>(eax >> 5 & 7);
    cache.Associativity =
        static_cast<UCHAR>(eax >> 9 & 1 || ways > kFullyAssociative ? kFullyAssociative : ways);
    cache.LineSize = static_cast<USHORT>(line);
    cache.Size = ways * partitions * line * (ecx + 1);
    cache.Type = kTypes[type];
    return true;
}

Result<void> append_relation(ob::Answer& answer, LOGICAL_PROCESSOR_RELATIONSHIP relation) {
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION entry{};
    entry.ProcessorMask = kOnlyProcessor;
    entry.Relationship = relation;
    TRY(answer.append(entry));
    return {};
}

// `length` bytes of the union; the header before them.
Result<void> append_extended(ob::Answer& answer, LOGICAL_PROCESSOR_RELATIONSHIP relation, size_t length,
                             SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX& entry) {
    entry.Relationship = relation;
    entry.Size = static_cast<ULONG>(offsetof(SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX, Processor) + length);
    TRY(answer.append(&entry, entry.Size));
    return {};
}

Result<void> append_core(ob::Answer& answer, LOGICAL_PROCESSOR_RELATIONSHIP relation) {
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX entry{};
    entry.Processor.GroupCount = 1;
    entry.Processor.GroupMask[0] = kOnlyGroup;
    return append_extended(answer, relation, sizeof entry.Processor, entry);
}

Result<void> append_node(ob::Answer& answer) {
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX entry{};
    entry.NumaNode.GroupCount = 1;
    entry.NumaNode.GroupMask = kOnlyGroup;
    return append_extended(answer, RelationNumaNode, sizeof entry.NumaNode, entry);
}

Result<void> append_caches(ob::Answer& answer) {
    CACHE_DESCRIPTOR cache{};
    for (unsigned number = 0; number < kMostCaches && describe_cache(number, cache); ++number) {
        SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX entry{};
        entry.Cache.Level = cache.Level;
        entry.Cache.Associativity = cache.Associativity;
        entry.Cache.LineSize = cache.LineSize;
        entry.Cache.CacheSize = cache.Size;
        entry.Cache.Type = cache.Type;
        entry.Cache.GroupCount = 1;
        entry.Cache.GroupMask = kOnlyGroup;
        TRY(append_extended(answer, RelationCache, sizeof entry.Cache, entry));
    }
    return {};
}

Result<void> append_group(ob::Answer& answer) {
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION_EX entry{};
    entry.Group.MaximumGroupCount = entry.Group.ActiveGroupCount = 1;
    entry.Group.GroupInfo[0].MaximumProcessorCount = entry.Group.GroupInfo[0].ActiveProcessorCount = 1;
    entry.Group.GroupInfo[0].ActiveProcessorMask = kOnlyProcessor;
    return append_extended(answer, RelationGroup, sizeof entry.Group, entry);
}

}  // namespace

Result<void> append_topology(ob::Answer& answer) {
    TRY(append_relation(answer, RelationProcessorCore));
    TRY(append_relation(answer, RelationProcessorPackage));
    SYSTEM_LOGICAL_PROCESSOR_INFORMATION entry{};
    entry.ProcessorMask = kOnlyProcessor;
    entry.Relationship = RelationCache;
    for (unsigned number = 0; number < kMostCaches && describe_cache(number, entry.Cache); ++number)
        TRY(answer.append(entry));
    return append_relation(answer, RelationNumaNode);
}

Result<void> append_topology_extended(ob::Answer& answer, ULONG relation) {
    if (relation > RelationGroup && relation != RelationAll) return fail(STATUS_INVALID_PARAMETER);
    auto asked = [relation](ULONG which) { return relation == which || relation == RelationAll; };
    if (asked(RelationProcessorCore)) TRY(append_core(answer, RelationProcessorCore));
    if (asked(RelationProcessorPackage)) TRY(append_core(answer, RelationProcessorPackage));
    if (asked(RelationCache)) TRY(append_caches(answer));
    if (asked(RelationNumaNode)) TRY(append_node(answer));
    if (asked(RelationGroup)) TRY(append_group(answer));
    return {};
}

Result<void> append_cpu_sets(ob::Answer& answer) {
    constexpr ULONG kFirstSet = 0x100;
    SYSTEM_CPU_SET_INFORMATION set{};
    set.Size = sizeof set;
    set.Id = kFirstSet;
    TRY(answer.append(set));
    return {};
}

// Each machine's number and what it is to the system; a zero ends the list.
Result<void> append_architectures(ob::Answer& answer, bool process) {
    constexpr ULONG kAmd64 = 0x8664, kKernel = 1u << 16, kUser = 1u << 17, kNative = 1u << 18,
                    kProcess = 1u << 19;
    ULONG machines[] = {kAmd64 | kKernel | kUser | kNative | (process ? kProcess : 0), 0};
    TRY(answer.append(machines));
    return {};
}

// The one idle state halts. Nobody counts how often.
Result<void> append_processor_idle(ob::Answer& answer) {
    SYSTEM_PROCESSOR_IDLE_INFORMATION idle{};
    idle.IdleTime = idle.C1Time = ke::interrupt_time() - ke::Balancer::instance().busy_time();
    TRY(answer.append(idle));
    return {};
}

// It runs at its one frequency, of which these are percentages.
Result<void> append_processor_power(ob::Answer& answer) {
    constexpr UCHAR kFull = 100;
    SYSTEM_PROCESSOR_POWER_INFORMATION power{};
    power.CurrentFrequency = power.ThermalLimitFrequency = power.ConstantThrottleFrequency = kFull;
    power.DegradedThrottleFrequency = power.LastBusyFrequency = power.LastC3Frequency = kFull;
    power.LastAdjustedBusyFrequency = power.ProcessorMinThrottle = power.ProcessorMaxThrottle = kFull;
    power.NumberOfFrequencies = 1;
    uint64_t now = ke::interrupt_time();
    power.CurrentFrequencyTime = power.CurrentProcessorTime = power.LastProcessorTime = now;
    power.CurrentProcessorIdleTime = power.LastProcessorIdleTime = now - ke::Balancer::instance().busy_time();
    TRY(answer.append(power));
    return {};
}

}  // namespace ex
