// SPDX-License-Identifier: GPL-3.0-only
//
// Services on virtual memory: handles and pointers become an address space here.
#include <algorithm>
#include <optional>

#include "executive/ke/page_in.hpp"
#include "executive/ke/slice.hpp"
#include "executive/mm/slice.hpp"
#include "executive/ob/ob.hpp"
#include "executive/ps/resolve.hpp"
#include "executive/ps/win32.hpp"
#include "executive/ps/zero_bits.hpp"
#include "executive/services.hpp"
#include "executive/services/copy_between.hpp"

using namespace ps;

namespace {

struct GivenRange {
    uint64_t base;
    uint64_t size;
};

// Base and size mostly lie in one page, the caller's stack: where this one is that has both, else null.
uint8_t* page_of_both(ke::Call& call, ke::UserInOut<PVOID> base, ke::UserInOut<SIZE_T> size,
                      ke::Access access) {
    constexpr uint64_t kWithin = mm::kPageSize - 1;
    uint64_t first = base.address(), second = size.address();
    if (((first ^ second) & ~kWithin) != 0) return nullptr;
    if (std::max(first & kWithin, second & kWithin) > mm::kPageSize - sizeof(uint64_t)) return nullptr;
    uint8_t* there = call.memory().present(first, access);
    return there ? there - (first & kWithin) : nullptr;
}

base::Result<GivenRange> read_range(ke::Call& call, ke::UserInOut<PVOID> base, ke::UserInOut<SIZE_T> size) {
    GivenRange range;
    if (const uint8_t* page = page_of_both(call, base, size, ke::Access::Read)) [[likely]] {
        __builtin_memcpy(&range.base, page + base.address() % mm::kPageSize, sizeof range.base);
        __builtin_memcpy(&range.size, page + size.address() % mm::kPageSize, sizeof range.size);
        return range;
    }
    range.base = reinterpret_cast<uint64_t>(TRY(call.read(base)));
    range.size = TRY(call.read(size));
    return range;
}

base::Result<void> write_range(ke::Call& call, ke::UserInOut<PVOID> base, ke::UserInOut<SIZE_T> size,
                               const mm::AddressSpace::Range& range) {
    if (uint8_t* page = page_of_both(call, base, size, ke::Access::Write)) [[likely]] {
        __builtin_memcpy(page + base.address() % mm::kPageSize, &range.base, sizeof range.base);
        __builtin_memcpy(page + size.address() % mm::kPageSize, &range.size, sizeof range.size);
        return {};
    }
    TRY(call.write(base, reinterpret_cast<PVOID>(range.base)));
    return call.write(size, range.size);
}

// Mostly a program means itself. Good until something else happens.
base::Result<Process*> process_of(ke::Call& call, HANDLE handle, ACCESS_MASK access) {
    if (handle == NtCurrentProcess()) return static_cast<Process*>(&call.client());
    return ob::borrow<Process>(call, handle, access);
}

// --- calls of a space in slices

mm::Progress progress_of(const ke::Call& call) {
    return {.at = call.progress().done, .detail = call.progress().cursor};
}

NTSTATUS again(ke::Call& call, const mm::Progress& progress) {
    return call.again({.done = progress.at, .cursor = progress.detail});
}

constexpr size_t kCopyBlock = 512;

bool in_user_space(uint64_t address, uint64_t length) {
    return length <= ke::kHighestUserAddress + 1 && address <= ke::kHighestUserAddress + 1 - length;
}

}  // namespace

namespace services {

NTSTATUS copy_between(ke::Call& call, CopyEnd from, CopyEnd to, uint64_t length, uint64_t& copied) {
    if (!in_user_space(from.address, length) || !in_user_space(to.address, length))
        return STATUS_ACCESS_VIOLATION;
    ke::Slice slice;
    uint8_t block[kCopyBlock];
    bool brought_in = call.progress().detail != 0;
    for (copied = call.progress().done; copied < length; brought_in = false) {
        uint64_t source = from.address + copied;
        size_t part = length - copied < sizeof block ? length - copied : sizeof block;
        // Never across a page of either: what can be copied up to a bad page is, and counts.
        uint64_t target = to.address + copied;
        if (size_t in_page = mm::kPageSize - source % mm::kPageSize; in_page < part) part = in_page;
        if (size_t in_page = mm::kPageSize - target % mm::kPageSize; in_page < part) part = in_page;
        if (auto read = from.memory.copy_in(block, source, part); !read) return from.refused(read.error());
        if (!brought_in && slice.over()) return call.again({.done = copied, .detail = 1});
        if (auto written = to.memory.copy_out(target, block, part); !written)
            return to.refused(written.error());
        copied += part;
        if (slice.over() && copied < length) return call.again({.done = copied});
    }
    return STATUS_SUCCESS;
}

}  // namespace services

namespace {

using services::copy_between;

NTSTATUS query_mapped_name(ke::Call& call, mm::AddressSpace& space, const NtQueryVirtualMemoryArgs& args) {
    uint64_t base = 0;
    mm::Section* section = space.section_at(reinterpret_cast<uint64_t>(args.BaseAddress), base);
    if (!section) return STATUS_INVALID_ADDRESS;
    if (section->file_name().empty()) return STATUS_FILE_INVALID;
    ob::Answer answer(args.MemoryInformation);
    size_t at = TRY(answer.reserve(sizeof(UNICODE_STRING)));
    UNICODE_STRING name = TRY(answer.append_string(section->file_name()));
    answer.put(at, name);
    TRY(call.write(args.ReturnLength, answer.size()));
    return answer.deliver(call, ke::UserOut<ULONG>(), STATUS_BUFFER_OVERFLOW);
}

template <typename T>
NTSTATUS give(ke::Call& call, const NtQueryVirtualMemoryArgs& args, const T& value) {
    if (args.MemoryInformationLength < sizeof value) return STATUS_INFO_LENGTH_MISMATCH;
    TRY(call.copy_out(args.MemoryInformation, &value, sizeof value));
    return base::to_status(call.write(args.ReturnLength, sizeof value));
}

// MemoryWorkingSetInformation: a slice lists or, behind the end of the buffer, counts some pages; how many
// there have been is the call's cursor. Pages that come and go in between are there or not.
NTSTATUS list_pages(ke::Call& call, mm::AddressSpace& space, const NtQueryVirtualMemoryArgs& args) {
    constexpr size_t kHeader = sizeof(ULONG_PTR), kEntry = sizeof(ULONG_PTR);
    if (args.MemoryInformationLength < sizeof(MEMORY_WORKING_SET_INFORMATION))
        return STATUS_INFO_LENGTH_MISMATCH;
    uint64_t room = (args.MemoryInformationLength - kHeader) / kEntry;
    uint64_t at = call.progress().done;
    uint64_t listed = at ? call.progress().cursor : 0;
    uint64_t blocks[32];
    size_t count = space.pages_present(at, blocks);
    size_t fitting = listed < room ? std::min<uint64_t>(count, room - listed) : 0;
    TRY(call.memory().copy_out(args.MemoryInformation.address + kHeader + listed * kEntry, blocks,
                               fitting * kEntry));
    listed += count;
    if (at != 0) return call.again({.done = at, .cursor = listed});
    TRY(call.memory().copy_out(args.MemoryInformation.address, &listed, sizeof listed));
    if (listed > room) return STATUS_INFO_LENGTH_MISMATCH;
    return base::to_status(call.write(args.ReturnLength, kHeader + listed * kEntry));
}

// PAGE_TARGETS_INVALID, PAGE_TARGETS_NO_UPDATE: what code may be called indirectly. Nobody checks that here;
// NT takes the flag with code alone.
ULONG without_call_targets(ULONG protection) {
    constexpr ULONG kCallTargets = 0x40000000;
    constexpr ULONG kCode =
        PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
    return protection & kCode ? protection & ~kCallTargets : protection;
}

}  // namespace

NTSTATUS NtAllocateVirtualMemory(ke::Call& call, const NtAllocateVirtualMemoryArgs& args) {
    GivenRange range = TRY(read_range(call, args.BaseAddress, args.RegionSize));
    uint64_t highest = TRY(highest_address(args.ZeroBits));
    Process* process = TRY(process_of(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress = progress_of(call);
    auto allocated = TRY(space.allocate(range.base, range.size, args.AllocationType,
                                        without_call_targets(args.Protect), highest, progress));
    if (progress.more) return again(call, progress);
    return base::to_status(write_range(call, args.BaseAddress, args.RegionSize, allocated));
}

NTSTATUS NtFreeVirtualMemory(ke::Call& call, const NtFreeVirtualMemoryArgs& args) {
    GivenRange range = TRY(read_range(call, args.BaseAddress, args.RegionSize));
    Process* process = TRY(process_of(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress = progress_of(call);
    auto freed = TRY(space.free(range.base, range.size, args.FreeType, progress));
    if (progress.more) return again(call, progress);
    return base::to_status(write_range(call, args.BaseAddress, args.RegionSize, freed));
}

NTSTATUS NtProtectVirtualMemory(ke::Call& call, const NtProtectVirtualMemoryArgs& args) {
    GivenRange range = TRY(read_range(call, args.BaseAddress, args.RegionSize));
    if (args.OldProtect.null()) return STATUS_ACCESS_VIOLATION;
    TRY(call.probe(args.OldProtect));
    Process* process = TRY(process_of(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress = progress_of(call);
    auto changed =
        TRY(space.protect(range.base, range.size, without_call_targets(args.NewProtect), progress));
    if (progress.more) return again(call, progress);
    TRY(call.write(args.OldProtect, changed.old_protection));
    return base::to_status(write_range(call, args.BaseAddress, args.RegionSize, changed.range));
}

NTSTATUS NtQueryVirtualMemory(ke::Call& call, const NtQueryVirtualMemoryArgs& args) {
    auto process = TRY(resolve_process(call, args.ProcessHandle, PROCESS_QUERY_INFORMATION,
                                       PROCESS_QUERY_LIMITED_INFORMATION));
    mm::AddressSpace& space = *TRY(process->live_space());
    uint64_t address = reinterpret_cast<uint64_t>(args.BaseAddress);
    switch (args.MemoryInformationClass) {
        case MemoryBasicInformation:
            return give(call, args, TRY(space.query(address)));
        case MemoryMappedFilenameInformation:
            return query_mapped_name(call, space, args);
        case MemoryRegionInformation:
            return give(call, args, TRY(space.region_information(address)));
        case MemoryWorkingSetInformation:
            return list_pages(call, space, args);
        case MemoryImageInformation: {
            uint64_t base = 0;
            mm::Section* section = space.section_at(address, base);
            if (!section || !section->image()) return STATUS_INVALID_ADDRESS;
            MEMORY_IMAGE_INFORMATION information{};
            information.ImageBase = reinterpret_cast<PVOID>(base);
            information.SizeOfImage = section->size();
            return give(call, args, information);
        }
        // What libwine's DLLs name to ntdll's __wine_unix_call_dispatcher: a module is known by its base
        // there.
        case MemoryWineUnixFuncs: {
            uint64_t base = 0;
            mm::Section* section = space.section_at(address, base);
            if (!section || !section->image()) return STATUS_INVALID_ADDRESS;
            return give(call, args, base);
        }
        case MemoryWorkingSetExInformation: {
            constexpr size_t kEntry = sizeof(MEMORY_WORKING_SET_EX_INFORMATION);
            if (args.MemoryInformationLength < kEntry) return STATUS_INFO_LENGTH_MISMATCH;
            ke::Slice slice;
            size_t begin = std::min<uint64_t>(call.progress().done, args.MemoryInformationLength);
            for (size_t at = begin; args.MemoryInformationLength - at >= kEntry; at += kEntry) {
                if (at > begin && slice.over()) return call.again({.done = at});
                MEMORY_WORKING_SET_EX_INFORMATION entry;
                uint64_t from = args.MemoryInformation.address + at;
                TRY(call.memory().copy_in(&entry, from, kEntry));
                entry.VirtualAttributes =
                    space.page_attributes(reinterpret_cast<uint64_t>(entry.VirtualAddress));
                TRY(call.memory().copy_out(from, &entry, kEntry));
            }
            return base::to_status(
                call.write(args.ReturnLength, args.MemoryInformationLength / kEntry * kEntry));
        }
        default:
            return STATUS_INVALID_INFO_CLASS;
    }
}

NTSTATUS NtReadVirtualMemory(ke::Call& call, const NtReadVirtualMemoryArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    uint64_t copied = 0;
    NTSTATUS status = copy_between(
        call,
        {space, reinterpret_cast<uint64_t>(args.BaseAddress), process.get() != &current(call).process()},
        {call.memory(), args.Buffer.address}, args.Buffer.length, copied);
    if (status == STATUS_RETRY || ke::PageIn::left(status)) return status;
    TRY(call.write(args.NumberOfBytesRead, copied));
    return status;
}

namespace {

// WriteProcessMemory of Win32 writes to code as well, which it makes writable for that long; libwine's leaves
// it to the system. Pages of other protections stay what they are.
class WritableCode {
public:
    WritableCode(mm::AddressSpace& space, uint64_t address, size_t length) : space_(space) {
        constexpr size_t kMost = size_t{64} << 10;
        auto run = space.query(address);
        if (!run || length == 0 || length > kMost) return;
        uint64_t end = reinterpret_cast<uint64_t>(run->BaseAddress) + run->RegionSize;
        bool code = run->Protect == PAGE_EXECUTE || run->Protect == PAGE_EXECUTE_READ;
        if (!code || length > end - address) return;
        if (!space.protect(address, length, PAGE_EXECUTE_READWRITE)) return;
        address_ = address;
        length_ = length;
        protection_ = run->Protect;
    }
    ~WritableCode() {
        if (length_) (void)space_.protect(address_, length_, protection_);
    }
    WritableCode(const WritableCode&) = delete;
    WritableCode& operator=(const WritableCode&) = delete;

private:
    mm::AddressSpace& space_;
    uint64_t address_ = 0;
    size_t length_ = 0;
    uint32_t protection_ = 0;
};

}  // namespace

NTSTATUS NtWriteVirtualMemory(ke::Call& call, const NtWriteVirtualMemoryArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    std::optional<WritableCode> code;
    if (ps::is_win32(call))
        code.emplace(space, reinterpret_cast<uint64_t>(args.BaseAddress), args.Buffer.length);
    uint64_t copied = 0;
    NTSTATUS status = copy_between(
        call, {call.memory(), args.Buffer.address},
        {space, reinterpret_cast<uint64_t>(args.BaseAddress), process.get() != &current(call).process()},
        args.Buffer.length, copied);
    if (status == STATUS_RETRY || ke::PageIn::left(status)) return status;
    TRY(call.write(args.NumberOfBytesWritten, copied));
    return status;
}

NTSTATUS NtLockVirtualMemory(ke::Call& call, const NtLockVirtualMemoryArgs& args) {
    if (args.MapType == 0 || (args.MapType & ~ULONG{MAP_PROCESS | MAP_SYSTEM}))
        return STATUS_INVALID_PARAMETER;
    GivenRange range = TRY(read_range(call, args.BaseAddress, args.RegionSize));
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress = progress_of(call);
    auto locked = TRY(space.lock(range.base, range.size, progress));
    if (progress.more) return again(call, progress);
    TRY(write_range(call, args.BaseAddress, args.RegionSize, locked.range));
    return locked.before ? STATUS_WAS_LOCKED : STATUS_SUCCESS;
}

NTSTATUS NtUnlockVirtualMemory(ke::Call& call, const NtUnlockVirtualMemoryArgs& args) {
    if (args.MapType == 0 || (args.MapType & ~ULONG{MAP_PROCESS | MAP_SYSTEM}))
        return STATUS_INVALID_PARAMETER;
    GivenRange range = TRY(read_range(call, args.BaseAddress, args.RegionSize));
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress = progress_of(call);
    auto unlocked = TRY(space.unlock(range.base, range.size, progress));
    if (progress.more) return again(call, progress);
    return base::to_status(write_range(call, args.BaseAddress, args.RegionSize, unlocked));
}

ke::Task<NTSTATUS> NtFlushVirtualMemory(ke::Call& call, NtFlushVirtualMemoryArgs args) {
    GivenRange range = CO_TRY(read_range(call, args.BaseAddress, args.RegionSize));
    auto process = CO_TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *CO_TRY(process->live_space());
    auto shown = CO_TRY(space.shown(range.base, range.size));
    IO_STATUS_BLOCK block{};
    if (shown.area->tracks_writes()) {
        auto job = CO_TRY(ke::Job::start(
            [&shown] [[clang::coro_wrapper]] { return shown.area->clean(shown.first, shown.end); }));
        block.Status = co_await ke::EventWait(call.thread(), job->done());
        if (block.Status == STATUS_THREAD_IS_TERMINATING) co_return block.Status;
    }
    block.Information = shown.range.size;
    CO_TRY(call.write(args.IoStatus, block));
    CO_TRY(write_range(call, args.BaseAddress, args.RegionSize, shown.range));
    co_return block.Status;
}

// A slice reports a few pages; how many were reported before is the call's cursor.
NTSTATUS NtGetWriteWatch(ke::Call& call, const NtGetWriteWatchArgs& args) {
    if (args.Flags & ~ULONG{WRITE_WATCH_FLAG_RESET}) return STATUS_INVALID_PARAMETER_2;
    ULONG_PTR entries = TRY(call.read(args.EntriesInUserAddressArray));
    if (entries == 0) return STATUS_INVALID_PARAMETER_5;
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress{.at = call.progress().done};
    uint64_t reported = call.progress().cursor < entries ? call.progress().cursor : 0;
    uint64_t found[16];
    auto room = std::span(found).first(entries - reported < 16 ? entries - reported : 16);
    size_t count = TRY(space.written(reinterpret_cast<uint64_t>(args.BaseAddress), args.RegionSize,
                                     args.Flags & WRITE_WATCH_FLAG_RESET, room, progress));
    TRY(call.memory().copy_out(args.UserAddressArray.address() + reported * sizeof(PVOID), found,
                               count * sizeof(PVOID)));
    reported += count;
    if (progress.more && reported < entries) return call.again({.done = progress.at, .cursor = reported});
    TRY(call.write(args.EntriesInUserAddressArray, reported));
    return base::to_status(call.write(args.Granularity, static_cast<ULONG>(mm::kPageSize)));
}

NTSTATUS NtResetWriteWatch(ke::Call& call, const NtResetWriteWatchArgs& args) {
    auto process = TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    mm::AddressSpace& space = *TRY(process->live_space());
    mm::Progress progress{.at = call.progress().done};
    uint64_t found[mm::kPagesPerSlice];
    TRY(space.written(reinterpret_cast<uint64_t>(args.BaseAddress), args.RegionSize, true, found, progress));
    return progress.more ? call.again({.done = progress.at}) : STATUS_SUCCESS;
}

// The processor keeps instruction and data caches together.
NTSTATUS NtFlushInstructionCache(ke::Call& call, const NtFlushInstructionCacheArgs& args) {
    TRY(ob::resolve<Process>(call, args.ProcessHandle, args.ProcessHandleAccess));
    return STATUS_SUCCESS;
}
