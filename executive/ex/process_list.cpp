// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/system_information.hpp"
#include "executive/ps/thread.hpp"

namespace ex {

namespace {

constexpr ULONG kSession = 1;

LARGE_INTEGER to_large(uint64_t value) {
    LARGE_INTEGER large;
    large.QuadPart = static_cast<LONGLONG>(value);
    return large;
}

SYSTEM_PROCESS_INFORMATION describe(ps::Process& process) {
    SYSTEM_PROCESS_INFORMATION information{};
    information.NumberOfThreads = process.thread_count();
    information.NumberOfThreadsHighWatermark = process.thread_count();
    information.CreateTime = to_large(process.create_time());
    information.UserTime = to_large(process.cpu_time);
    information.BasePriority = process.base_priority();
    information.UniqueProcessId = ULongToHandle(process.id());
    information.InheritedFromUniqueProcessId = ULongToHandle(process.parent_id());
    information.HandleCount = process.handles().count();
    information.SessionId = kSession;
    information.QuotaPagedPoolUsage = process.quota().used();
    information.QuotaPeakPagedPoolUsage = process.quota().used();
    auto space = process.live_space();
    if (!space) return information;
    mm::AddressSpace::Counters counters = (*space)->counters();
    information.PeakVirtualSize = counters.peak_virtual_size;
    information.VirtualSize = counters.virtual_size;
    information.PageFaultCount = static_cast<ULONG>(counters.faults);
    information.PeakWorkingSetSize = counters.peak_resident * mm::kPageSize;
    information.WorkingSetSize = counters.resident * mm::kPageSize;
    information.WorkingSetPrivateSize = to_large(counters.resident * mm::kPageSize);
    information.PrivatePageCount = counters.committed * mm::kPageSize;
    information.PagefileUsage = information.PrivatePageCount;
    information.PeakPagefileUsage = information.PrivatePageCount;
    return information;
}

SYSTEM_THREAD_INFORMATION describe(ps::Process& process, ps::Thread& thread) {
    SYSTEM_THREAD_INFORMATION information{};
    information.CreateTime = to_large(thread.create_time());
    information.UserTime = to_large(thread.cpu_time());
    information.StartAddress = reinterpret_cast<PVOID>(thread.start_address());
    information.ClientId = {ULongToHandle(process.id()), ULongToHandle(thread.id())};
    information.Priority = static_cast<KPRIORITY>(thread.current_priority());
    information.BasePriority = thread.priority();
    switch (thread.place()) {
        case ke::Thread::Place::User:
        case ke::Thread::Place::Again:
            information.ThreadState = thread.suspend_count() ? Waiting : Running;
            information.WaitReason = thread.suspend_count() ? Suspended : Executive;
            break;
        case ke::Thread::Place::Dead:
            information.ThreadState = Terminated;
            break;
        default:
            information.ThreadState = Waiting;
            information.WaitReason = UserRequest;
            break;
    }
    return information;
}

// The offset of the entry.
Result<size_t> append(ob::Answer& answer, ps::Process& process) {
    TRY(answer.align(8));
    SYSTEM_PROCESS_INFORMATION information = describe(process);
    size_t at = TRY(answer.append(&information, offsetof(SYSTEM_PROCESS_INFORMATION, Threads)));
    information.NumberOfThreads = 0;
    for (ps::Thread& thread : process.threads()) {
        TRY(answer.append(describe(process, thread)));
        ++information.NumberOfThreads;
    }
    information.ImageName = TRY(answer.append_string(process.image_name()));
    answer.put(at + offsetof(SYSTEM_PROCESS_INFORMATION, NumberOfThreads), information.NumberOfThreads);
    answer.put(at + offsetof(SYSTEM_PROCESS_INFORMATION, ImageName), information.ImageName);
    return at;
}

}  // namespace

Result<void> append_processes(ob::Answer& answer) {
    size_t previous = 0;
    for (ps::Process& process : ps::processes()) {
        // One that has ended is only an object that handles still name.
        if (process.ended()) continue;
        size_t at = TRY(append(answer, process));
        static_assert(offsetof(SYSTEM_PROCESS_INFORMATION, NextEntryOffset) == 0);
        if (at != 0) answer.put(previous, static_cast<ULONG>(at - previous));
        previous = at;
    }
    return answer.align(8);
}

}  // namespace ex
