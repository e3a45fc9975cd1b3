// SPDX-License-Identifier: GPL-3.0-only
//
// The services on memory that take extended parameters, and what is told of mapped files.
#include <bit>

#include "base/bits.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/services.hpp"
#include "executive/services/extended_memory.hpp"

using namespace ps;

namespace memory {

namespace {

// MEM_ADDRESS_REQUIREMENTS as NT takes them: the lowest address at the allocation granularity, the highest
// the last of a page, the alignment a power of two.
base::Result<mm::Bounds> bounds_of(ke::Call& call, const MEM_EXTENDED_PARAMETER& parameter) {
    constexpr uint64_t kGranularity = MM_ALLOCATION_GRANULARITY;
    if (!parameter.Pointer) return base::fail(STATUS_INVALID_PARAMETER);
    auto wanted = TRY(call.read(ke::UserIn<MEM_ADDRESS_REQUIREMENTS>(parameter.ULong64)));
    mm::Bounds bounds;
    bounds.lowest = reinterpret_cast<uint64_t>(wanted.LowestStartingAddress);
    if (wanted.HighestEndingAddress) bounds.highest = reinterpret_cast<uint64_t>(wanted.HighestEndingAddress);
    if (wanted.Alignment) bounds.alignment = wanted.Alignment;
    bool aligned = std::has_single_bit(bounds.alignment) && bounds.alignment >= kGranularity &&
                   base::is_aligned(bounds.lowest, kGranularity) &&
                   base::is_aligned(bounds.highest + 1, mm::kPageSize);
    bool ordered = bounds.highest <= ke::kHighestUserAddress && bounds.lowest < bounds.highest;
    if (!aligned || !ordered) return base::fail(STATUS_INVALID_PARAMETER);
    return bounds;
}

// What a parameter asks that is no place. There is one NUMA node, no partition beside the system's, and no
// memory of another kind.
base::Result<void> check_parameter(const MEM_EXTENDED_PARAMETER& parameter, uint64_t type,
                                   Extended& extended) {
    switch (type) {
        case MemExtendedParameterNumaNode:
            if (parameter.ULong != 0) return base::fail(STATUS_INVALID_PARAMETER);
            return {};
        case MemExtendedParameterAttributeFlags:
            if (parameter.ULong64 != 0) return base::fail(STATUS_NOT_SUPPORTED);
            return {};
        case MemExtendedParameterImageMachine:
            extended.machine = static_cast<USHORT>(parameter.ULong);
            return {};
        case MemExtendedParameterPartitionHandle:
        case MemExtendedParameterUserPhysicalHandle:
            return base::fail(STATUS_INVALID_HANDLE);
        default:
            return base::fail(STATUS_INVALID_PARAMETER);
    }
}

}  // namespace

base::Result<Extended> read_parameters(ke::Call& call, ke::UserIn<MEM_EXTENDED_PARAMETER> parameters,
                                       ULONG count) {
    constexpr uint64_t kTypes = (uint64_t{1} << MEM_EXTENDED_PARAMETER_TYPE_BITS) - 1;
    Extended extended;
    if (count == 0) return extended;
    if (parameters.null()) return base::fail(STATUS_INVALID_PARAMETER);
    uint64_t seen = 0;  // each at most once, so that there are few
    for (ULONG i = 0; i < count; ++i) {
        MEM_EXTENDED_PARAMETER parameter = TRY(call.read(parameters, i));
        uint64_t type = parameter.TypeAndReserved & kTypes;
        bool known = type != MemExtendedParameterInvalidType && type < MemExtendedParameterMax;
        if (!known || parameter.TypeAndReserved != type || (seen >> type & 1))
            return base::fail(STATUS_INVALID_PARAMETER);
        seen |= uint64_t{1} << type;
        if (type == MemExtendedParameterAddressRequirements) {
            extended.bounds = TRY(bounds_of(call, parameter));
            extended.bounded = true;
        } else {
            TRY(check_parameter(parameter, type, extended));
        }
    }
    return extended;
}

}  // namespace memory

NTSTATUS NtAllocateVirtualMemoryEx(ke::Call& call, const NtAllocateVirtualMemoryExArgs& args) {
    auto base = reinterpret_cast<uint64_t>(TRY(call.read(args.BaseAddress)));
    SIZE_T size = TRY(call.read(args.RegionSize));
    auto extended = TRY(memory::read_parameters(call, args.ExtendedParameters, args.ExtendedParameterCount));
    if ((extended.bounded && base != 0) || extended.machine) return STATUS_INVALID_PARAMETER;
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress{.at = call.progress().done, .detail = call.progress().cursor};
    auto allocated = TRY(space.allocate_within(base, size, args.AllocationType, args.PageProtection,
                                               extended.bounds, progress));
    if (progress.more) return call.again({.done = progress.at, .cursor = progress.detail});
    TRY(call.write(args.BaseAddress, reinterpret_cast<PVOID>(allocated.base)));
    return base::to_status(call.write(args.RegionSize, allocated.size));
}

// Two views show the same file. Which of them is an image, and whether any is, does not matter.
NTSTATUS NtAreMappedFilesTheSame(ke::Call& call, const NtAreMappedFilesTheSameArgs& args) {
    mm::AddressSpace& space = *TRY(current(call).process().live_space());
    uint64_t base = 0;
    const mm::ControlArea* areas[2];
    const PVOID addresses[] = {args.File1MappedAsAnImage, args.File2MappedAsFile};
    for (size_t i = 0; i < 2; ++i) {
        auto address = reinterpret_cast<uint64_t>(addresses[i]);
        if (space.region_size(address) == 0) return STATUS_INVALID_ADDRESS;
        mm::Section* section = space.section_at(address, base);
        if (!section) return STATUS_CONFLICTING_ADDRESSES;
        if (!section->has_file()) return STATUS_NOT_SAME_DEVICE;
        areas[i] = &section->area();
    }
    return areas[0] == areas[1] ? STATUS_SUCCESS : STATUS_NOT_SAME_DEVICE;
}

namespace {

// Advice on ranges: what it is about has to be right, nothing comes of it, as pages never leave.
base::Result<void> check_advice(ke::Call& call, const NtSetInformationVirtualMemoryArgs& args) {
    if (args.VmInformationClass != VmPrefetchInformation &&
        args.VmInformationClass != VmPagePriorityInformation)
        return base::fail(STATUS_INVALID_PARAMETER_2);
    if (args.NumberOfEntries == 0) return base::fail(STATUS_INVALID_PARAMETER_3);
    if (args.VmInformation.length != sizeof(ULONG)) return base::fail(STATUS_INVALID_PARAMETER_6);
    ULONG value = 0;
    TRY(call.copy_in(&value, args.VmInformation));
    bool prefetch = args.VmInformationClass == VmPrefetchInformation;
    if (value > (prefetch ? 0u : ULONG{MEMORY_PRIORITY_NORMAL}))
        return base::fail(STATUS_INVALID_PARAMETER_5);
    return {};
}

}  // namespace

NTSTATUS NtSetInformationVirtualMemory(ke::Call& call, const NtSetInformationVirtualMemoryArgs& args) {
    TRY(check_advice(call, args));
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    TRY(process->live_space());
    ke::Slice slice;
    uint64_t begin = call.progress().done < args.NumberOfEntries ? call.progress().done : 0;
    for (uint64_t i = begin; i < args.NumberOfEntries; ++i) {
        if (i > begin && slice.over()) return call.again({.done = i});
        MEMORY_RANGE_ENTRY range = TRY(call.read(args.VirtualAddresses, i));
        auto base = reinterpret_cast<uint64_t>(range.VirtualAddress);
        bool inside =
            base <= ke::kHighestUserAddress && range.NumberOfBytes <= ke::kHighestUserAddress - base;
        if (range.NumberOfBytes == 0 || !inside) return STATUS_INVALID_PARAMETER_4;
    }
    return STATUS_SUCCESS;
}

// There is one processor, whose writes it sees itself.
NTSTATUS NtFlushProcessWriteBuffers(ke::Call&, const NtFlushProcessWriteBuffersArgs&) {
    return STATUS_SUCCESS;
}
