// SPDX-License-Identifier: GPL-3.0-only
#include "executive/ex/system_information.hpp"
#include "executive/ke/slice.hpp"
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

// The list in slices, straight into the caller's buffer; what does not fit is only counted. Processes and
// threads come and go between two slices; when the one at hand has gone, the list begins afresh.
class ProcessList {
public:
    ProcessList(ke::Call& call, ke::UserOutBuffer out) : call_(call), out_(out) {
        const ke::Progress& progress = call.progress();
        at_ = progress.done & UINT32_MAX;
        previous_ = progress.done >> 32;
        process_id_ = static_cast<uint32_t>(progress.cursor >> 32);
        thread_id_ = static_cast<uint32_t>(progress.cursor);
        threads_ = static_cast<uint32_t>(progress.detail);
        any_ = progress.detail >> 32;
    }
    // False when a slice was not enough.
    Result<bool> run() {
        ke::Slice slice;
        for (ps::Process* process = start(); process; process = next(process)) {
            if (!TRY(add_threads(*process, slice))) return false;
            TRY(finish(*process));
            ps::Process* following = next(process);
            process_id_ = following ? following->id() : 0;
            if (following && slice.over()) return false;
        }
        return true;
    }
    ke::Progress progress() const {
        return {.done = uint64_t{previous_} << 32 | at_,
                .cursor = uint64_t{process_id_} << 32 | thread_id_,
                .detail = uint64_t{any_} << 32 | threads_};
    }
    size_t length() const { return at_; }

private:
    static constexpr size_t kFixed = offsetof(SYSTEM_PROCESS_INFORMATION, Threads);

    // One that has ended is only an object that handles still name.
    static ps::Process* live(ps::Process* process) {
        while (process && process->ended())
            process = ps::processes().next(*process);
        return process;
    }
    static ps::Process* next(ps::Process* process) { return live(ps::processes().next(*process)); }
    ps::Process* start() {
        ps::Process* process = process_id_ ? ps::find_process(process_id_) : nullptr;
        if (process && !process->ended()) return process;
        at_ = previous_ = thread_id_ = threads_ = 0;
        any_ = false;
        process = live(ps::processes().front());
        process_id_ = process ? process->id() : 0;
        return process;
    }
    Result<void> put(size_t offset, const void* data, size_t length) {
        if (offset > out_.length || length > out_.length - offset) return {};
        return call_.memory().copy_out(out_.address + offset, data, length);
    }
    size_t thread_offset() const { return at_ + kFixed + threads_ * sizeof(SYSTEM_THREAD_INFORMATION); }

    Result<bool> add_threads(ps::Process& process, const ke::Slice& slice) {
        ps::Thread* last = thread_id_ ? ps::find_thread(thread_id_) : nullptr;
        bool known = last && &last->process() == &process && !last->ended();
        ps::Thread* thread = known ? process.threads().next(*last) : process.threads().front();
        // The thread at hand has gone: the process is listed anew.
        if (!known) threads_ = 0;
        for (; thread; thread = process.threads().next(*thread)) {
            SYSTEM_THREAD_INFORMATION information = describe(process, *thread);
            TRY(put(thread_offset(), &information, sizeof information));
            ++threads_;
            thread_id_ = thread->id();
            if (slice.over()) return false;
        }
        return true;
    }
    Result<void> finish(ps::Process& process) {
        std::u16string_view name = process.image_name();
        size_t text = thread_offset();
        size_t bytes = name.size() * sizeof(char16_t);
        TRY(put(text, name.data(), bytes));
        TRY(put(text + bytes, u"", sizeof(char16_t)));
        SYSTEM_PROCESS_INFORMATION information = describe(process);
        information.NumberOfThreads = threads_;
        information.ImageName.Length = static_cast<USHORT>(bytes);
        information.ImageName.MaximumLength = static_cast<USHORT>(bytes + sizeof(char16_t));
        information.ImageName.Buffer = reinterpret_cast<PWSTR>(out_.address + text);
        TRY(put(at_, &information, kFixed));
        static_assert(offsetof(SYSTEM_PROCESS_INFORMATION, NextEntryOffset) == 0);
        ULONG distance = at_ - previous_;
        if (any_) TRY(put(previous_, &distance, sizeof distance));
        any_ = true;
        previous_ = at_;
        at_ = static_cast<uint32_t>(align_up(text + bytes + sizeof(char16_t), 8));
        thread_id_ = threads_ = 0;
        return {};
    }

    ke::Call& call_;
    ke::UserOutBuffer out_;
    uint32_t at_;        // where the entry at hand begins
    uint32_t previous_;  // where the one before it does
    uint32_t process_id_;
    uint32_t thread_id_;  // of the last thread that was listed of this process; 0 for none
    uint32_t threads_;
    bool any_;  // there is an entry before
};

}  // namespace

NTSTATUS give_processes(ke::Call& call, ke::UserOutBuffer out, ke::UserOut<ULONG> returned) {
    ProcessList list(call, out);
    if (!TRY(list.run())) return call.again(list.progress());
    TRY(call.write(returned, static_cast<ULONG>(list.length())));
    return list.length() > out.length ? STATUS_INFO_LENGTH_MISMATCH : STATUS_SUCCESS;
}

}  // namespace ex
