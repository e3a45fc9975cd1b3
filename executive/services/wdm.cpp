// SPDX-License-Identifier: GPL-3.0-only
//
// The services of driver hosts (abi/wdm/wdm.services). The dispatcher lets nobody else in, so the caller has
// a host; it may have lost it if its ring was taken away meanwhile.
#include <string.h>

#include <algorithm>
#include <iterator>

#include "executive/hal/log.hpp"
#include "executive/ke/slice.hpp"
#include "executive/ob/charge.hpp"
#include "executive/ob/namespace.hpp"
#include "executive/pnp/pnp.hpp"
#include "executive/ps/thread.hpp"
#include "executive/se/capture.hpp"
#include "executive/services.hpp"

namespace pnp {

namespace {

Result<io::HostChannel*> requests_of(ke::Call& call) {
    auto* attached = ps::current(call).process().supervisor();
    if (!attached) return fail(STATUS_PRIVILEGE_NOT_HELD);
    auto& host = static_cast<io::HostChannel&>(*attached);
    if (host.process() != &ps::current(call).process()) return fail(STATUS_PRIVILEGE_NOT_HELD);
    return &host;
}

Result<Host*> host_of(ke::Call& call) {
    return &static_cast<Host&>(TRY(requests_of(call))->owner());
}

hal::Cache cache_type(uint32_t type) {
    constexpr uint32_t kCached = 1;
    constexpr uint32_t kWriteCombined = 2;
    if (type == kCached) return hal::Cache::Normal;
    return type == kWriteCombined ? hal::Cache::WriteCombining : hal::Cache::Uncached;
}

mm::Progress progress_of(const ke::Call& call) {
    return {.at = call.progress().done, .detail = call.progress().cursor};
}

Result<void> go_on(ke::Call& call, const mm::Progress& progress) {
    if (!progress.more) return {};
    return fail(call.again({.done = progress.at, .cursor = progress.detail}));
}

Result<void> create_device(ke::Call& call, const NtWdmCreateDeviceArgs& args) {
    Host& host = *TRY(host_of(call));
    TRY(call.probe(args.DeviceIndex));
    ke::Call::Attributes name;
    name.name_address = args.DeviceName.address();
    name.name = TRY(call.capture_string(args.DeviceName));
    name.flags = OBJ_OPENLINK;
    auto address = reinterpret_cast<uint64_t>(args.SecurityDescriptor);
    base::Vector<uint8_t> security;
    if (address) security = TRY(se::capture_descriptor(call, address));
    ob::Found place = TRY(ob::find(call, name));
    NewDevice device{args.DriverNumber, args.DeviceType, args.DeviceCharacteristics, args.Exclusive != 0,
                     security.span()};
    return call.write(args.DeviceIndex, TRY(host.create_device(device, place)));
}

Result<void> physical_address(ke::Call& call, const NtWdmGetPhysicalAddressArgs& args) {
    mm::AddressSpace& space = TRY(requests_of(call))->process()->space();
    auto address = reinterpret_cast<uint64_t>(args.BaseAddress);
    mm::FrameNumber frame = TRY(space.frame_at(address));
    LARGE_INTEGER physical;
    physical.QuadPart = static_cast<LONGLONG>(mm::physical_address(frame) + address % mm::kPageSize);
    return call.write(args.PhysicalAddress, physical);
}

// Pages next to each other, while they are looked for and made.
class KeptRun final : public ke::Kept {
public:
    static Result<Own<KeptRun>> create(ke::Client& client, uint64_t pages, mm::Neighbours::Where where) {
        Own<KeptRun> run = TRY(make_own<KeptRun>(pages, where));
        run->charge = TRY(ob::Charge::take(client, sizeof(KeptRun) + pages * mm::kPageSize));
        return run;
    }
    KeptRun(uint64_t pages, mm::Neighbours::Where where) : frames(pages, where) {}
    mm::Neighbours frames;
    ob::Charge charge;
};

// Whole pages at a time, a slice of them.
Result<void> move_buffer(ke::Call& call, const NtWdmMoveBufferArgs& args) {
    auto target = reinterpret_cast<uint64_t>(args.Target);
    auto source = reinterpret_cast<uint64_t>(args.Source);
    constexpr uint64_t kLast = ke::kHighestUserAddress;
    if (args.Length > kLast || target > kLast - args.Length || source > kLast - args.Length)
        return fail(STATUS_ACCESS_VIOLATION);
    ke::UserMemory& memory = call.memory();
    ke::Slice slice;
    for (uint64_t done = std::min<uint64_t>(call.progress().done, args.Length); done < args.Length;) {
        if (slice.over()) return fail(call.again({.done = done}));
        uint64_t to = target + done, from = source + done;
        uint64_t part = std::min(
            {args.Length - done, mm::kPageSize - to % mm::kPageSize, mm::kPageSize - from % mm::kPageSize});
        const uint8_t* in = TRY(memory.page(from, ke::Access::Read));
        memcpy(TRY(memory.page(to, ke::Access::Write)), in, part);
        done += part;
    }
    return {};
}

Result<void> page_numbers(ke::Call& call, const NtWdmGetPageNumbersArgs& args) {
    mm::AddressSpace& space = TRY(requests_of(call))->process()->space();
    auto address = reinterpret_cast<uint64_t>(args.Address);
    uint64_t count = args.Numbers.length / sizeof(uint64_t);
    if (address > ke::kHighestUserAddress) return fail(STATUS_ACCESS_VIOLATION);
    ke::Slice slice;
    for (uint64_t done = std::min(call.progress().done, count); done < count;) {
        if (slice.over()) return fail(call.again({.done = done}));
        uint64_t numbers[32];
        uint64_t few = std::min<uint64_t>(count - done, std::size(numbers));
        for (uint64_t i = 0; i < few; ++i)
            numbers[i] = mm::physical_address(TRY(space.frame_at(address + (done + i) * mm::kPageSize))) /
                         mm::kPageSize;
        TRY(call.memory().copy_out(args.Numbers.address + done * sizeof(uint64_t), numbers,
                                   few * sizeof(uint64_t)));
        done += few;
    }
    return {};
}

Result<void> allocate_contiguous(ke::Call& call, const NtWdmAllocateContiguousArgs& args) {
    Host& host = *TRY(host_of(call));
    TRY(call.probe(args.BaseAddress));
    TRY(call.probe(args.PhysicalAddress));
    mm::Neighbours::Where where{static_cast<uint64_t>(args.LowestAddress.QuadPart),
                                static_cast<uint64_t>(args.HighestAddress.QuadPart),
                                static_cast<uint64_t>(args.BoundaryAddressMultiple.QuadPart)};
    if (where.boundary & (where.boundary - 1)) return fail(STATUS_INVALID_PARAMETER);
    uint64_t total = mm::memory_counts().total_pages;
    if (args.Length == 0 || args.Length > total * mm::kPageSize) return fail(STATUS_INSUFFICIENT_RESOURCES);
    uint64_t pages = (args.Length + mm::kPageSize - 1) / mm::kPageSize;
    if (where.boundary && pages * mm::kPageSize > where.boundary) return fail(STATUS_INVALID_PARAMETER);
    Own<KeptRun> kept = call.take_kept<KeptRun>();
    if (!kept || !kept->frames.is_for(pages, where)) kept = TRY(KeptRun::create(call.client(), pages, where));
    if (!TRY(kept->frames.make())) {
        call.keep(std::move(kept));
        return fail(call.again(call.progress()));
    }
    auto block = TRY(host.map_contiguous(TRY(kept->frames.take()), std::move(kept->charge)));
    LARGE_INTEGER physical;
    physical.QuadPart = static_cast<LONGLONG>(block.physical);
    TRY(call.write(args.BaseAddress, reinterpret_cast<PVOID>(block.address)));
    return call.write(args.PhysicalAddress, physical);
}

Result<void> free_contiguous(ke::Call& call, const NtWdmFreeContiguousArgs& args) {
    mm::Progress progress = progress_of(call);
    TRY(TRY(host_of(call))->free_contiguous(reinterpret_cast<uint64_t>(args.BaseAddress), progress));
    return go_on(call, progress);
}

Result<void> unmap_io_space(ke::Call& call, const NtWdmUnmapIoSpaceArgs& args) {
    mm::Progress progress = progress_of(call);
    mm::AddressSpace& space = TRY(requests_of(call))->process()->space();
    TRY(space.unmap(reinterpret_cast<uint64_t>(args.BaseAddress), progress));
    return go_on(call, progress);
}

Result<void> map_io_space(ke::Call& call, const NtWdmMapIoSpaceArgs& args) {
    Host& host = *TRY(host_of(call));
    TRY(call.probe(args.BaseAddress));
    uint64_t address = TRY(host.map_memory(static_cast<uint64_t>(args.PhysicalAddress.QuadPart), args.Length,
                                           cache_type(args.CacheType)));
    return call.write(args.BaseAddress, reinterpret_cast<PVOID>(address));
}

Result<void> connect_interrupt(ke::Call& call, const NtWdmConnectInterruptArgs& args) {
    Host& host = *TRY(host_of(call));
    TRY(call.probe(args.Bit));
    TRY(call.probe(args.AckCptr));
    auto connected = TRY(host.connect_interrupt(args.Line, args.LevelTriggered != 0, args.ActiveLow != 0));
    TRY(call.write(args.Bit, connected.bit));
    return call.write(args.AckCptr, connected.acknowledge);
}

Result<void> claim_ports(ke::Call& call, const NtWdmClaimPortsArgs& args) {
    Host& host = *TRY(host_of(call));
    if (args.First > 0xffff || args.Last > 0xffff) return fail(STATUS_INVALID_PARAMETER);
    TRY(call.probe(args.Cptr));
    uint32_t slot =
        TRY(host.claim_ports(static_cast<uint16_t>(args.First), static_cast<uint16_t>(args.Last)));
    return call.write(args.Cptr, slot);
}

Result<void> bug_check(ke::Call& call, const NtWdmBugCheckArgs& args) {
    Host& host = *TRY(host_of(call));
    char text[160] = {};
    size_t length = std::min(args.Text.length, sizeof text);
    if (!args.Text.null() && call.memory().copy_in(text, args.Text.address, length))
        report("{}", std::string_view(text, length));
    pnp::log.error("bug check {x} ({x} {x} {x} {x})", args.Code, args.Parameter1, args.Parameter2,
                   args.Parameter3, args.Parameter4);
    host.bug_checked(args.Code);
    host.host_failed(io::HostFault::None);
    return {};
}

}  // namespace

}  // namespace pnp

using base::to_status;

NTSTATUS NtWdmAttach(ke::Call& call, const NtWdmAttachArgs& args) {
    io::HostChannel& host = *TRY(pnp::requests_of(call));
    return to_status(call.write(args.Attach, host.attach_information()));
}

NTSTATUS NtWdmCreateDevice(ke::Call& call, const NtWdmCreateDeviceArgs& args) {
    return to_status(pnp::create_device(call, args));
}

NTSTATUS NtWdmDeleteDevice(ke::Call& call, const NtWdmDeleteDeviceArgs& args) {
    return to_status(TRY(pnp::host_of(call))->delete_device(args.DeviceIndex));
}

NTSTATUS NtWdmConnectInterrupt(ke::Call& call, const NtWdmConnectInterruptArgs& args) {
    return to_status(pnp::connect_interrupt(call, args));
}

NTSTATUS NtWdmDisconnectInterrupt(ke::Call& call, const NtWdmDisconnectInterruptArgs& args) {
    return to_status(TRY(pnp::host_of(call))->disconnect_interrupt(args.Bit));
}

NTSTATUS NtWdmClaimPorts(ke::Call& call, const NtWdmClaimPortsArgs& args) {
    return to_status(pnp::claim_ports(call, args));
}

NTSTATUS NtWdmMapIoSpace(ke::Call& call, const NtWdmMapIoSpaceArgs& args) {
    return to_status(pnp::map_io_space(call, args));
}

NTSTATUS NtWdmUnmapIoSpace(ke::Call& call, const NtWdmUnmapIoSpaceArgs& args) {
    return to_status(pnp::unmap_io_space(call, args));
}

NTSTATUS NtWdmAllocateContiguous(ke::Call& call, const NtWdmAllocateContiguousArgs& args) {
    return to_status(pnp::allocate_contiguous(call, args));
}

NTSTATUS NtWdmFreeContiguous(ke::Call& call, const NtWdmFreeContiguousArgs& args) {
    return to_status(pnp::free_contiguous(call, args));
}

NTSTATUS NtWdmGetPhysicalAddress(ke::Call& call, const NtWdmGetPhysicalAddressArgs& args) {
    return to_status(pnp::physical_address(call, args));
}

NTSTATUS NtWdmMoveBuffer(ke::Call& call, const NtWdmMoveBufferArgs& args) {
    return to_status(pnp::move_buffer(call, args));
}

NTSTATUS NtWdmGetPageNumbers(ke::Call& call, const NtWdmGetPageNumbersArgs& args) {
    return to_status(pnp::page_numbers(call, args));
}

NTSTATUS NtWdmBugCheck(ke::Call& call, const NtWdmBugCheckArgs& args) {
    return to_status(pnp::bug_check(call, args));
}
